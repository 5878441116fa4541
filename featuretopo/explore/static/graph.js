// The Mapper graph: nodes by size and by what most of their features are.

import { counted, groupAt, groupCount } from "./packet.js";
import { mark, styleOfGroup } from "./colour.js";
import { Picture } from "./picture.js";

const RINGED = 200; // selected nodes beyond this get no ring: rings would hide one another

export class Graph extends Picture {
  constructor(app, side) {
    super(app, side, "Mapper graph");
    this.stretches = true;
  }

  // words and arrays of this side of a graph packet
  show(words, arrays) {
    this.words = words;
    this.arrays = arrays;
    this.nodes = Array.from({ length: groupCount(arrays, "member") }, (_, i) => groupAt(arrays, "member", i));
    this.active = -1;
    this.summary.textContent = [
      counted(this.nodes.length, "node"), counted(arrays.edge.length / 2, "edge"),
      counted(words.components, "component"), counted(words.loops, "loop"),
      `covers ${Math.round(100 * words.coverage)}%`,
    ].join(", ");
    this.summary.title = this.summary.textContent;
    this.over.setAttribute("aria-label", `${this.called}: ${this.summary.textContent}. Arrows move, Enter selects a node, c its component.`);
    this.say(this.nodes.length ? "" : words.warnings.join(". ") || "The graph has no nodes.");
    const { lens, cover, clusterer, eps } = words.parameters;
    this.caption.textContent = `${lens}, ${cover}, ${clusterer}${eps ? `, eps ${eps}` : ""}. ${this.nodes.length ? words.warnings.map((w) => `${w}.`).join(" ") : ""}${/'floor'/.test(clusterer) ? " The floor: the chord distance at which as many random directions begin to touch." : ""} Positions come from a layout and mean nothing.`;
    this.draw();
  }

  get caption() {
    if (!this.below) {
      this.below = document.createElement("figcaption");
      this.figure.append(this.below);
    }
    return this.below;
  }

  get count() { return this.nodes?.length ?? 0; }
  x(i) { return this.arrays.at[2 * i]; }
  y(i) { return this.arrays.at[2 * i + 1]; }
  rowsOf(i) { return this.nodes[i]; }

  radius(i) {
    const crowded = Math.min(1, this.at ? this.at.k / 26 : 1); // a node has room for one unit
    return Math.min(11, 2 + 0.9 * Math.sqrt(this.nodes[i].length)) * Math.max(0.35, crowded);
  }

  bounds() {
    let right = 0.6, bottom = 0.6;
    for (let i = 0; i < this.count; i += 1) {
      right = Math.max(right, this.x(i));
      bottom = Math.max(bottom, this.y(i));
    }
    return [0.3, 0.3, right + 0.15, bottom + 0.15];
  }

  wordsOf(i, short = false) {
    const rows = this.nodes[i];
    const what = `node ${i}`;
    if (short) return what;
    const { names, colouring } = this.app.sides[this.side];
    const style = colouring.styles[styleOfGroup(colouring, rows)];
    const most = style.name ? `, mostly ${style.name}` : "";
    const shown = Array.from(rows.subarray(0, 6), (row) => names[row]).join(", ");
    return `${what}: ${counted(rows.length, "feature")}${most}: ${shown}${rows.length > 6 ? " …" : ""}`;
  }

  componentRows(number) {
    const rows = new Set();
    this.nodes.forEach((members, i) => {
      if (this.arrays.component[i] === number) for (const row of members) rows.add(row);
    });
    return rows;
  }

  wider(i, how) {
    const number = this.arrays.component[i];
    this.app.selection.select(this.side, this.componentRows(number), `component ${number + 1}`, how);
  }

  edges(ctx, at, kept) {
    const { edge } = this.arrays;
    ctx.beginPath();
    for (let e = 0; e < edge.length; e += 2) {
      const u = edge[e], v = edge[e + 1];
      if (kept && !(kept[u] && kept[v])) continue;
      ctx.moveTo(at.px(this.x(u)), at.py(this.y(u)));
      ctx.lineTo(at.px(this.x(v)), at.py(this.y(v)));
    }
  }

  discs(ctx, at, kept) {
    const { colouring } = this.app.sides[this.side];
    const { grey } = this.app.theme();
    const byStyle = new Map();
    this.nodes.forEach((rows, i) => {
      if (kept && !kept[i]) return;
      const style = styleOfGroup(colouring, rows);
      if (!byStyle.has(style)) byStyle.set(style, []);
      byStyle.get(style).push(i);
    });
    for (const [style, nodes] of byStyle) {
      const { shape, colour } = colouring.styles[style];
      ctx.fillStyle = colour ?? grey;
      ctx.beginPath();
      for (const i of nodes) mark(ctx, shape, at.px(this.x(i)), at.py(this.y(i)), this.radius(i));
      ctx.fill();
    }
  }

  drawBase(ctx, at) {
    if (!this.count) return;
    this.at = at;
    this.edges(ctx, at);
    ctx.strokeStyle = this.app.theme().edge;
    ctx.lineWidth = 1.2;
    ctx.stroke();
    this.discs(ctx, at);
  }

  drawOver(ctx, at) {
    if (!this.count) return;
    const { selection } = this.app;
    const { ink } = this.app.theme();
    const share = this.nodes.map((rows) => {
      let n = 0;
      for (const row of rows) n += selection.has(this.side, row);
      return n / rows.length;
    });
    this.edges(ctx, at, share);
    ctx.strokeStyle = ink;
    ctx.lineWidth = Math.min(2, Math.max(0.6, at.k / 13));
    ctx.stroke();
    this.discs(ctx, at, share);
    const only = this.app.ringed[this.side];
    const ringed = share.map((s, i) => s > 0 && (!only || this.nodes[i].some((row) => only.has(row))));
    if (ringed.filter((on) => on).length > RINGED) return;
    for (const whole of [true, false]) { // a dashed ring: only a part of the node is selected
      ctx.beginPath();
      share.forEach((s, i) => {
        if (ringed[i] && whole === (s === 1)) mark(ctx, "circle", at.px(this.x(i)), at.py(this.y(i)), this.radius(i) + 2.5);
      });
      ctx.setLineDash(whole ? [] : [2.5, 2]);
      ctx.lineWidth = 1.5;
      ctx.stroke();
    }
    ctx.setLineDash([]);
  }
}
