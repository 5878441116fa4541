// On a page of its own: the packets stand in the page, and nobody answers.

import { App } from "./app.js";

function standing(id) {
  const bytes = Uint8Array.from(atob(document.getElementById(`${id}-data`).textContent), (c) => c.charCodeAt(0));
  return { text: document.getElementById(`${id}-text`).textContent, data: new DataView(bytes.buffer) };
}

const app = new App(document.getElementById("explore"), {
  views: standing("views"), graphs: standing("graphs"), request: null, selected: () => {},
});
requestAnimationFrame(() => requestAnimationFrame(() => {
  document.documentElement.dataset.painted = Math.round(performance.now()) // since the page was asked for;
}));
window.featuretopo = app;
