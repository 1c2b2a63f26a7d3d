// The page of the hand-over: looks whether something happened on the citizen's phone and shows the page
// anew when it did, unless the clerk is typing.
(function () {
  "use strict";

  var watched = document.querySelector("[data-state]");
  if (!watched || !window.fetch) { return; }
  var digits = document.getElementById("digits");

  function look() {
    fetch(watched.dataset.state, { credentials: "same-origin", redirect: "error" }).then(function (answer) {
      return answer.ok ? answer.json() : undefined;
    }).then(function (now) {
      var changed = now && String(now.gen) !== watched.dataset.gen;
      if (changed && !(digits && digits.value)) { location.reload(); return; }
      setTimeout(look, 1500);
    }, function () { setTimeout(look, 5000); });
  }

  setTimeout(look, 1500);
})();
