// The citizen's phone in an enrolment. It takes what the camera read out of the address, where it stays
// after the #, into the form that the citizen sends; makes a key that cannot leave the phone; and signs
// with it what the forms say. Without a script the typed code works, and the cookie alone binds.
(function () {
  "use strict";

  var key = window.heldKey("enrolment", "phone");

  // From when a form is sent on, the page leads nowhere else: what answers it is shown once, and a look would take it away.
  var leaving = false;
  document.addEventListener("submit", function () { leaving = true; }, true);

  // A form that is sent before it is filled in waits for it, but not for ever.
  function hold(forms, filled) {
    var ready = false;
    var enough = new Promise(function (done) { setTimeout(done, 3000); });
    var waits = Promise.race([filled, enough]).then(null, function () {}).then(function () { ready = true; });
    forms.forEach(function (form) {
      form.addEventListener("submit", function (event) {
        if (ready) { return; }
        event.preventDefault();
        event.stopImmediatePropagation();
        waits.then(function () { form.requestSubmit(event.submitter || undefined); });
      });
    });
  }

  var claims = document.querySelectorAll("form[data-claim]");
  if (claims.length) {
    var scanned = /^#(1\.[A-Za-z0-9_-]{22})$/.exec(location.hash);
    if (scanned) {
      document.querySelectorAll("a[hreflang]").forEach(function (link) { link.hash = scanned[0]; }); // another language keeps the code
      history.replaceState(null, "", location.pathname);
      document.querySelectorAll("[data-scanned]").forEach(function (one) { one.hidden = false; });
      document.querySelectorAll("[data-typed]").forEach(function (one) { one.hidden = true; });
      document.getElementById("scanned").value = scanned[1];
    }
    hold(claims, (key.usable ? key.made().then(key.point) : Promise.reject()).then(function (point) {
      claims.forEach(function (form) { form.elements.namedItem("key").value = point; });
    }));
  }

  document.querySelectorAll("[data-print]").forEach(function (one) {
    one.hidden = false;
    one.addEventListener("click", function () { window.print(); });
  });

  // Somebody scanned another phone's code: that is for the clerk.
  if (location.hash.length > 1) {
    document.querySelectorAll("[data-elsewhere]").forEach(function (one) { one.hidden = false; });
  }

  // A code is shown only for the key that this phone made.
  var first = document.querySelector("[data-thumbprint]");
  if (first && key.usable) {
    var subtle = window.crypto.subtle;
    key.kept().then(function (pair) { return pair && subtle.exportKey("jwk", pair.publicKey); }).then(function (jwk) {
      return jwk && subtle.digest("SHA-256", new TextEncoder().encode(JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y }))); // RFC 7638
    }).then(function (sum) {
      if (sum && key.text(sum) !== first.dataset.thumbprint) {
        first.hidden = true;
        document.getElementById("not-mine").hidden = false;
      }
    });
  }

  // A page that waits for the desk looks whether something happened there, and shows itself anew when it did.
  var waits = document.getElementById("waits");
  function look() {
    fetch(location.pathname + location.search, { credentials: "same-origin", redirect: "manual" }).then(function (answer) {
      if (answer.status === 429) { return Promise.reject(); } // too much was asked: later
      return answer.type === "opaqueredirect" ? "" : answer.text(); // led on: to where the case goes on
    }).then(function (page) {
      if (leaving) { return; }
      var now = /id="waits" data-gen="([0-9]+)"/.exec(page);
      if (!now || now[1] !== waits.dataset.gen) { location.reload(); return; }
      setTimeout(look, 2500);
    }, function () { setTimeout(look, 5000); });
  }
  if (waits && window.fetch) {
    document.querySelectorAll("[data-by-itself]").forEach(function (one) { one.hidden = false; });
    setTimeout(look, 2500);
  }

  // At a step that is the citizen's the page asks only whether it may still be done: the desk may have stopped it.
  function stands() {
    fetch("/e/now/stands", { credentials: "same-origin", redirect: "manual" }).then(function (answer) {
      if (leaving) { return; }
      if (answer.type === "opaqueredirect") { location.replace("/e/now"); return; }
      setTimeout(stands, 4000);
    }, function () { setTimeout(stands, 8000); });
  }
  if (!waits && document.getElementById("progress") && window.fetch) { setTimeout(stands, 4000); }

  var forms = document.querySelectorAll("form[data-proof]");
  if (!forms.length || !key.usable) { return; }
  hold(forms, key.kept().then(function (pair) {
    if (!pair) { return undefined; }
    return Promise.all(Array.prototype.map.call(forms, function (form) {
      return key.sign(pair, form.dataset.proof + "\n" + form.elements.namedItem("token").value).then(function (signature) {
        form.elements.namedItem("proof").value = signature;
        if (form.hasAttribute("data-sends")) { leaving = true; form.submit(); } // the step is shown to who signs, and nothing else happens
      });
    }));
  }));
})();
