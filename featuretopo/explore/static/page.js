// On a page of its own: the packets stand in the page, and nobody answers.

import { App } from "./app.js";

function standing(id) {
  const packed = atob(document.getElementById(`${id}-data`).textContent);
  const bytes = new Uint8Array(packed.length);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = packed.charCodeAt(i);
  return { text: document.getElementById(`${id}-text`).textContent, data: new DataView(bytes.buffer) };
}

const app = new App(document.getElementById("explore"), {
  views: standing("views"), graphs: standing("graphs"), request: null, selected: () => {},
});
const chosen = JSON.parse(document.getElementById("selected").textContent);
if (chosen.length) app.selection.put(chosen, "when this page was written");
requestAnimationFrame(() => requestAnimationFrame(() => {
  document.documentElement.dataset.painted = Math.round(performance.now()); // since it was asked for
}));
window.featuretopo = app;
