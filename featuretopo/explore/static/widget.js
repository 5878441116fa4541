// In a notebook: the model holds the packets, and the kernel answers.

import { App } from "./app.js";

function render({ model, el }) {
  const root = document.createElement("div");
  el.append(root);
  const app = new App(root, {
    views: model.get("_views"),
    graphs: model.get("_graphs"),
    request: (parameters, serial) => {
      model.set("_request", { ...parameters, serial });
      model.save_changes();
    },
    selected: (rows) => {
      model.set("_rows", rows);
      model.save_changes();
    },
  });
  app.serial = JSON.parse(model.get("_graphs").text).serial;
  app.selection.put(model.get("_rows"));
  const graphs = () => app.answer(model.get("_graphs"));
  const rows = () => app.selection.put(model.get("_rows"));
  model.on("change:_graphs", graphs);
  model.on("change:_rows", rows);
  return () => {
    model.off("change:_graphs", graphs);
    model.off("change:_rows", rows);
    app.stop();
  };
}

export default { render };
