// The played phone: opens windows of a phone's size, takes pictures out of the clipboard, looks through the camera
// where the browser can read codes, and counts the seconds of one-time codes. Without it the pages work as well.
"use strict";
(() => {
  document.querySelectorAll(".scripted").forEach((one) => { one.hidden = false; });

  document.querySelectorAll("a.opens").forEach((link) => link.addEventListener("click", (event) => {
    event.preventDefault();
    window.open(link.href, "_blank", "popup,noopener,width=390,height=844");
  }));

  document.querySelectorAll("[data-copies]").forEach((button) => {
    if (!navigator.clipboard) {
      return;
    }
    button.hidden = false;
    button.addEventListener("click", () => navigator.clipboard.writeText(document.getElementById(button.dataset.copies).value)
      .then(() => { button.textContent = "Copied"; }, () => document.getElementById(button.dataset.copies).select()));
  });

  const form = document.getElementById("scanning");
  if (form) {
    const said = document.getElementById("said");
    const picture = document.getElementById("picture");

    document.addEventListener("paste", (event) => {
      const image = [...event.clipboardData.files].find((file) => file.type.startsWith("image/"));
      if (!image) {
        return; // a text goes where the cursor is
      }
      event.preventDefault();
      const one = new DataTransfer();
      one.items.add(image);
      picture.files = one.files;
      form.requestSubmit();
    });

    const camera = document.getElementById("camera");
    if (camera && "BarcodeDetector" in window && navigator.mediaDevices) {
      document.getElementById("camera-field").hidden = false;
      camera.addEventListener("click", () => look(camera, said, form));
    }
  }

  async function look(button, said, form) {
    const video = document.getElementById("camera-picture");
    button.disabled = true;
    try {
      const reader = new BarcodeDetector({ formats: ["qr_code"] });
      const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.srcObject = stream;
      video.hidden = false;
      await video.play();
      for (;;) {
        const found = await reader.detect(video);
        if (found.length === 1) {
          stream.getTracks().forEach((track) => track.stop());
          said.value = found[0].rawValue;
          form.requestSubmit();
          return;
        }
        await new Promise((next) => setTimeout(next, 200));
      }
    } catch {
      video.hidden = true;
      button.disabled = false;
      document.getElementById("camera-refused").hidden = false;
    }
  }

  const codes = document.getElementById("codes");
  if (codes) {
    let asked = false;
    const count = () => {
      let over = false;
      codes.querySelectorAll("[data-entry]").forEach((entry) => {
        const left = entry.querySelector("[data-left]");
        const seconds = Number(left.textContent) - 1;
        left.textContent = String(Math.max(seconds, 0));
        over = over || seconds <= 0;
      });
      if (over && !asked) {
        asked = true;
        fetch("/codes/now", { credentials: "same-origin" }).then((answer) => answer.json()).then((all) => all.forEach((shown) => {
          const entry = document.getElementById("entry-" + shown.id);
          if (entry) {
            entry.querySelector("[data-code]").textContent = shown.code;
            entry.querySelector("[data-left]").textContent = String(shown.left);
          }
        })).catch(() => {}).then(() => { asked = false; });
      }
    };
    setInterval(count, 1000);
  }
})();
