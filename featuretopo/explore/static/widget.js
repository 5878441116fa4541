// In a notebook: the model holds the packets, and the kernel answers.

import { App } from "./app.js";

const LIVELY = 5000; // milliseconds in which a kernel that has nothing else to do has answered
const BUSY = 20000; // the same, when it was asked for a graph

// Tells the kernel what has changed; `silent(on)` hears whether it does not answer. No host says of
// every way to lose a kernel that it is lost, so it is asked to count along.
class Kernel {
  constructor(model, silent) {
    this.model = model;
    this.silent = silent;
  }

  tell(changes, patience) {
    this.model.set("_asked", this.model.get("_asked") + 1);
    for (const [name, value] of Object.entries(changes)) this.model.set(name, value);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.silent(true), patience);
    this.model.save_changes();
  }

  heard() {
    if (this.model.get("_heard") < this.model.get("_asked")) return;
    clearTimeout(this.timer);
    this.silent(false);
  }
}

function render({ model, el }) {
  const root = document.createElement("div");
  el.append(root);
  const kernel = new Kernel(model, (on) => app.controls.showSilence(on));
  const app = new App(root, {
    views: model.get("_views"),
    graphs: model.get("_graphs"),
    request: (parameters, serial) => kernel.tell({ _request: { ...parameters, serial } }, BUSY),
    selected: (rows) => kernel.tell({ _rows: rows }, LIVELY),
  });
  app.serial = JSON.parse(model.get("_graphs").text).serial;
  app.selection.put(model.get("_rows"));
  const told = {
    "change:_graphs": () => app.answer(model.get("_graphs")),
    "change:_rows": () => app.selection.put(model.get("_rows")),
    "change:_heard": () => kernel.heard(),
    comm_live_update: () => kernel.tell({}, LIVELY), // the line was cut, or mended
  };
  for (const [event, act] of Object.entries(told)) model.on(event, act);
  return () => {
    for (const [event, act] of Object.entries(told)) model.off(event, act);
    clearTimeout(kernel.timer);
    app.stop();
  };
}

export default { render };
