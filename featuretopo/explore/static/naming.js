// Names of strangers among the page's own words: none may move or hide those, or turn the direction
// that they are read in.

// controls other than tab and line feed, and what turns what follows; as in featuretopo/visible.py
const HIDDEN = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const LEFTWARD = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

// A character as Python escapes it.
function escapeOf(c) {
  if (c === "\r") return "\\r";
  const code = c.charCodeAt(0);
  return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
}

// A name as it is shown: such characters as their code, what is read leftward kept to itself.
export function named(name) {
  const seen = name.replace(HIDDEN, escapeOf);
  return LEFTWARD.test(seen) ? `\u2068${seen}\u2069` : seen;
}

// The same for all words of a packet.
export function allNamed(words) {
  if (typeof words === "string") return named(words);
  if (Array.isArray(words)) return words.map(allNamed);
  if (words === null || typeof words !== "object") return words;
  return Object.fromEntries(Object.entries(words).map(([key, value]) => [key, allNamed(value)]));
}
