// Speaks with the Web eID browser extension: asks it to have the card sign the challenge of this page, and
// puts what comes back into the page's form. It also builds the link that opens the app on a phone, and
// takes the app's answer out of this page's address. It says nothing itself: every text stands in the page.
"use strict";
(() => {
  const page = document.getElementById("webeid");
  const form = document.getElementById("webeid-form");
  const start = document.getElementById("webeid-start");
  const app = document.getElementById("webeid-app");
  const ask = "web-eid:authenticate";
  const handshake = 3000; // until the extension says that it heard us
  const patience = 120000; // until the citizen has typed the PIN
  let timer = 0; // of the question under way; 0: there is none

  // The extension's and the app's errors, and which text of the page each of them is.
  const texts = {
    ERR_WEBEID_USER_CANCELLED: "cancelled",
    ERR_WEBEID_USER_TIMEOUT: "timeout",
    ERR_WEBEID_ACTION_TIMEOUT: "timeout",
    ERR_WEBEID_ACTION_PENDING: "pending",
    ERR_WEBEID_CONTEXT_INSECURE: "insecure",
    ERR_WEBEID_EXTENSION_UNAVAILABLE: "extension",
    ERR_WEBEID_NATIVE_UNAVAILABLE: "native",
    ERR_WEBEID_VERSION_MISMATCH: "version",
    ERR_WEBEID_VERSION_INVALID: "version",
    ERR_WEBEID_MOBILE_USER_CANCELLED: "cancelled",
  };

  // show shows one of the page's messages, and hides the others.
  const show = (name) => {
    for (const message of page.querySelectorAll("[data-message]")) {
      message.hidden = message.dataset.message !== name;
    }
    start.disabled = name === "waiting" || name === "sending";
  };

  const end = (name) => {
    clearTimeout(timer);
    timer = 0;
    show(name);
  };

  const failed = (code) => end(texts[code] || "broken");

  const send = (token) => {
    end("sending");
    form.elements.namedItem("answer").value = JSON.stringify(token);
    form.submit();
  };

  // answered takes what the extension's script in this window says, and nobody else.
  const answered = (event) => {
    const said = event.data;
    if (!timer || event.source !== window || event.origin !== location.origin || !said || typeof said.action !== "string") {
      return;
    }
    if (said.action === ask + "-ack") {
      clearTimeout(timer);
      timer = setTimeout(() => end("timeout"), patience + handshake);
    } else if (said.action === ask + "-failure") {
      failed(said.error && said.error.code);
    } else if (said.action === ask + "-success") {
      const { unverifiedCertificate, algorithm, signature, format, appVersion, unverifiedSigningCertificates } = said;
      send({ unverifiedCertificate, algorithm, signature, format, appVersion, unverifiedSigningCertificates });
    }
  };

  const read = () => {
    if (timer) {
      return;
    }
    if (!window.isSecureContext) {
      show("insecure");
      return;
    }
    show("waiting");
    timer = setTimeout(() => end("extension"), handshake);
    window.postMessage({
      action: ask,
      libraryVersion: "2.0.2",
      challengeNonce: page.dataset.nonce,
      options: { lang: page.dataset.lang, userInteractionTimeout: patience },
    }, location.origin);
  };

  const packed = (value) => btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(value))))
    .replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

  const unpacked = (text) => JSON.parse(new TextDecoder().decode(
    Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0))));

  // back takes the app's answer: it opened this page with the answer behind the hash. The server holds it
  // against this browser's own challenge, so that nobody else's answer counts.
  const back = () => {
    const text = location.hash.slice(1);
    if (!text) {
      return;
    }
    history.replaceState(null, "", location.pathname);
    try {
      const said = unpacked(text);
      if (said.authToken) {
        send(said.authToken);
      } else {
        failed(said.code);
      }
    } catch {
      show("broken");
    }
  };

  window.addEventListener("message", answered);
  window.addEventListener("hashchange", back);
  start.addEventListener("click", read);
  start.hidden = false;
  if (app && page.dataset.app) {
    app.href = page.dataset.app + "#" + packed({ challenge: page.dataset.nonce, loginUri: location.origin + location.pathname });
    app.hidden = false;
  }
  show("");
  back();
})();
