// What can be taken away: the selection, the pictures, the graphs.

import { groupAt, groupCount } from "./packet.js";
import { EDGE, Key, Ruler } from "./key.js";
import { SvgContext } from "./svg.js";

const FONT = "system-ui, sans-serif";

export function download(name, content, type) {
  const blob = content instanceof Blob ? content : new Blob([content], { type });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

export function selectionRecords(app) {
  const found = [];
  app.sides.forEach((side, place) => {
    for (const row of app.selection.rows(place)) {
      const label = side.arrays.label[row];
      const partner = side.arrays.partner[row];
      found.push({
        dictionary: side.given.name, row, name: side.given.names[row],
        label: label < 0 ? null : side.given.labels[label], partner: partner < 0 ? null : partner,
      });
    }
  });
  return found;
}

export function csv(records) {
  const columns = ["dictionary", "row", "name", "label", "partner"];
  const cell = (value) => {
    const words = value === null ? "" : String(value);
    return /[",\r\n]/.test(words) ? `"${words.replaceAll('"', '""')}"` : words;
  };
  return [columns, ...records.map((record) => columns.map((c) => record[c]))]
    .map((line) => `${line.map(cell).join(",")}\r\n`).join("");
}

export function graphRecords(app) {
  return app.sides.map((side, place) => {
    const { words, arrays } = app.graphs[place];
    const nodes = [];
    for (let i = 0; i < groupCount(arrays, "member"); i += 1) {
      nodes.push({
        id: i, component: arrays.component[i], x: arrays.at[2 * i], y: arrays.at[2 * i + 1],
        members: Array.from(groupAt(arrays, "member", i)),
      });
    }
    const edges = [];
    for (let e = 0; e < arrays.edge.length; e += 2) edges.push([arrays.edge[e], arrays.edge[e + 1]]);
    return { dictionary: side.given.name, parameters: words.parameters, nodes, edges };
  });
}

const SIZE = [460, 360]; // of a picture, without its heading
const HEAD = 44;

// All pictures side by side and their key below, on a context that is made for a width and a height.
function drawAll(app, contextOf) {
  const { paper, ink, quiet } = app.theme();
  const columns = app.sides.length > 1 ? 2 : 3;
  const [width, height] = SIZE;
  const below = Math.ceil(app.pictures.length / columns) * (height + HEAD);
  const key = new Key(app, columns * width, `12px ${FONT}`);
  const sheet = [columns * width, below + key.height];
  const ctx = contextOf(...sheet);
  ctx.fillStyle = paper;
  ctx.beginPath();
  ctx.rect(0, 0, ...sheet);
  ctx.fill();
  app.pictures.forEach((picture, i) => {
    ctx.save();
    ctx.translate((i % columns) * width, Math.floor(i / columns) * (height + HEAD));
    ctx.textAlign = "left";
    const lines = [[picture.called, `600 13px ${FONT}`, ink, 20], [picture.summary.textContent, `11px ${FONT}`, quiet, 36]];
    for (const [words, font, colour, y] of lines) {
      Object.assign(ctx, { font, fillStyle: colour });
      ctx.fillText(new Ruler(font).cut(words, width - 2 * EDGE), EDGE, y);
    }
    ctx.translate(0, HEAD);
    picture.export(ctx, width, height);
    ctx.restore();
  });
  ctx.save();
  ctx.translate(0, below);
  key.draw(ctx);
  ctx.restore();
  for (const picture of app.pictures) picture.draw();
  return ctx;
}

export function svgOf(app) {
  return drawAll(app, (width, height) => new SvgContext(width, height, FONT)).text();
}

export function pngOf(app) {
  const { canvas } = drawAll(app, (width, height) => {
    const ctx = Object.assign(document.createElement("canvas"), { width: 2 * width, height: 2 * height }).getContext("2d");
    ctx.scale(2, 2);
    return ctx;
  });
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}
