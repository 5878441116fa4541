// Colours and marks of features; the same in every picture.

const RAMP = [[0, 114, 178], [86, 180, 233], [230, 159, 0], [213, 94, 0]];
const STEPS = 24;

function rampAt(t) {
  const place = Math.min(Math.max(t, 0), 1) * (RAMP.length - 1);
  const i = Math.min(Math.floor(place), RAMP.length - 2);
  const mixed = RAMP[i].map((from, c) => Math.round(from + (place - i) * (RAMP[i + 1][c] - from)));
  return `rgb(${mixed.join(",")})`;
}

// A colouring of one side: `style[row]` into `styles`, each {name, colour, shape}; colour null is
// grey. Values have `low` and `high` and a scale of styles; the last style is "no value".
export function groupColouring(words, style, hues) {
  const styles = words.styles.map(({ name, hue, shape }) => ({
    name, shape, colour: hue === null ? null : hues[hue],
  }));
  return { key: words.key, title: words.title, styles, style, kind: "groups" };
}

export function valueColouring(key, title, values, [low, high] = endsOf(values)) {
  const styles = Array.from({ length: STEPS }, (_, i) => (
    { name: "", shape: "circle", colour: rampAt(i / (STEPS - 1)) }
  ));
  styles.push({ name: "no value", shape: "circle", colour: null });
  const width = high - low || 1;
  const style = Int32Array.from(values, (value) => (
    Number.isFinite(value) ? Math.min(STEPS - 1, Math.floor((value - low) / width * STEPS)) : STEPS
  ));
  return { key, title, styles, style, values, low, high, kind: "values" };
}

function endsOf(values) {
  let low = Infinity, high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

// The same values of several sides on one scale: one legend then holds for all.
export function onOneScale(colourings) {
  const ends = [Math.min(...colourings.map(({ low }) => low)), Math.max(...colourings.map(({ high }) => high))];
  return colourings.map(({ key, title, values }) => valueColouring(key, title, values, ends));
}

export function plainColouring(n) {
  return {
    key: "none", title: "", kind: "groups", style: new Int32Array(n),
    styles: [{ name: "", shape: "circle", colour: null }],
  };
}

// The style of a group of features: the most frequent label, or the mean value.
export function styleOfGroup(colouring, rows) {
  const { style, styles } = colouring;
  const last = styles.length - 1;
  if (colouring.kind === "values") {
    let sum = 0, n = 0;
    for (const row of rows) if (style[row] < last) { sum += style[row]; n += 1; }
    return n ? Math.round(sum / n) : last;
  }
  const counts = new Int32Array(styles.length);
  let best = 0;
  for (const row of rows) counts[style[row]] += 1;
  for (let i = 1; i < counts.length; i += 1) if (counts[i] > counts[best]) best = i;
  return best;
}

// Adds one mark to the path of a canvas.
export function mark(ctx, shape, x, y, r) {
  if (shape === "square") {
    ctx.rect(x - 0.86 * r, y - 0.86 * r, 1.72 * r, 1.72 * r);
  } else if (shape === "triangle") {
    ctx.moveTo(x, y - 1.25 * r);
    ctx.lineTo(x + 1.2 * r, y + 0.95 * r);
    ctx.lineTo(x - 1.2 * r, y + 0.95 * r);
    ctx.closePath();
  } else if (shape === "diamond") {
    ctx.moveTo(x, y - 1.3 * r);
    ctx.lineTo(x + 1.3 * r, y);
    ctx.lineTo(x, y + 1.3 * r);
    ctx.lineTo(x - 1.3 * r, y);
    ctx.closePath();
  } else {
    ctx.moveTo(x + r, y);
    ctx.arc(x, y, r, 0, 2 * Math.PI);
  }
}
