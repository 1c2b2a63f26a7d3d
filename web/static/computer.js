// A computer of an office proves which one it is: by a key that this browser made once and cannot give away. It
// signs what the form says; the page of a local administrator makes the key. Without a script nothing is sent.
(function () {
  "use strict";

  var form = document.querySelector("form[data-computer]");
  var key = window.heldKey("computer", "computer");
  if (!form || !key.usable) { return; }

  function sign(pair) {
    var said = form.dataset.computer + "\n" + form.elements.namedItem("challenge").value;
    return Promise.all([key.point(pair), key.sign(pair, said)]).then(function (both) {
      form.elements.namedItem("key").value = both[0];
      form.elements.namedItem("proof").value = both[1];
    });
  }

  function show(id) { var one = document.getElementById(id); if (one) { one.hidden = false; } }

  if (form.dataset.computer === "prove") {
    key.kept().then(function (pair) {
      if (!pair) { show("no-key"); return; }
      return sign(pair).then(function () { form.submit(); });
    }).catch(function () { show("no-key"); });
    return;
  }

  form.hidden = false;
  form.addEventListener("submit", function (event) {
    if (form.elements.namedItem("proof").value) { return; }
    event.preventDefault();
    key.made().then(sign).then(function () { form.requestSubmit(event.submitter || undefined); }, function () { show("no-key"); });
  });
})();
