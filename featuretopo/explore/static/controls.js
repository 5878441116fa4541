// The bar above the views: colours, groups, search, export, and how the graph is made.

import { counted, figure, groupAt, groupCount } from "./packet.js";
import { csv, download, graphRecords, pngOf, selectionRecords, svgOf } from "./exports.js";
import { named } from "./naming.js";
import { element } from "./picture.js";
import { selectionWords } from "./selection.js";
import { SvgContext } from "./svg.js";
import { mark } from "./colour.js";
import { endsOfScale, legends, titleOf } from "./legends.js";

const WAIT = 350; // milliseconds without a further change before the kernel is asked
const LISTED = 60; // groups of a kind in the list

// what a name is compared by in a search, the strictest first; a page shows blanks in a row as one
const oneBlank = (name) => name.trim().replace(/\s+/g, " ");
const ALIKE = [(name) => name, oneBlank, (name) => oneBlank(name).toLowerCase()];

function field(words, control) {
  return element("label", {}, element("span", { textContent: words }), control);
}

function option(value, words) {
  return element("option", { value, textContent: words });
}

export class Controls {
  constructor(app) {
    this.app = app;
    this.colour = element("select", { onchange: () => app.recolour(this.colour.value) });
    this.groups = element("select", { onchange: () => this.choose() });
    this.search = element("input", { type: "search", placeholder: "whole name", autocomplete: "off", spellcheck: false });
    const form = element("form", { role: "search", onsubmit: (event) => { event.preventDefault(); this.find(); } },
      field("Search", this.search), this.button("Find", () => {}, "submit"));
    this.back = this.button("Back", () => app.selection.back());
    this.clear = this.button("Clear", () => app.selection.clear());
    const exports = element("details", { className: "exports" },
      element("summary", { textContent: "Export" }),
      element("div", {},
        this.button("Selection, CSV", () => download("selection.csv", csv(selectionRecords(app)), "text/csv")),
        this.button("Selection, JSON", () => download("selection.json", JSON.stringify(selectionRecords(app), null, 1), "application/json")),
        this.button("Picture, SVG", () => download("explore.svg", svgOf(app), "image/svg+xml")),
        this.button("Picture, PNG", async () => download("explore.png", await pngOf(app))),
        this.button("Graph, JSON", () => download("graph.json", JSON.stringify(graphRecords(app)), "application/json"))));
    this.status = element("p", { className: "status", role: "status" });
    this.legend = element("div", { className: "legend", role: "group", "aria-label": "Legend" });
    this.bar = element("div", { className: "bar" },
      field("Colour by", this.colour), field("Select", this.groups), form, this.back, this.clear, exports);
    this.graph = new GraphForm(app);
    this.silence = element("p", { className: "error lost", role: "alert", hidden: true });
    this.root = element("div", { className: "controls" }, this.bar, this.graph.root, this.silence, this.legend, this.status);
  }

  button(words, act, type = "button") {
    return element("button", { type, textContent: words, onclick: act });
  }

  // the kernel does not answer, or does again
  showSilence(on) {
    this.silence.hidden = !on;
    this.silence.textContent = on
      ? "The kernel does not answer: it is busy, or gone. What is shown here can still be looked at, selected and exported; Python does not see what is selected, and the graph cannot be computed anew. If the kernel is gone, start it and run the cell again."
      : "";
  }

  // which colourings there are may change with the lens
  fillColours() {
    const { app } = this;
    const keys = [...new Set(app.sides.flatMap(({ colourings }) => colourings.map(({ key }) => key)))];
    this.colour.replaceChildren(...keys.map((key) => option(key, titleOf(app, key))));
    if (!keys.includes(app.key)) [app.key] = keys;
    this.colour.value = app.key;
  }

  fillGroups() {
    const { app } = this;
    const parts = [option("", "a group …")];
    app.sides.forEach((side, place) => {
      const of = app.sides.length > 1 ? `${side.words.name}: ` : "";
      const { arrays, words } = side;
      const graph = app.graphs[place];
      const add = (title, n, wordsOf) => {
        if (!n) return;
        const group = element("optgroup", { label: of + title });
        for (let i = 0; i < Math.min(n, LISTED); i += 1) group.append(option(`${place} ${title} ${i}`, wordsOf(i)));
        if (n > LISTED) group.append(element("option", { disabled: true, textContent: `and ${n - LISTED} more` }));
        parts.push(group);
      };
      const sizes = new Map();
      graph.arrays.component.forEach((c) => sizes.set(c, (sizes.get(c) ?? 0) + 1));
      add("components", sizes.size, (i) => `component ${i + 1} (${counted(sizes.get(i), "node")})`);
      add("loops", words.loops.length, (i) => `loop ${i + 1} (${counted(groupAt(arrays, "loop", i).length, "feature")}, p ${figure(words.loops[i].p)})`);
      add("clusters", words.clusters.length, (i) => `cluster ${i + 1} (${counted(groupAt(arrays, "cluster", i).length, "feature")}, p ${figure(words.clusters[i].p)})`);
      const used = new Set(arrays.label);
      add("labels", used.size > (used.has(-1) ? 1 : 0) ? words.labels.length : 0, (i) => words.labels[i]);
    });
    this.groups.replaceChildren(...parts);
  }

  choose() {
    const { app } = this;
    const [, side, kind, i] = /^(\d+) (\w+) (\d+)$/.exec(this.groups.value) ?? [];
    const words = this.groups.selectedOptions[0]?.textContent;
    this.groups.value = "";
    if (kind === undefined) return;
    const place = Number(side), number = Number(i);
    const { arrays, words: about } = app.sides[place];
    let rows;
    if (kind === "components") {
      rows = app.graphPicture(place).componentRows(number);
    } else if (kind === "labels") {
      rows = [...arrays.label.keys()].filter((row) => arrays.label[row] === number);
    } else {
      rows = groupAt(arrays, kind.slice(0, -1), number);
      if (!rows.length) {
        app.say(`No feature is in ${words.replace(/ \(.*/, "")}: there is nothing to select.`);
        return;
      }
      const { bar } = kind === "loops" ? about.loops[number] : { bar: -1 };
      if (bar >= 0) app.light(place, groupAt(arrays, "cycle", bar));
    }
    app.selection.select(place, rows, words);
  }

  find() {
    const { app } = this;
    const wanted = this.search.value;
    if (!wanted) return;
    let found;
    for (const alike of ALIKE) {
      const same = (name) => alike(name) === alike(wanted);
      // as it was given, or as it is shown here and may have been copied
      found = app.sides.map(({ names, given }) => (
        [...names.keys()].filter((row) => same(given.names[row]) || same(names[row]))
      ));
      if (found.some((rows) => rows.length)) break;
    }
    if (found.every((rows) => !rows.length)) {
      const lower = wanted.toLowerCase();
      const near = app.sides.flatMap(({ names }) => names.filter((name) => name.toLowerCase().includes(lower))).slice(0, 5);
      app.say(`No feature is called “${named(wanted)}”.${near.length ? ` Names that hold it: ${near.join(", ")}` : ""}`);
      return;
    }
    let how = "only";
    found.forEach((rows, side) => {
      if (!rows.length) return;
      app.selection.select(side, rows, how === "only" ? `named “${named(wanted)}”` : "", how);
      how = "add";
    });
  }

  showLegend() {
    const { app } = this;
    const several = new Set(legends(app).map(({ colouring }) => colouring.title)).size > 1;
    this.legend.replaceChildren(...legends(app).flatMap(({ places, colouring, name }) => {
      if (colouring.kind === "values") return this.scale(colouring);
      const head = several ? `${name}, by ${colouring.title}` : name;
      return [...(head ? [element("strong", { textContent: head })] : []), ...this.styles(places, colouring)];
    }));
  }

  scale(colouring) {
    const stops = [0, 8, 16, 23].map((i) => colouring.styles[i].colour).join(",");
    const bar = element("span", { className: "ramp" });
    bar.style.background = `linear-gradient(90deg, ${stops})`;
    const ends = endsOfScale(colouring);
    return [element("span", { textContent: `${titleOf(this.app, colouring.key)}: ${ends[0]}` }), bar, element("span", { textContent: ends[1] })];
  }

  styles(places, colouring) {
    const grey = this.app.theme().grey;
    return colouring.styles.map((style, i) => {
      const ctx = new SvgContext(14, 14, "sans-serif");
      ctx.fillStyle = style.colour ?? grey;
      ctx.beginPath();
      mark(ctx, style.shape, 7, 7, 4.5);
      ctx.fill();
      const swatch = element("img", { alt: "", width: 14, height: 14, src: `data:image/svg+xml,${encodeURIComponent(ctx.text())}` });
      const button = element("button", { type: "button", title: `Select ${style.name}` }, swatch, element("span", { textContent: style.name }));
      button.addEventListener("click", () => this.ofStyle(places, i, style.name));
      return button;
    });
  }

  ofStyle(places, i, name) {
    const { app } = this;
    let how = "only";
    for (const place of places) {
      const { style } = app.sides[place].colouring;
      const rows = [...style.keys()].filter((row) => style[row] === i);
      if (!rows.length) continue;
      app.selection.select(place, rows, how === "only" ? name : "both sides", how);
      how = "add";
    }
  }

  showSelection() {
    const { app } = this;
    this.clear.disabled = app.selection.empty;
    this.back.disabled = !app.selection.history.length;
    if (app.selection.empty) {
      app.say("Nothing is selected. Click a node, a point or a bar; drag for a lasso; shift adds.");
      return;
    }
    app.say(selectionWords(app));
  }
}

// How the graph is made. Asks the kernel when nothing has changed for a while.
class GraphForm {
  constructor(app) {
    this.app = app;
    const { lenses, covers, clusterers, uses, parameters } = app.words.graph;
    this.uses = uses;
    this.usual = parameters;
    const choice = (named) => element("select", {}, ...Object.entries(named).map(([key, words]) => option(key, words)));
    const number = (properties) => element("input", { type: "number", ...properties });
    this.fields = {
      lens: choice(lenses),
      cover: choice(covers),
      intervals: number({ min: 1, max: 100, step: 1 }),
      overlap: number({ min: 0.05, max: 0.95, step: 0.05 }),
      radius: number({ min: 0, step: 0.1, title: "In units of the lens" }),
      clusterer: choice(clusterers),
      eps: number({ min: 0, max: 2, step: 0.05, placeholder: "floor", title: "Chord distance; empty for the noise floor, at which as many random directions begin to touch" }),
      min_cluster_size: number({ min: 2, step: 1, title: "min_cluster_size: features of the smallest cluster" }),
      min_samples: number({ min: 1, step: 1, title: "min_samples: features near one, itself counted, that make it a core" }),
    };
    const titles = { lens: "Lens", cover: "Cover", intervals: "Intervals", overlap: "Overlap", radius: "Radius", clusterer: "Clusterer", eps: "eps", min_cluster_size: "Least cluster", min_samples: "Least neighbours" };
    this.labels = Object.fromEntries(Object.entries(this.fields).map(([name, control]) => [name, field(titles[name], control)]));
    for (const [name, control] of Object.entries(this.fields)) {
      control.disabled = !app.host.request;
      control.addEventListener("input", () => this.changed());
    }
    this.state = element("span", { className: "state", role: "status" });
    this.error = element("p", { className: "error", role: "alert", hidden: true });
    this.root = element("fieldset", { className: "graph" },
      element("legend", { textContent: "Graph" }),
      ...Object.values(this.labels),
      this.state, this.error);
    this.fill(app.asked ?? parameters);
    if (!app.host.request) {
      this.state.textContent = "Fixed here: computing needs a kernel (featuretopo.explore in a notebook).";
    }
    if (!app.asked) this.state.textContent += " The graph shown was made in another way, which stands below it.";
  }

  fill(asked) {
    for (const [name, control] of Object.entries(this.fields)) control.value = asked[name] ?? "";
    this.showUsed();
  }

  // of the fields that cover and clusterer have, those of the ones chosen
  showUsed() {
    for (const what of ["cover", "clusterer"]) {
      const used = this.uses[what][this.fields[what].value];
      for (const name of new Set(Object.values(this.uses[what]).flat())) this.labels[name].hidden = !used.includes(name);
    }
  }

  changed() {
    this.showUsed();
    this.waiting = true;
    this.app.stale(true);
    this.state.textContent = "waiting for the last change …";
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), WAIT);
  }

  send() {
    this.waiting = false;
    this.state.textContent = "computing …";
    const asked = {};
    for (const [name, control] of Object.entries(this.fields)) {
      if (this.labels[name].hidden) asked[name] = this.usual[name]; // what is not seen can hold no error
      else if (control.type !== "number") asked[name] = control.value;
      else asked[name] = control.value === "" && name === "eps" ? null : Number(control.value);
    }
    this.app.request(asked);
  }

  // an answer has come: `error` null if it is a graph, `asked` what it was made with
  answered(error, asked) {
    this.error.textContent = error ?? "";
    this.error.hidden = error === null;
    if (this.waiting) return; // what is shown is out of date all the same, and about to be asked for
    if (error === null && asked) this.fill(asked);
    this.state.textContent = error === null ? "up to date" : "the graph shown is the one before";
    this.app.stale(error !== null);
  }
}
