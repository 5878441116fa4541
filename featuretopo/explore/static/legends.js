// What colours mean, and on which side.

import { figure } from "./packet.js";

// The sides that have the colouring that is shown.
function coloured(app) {
  return [...app.sides.keys()].filter((place) => app.sides[place].colouring.key === app.key);
}

// Each legend with the sides that it holds for: values and labels look the same on both sides,
// groups are each side's own. `name`: whose it is, where that must be said.
export function legends(app) {
  const places = coloured(app);
  if (!places.length) return [];
  const { colouring } = app.sides[places[0]];
  if (colouring.kind === "values" || places.length === 1 || app.key === "label") {
    return [{ places, colouring, name: "" }];
  }
  return places.map((place) => ({
    places: [place], colouring: app.sides[place].colouring, name: app.sides[place].words.name,
  }));
}

// What a colouring is called; where the sides call it by different names, by all of them.
export function titleOf(app, key) {
  const titles = app.sides.flatMap(({ colourings, words }) => (
    colourings.filter((each) => each.key === key).map(({ title }) => [title, words.name])
  ));
  if (new Set(titles.map(([title]) => title)).size === 1) return titles[0][0];
  return titles.map(([title, name]) => `${title} (${name})`).join(", ");
}

// The ends of a scale in figures; of a colouring without values, nothing.
export function endsOfScale({ low, high }) {
  return low <= high ? [figure(low), figure(high)] : ["", ""];
}
