// The key of a saved picture: what it is coloured by, what is selected, what the marks stand for.

import { mark } from "./colour.js";
import { SIGNS } from "./diagram.js";
import { endsOfScale, legends, titleOf } from "./legends.js";
import { selectionWords } from "./selection.js";

const LINE = 18; // pixels from line to line
export const EDGE = 12;
const GAP = 16; // between entries
const SCALE = 120;

// An entry is words behind a sign: `wide` pixels that `draw(ctx, x, y)` fills, y where words stand.
function entry(words, wide = 0, draw = null) {
  return { words, wide, draw };
}

function ofStyles({ styles }, grey) {
  return styles.map(({ name, shape, colour }) => entry(name, 16, (ctx, x, y) => {
    ctx.fillStyle = colour ?? grey;
    ctx.beginPath();
    mark(ctx, shape, x + 6, y - 4, 4.5);
    ctx.fill();
  }));
}

function ofScale(colouring, title) {
  const [low, high] = endsOfScale(colouring);
  const steps = colouring.styles.slice(0, -1); // the last is "no value"
  const wide = SCALE / steps.length;
  return [entry(`Coloured by ${title}: ${low}`), entry(high, SCALE + 6, (ctx, x, y) => {
    steps.forEach(({ colour }, i) => { // each over the rest, or seams would show
      ctx.fillStyle = colour;
      ctx.beginPath();
      ctx.rect(x + i * wide, y - 9, SCALE - i * wide, 10);
      ctx.fill();
    });
  })];
}

// Measures words in a font, and cuts them to as much as there is room for.
export class Ruler {
  constructor(font) {
    this.context = document.createElement("canvas").getContext("2d");
    this.context.font = font;
  }

  long(words) {
    return this.context.measureText(words).width;
  }

  cut(words, room) {
    if (this.long(words) <= room) return words;
    let kept = [...words];
    while (kept.length && this.long(`${kept.join("")}…`) > room) kept = kept.slice(0, Math.min(kept.length - 1, Math.floor(kept.length * 0.95)));
    return `${kept.join("")}…`;
  }
}

// Entries by paragraph.
function paragraphs(app) {
  const theme = app.theme();
  const colours = legends(app).map(({ colouring, name }) => {
    if (colouring.kind === "values") return ofScale(colouring, titleOf(app, colouring.key));
    const of = name ? `${name}, coloured by` : "Coloured by";
    return [entry(`${of} ${colouring.title}:`), ...ofStyles(colouring, theme.grey)];
  });
  const selected = app.selection.empty ? [] : [[
    entry(selectionWords(app)), entry("The rest fades; a node with a dashed ring is selected in part."),
  ]];
  const signs = SIGNS.map(({ sign, colour, words }) => entry(words, 8 + 10 * sign.length, (ctx, x, y) => {
    ctx.fillStyle = theme[colour];
    ctx.fillText(sign, x, y);
  }));
  return [...colours, ...selected, [entry("Persistence diagram:"), ...signs]];
}

export class Key {
  constructor(app, width, font) {
    this.ink = app.theme().ink;
    this.font = font;
    const ruler = new Ruler(font);
    this.placed = [];
    let y = LINE;
    for (const entries of paragraphs(app)) {
      let x = EDGE;
      for (const { words, wide, draw } of entries) {
        const shown = ruler.cut(words, width - 2 * EDGE - wide);
        const end = x + wide + ruler.long(shown);
        if (end > width - EDGE && x > EDGE) [x, y] = [EDGE, y + LINE];
        this.placed.push({ words: shown, wide, draw, x, y });
        x += wide + ruler.long(shown) + GAP;
      }
      y += LINE;
    }
    this.height = y;
  }

  draw(ctx) {
    ctx.font = this.font;
    ctx.textAlign = "left";
    for (const { words, wide, draw, x, y } of this.placed) {
      draw?.(ctx, x, y);
      ctx.fillStyle = this.ink;
      ctx.fillText(words, x + wide, y);
    }
  }
}
