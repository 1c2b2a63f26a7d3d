// Stands in for the Web eID extension where none is: it hears the page's question, and if nobody else
// answers, opens a frame that plays the card reader. For the demo only.
"use strict";
(() => {
  const reader = new URL(document.currentScript.src).origin;
  const ask = "web-eid:authenticate";
  const wait = 300; // for a real extension to say that it heard
  let frame = null;
  let pending = 0;

  const say = (message) => window.postMessage(message, location.origin);

  const open = (question) => {
    pending = 0;
    say({ action: ask + "-ack" });
    frame = document.createElement("iframe");
    frame.id = "virtual-reader";
    frame.title = "Virtual card reader";
    frame.src = reader + "/reader?" + new URLSearchParams({ challenge: question.challengeNonce, origin: location.origin });
    frame.style.width = "100%";
    frame.style.height = "40rem";
    frame.style.border = "2px dashed";
    document.getElementById("webeid").append(frame);
    frame.scrollIntoView();
  };

  window.addEventListener("message", (event) => {
    const said = event.data;
    if (!said) {
      return;
    }
    if (frame && event.source === frame.contentWindow && typeof said.at === "string") {
      frame.dataset.at = said.at;
      return;
    }
    if (typeof said.action !== "string") {
      return;
    }
    if (event.source === window && event.origin === location.origin) {
      if (said.action === ask && !frame && !pending) {
        pending = setTimeout(() => open(said), wait);
      } else if (said.action === ask + "-ack") {
        clearTimeout(pending);
        pending = 0;
      }
    } else if (frame && event.source === frame.contentWindow && event.origin === reader) {
      frame.remove();
      frame = null;
      say(said);
    }
  });
})();
