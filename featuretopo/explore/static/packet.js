// What Python packed: words, and arrays by name.

export function unpack({ text, data }) {
  const words = JSON.parse(text);
  const view = data instanceof ArrayBuffer ? new DataView(data) : data; // hosts differ
  const arrays = {};
  for (const [name, [kind, start, length]] of Object.entries(words.arrays)) {
    // copied: bytes from a kernel need not begin where a number may
    const from = view.byteOffset + start;
    const bytes = view.buffer.slice(from, from + 4 * length);
    arrays[name] = kind === "f" ? new Float32Array(bytes) : new Int32Array(bytes);
  }
  delete words.arrays;
  return { words, arrays };
}

// The arrays of one side, without its number: {xy, label, ...}
export function ofSide(arrays, side) {
  const found = {};
  for (const [name, array] of Object.entries(arrays)) {
    if (name.startsWith(`${side}.`)) found[name.slice(name.indexOf(".") + 1)] = array;
  }
  return found;
}

// Groups that lie end to end: the rows of group i.
export function groupAt(arrays, name, i) {
  const starts = arrays[`${name}.starts`];
  return arrays[name].subarray(starts[i], starts[i + 1]);
}

export function groupCount(arrays, name) {
  return Math.max(0, arrays[`${name}.starts`].length - 1);
}

export function counted(n, singular, plural = `${singular}s`) {
  return `${n.toLocaleString("en")} ${n === 1 ? singular : plural}`;
}

export function figure(value) {
  if (Number.isNaN(value) || value === undefined) return "";
  if (!Number.isFinite(value)) return "infinite";
  const size = Math.abs(value);
  if (size && size < 0.0005) return value.toExponential(1);
  return value.toFixed(size < 10 ? 3 : size < 100 ? 2 : 1);
}
