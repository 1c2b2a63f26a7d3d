// The page of the hand-over: looks whether something happened on the citizen's phone and shows the page
// anew when it did, unless the clerk is typing. What a citizen does is no sign of life of the clerk's.
(function () {
  "use strict";

  var watched = document.querySelector("[data-state]");
  if (!watched || !window.fetch) { return; }

  var leaving = false; // a form is on its way, and what answers it is not taken away: it may be a code that is shown here alone
  document.addEventListener("submit", function () { leaving = true; }, true);

  function typed() {
    return Array.prototype.some.call(document.querySelectorAll("main input:not([type=hidden])"), function (field) { return field.value; });
  }

  function look() {
    fetch(watched.dataset.state, { credentials: "same-origin", redirect: "error" }).then(function (answer) {
      if (answer.status === 429) { return Promise.reject(); } // too much was asked: later
      return answer.ok ? answer.json() : undefined;
    }).then(function (now) {
      if (leaving) { return; }
      var changed = now && String(now.gen) !== watched.dataset.gen;
      if (changed && !typed()) { location.replace(watched.dataset.state.replace(/\/state$/, "?again=1")); return; } // never a form once more
      setTimeout(look, 1500);
    }, function () { setTimeout(look, 5000); });
  }

  setTimeout(look, 1500);
})();
