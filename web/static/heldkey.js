// A key that this browser made once and cannot give away (ECDSA with P-256): where it is kept, and what it signs.
// heldKey(place, name) is the one called name in the database called place. Other scripts of the page use it.
(function () {
  "use strict";

  var subtle = window.crypto && window.crypto.subtle;

  // base64url without padding (RFC 4648 §5)
  function text(buffer) {
    var plain = "";
    new Uint8Array(buffer).forEach(function (b) { plain += String.fromCharCode(b); });
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function store(place, mode, act) {
    return new Promise(function (done, failed) {
      var opening = indexedDB.open(place, 1);
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

  // All but usable and text give promises; kept gives undefined where no key was made.
  window.heldKey = function (place, name) {
    function kept() { return store(place, "readonly", function (keys) { return keys.get(name); }); }

    function made() {
      return kept().then(function (pair) {
        if (pair) { return pair; }
        return subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]).then(function (fresh) {
          return store(place, "readwrite", function (keys) { return keys.put(fresh, name); }).then(function () { return fresh; });
        });
      });
    }

    return {
      usable: Boolean(subtle && window.indexedDB),
      text: text,
      kept: kept,
      made: made,
      point: function (pair) { return subtle.exportKey("raw", pair.publicKey).then(text); },
      sign: function (pair, said) {
        return subtle.sign({ name: "ECDSA", hash: "SHA-256" }, pair.privateKey, new TextEncoder().encode(said)).then(text);
      }
    };
  };
})();
