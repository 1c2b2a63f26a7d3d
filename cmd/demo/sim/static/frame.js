// Hands what the card said to the page that holds this frame, and until then where the keyboard is.
"use strict";
(() => {
  const frame = document.getElementById("frame").dataset;
  if (frame.message) {
    parent.postMessage(JSON.parse(frame.message), frame.origin);
  }
  document.addEventListener("focusin", (event) => parent.postMessage({ at: event.target.id }, frame.origin));
})();
