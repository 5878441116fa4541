// Which features are selected, on every side. Partners are selected together.

import { counted } from "./packet.js";

export class Selection {
  constructor(sizes, partners) {
    this.masks = sizes.map((n) => new Uint8Array(n));
    this.partners = partners; // per side, Int32Array or null
    this.words = "";
    this.history = [];
    this.listeners = [];
  }

  onChange(listener) {
    this.listeners.push(listener);
  }

  has(side, row) {
    return this.masks[side][row] === 1;
  }

  count(side) {
    let n = 0;
    for (const on of this.masks[side]) n += on;
    return n;
  }

  get empty() {
    return this.masks.every((mask) => !mask.includes(1));
  }

  rows(side) {
    const found = [];
    this.masks[side].forEach((on, row) => on && found.push(row));
    return found;
  }

  // how: "only" replaces, "add" adds, "toggle" takes out what is in
  select(side, rows, words, how = "only") {
    this.remember();
    if (how === "only") for (const mask of this.masks) mask.fill(0);
    const linked = this.partners[side];
    for (const row of rows) {
      const on = how === "toggle" ? 1 - this.masks[side][row] : 1;
      this.masks[side][row] = on;
      if (linked && linked[row] >= 0) this.masks[1 - side][linked[row]] = on;
    }
    this.words = (how === "only" ? [words] : [this.words, words]).filter((each) => each).join("; ");
    this.changed();
  }

  clear() {
    if (this.empty) return;
    this.remember();
    for (const mask of this.masks) mask.fill(0);
    this.words = "";
    this.changed();
  }

  back() {
    const before = this.history.pop();
    if (!before) return;
    this.masks = before.masks;
    this.words = before.words;
    this.changed();
  }

  // what the kernel says is selected
  put(rowsBySide, words = "set in Python") {
    const same = rowsBySide.every((rows, side) => {
      const mask = this.masks[side];
      return rows.length === this.count(side) && rows.every((row) => mask[row]);
    });
    if (same) return;
    this.remember();
    rowsBySide.forEach((rows, side) => {
      this.masks[side].fill(0);
      for (const row of rows) if (row < this.masks[side].length) this.masks[side][row] = 1;
    });
    this.words = words;
    this.changed();
  }

  remember() {
    this.history.push({ masks: this.masks.map((mask) => mask.slice()), words: this.words });
    if (this.history.length > 50) this.history.shift();
  }

  changed() {
    for (const listener of this.listeners) listener();
  }
}

// What is selected, and by what.
export function selectionWords({ selection, sides }) {
  const counts = sides.map(({ words, names }, place) => {
    const of = sides.length > 1 ? ` of ${words.name}` : "";
    return `${selection.count(place).toLocaleString("en")} of ${counted(names.length, "feature")}${of}`;
  });
  return `Selected: ${counts.join(", ")} (${selection.words})`;
}
