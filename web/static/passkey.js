// Asks the browser for a passkey when a form is sent that carries the options for it, and sends the
// form with the answer in its field "credential". Such a form, and what leads to it (data-passkey-with),
// is hidden until this script shows it, and what stands in for it (data-passkey-without) is hidden then.
// Where the browser gives none, the field stays empty and "error", if the form has such a field, says
// which error it was.
(function () {
  "use strict";

  function bytes(text) {
    var plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, function (c) { return c.charCodeAt(0); });
  }

  function text(buffer) {
    if (!buffer) { return undefined; }
    var plain = "";
    new Uint8Array(buffer).forEach(function (b) { plain += String.fromCharCode(b); });
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function named(list) {
    return (list || []).map(function (one) { return Object.assign({}, one, { id: bytes(one.id) }); });
  }

  function ask(form) {
    var options;
    if (form.dataset.passkeyGet) {
      options = JSON.parse(form.dataset.passkeyGet);
      options.challenge = bytes(options.challenge);
      options.allowCredentials = named(options.allowCredentials);
      return navigator.credentials.get({ publicKey: options });
    }
    options = JSON.parse(form.dataset.passkeyCreate);
    options.challenge = bytes(options.challenge);
    options.user.id = bytes(options.user.id);
    options.excludeCredentials = named(options.excludeCredentials);
    return navigator.credentials.create({ publicKey: options });
  }

  function answer(made) {
    var r = made.response;
    return JSON.stringify({
      id: made.id, rawId: text(made.rawId), type: made.type,
      authenticatorAttachment: made.authenticatorAttachment || undefined,
      clientExtensionResults: made.getClientExtensionResults(),
      response: {
        clientDataJSON: text(r.clientDataJSON), attestationObject: text(r.attestationObject),
        authenticatorData: r.attestationObject ? undefined : text(r.authenticatorData),
        signature: text(r.signature), userHandle: text(r.userHandle),
        transports: r.getTransports ? r.getTransports() : undefined
      }
    });
  }

  if (!window.PublicKeyCredential || !navigator.credentials) { return; }
  document.querySelectorAll("form[data-passkey-get], form[data-passkey-create]").forEach(function (form) {
    form.hidden = false;
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      var button = form.querySelector("button[type=submit]");
      button.disabled = true; // one window of the device at a time
      ask(form).then(answer).then(function (value) {
        form.elements.namedItem("credential").value = value;
      }, function (error) {
        var field = form.elements.namedItem("error");
        if (field) { field.value = error.name; }
      }).then(function () { form.submit(); });
    });
  });
  document.querySelectorAll("[data-passkey-with]").forEach(function (one) { one.hidden = false; });
  document.querySelectorAll("[data-passkey-without]").forEach(function (one) { one.hidden = true; });
})();
