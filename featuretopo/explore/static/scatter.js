// The UMAP picture: one mark a feature, and the line of the bar that is lit.

import { counted, figure } from "./packet.js";
import { mark } from "./colour.js";
import { Picture } from "./picture.js";
import { squares } from "./pixels.js";

const MANY = 4000; // marks beyond this are squares of a few pixels, whatever their label's mark

export class Scatter extends Picture {
  constructor(app, side, words, arrays) {
    super(app, side, "UMAP picture");
    this.xy = arrays.xy;
    this.n = this.xy.length / 2;
    this.box = [Infinity, -Infinity, -Infinity, Infinity];
    for (let i = 0; i < this.n; i += 1) {
      this.box[0] = Math.min(this.box[0], this.xy[2 * i]);
      this.box[2] = Math.max(this.box[2], this.xy[2 * i]);
      this.box[1] = Math.max(this.box[1], this.xy[2 * i + 1]);
      this.box[3] = Math.min(this.box[3], this.xy[2 * i + 1]);
    }
    const told = (value) => value === null ? "undefined" : figure(value);
    this.summary.textContent = `${words.neighbours} neighbours, trustworthiness ${told(words.trustworthiness)}, neighbours kept ${told(words.kept)}`;
    this.over.setAttribute("aria-label", `${this.called}: ${counted(this.n, "feature")}. Arrows move, Enter selects, drag for a lasso.`);
  }

  get count() { return this.n; }
  x(i) { return this.xy[2 * i]; }
  y(i) { return this.xy[2 * i + 1]; }
  rowsOf(i) { return [i]; }
  bounds() { return this.box; }

  radius() {
    const zoomed = Math.min(2.5, Math.sqrt(this.zoom));
    return (this.n > MANY ? 1.1 : this.n > 1500 ? 2 : 3) * zoomed;
  }

  wordsOf(i, short = false) {
    const { names, colouring } = this.app.sides[this.side];
    if (short) return names[i];
    const style = colouring.styles[colouring.style[i]].name;
    const value = colouring.kind === "values" ? `${colouring.title} ${figure(colouring.values[i])}` : style;
    return value ? `${names[i]}: ${value}` : names[i];
  }

  points(ctx, at, kept, grow, plain) {
    const { colouring } = this.app.sides[this.side];
    const { grey } = this.app.theme();
    const { styles, style } = colouring;
    const byStyle = styles.map(() => []);
    for (let i = 0; i < this.n; i += 1) if (!kept || kept[i]) byStyle[style[i]].push(i);
    const r = this.radius() * grow;
    const order = styles.map((_, s) => s).sort((s, t) => (styles[s].colour !== null) - (styles[t].colour !== null));
    if (plain && [this.base, this.over].includes(ctx.canvas)) {
      const colours = styles.map(({ colour }) => colour ?? grey);
      squares(ctx, ...this.size, order.flatMap((s) => byStyle[s]), 1.72 * r, colours,
        (i) => at.px(this.x(i)), (i) => at.py(this.y(i)), (i) => style[i]);
      return;
    }
    for (const s of order) { // what has no colour lies below
      if (!byStyle[s].length) continue;
      const shape = plain ? "square" : styles[s].shape;
      ctx.fillStyle = styles[s].colour ?? grey;
      ctx.beginPath();
      for (const i of byStyle[s]) mark(ctx, shape, at.px(this.x(i)), at.py(this.y(i)), styles[s].colour === null ? r * 0.8 : r);
      ctx.fill();
    }
  }

  drawBase(ctx, at) {
    this.points(ctx, at, null, 1, this.n > MANY);
  }

  drawOver(ctx, at) {
    const { selection } = this.app;
    const line = this.app.lit[this.side], ringed = this.app.ringed[this.side];
    const { ink } = this.app.theme();
    if (line?.length) {
      ctx.beginPath();
      line.forEach((row, i) => ctx[i ? "lineTo" : "moveTo"](at.px(this.x(row)), at.py(this.y(row))));
      ctx.closePath();
      ctx.strokeStyle = ink;
      ctx.lineWidth = 1.5;
      ctx.stroke();
    }
    const mask = selection.masks[this.side];
    const chosen = selection.count(this.side);
    const plain = this.n > MANY && chosen > 500;
    this.points(ctx, at, mask, this.n > MANY && !plain ? 2.2 : 1.35, plain);
    if ((ringed?.size ?? chosen) > 40) return; // rings would hide one another
    ctx.beginPath();
    mask.forEach((on, i) => on && (ringed?.has(i) ?? true) && mark(ctx, "circle", at.px(this.x(i)), at.py(this.y(i)), this.radius() * 1.35 + 2));
    ctx.strokeStyle = ink;
    ctx.lineWidth = 1;
    ctx.stroke();
  }
}
