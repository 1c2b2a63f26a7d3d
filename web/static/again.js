// A page on which somebody at the desk waits for a colleague: looks whether its list or its step is another one
// by now and shows that. What is typed, and where the keyboard is, stays.
(function () {
  "use strict";

  var watched = document.querySelector("[data-again]");
  if (!watched) { return; }

  var leaving = false; // a form is on its way
  document.addEventListener("submit", function () { leaving = true; }, true);

  function typed() {
    return Array.prototype.some.call(document.querySelectorAll("main input:not([type=hidden])"), function (field) {
      return field.value !== field.defaultValue;
    });
  }

  function shown(now) {
    if (now.isEqualNode(watched)) { return; }
    var at = watched.contains(document.activeElement) ? document.activeElement.id : "";
    watched.replaceChildren.apply(watched, Array.prototype.map.call(now.childNodes, function (n) { return document.importNode(n, true); }));
    var again = at && document.getElementById(at);
    if (again) { again.focus(); }
  }

  function look() {
    var asked = new XMLHttpRequest();
    asked.open("GET", watched.dataset.again);
    asked.responseType = "document";
    asked.onload = function () {
      if (leaving) { return; }
      var now = asked.response && asked.response.getElementById(watched.id);
      if (asked.status === 200 && now) {
        shown(now);
      } else if (asked.status < 500 && asked.status !== 429 && !typed()) { // the case goes on, or nobody is logged in any more
        location.replace(watched.dataset.again.split("?")[0]);
        return;
      }
      setTimeout(look, 10000);
    };
    asked.onerror = function () { setTimeout(look, 20000); };
    asked.send();
  }

  setTimeout(look, 10000);
})();
