// The persistence diagram: H1 bars as marks, H0 deaths in a strip at the left. Both can be chosen.

import { counted, figure, groupAt } from "./packet.js";
import { mark } from "./colour.js";
import { Merges } from "./merges.js";
import { Picture } from "./picture.js";

const STRIP = 40;
const NEAR = 5; // pixels from the pointer to the end of an H0 bar
const MANY_BARS = 2000; // beyond, squares: quicker to fill

// what the marks stand for; `colour` is one of the theme's
export const SIGNS = [
  { sign: "●", className: "ring", colour: "grey", words: "a loop (H1): born where it closes, dead where it is filled" },
  { sign: "▲", className: "ring", colour: "grey", words: "censored: alive at the cut, it dies somewhere above, nobody knows where" },
  { sign: "●▲", className: "strong", colour: "strong", words: "stands out from structureless dictionaries, p ≤ .05" },
  { sign: "▬", className: "level", colour: "link", words: "scales at which groups merge (H0)" },
  { sign: "■", className: "above", colour: "rule", words: "above the cut, the noise floor at which as many random directions begin to touch: nothing is known of loops" },
];

function roundTicks(low, high, about) {
  const width = high - low;
  if (!(width > 0)) return [];
  const power = 10 ** Math.floor(Math.log10(width / about));
  const step = [1, 2, 2.5, 5, 10].map((f) => f * power).find((s) => width / s <= about + 1e-9);
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9; i += 1) ticks.push(Number((i * step).toFixed(10)));
  return ticks;
}

export class Diagram extends Picture {
  constructor(app, side, words, arrays) {
    super(app, side, "Persistence diagram");
    this.arrays = arrays;
    this.words = words;
    this.margin = { left: 34 + STRIP + 10, bottom: 30 };
    this.padding = 10;
    this.stretches = true;
    this.dims = false; // its axes are read all the time
    const { bars, h0, censored } = arrays;
    this.n = bars.length / 2;
    this.merges = new Merges(arrays["h0.joins"], arrays.label.length);
    // of two dictionaries both are drawn on one scale, or they could not be compared by eye
    const everything = app.sides.map((each) => each.arrays);
    let top = Math.max(...app.sides.map((each) => each.words.cut ?? 0));
    for (const each of everything) {
      for (const death of each.h0) top = Math.max(top, death);
      for (const end of each.bars) if (Number.isFinite(end)) top = Math.max(top, end);
    }
    let low = top;
    for (const each of everything) {
      for (const death of each.h0) low = Math.min(low, death);
      for (const end of each.bars) low = Math.min(low, end);
    }
    this.top = (top || 1) * 1.03;
    this.low = Math.max(0, low - 0.1 * (this.top - low));
    this.strong = new Map(words.loops.map((loop, i) => [loop.bar, { ...loop, place: i }]));
    const alive = censored.reduce((sum, on) => sum + on, 0);
    this.summary.textContent = `H0 ${counted(h0.length + 1, "bar")}, H1 ${counted(this.n, "bar")}${alive ? `, ${alive} alive at the cut` : ""}`;
    this.summary.title = this.summary.textContent;
    this.over.setAttribute("aria-label", `${this.called}: ${this.summary.textContent}. Arrows move, Enter selects the cycle of a bar of H1 and the groups that one of H0 joins.`);
    this.figure.append(this.legend());
    if (!this.n) this.say(`No loop is born below the cut${words.cut === null ? "" : ` at ${figure(words.cut)}`}.`);
  }

  // what the marks stand for, below the picture
  legend() {
    return element("figcaption", { className: "key" }, ...SIGNS.map(({ sign, className, words }) => (
      element("span", {}, element("span", { className: `sign ${className}`, "aria-hidden": "true", textContent: sign }), words)
    )));
  }

  // items are the bars of H1, then those of H0 that end
  get count() { return this.n + this.merges.bars; }
  get loose() { return this.n; } // most of H0 lies within each other: a lasso would catch everything
  x(i) { return this.arrays.bars[2 * i]; }

  y(i) {
    if (i >= this.n) return this.arrays.h0[i - this.n];
    return this.arrays.censored[i] ? this.words.cut ?? this.top : this.arrays.bars[2 * i + 1];
  }

  radius(i) { return this.strong.get(i)?.strong ? 5 : 3.2; }
  bounds() { return [this.low, this.top, this.top, this.low]; }
  rowsOf(i) { return i < this.n ? this.cycle(i) : this.merges.groups(i - this.n).flat(); }
  cycle(i) { return groupAt(this.arrays, "cycle", i); }

  spot(i) {
    return i < this.n ? super.spot(i) : [this.padding + 34 + STRIP / 2, this.at.py(this.y(i))];
  }

  hit(px, py) {
    const left = this.padding + 34;
    if (px < left - 2 || px > left + STRIP) return super.hit(px, py);
    let best = -1, nearest = Infinity;
    for (let bar = 0; bar < this.merges.bars; bar += 1) {
      const far = Math.abs(this.level(this.at.py(this.arrays.h0[bar])) - py);
      if (far > NEAR || far > nearest) continue;
      // of those drawn as one, the one that joins most
      if (far === nearest && this.merges.smaller(bar) <= this.merges.smaller(best)) continue;
      [best, nearest] = [bar, far];
    }
    return best < 0 ? -1 : this.n + best;
  }

  // H0 bars that end within two pixels are drawn as one
  level(y) {
    return 2 * Math.round(y / 2);
  }

  joinWords(bar, short) {
    const end = `H0 bar to ${figure(this.arrays.h0[bar])}`;
    if (short) return end;
    const { names } = this.app.sides[this.side];
    const [few, many] = this.merges.groups(bar).map((rows) => (
      `${counted(rows.length, "feature")} (${rows.slice(0, 4).map((row) => names[row]).join(", ")}${rows.length > 4 ? " …" : ""})`
    ));
    return `${end}: ${few} join${this.merges.smaller(bar) === 1 ? "s" : ""} ${many}`;
  }

  wordsOf(i, short = false) {
    if (i >= this.n) return this.joinWords(i - this.n, short);
    const death = this.arrays.censored[i] ? "alive at the cut" : `to ${figure(this.arrays.bars[2 * i + 1])}`;
    const bar = `bar ${figure(this.x(i))} ${death}`;
    if (short) return bar;
    const loop = this.strong.get(i);
    const cycle = this.cycle(i);
    const p = loop ? `, p = ${figure(loop.p)}` : ", too short to be tested";
    return `${bar}${p}, cycle of ${counted(cycle.length, "feature")}: ${Array.from(cycle.subarray(0, 6), (row) => this.app.sides[this.side].names[row]).join(", ")}${cycle.length > 6 ? " …" : ""}`;
  }

  chooseItem(item, how) {
    if (item >= this.n) {
      const bar = item - this.n;
      this.app.light(this.side, this.merges.pairs.subarray(2 * bar, 2 * bar + 2), new Set(this.merges.groups(bar)[0]));
      super.chooseItem(item, how);
      return;
    }
    const cycle = this.cycle(item);
    if (!cycle.length) {
      this.app.say("This bar is among so many short ones that no cycle was looked for.");
      return;
    }
    this.app.light(this.side, cycle);
    super.chooseItem(item, how);
  }

  drawBase(ctx, at, width, height) {
    const theme = this.app.theme();
    const left = this.padding + 34, bottom = height - this.padding - 26;
    const right = width - 6, first = left + STRIP + 10, y0 = 6;
    const clampX = (p) => Math.min(Math.max(p, first), right);
    const clampY = (p) => Math.min(Math.max(p, y0), bottom);
    const line = (x1, y1, x2, y2, colour, dash = []) => {
      ctx.beginPath();
      ctx.moveTo(x1, y1);
      ctx.lineTo(x2, y2);
      ctx.strokeStyle = colour;
      ctx.lineWidth = 1;
      ctx.setLineDash(dash);
      ctx.stroke();
      ctx.setLineDash([]);
    };
    const edge = Math.min(right, at.px(this.top));
    if (this.words.cut !== null) {
      const cut = clampY(at.py(this.words.cut));
      ctx.fillStyle = theme.soft;
      ctx.beginPath();
      ctx.rect(first, y0, Math.max(0, edge - first), cut - y0);
      ctx.fill();
      line(first, cut, edge, cut, theme.quiet, [4, 3]);
      ctx.fillStyle = theme.quiet;
      ctx.font = "11px system-ui, sans-serif";
      ctx.textAlign = "right";
      ctx.fillText(`cut ${this.words.cut.toFixed(2)}`, edge - 4, cut - 5);
    }
    const from = Math.max(at.ix(first), at.iy(bottom), 0), to = Math.min(at.ix(edge), at.iy(y0), this.top);
    if (to > from) line(at.px(from), at.py(from), at.px(to), at.py(to), theme.rule);
    ctx.font = "11px system-ui, sans-serif";
    ctx.fillStyle = theme.quiet;
    line(left, y0, left, bottom, theme.quiet);
    line(first, bottom, edge, bottom, theme.quiet);
    ctx.textAlign = "right";
    for (const tick of roundTicks(Math.max(0, at.iy(bottom)), at.iy(y0), 5)) {
      const y = at.py(tick);
      line(left - 4, y, left, y, theme.quiet);
      ctx.fillText(String(tick), left - 7, y + 4);
    }
    ctx.textAlign = "center";
    for (const tick of roundTicks(Math.max(0, at.ix(first)), at.ix(edge), 5)) {
      const x = at.px(tick);
      line(x, bottom, x, bottom + 4, theme.quiet);
      ctx.fillText(String(tick), x, bottom + 16);
    }
    ctx.fillText("H0 deaths", left + STRIP / 2 + 2, bottom + 31); // below the figures of both axes
    ctx.textAlign = "right";
    ctx.fillText(`birth → (${this.words.metric}), death ↑`, edge, bottom + 31);
    this.strip(ctx, at, this.arrays.h0, this.app.theme().link, height);
    const inView = (i) => {
      const x = at.px(this.x(i)), y = at.py(this.y(i));
      return x === clampX(x) && y === clampY(y);
    };
    this.marks(ctx, at, theme.grey, (i) => !this.strong.get(i)?.strong && inView(i));
    this.marks(ctx, at, theme.strong, (i) => this.strong.get(i)?.strong && inView(i));
  }

  // how many of some deaths end at each level that is in view
  levels(at, deaths, height) {
    const counts = new Map();
    const top = 6, bottom = height - this.padding - 26;
    for (const death of deaths) {
      const y = this.level(at.py(death));
      if (y >= top && y <= bottom) counts.set(y, (counts.get(y) ?? 0) + 1);
    }
    return counts;
  }

  strip(ctx, at, deaths, colour, height) {
    const left = this.padding + 34;
    const most = Math.max(1, ...this.levels(at, this.arrays.h0, height).values());
    ctx.beginPath();
    for (const [y, n] of this.levels(at, deaths, height)) {
      ctx.moveTo(left + 2, y);
      ctx.lineTo(left + 6 + (STRIP - 6) * (n - 1) / Math.max(1, most - 1), y);
    }
    ctx.strokeStyle = colour;
    ctx.lineWidth = deaths === this.arrays.h0 ? 1.4 : 2;
    ctx.stroke();
  }

  marks(ctx, at, colour, kept) {
    ctx.fillStyle = colour;
    ctx.beginPath();
    for (let i = 0; i < this.n; i += 1) {
      if (kept(i)) mark(ctx, this.arrays.censored[i] ? "triangle" : this.n > MANY_BARS ? "square" : "circle", at.px(this.x(i)), at.py(this.y(i)), this.radius(i));
    }
    ctx.fill();
  }

  drawOver(ctx, at, width, height) {
    const { selection } = this.app;
    const theme = this.app.theme();
    const joined = this.merges.within(selection.masks[this.side]);
    this.strip(ctx, at, joined.map((bar) => this.arrays.h0[bar]), theme.ink, height);
    const whole = (i) => {
      const cycle = this.cycle(i);
      return cycle.length > 0 && cycle.every((row) => selection.has(this.side, row));
    };
    const chosen = [];
    for (let i = 0; i < this.n; i += 1) if (whole(i)) chosen.push(i);
    const found = new Set(chosen);
    this.marks(ctx, at, theme.grey, (i) => found.has(i) && !this.strong.get(i)?.strong);
    this.marks(ctx, at, theme.strong, (i) => found.has(i) && this.strong.get(i)?.strong);
    ctx.beginPath();
    for (const i of chosen) mark(ctx, "circle", at.px(this.x(i)), at.py(this.y(i)), this.radius(i) + 2.5);
    ctx.strokeStyle = theme.ink;
    ctx.lineWidth = 1.5;
    ctx.stroke();
  }
}
