// A page of the desk says a minute before that nobody will be logged in any more because nothing was done, and lets
// one press prevent it. Typing is a sign of life. When it is too late the page goes: what it shows is nobody's to see
// any more (WCAG 2.2 §2.2.1, features H24).
(function () {
  "use strict";

  var box = document.getElementById("stay");
  if (!box || !window.fetch) { return; }
  var idle = Number(box.dataset.idle) * 1000;
  var before = Math.min(60000, idle / 3);
  var until = Date.now() + Number(box.dataset.left) * 1000;
  var told = until - idle; // when the server last heard of somebody at work here
  var held = false; // a key repeats by itself: something may lie on it
  var used = false;
  var asks = false;
  if (location.search === "?again=1") { history.replaceState(null, "", location.pathname); } // who loads it anew is there

  function ask(address, lasts) {
    if (asks) { return; }
    asks = true;
    used = false;
    fetch(address, { credentials: "same-origin", redirect: "error" }).then(function (answer) {
      asks = false;
      if (answer.status === 429 && until > Date.now()) { used = true; return; } // too much was asked: later
      if (!answer.ok) { location.replace(box.dataset.page); return; }
      told = Date.now();
      until = told + lasts;
      box.hidden = true;
    }, function () { asks = false; });
  }

  function stay() { ask("/stay", idle); }

  ["keydown", "input", "pointerdown"].forEach(function (sign) {
    document.addEventListener(sign, function (event) {
      if (sign !== "input") { held = event.repeat === true; }
      if (!held) { used = true; }
    }, { passive: true });
  });
  document.addEventListener("keyup", function () { held = false; });
  document.getElementById("stay-on").addEventListener("click", stay);
  setInterval(function () {
    var left = until - Date.now();
    if (used && Date.now() - told >= before) {
      stay(); // a sign of life counts from when it came
    } else if (left <= 0) {
      ask("/stay?again=1", before); // somebody may be at work in another window
    } else if (left <= before) {
      box.hidden = false;
    }
  }, 1000);
})();
