// A computer of an office proves which one it is: by a key that this browser made once and cannot give away. It
// signs what the form says; the page of a local administrator makes the key. Without a script nothing is sent.
(function () {
  "use strict";

  var form = document.querySelector("form[data-computer]");
  var subtle = window.crypto && window.crypto.subtle;
  if (!form || !subtle || !window.indexedDB) { return; }

  function text(buffer) {
    var plain = "";
    new Uint8Array(buffer).forEach(function (b) { plain += String.fromCharCode(b); });
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function store(mode, act) {
    return new Promise(function (done, failed) {
      var opening = indexedDB.open("computer", 1);
      opening.onupgradeneeded = function () { opening.result.createObjectStore("keys"); };
      opening.onerror = function () { failed(opening.error); };
      opening.onsuccess = function () {
        var change = opening.result.transaction("keys", mode);
        var asked = act(change.objectStore("keys"));
        change.oncomplete = function () { opening.result.close(); done(asked.result); };
        change.onerror = function () { failed(change.error); };
      };
    });
  }

  function kept() { return store("readonly", function (keys) { return keys.get("computer"); }); }

  function made() {
    return kept().then(function (pair) {
      if (pair) { return pair; }
      return subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]).then(function (fresh) {
        return store("readwrite", function (keys) { return keys.put(fresh, "computer"); }).then(function () { return fresh; });
      });
    });
  }

  function sign(pair) {
    var act = form.dataset.computer;
    var said = new TextEncoder().encode(act + "\n" + form.elements.namedItem("challenge").value);
    return Promise.all([subtle.exportKey("raw", pair.publicKey), subtle.sign({ name: "ECDSA", hash: "SHA-256" }, pair.privateKey, said)]).then(function (both) {
      form.elements.namedItem("key").value = text(both[0]);
      form.elements.namedItem("proof").value = text(both[1]);
    });
  }

  function show(id) { var one = document.getElementById(id); if (one) { one.hidden = false; } }

  if (form.dataset.computer === "prove") {
    kept().then(function (pair) {
      if (!pair) { show("no-key"); return; }
      return sign(pair).then(function () { form.submit(); });
    }).catch(function () { show("no-key"); });
    return;
  }

  form.hidden = false;
  form.addEventListener("submit", function (event) {
    if (form.elements.namedItem("proof").value) { return; }
    event.preventDefault();
    made().then(sign).then(function () { form.requestSubmit(event.submitter || undefined); }, function () { show("no-key"); });
  });
})();
