// The views of one model, linked by one selection.

import { ofSide, unpack } from "./packet.js";
import { allNamed } from "./naming.js";
import { groupColouring, onOneScale, plainColouring, valueColouring } from "./colour.js";
import { Controls } from "./controls.js";
import { csv, graphRecords, pngOf, selectionRecords, svgOf } from "./exports.js";
import { Diagram } from "./diagram.js";
import { element } from "./picture.js";
import { Graph } from "./graph.js";
import { Scatter } from "./scatter.js";
import { Selection } from "./selection.js";
import { Table } from "./table.js";

export class App {
  // `host`: {views, graphs} packets; request(parameters, serial) or null; selected(rows by side)
  constructor(root, host) {
    this.host = host;
    this.exports = { csv, graphRecords, pngOf, selectionRecords, svgOf };
    this.root = root;
    this.serial = 0;
    const { words: given, arrays } = unpack(host.views);
    const words = allNamed(given);
    this.words = words;
    this.sides = words.sides.map((about, place) => ({ // `given`: as they are searched for and saved
      words: about, names: about.names, given: given.sides[place], arrays: ofSide(arrays, place), colourings: [],
    }));
    this.unlight();
    const linked = words.partners !== null;
    this.selection = new Selection(
      this.sides.map(({ names }) => names.length),
      this.sides.map(({ arrays: own }) => (linked ? own.partner : null)),
    );
    root.className = "featuretopo-explore";
    this.findTheme();
    const made = unpack(host.graphs);
    this.graphs = this.unpackGraphs(made);
    this.asked = made.words.asked; // null where the graphs were made otherwise than can be asked for
    this.controls = new Controls(this);
    const views = element("div", { className: this.sides.length > 1 ? "views two" : "views" });
    const title = (side) => (this.sides.length > 1 ? `${side.words.name}: ${side.names.length.toLocaleString("en")} features, ${side.words.d} dimensions` : "");
    this.rows = [[], [], [], []];
    this.sides.forEach((side, place) => {
      const parts = [
        new Graph(this, place), new Scatter(this, place, side.words, side.arrays),
        new Diagram(this, place, side.words, side.arrays), new Table(this, place, side.words, side.arrays),
      ];
      parts.forEach((part, i) => this.rows[i].push(part));
    });
    if (this.sides.length > 1) {
      views.append(...this.sides.map((side) => element("h2", { className: "dictionary", textContent: title(side) })));
      root.append(this.controls.root, element("p", { className: "summary", textContent: linked ? `Partners are selected together: ${words.partners}.` : "Features of the two could not be paired: each is selected by itself." }), views);
    } else {
      root.append(this.controls.root, views);
    }
    for (const row of this.rows) views.append(...row.map(({ figure }) => figure));
    [this.graphPictures, this.scatters, this.diagrams, this.tables] = this.rows;
    this.pictures = this.sides.length > 1
      ? [...this.graphPictures, ...this.scatters, ...this.diagrams]
      : [this.graphPictures[0], this.scatters[0], this.diagrams[0]];
    this.key = null;
    this.showGraphs();
    if (made.words.error !== null) this.controls.graph.answered(made.words.error, null);
    this.selection.onChange(() => this.selected());
    root.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      this.selection.clear();
      event.stopPropagation();
    });
    this.watchTheme();
    this.controls.showSelection();
    if (!host.request) this.controls.graph.state.classList.add("why");
  }

  graphPicture(place) {
    return this.graphPictures[place];
  }

  unpackGraphs({ words, arrays }) {
    return words.sides.map((about, place) => ({ words: about, arrays: ofSide(arrays, place) }));
  }

  showGraphs() {
    this.sides.forEach((side, place) => {
      const { words, arrays } = this.graphs[place];
      side.colourings = this.colouringsOf(side, words, arrays);
    });
    this.controls.fillColours();
    this.setColouring();
    this.graphPictures.forEach((picture, place) => {
      const { words, arrays } = this.graphs[place];
      picture.show(words, arrays);
    });
    this.controls.fillGroups();
  }

  colouringsOf(side, graphWords, graphArrays) {
    const own = side.words.colourings.map((about) => (
      about.styles ? groupColouring(about, side.arrays[`style.${about.key}`], this.words.hues)
        : valueColouring(about.key, about.title, side.arrays[about.key])
    ));
    const lenses = Array.from({ length: graphWords.lenses }, (_, axis) => (
      valueColouring(`lens ${axis}`, graphWords.lenses > 1 ? `lens, axis ${axis + 1}` : "lens", graphArrays[`lens.${axis}`])
    ));
    const grouped = own.filter(({ kind }) => kind === "groups");
    return [...grouped, ...lenses, ...own.filter(({ kind }) => kind === "values")];
  }

  setColouring() {
    for (const side of this.sides) {
      side.colouring = side.colourings.find(({ key }) => key === this.key) ?? plainColouring(side.names.length);
    }
    const valued = this.sides.filter(({ colouring }) => colouring.kind === "values");
    onOneScale(valued.map(({ colouring }) => colouring)).forEach((colouring, i) => { valued[i].colouring = colouring; });
    this.controls.showLegend();
  }

  recolour(key) {
    this.key = key;
    this.setColouring();
    for (const picture of [...this.graphPictures, ...this.scatters]) picture.draw();
  }

  // with the next selection: a line through features, and rings around no others than these
  light(side, line, ringed = null) {
    this.toLight = { side, line, ringed };
  }

  unlight() {
    this.lit = this.sides.map(() => null);
    this.ringed = this.sides.map(() => null);
  }

  selected() {
    this.unlight();
    if (this.toLight) {
      const { side, line, ringed } = this.toLight;
      this.lit[side] = line;
      this.ringed[side] = ringed;
    }
    this.toLight = null;
    for (const picture of this.pictures) picture.redraw();
    for (const table of this.tables) table.update();
    this.controls.showSelection();
    this.host.selected(this.sides.map((_, place) => this.selection.rows(place)));
  }

  say(words) {
    this.controls.status.textContent = words;
  }

  stale(on) {
    for (const picture of this.graphPictures) picture.figure.classList.toggle("stale", on);
  }

  request(parameters) {
    this.serial += 1;
    this.host.request(parameters, this.serial);
  }

  // a packet of graphs, or of an error, has come from the kernel
  answer(raw) {
    const got = unpack(raw);
    const { serial, error, asked } = got.words;
    if (serial < this.serial) return; // a later one is asked for
    this.serial = serial; // another view of the same model may have asked
    if (error === null) {
      this.graphs = this.unpackGraphs(got);
      this.showGraphs();
    }
    this.controls.graph.answered(error, asked);
  }

  // colours follow the page that the views stand in, whoever made it dark
  findTheme() {
    let behind = null;
    for (let node = this.root.parentElement; node && !behind; node = node.parentElement) {
      const [r, g, b, a = 1] = (getComputedStyle(node).backgroundColor.match(/[\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
      if (a > 0.5) behind = (0.299 * r + 0.587 * g + 0.114 * b) / 255;
    }
    const dark = behind === null ? matchMedia("(prefers-color-scheme: dark)").matches : behind < 0.5;
    const found = dark ? "dark" : "light";
    if (this.colours && found === this.root.dataset.theme) return false;
    this.root.dataset.theme = found;
    this.colours = null;
    return true;
  }

  theme() {
    if (this.colours) return this.colours;
    const style = getComputedStyle(this.root);
    const of = (name) => style.getPropertyValue(name).trim();
    const colours = {
      paper: of("--paper"), ink: of("--ink"), quiet: of("--quiet"), grey: of("--grey"), rule: of("--rule"),
      soft: of("--soft"), link: of("--link"), edge: of("--edge"), strong: of("--strong"),
    };
    // a notebook makes the views before it shows them, and takes them out of the page when they are
    // scrolled away: there nothing has a colour
    if (this.root.isConnected) this.colours = colours;
    return colours;
  }

  watchTheme() {
    const again = () => {
      if (!this.root.isConnected || !this.findTheme()) return;
      this.controls.showLegend();
      for (const picture of this.pictures) picture.draw();
    };
    const media = matchMedia("(prefers-color-scheme: dark)");
    media.addEventListener("change", again);
    const observer = new MutationObserver(again);
    for (const node of [document.documentElement, document.body]) observer.observe(node, { attributes: true });
    const shown = new ResizeObserver(again);
    shown.observe(this.root);
    this.stop = () => {
      media.removeEventListener("change", again);
      observer.disconnect();
      shown.disconnect();
    };
  }
}
