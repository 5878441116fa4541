// The member table: only the rows in view are in the page.

import { counted, figure } from "./packet.js";
import { element, heading, isForBrowser, whose } from "./picture.js";

const ROW = 27; // pixels, as in the style sheet

export class Table {
  constructor(app, side, words, arrays) {
    this.app = app;
    this.side = side;
    this.names = words.names;
    this.columns = this.columnsOf(words, arrays);
    this.sorted = { column: 0, up: true };
    this.active = -1;
    this.title = heading(app, side, "Features");
    this.summary = element("p", { className: "summary" });
    this.head = element("tr");
    this.body = element("tbody");
    this.table = element("table", { role: "grid", "aria-label": `Features of ${words.name}` },
      element("thead", {}, this.head), this.body);
    this.note = element("p", { className: "note", hidden: true });
    this.scroller = element("div", {
      className: "scroller", tabIndex: 0, role: "region",
      "aria-label": `Features${whose(app, side)}: arrows move, Enter selects`,
    }, this.table);
    this.figure = element("figure", { className: "view members" },
      element("header", {}, this.title, this.summary), this.scroller);
    this.columns.forEach((column, i) => {
      const button = element("button", { type: "button", textContent: column.title, title: column.hint ?? "" });
      button.addEventListener("click", () => this.sortBy(i));
      this.head.append(element("th", { scope: "col", className: column.number ? "n" : "" }, button));
    });
    this.scroller.addEventListener("scroll", () => this.render());
    this.scroller.addEventListener("keydown", (event) => this.key(event));
    this.body.addEventListener("click", (event) => {
      const row = event.target.closest("tr[data-row]");
      if (row) this.choose(Number(row.dataset.row), event);
    });
    new ResizeObserver(() => requestAnimationFrame(() => this.render())).observe(this.scroller);
    this.update();
    this.sort();
  }

  columnsOf(words, arrays) {
    const { names, labels } = words;
    const other = this.app.sides[1 - this.side];
    const columns = [
      { title: "row", number: true, of: (row) => row },
      { title: "name", of: (row) => names[row] },
    ];
    if (arrays.label.some((label) => label >= 0)) {
      columns.push({ title: "label", of: (row) => labels[arrays.label[row]] ?? "" });
    }
    if (other) {
      columns.push({ title: "partner", of: (row) => (arrays.partner[row] < 0 ? "" : other.names[arrays.partner[row]]) });
    }
    if (arrays.score) columns.push({ title: "likeness", number: true, of: (row) => arrays.score[row] });
    columns.push({ title: "norm", number: true, of: (row) => arrays.norm[row] });
    columns.push({ title: words.near, number: true, hint: `Chord distance to the ${words.near} feature`, of: (row) => arrays.density[row] });
    return columns;
  }

  // the selection has changed
  update() {
    const { selection } = this.app;
    const chosen = selection.rows(this.side);
    const n = this.names.length;
    const nothing = selection.empty;
    this.rows = nothing ? Array.from({ length: n }, (_, row) => row) : chosen;
    this.summary.textContent = nothing ? `all ${counted(n, "feature")}` : `${chosen.length.toLocaleString("en")} of ${counted(n, "feature")} selected`;
    if (this.sorted.column || !this.sorted.up) this.sort(); // rows come in their own order
    this.scroller.scrollTop = 0;
    this.active = -1;
    this.render();
  }

  sortBy(column) {
    this.sorted = { column, up: this.sorted.column === column ? !this.sorted.up : true };
    this.sort();
    this.render();
  }

  sort() {
    const { column, up } = this.sorted;
    const { of } = this.columns[column];
    [...this.head.children].forEach((th, i) => {
      th.setAttribute("aria-sort", i !== column ? "none" : up ? "ascending" : "descending");
    });
    if (column === 0) {
      this.rows = this.rows.slice().sort((a, b) => (up ? a - b : b - a));
      return;
    }
    const keys = new Map(this.rows.map((row) => [row, of(row)]));
    this.rows = this.rows.slice().sort((a, b) => {
      const s = keys.get(a), t = keys.get(b);
      const missing = Number.isNaN(s) - Number.isNaN(t); // last, whichever way is sorted
      return missing || (up ? 1 : -1) * ((s > t) - (s < t)) || a - b;
    });
  }

  render() {
    const height = this.scroller.clientHeight || 300;
    const first = Math.max(0, Math.floor(this.scroller.scrollTop / ROW) - 4);
    const last = Math.min(this.rows.length, first + Math.ceil(height / ROW) + 8);
    const spacer = (rows) => element("tr", { className: "spacer", "aria-hidden": "true" },
      element("td", { colSpan: this.columns.length, style: `height:${rows * ROW}px` }));
    const shown = [];
    if (first) shown.push(spacer(first));
    for (let i = first; i < last; i += 1) shown.push(this.line(i));
    if (last < this.rows.length) shown.push(spacer(this.rows.length - last));
    if (!this.rows.length) {
      shown.push(element("tr", {}, element("td", { colSpan: this.columns.length, className: "none", textContent: "No feature of this dictionary is selected." })));
    }
    this.body.replaceChildren(...shown);
    this.table.setAttribute("aria-rowcount", this.rows.length + 1);
  }

  line(i) {
    const row = this.rows[i];
    const line = element("tr", { "data-row": row, "aria-rowindex": i + 2, "aria-selected": this.app.selection.has(this.side, row) });
    if (i === this.active) line.className = "active";
    for (const { of, number } of this.columns) {
      const value = of(row);
      const words = typeof value === "number" && !Number.isInteger(value) ? figure(value) : String(value);
      line.append(element("td", { className: number ? "n" : "", textContent: words, title: number ? "" : words }));
    }
    return line;
  }

  choose(row, event) {
    const how = event.shiftKey ? "add" : event.ctrlKey || event.metaKey ? "toggle" : "only";
    this.app.selection.select(this.side, [row], this.names[row], how);
  }

  key(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity };
    if (event.target !== this.scroller || isForBrowser(event)) return;
    if (event.key in steps) {
      this.active = Math.min(Math.max(this.active + steps[event.key], 0), this.rows.length - 1);
      const top = this.active * ROW;
      const height = this.scroller.clientHeight - 2 * ROW;
      if (top < this.scroller.scrollTop) this.scroller.scrollTop = top;
      else if (top > this.scroller.scrollTop + height) this.scroller.scrollTop = top - height;
      this.render();
      this.app.say(this.names[this.rows[this.active]]);
    } else if ((event.key === "Enter" || event.key === " ") && this.active >= 0) {
      this.choose(this.rows[this.active], event);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }
}
