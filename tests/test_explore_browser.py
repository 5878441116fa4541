"""The page of linked views in a real browser: what is chosen in one is seen in all."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest
from browser import CHROMIUM, add_script, console
from explore_cases import MARKUP, lone, pictured, small
from report_example import arrangement

from featuretopo.dictionary import Dictionary, FloatArray
from featuretopo.explore.bundle import script
from featuretopo.explore.graphs import recompute, refused
from featuretopo.explore.packet import Packet
from featuretopo.explore.page import explore_page
from featuretopo.explore.parameters import Parameters, parameters_of
from featuretopo.explore.views import Subject
from featuretopo.similarity import match
from featuretopo.topology.arrangement import Arrangement
from featuretopo.topology.mapper import PCA, mapper
from featuretopo.visible import visible

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
]

# pointer and keys as a hand would move them, on an item of a picture
HANDS = """
const app = window.featuretopo;
HTMLElement.prototype.setPointerCapture = () => {}; // there is no real pointer to capture
const [graph, scatter, diagram] = app.pictures;
const frame = () => new Promise(requestAnimationFrame);
while (app.pictures.some((picture) => !picture.at)) await frame();
const at = (picture, item) => {
  const box = picture.over.getBoundingClientRect();
  return [box.left + picture.at.px(picture.x(item)), box.top + picture.at.py(picture.y(item))];
};
const point = (picture, type, [x, y], more = {}) => picture.over.dispatchEvent(
  new PointerEvent(type, { clientX: x, clientY: y, bubbles: true, button: 0, ...more }));
const click = (picture, place, more) => {
  for (const type of ["pointermove", "pointerdown", "pointerup"]) point(picture, type, place, more);
};
const key = (node, key, more = {}) => node.dispatchEvent( // whether it is left to the browser
  new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));
const inked = (canvas) => { // of a copy: reading a canvas back is remarked upon
  const copy = new OffscreenCanvas(canvas.width, canvas.height);
  const ctx = copy.getContext("2d", { willReadFrequently: true });
  ctx.drawImage(canvas, 0, 0);
  const { data } = ctx.getImageData(0, 0, canvas.width, canvas.height);
  return data.some((byte) => byte !== 0);
};
const table = (side = 0) => app.tables[side].figure.querySelectorAll("tr[data-row]");
const now = (what) => ({
  what,
  rows: app.sides.map((_, side) => app.selection.rows(side)),
  table: [...table()].map((line) => Number(line.dataset.row)),
  lit: app.pictures.map((picture) => inked(picture.over)),
  status: document.querySelector(".status").textContent,
});
const said = [];
const say = (what) => said.push(what);
const done = () => console.log(encodeURIComponent(JSON.stringify(said)));
"""


def opened(
    sides: tuple[Arrangement, ...], folder: Path, act: str, made: Packet | None = None
) -> list[Any]:
    """Open the page of some dictionaries, do something on it, and return what was said."""
    matching = None
    if len(sides) == 2:
        matching = match(sides[0].dictionary, sides[1].dictionary, "mutual")
    page = explore_page(Subject(sides, matching), folder / "explore.html", made=made)
    add_script(page, f"{HANDS}\n{act}\ndone();")
    # whatever else is written on the console is an error; nothing at all, a browser that was
    # starved of the machine until its own clock had run out: it may try again
    lines = console(page, folder) or console(page, folder)
    assert len(lines) == 1, lines
    assert lines[0].startswith("%5B"), lines
    found: list[Any] = json.loads(unquote(lines[0]))
    return found


def test_what_is_chosen_in_one_view_is_seen_in_all(tmp_path: Path) -> None:
    side = small()
    act = """
    say({drawn: app.pictures.map((picture) => inked(picture.base)), first: now("nothing"),
      faithful: scatter.summary.textContent, made: graph.caption.textContent});
    click(graph, at(graph, 0));
    say(now("node"));
    key(graph.over, "c");
    say(now("component"));
    const scroller = document.querySelector(".scroller");
    const chords = [["c", "ctrlKey"], ["c", "metaKey"], ["+", "ctrlKey"], ["0", "ctrlKey"],
      ["ArrowLeft", "altKey"]].map(([k, held]) => [graph.over, k, { [held]: true }]);
    chords.push([scroller, "Home", { altKey: true }]);
    say({...now("chords"), left: chords.map((chord) => key(...chord)),
      zoom: graph.zoom, active: graph.active});
    key(graph.over, "Enter", { ctrlKey: true });
    say(now("without the node"));
    graph.active = -1;
    key(graph.over, "ArrowRight");
    const first = graph.active;
    key(graph.over, "Enter");
    say({...now("by keys"), first});
    click(diagram, at(diagram, diagram.strong.keys().next().value));
    say({...now("bar"), cycle: Array.from(app.lit[0])});
    const box = scatter.over.getBoundingClientRect();
    const corners = [[1, 1], [box.width - 1, 1], [box.width - 1, box.height - 1],
      [1, box.height - 1]].map(([x, y]) => [box.left + x, box.top + y]);
    point(scatter, "pointerdown", corners[0]);
    for (const corner of corners) point(scatter, "pointermove", corner);
    point(scatter, "pointerup", corners[3]);
    say(now("lasso around everything"));
    table()[3].firstChild.click();
    say(now("line of the table"));
    key(scroller, "Escape");
    say(now("nothing again"));
    [...document.querySelectorAll("button")].find((b) => b.textContent === "Back").click();
    say(now("back"));
    const list = app.controls.groups;
    list.value = [...list.options].find((o) => o.textContent.startsWith("loop 1")).value;
    list.dispatchEvent(new Event("change"));
    say(now("loop by name"));
    """
    drawn, node, component, chords, without, by_keys, bar, lasso, line, nothing, back, loop = (
        opened((side,), tmp_path, act)
    )
    assert drawn["drawn"] == [True] * 3
    assert drawn["faithful"] == "2 neighbours, trustworthiness 0.250, neighbours kept 0.750"
    assert f", eps {side.mapper.parameters['eps']}. " in drawn["made"]
    assert drawn["first"]["rows"] == [[]] and drawn["first"]["lit"] == [False] * 3
    members = side.mapper.members[0].tolist()
    assert node["rows"] == [members] == [node["table"]]
    assert node["lit"][:2] == [True, True] and "node 0" in node["status"]
    assert f"{len(members)} of 59 features" in node["status"]
    assert set(members) <= set(component["rows"][0]) and "component" in component["status"]
    assert chords["left"] == [True] * 6 and (chords["zoom"], chords["active"]) == (1, 0)
    assert chords["rows"] == component["rows"] and chords["status"] == component["status"]
    assert set(without["rows"][0]) == set(component["rows"][0]) - set(members)
    assert by_keys["first"] == 0 and by_keys["rows"] == [members]
    cycle = side.loops[0].cycle.tolist()
    assert bar["cycle"] == cycle and bar["rows"] == [sorted(cycle)]
    assert bar["lit"] == [True] * 3
    assert lasso["rows"] == [list(range(59))]
    assert line["rows"] == [[3]] == [line["table"]]
    assert nothing["rows"] == [[]] and back["rows"] == [[3]]
    assert loop["rows"] == [side.loops[0].members.tolist()]


def test_a_bar_of_h0_shows_the_two_groups_that_it_joins(tmp_path: Path) -> None:
    side = small()
    act = """
    const [xs, bars] = [diagram.n, diagram.count - diagram.n];
    for (const item of [xs, xs + 5, xs + bars - 1]) {
      const box = diagram.over.getBoundingClientRect(), [x, y] = diagram.spot(item);
      click(diagram, [box.left + x, box.top + y]);
      const hit = diagram.active - xs;
      say({...now("bar"), bar: hit, line: Array.from(app.lit[0]), ringed: [...app.ringed[0]],
        tip: diagram.tip.textContent, all: diagram.merges.within(app.selection.masks[0])});
    }
    say(diagram.hit(diagram.spot(xs)[0], 1) + diagram.hit(1, 1));
    """
    *bars, elsewhere = opened((side,), tmp_path, act)
    deaths = side.diagram.bars[0][:, 1]
    deaths = deaths[np.isfinite(deaths)]
    assert elsewhere == -2
    assert bars[-1]["rows"] != bars[0]["rows"]
    chord = np.sqrt(np.maximum(2 - 2 * side.dictionary.unit @ side.dictionary.unit.T, 0))
    for bar in bars:
        death, (u, v) = deaths[bar["bar"]], bar["line"]
        assert chord[u, v] == pytest.approx(death, abs=1e-5)
        groups = [reached(chord, start, death - 1e-5) for start in (u, v)]
        assert not groups[0] & groups[1]
        both = groups[0] | groups[1]
        assert bar["rows"] == [sorted(both)]
        assert bar["lit"] == [bool(both & set(np.concatenate(side.mapper.members))), True, True]
        few, many = sorted(groups, key=len)
        assert len(bar["ringed"]) == len(few) and set(bar["ringed"]) in groups
        join = "joins" if len(few) == 1 else "join"
        few_words = f"{len(few)} feature{'s' * (len(few) > 1)}"
        assert bar["tip"].startswith(f"H0 bar to {death:.3f}: {few_words} (")
        assert f") {join} {len(many)} feature" in bar["tip"]
        assert len(bar["all"]) == len(few) + len(many) - 1
        assert f"(H0 bar to {death:.3f})" in bar["status"]


def reached(chord: FloatArray, start: int, scale: float) -> set[int]:
    """All that hangs together with a feature along steps of at most `scale`."""
    found, new = {start}, {start}
    while new:
        new = {int(j) for i in new for j in np.flatnonzero(chord[i] <= scale)} - found
        found |= new
    return found


def test_a_search_is_for_the_whole_name(tmp_path: Path) -> None:
    names = ("1", "10", "Ten", "ten", "  two \n words ", "two words", *map(str, range(11, 64)))
    act = """
    const find = (name) => {
      app.controls.search.value = name;
      document.querySelector("form[role=search] button").click();
      say(now(name));
    };
    for (const name of ["1", "ten", "TEN", "two words", " two words", "TEN ", "te"]) find(name);
    """
    one, ten, both, words, copied, wide, part = opened((small(names=names),), tmp_path, act)
    assert one["rows"] == [[0]] and ten["rows"] == [[3]] and both["rows"] == [[2, 3]]
    assert words["rows"] == [[5]]  # the name itself goes before one that only looks like it
    assert copied["rows"] == [[4, 5]] and wide["rows"] == [[2, 3]]
    assert part["rows"] == [[2, 3]]  # as it was
    assert part["status"] == "No feature is called “te”. Names that hold it: Ten, ten"


def test_no_name_turns_the_words_around_it(tmp_path: Path) -> None:
    names = ("\u202eesrever", "\u2069off", "אבג", "x\u200fy")
    codes = [*range(0x180), 0x61C, *range(0x2000, 0x2070)]
    every = [f"{i}: " + "".join(map(chr, codes[i::55])) for i in range(55)]
    side = small(names=(*names, *every))
    x = replace(side, name="evil\u202e\x1bdrow")
    other = replace(small(seed=1), name="אבג")
    act = """
    say(app.sides[0].names.slice(4));
    const texts = [...document.querySelectorAll(".featuretopo-explore, h1, title")]
      .map((each) => each.textContent).join("");
    say(/[\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066\\u2067]/u.test(texts));
    say([...document.querySelectorAll("h2.dictionary")].map((each) => each.textContent));
    say([...table()].slice(0, 4).map((line) => line.children[1].textContent));
    const find = (name) => {
      app.controls.search.value = name;
      document.querySelector("form[role=search] button").click();
      return [app.selection.rows(0), document.querySelector(".status").textContent];
    };
    const as_shown = app.sides[0].names[2];
    say([find("\u202eesrever"), find("אבג"), find(as_shown), find("\u202eno")]);
    app.selection.select(0, [0], "");
    say(app.exports.selectionRecords(app)[0]);
    const svg = app.exports.svgOf(app);
    say(/[\\u202a-\\u202e]/u.test(svg));
    const read = new DOMParser().parseFromString(svg, "image/svg+xml");
    const drawn = [...read.querySelectorAll("text")].map((each) => each.textContent);
    say(drawn.some((words) => words.includes("\\\\x1bdrow")));
    """
    seen, turned, heads, cells, found, record, drawn, named = opened((x, other), tmp_path, act)
    assert seen == list(map(visible, every))  # as reports and terminals show them
    assert not turned and not drawn and named
    assert heads[0].startswith("evil\\u202e\\x1bdrow: 59") and heads[1].startswith(
        "\u2068אבג\u2069: 59"
    )
    assert cells == ["\\u202eesrever", "\\u2069off", "\u2068אבג\u2069", "x\\u200fy"]
    assert [rows for rows, _ in found] == [[0], [2], [2], [2]]
    assert found[0][1].endswith("(named “\\u202eesrever”)")
    assert "“\\u202eno”" in found[3][1]
    assert (record["name"], record["dictionary"]) == (names[0], x.name)  # saved as they were given


def test_what_is_found_on_both_sides_is_named_once(tmp_path: Path) -> None:
    act = """
    app.controls.search.value = "lone-5";
    app.controls.find();
    say(document.querySelector(".status").textContent);
    """
    names = tuple(f"lone-{i}" for i in range(59))
    one = small(names=names)
    [status] = opened((one, replace(one, name="other")), tmp_path, act)
    assert status == (
        f"Selected: 1 of 59 features of {one.name}, 1 of 59 features of other (named “lone-5”)"
    )


def test_a_partner_s_colours_are_named_on_both_sides(tmp_path: Path) -> None:
    one = small()
    x = small(seed=1).dictionary
    other = replace(small(seed=1), name="bare", dictionary=Dictionary(x.vectors))
    act = """
    app.recolour("partner");
    say([...app.controls.colour.options].find(({ value }) => value === "partner").textContent);
    say([...document.querySelectorAll(".legend strong")].map((each) => each.textContent));
    say([...document.querySelectorAll(".legend button")].map((each) => each.textContent));
    app.recolour("norm");
    say(document.querySelector(".legend").textContent);
    """
    option, heads, styles, scale = opened((one, other), tmp_path, act)
    assert option == f"partner's cluster ({one.name}), partner's label (bare)"
    assert heads == [f"{one.name}, by partner's cluster", "bare, by partner's label"]
    assert {"cluster 1", "blob 1", "no partner"} <= set(styles)
    assert scale.startswith("norm: ")


@pytest.mark.parametrize("colours", ["label", "norm", "partner"])
def test_a_saved_picture_has_its_key(tmp_path: Path, colours: str) -> None:
    one = small()
    other = replace(small(seed=1), name="other")
    act = f"""
    app.recolour("{colours}");
    const texts = () => {{
      const svg = new DOMParser().parseFromString(app.exports.svgOf(app), "image/svg+xml");
      const [, , width, height] = svg.documentElement.getAttribute("viewBox").split(" ");
      return [...svg.querySelectorAll("text")].map((each) => [
        each.textContent, Number(each.getAttribute("y")) < Number(height)]);
    }};
    say(texts());
    app.selection.select(0, [1, 2], "W".repeat(400));
    say(texts());
    const size = /viewBox="0 0 ([^"]+)"/.exec(app.exports.svgOf(app))[1];
    HTMLCanvasElement.prototype.toBlob = function () {{ // the drawing, without a wait for a file
      say([this.width / 2, this.height / 2].join(" ") === size);
    }};
    app.exports.pngOf(app);
    """
    bare, chosen, alike = opened((one, other), tmp_path, act)
    assert all(inside for _, inside in bare + chosen) and alike
    words = [text for text, _ in bare]
    key = words[words.index("Persistence diagram:") :]
    assert any(text.startswith("censored: alive at the cut") for text in key)
    assert any(text.startswith("stands out from structureless") for text in key)
    assert "▲" in key and "●▲" in key
    if colours == "norm":
        assert any(text.startswith("Coloured by norm: ") for text in words)
    elif colours == "label":
        assert "Coloured by label:" in words and {"blob 1", "blob 2"} <= set(words)
    else:
        assert f"{one.name}, coloured by partner's label:" in words and "no partner" in words
    assert not any(text.startswith("Selected: ") for text in words)
    [selected] = [text for text, _ in chosen if text.startswith("Selected: 2 of 59 features")]
    assert selected.endswith("W…")  # as much of it as there is room for


def test_no_line_of_the_legend_is_cut(tmp_path: Path) -> None:
    names = [f"a group with a long name, number {i}" for i in range(12)]
    x = small().dictionary
    many = pictured(Dictionary(x.vectors, np.arange(59) % 12, x.names, label_names=names))
    act = """
    const legend = document.querySelector(".legend");
    document.querySelector("#explore").style.width = "360px";
    await frame(); await frame();
    const whole = () => {
      const { bottom } = legend.getBoundingClientRect();
      return [...legend.children].map((each) => each.getBoundingClientRect())
        .every((box) => box.bottom <= bottom + 0.5 || box.top >= bottom - 0.5);
    };
    say([whole(), legend.scrollHeight <= legend.clientHeight]);
    """
    assert opened((small(),), tmp_path, act) == [[True, True]]
    assert opened((many,), tmp_path, act) == [[True, False]]


def test_names_of_strangers_are_words(tmp_path: Path) -> None:
    names = [MARKUP, "</script><script>console.log('run')</script>", "\ud800", "a,b\n", '"=1']
    side = small(names=(*names, *map(str, range(54))))
    act = """
    say(document.querySelectorAll("img[src=x]").length);
    say([...table()].slice(0, 2).map((line) => line.children[1].textContent));
    scatter.active = 0;
    key(scatter.over, "Enter");
    say(document.querySelector(".status").textContent);
    const records = selectionRecords(app);
    say(csv(records));
    const svg = new DOMParser().parseFromString(svgOf(app), "image/svg+xml");
    say(svg.querySelectorAll("parsererror").length);
    """
    # the functions of the page's module are its own: those that are tried here are handed out
    images, shown, status, table, broken = opened(
        (side,), tmp_path, "const {selectionRecords, csv, svgOf} = app.exports;\n" + act
    )
    assert images == 0 and shown == names[:2] and MARKUP in status and broken == 0
    first = [side.name, "0", MARKUP, side.dictionary.label_names[0], ""]
    assert next(csv.reader(table.splitlines()[1:])) == first


def test_what_is_taken_away_is_what_is_shown(tmp_path: Path) -> None:
    side = small()
    act = """
    const { graphRecords, pngOf, selectionRecords } = app.exports;
    const exports = document.querySelector(".exports"), root = document.querySelector("#explore");
    exports.open = true;
    const seen = [];
    for (const width of [340, 470, 950]) { // where it begins a line, and where it is alone in one
      root.style.width = `${width}px`;
      await frame();
      const list = exports.lastChild.getBoundingClientRect(), all = root.getBoundingClientRect();
      seen.push(all.left <= list.left && list.right <= all.right);
    }
    say(seen);
    app.selection.select(0, [2, 40], "two");
    say(selectionRecords(app));
    say(graphRecords(app));
    let size = 0;
    pngOf(app).then((blob) => { size = blob.size; });
    // the browser's clock does not wait for a picture that is made beside it
    while (size === 0) {
      for (let i = 0; i < 2e7; i += 1) Math.sqrt(i);
      await new Promise((after) => setTimeout(after, 20));
    }
    say(size);
    """
    seen, records, [graph], size = opened((side,), tmp_path, act)
    assert seen == [True] * 3
    x = side.dictionary
    assert records == [
        {"dictionary": "x", "row": row, "name": x.names[row], "label": label, "partner": None}
        for row, label in ((2, "blob 1"), (40, "uniform directions"))
    ]
    assert [node["members"] for node in graph["nodes"]] == [m.tolist() for m in side.mapper.members]
    assert graph["edges"] == side.mapper.edges.tolist()
    assert graph["parameters"] == side.mapper.parameters and size > 10_000


# A model as a notebook gives it, of which the test is the kernel.
MODEL = """
const standing = (id) => ({
  text: document.getElementById(`${id}-text`).textContent,
  data: new DataView(Uint8Array.from(
    atob(document.getElementById(`${id}-data`).textContent), (c) => c.charCodeAt(0)).buffer),
});
const held = {
  _views: standing("views"), _graphs: standing("graphs"), _rows: [[4]], _asked: 0, _heard: 0,
};
const heard = {};
const saved = [];
const model = {
  get: (name) => held[name],
  set: (name, value) => { held[name] = value; saved.push([name, value]); },
  save_changes: () => {},
  on: (event, act) => { heard[event] = act; },
  off: () => {},
};
const tell = (name, value) => { held[name] = value; heard[`change:${name}`](); };
const el = document.getElementById("explore");
const stop = render({ model, el });
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const find = (words) => el.querySelector(words);
const state = () => ({
  stale: find(".stale") !== null, state: find(".state").textContent,
  error: find(".error").hidden ? null : find(".error").textContent,
  title: find(".summary").textContent, status: find(".status").textContent,
});
const said = [];
"""


def test_a_change_is_asked_of_the_kernel_once_and_its_answer_shown(tmp_path: Path) -> None:
    side = small()
    page = explore_page(Subject((side,)), tmp_path / "explore.html")
    act = """
    said.push(state());
    const [lens, cover, intervals, overlap] = el.querySelectorAll("fieldset :is(select, input)");
    for (const n of [11, 12, 13]) {
      intervals.value = n;
      intervals.dispatchEvent(new Event("input", { bubbles: true }));
      await wait(50);
    }
    said.push(state());
    await wait(600);
    said.push(saved.filter(([name]) => name === "_request"), state());
    const answer = (serial, error) => ({
      ...standing("graphs"), text: error
        ? JSON.stringify({ serial, error, arrays: {} })
        : held._graphs.text.replace('"serial": 0', `"serial": ${serial}`),
    });
    const good = answer(2), last = answer(3);
    tell("_graphs", answer(1, "eps=<b>3</b> must be less"));
    said.push(state());
    overlap.value = 0.4;
    overlap.dispatchEvent(new Event("input", { bubbles: true }));
    await wait(600);
    tell("_graphs", answer(1, "too late"));
    said.push(state());
    overlap.value = 0.45;
    overlap.dispatchEvent(new Event("input", { bubbles: true }));
    tell("_graphs", good);
    said.push(state());
    await wait(600);
    said.push(state());
    tell("_graphs", last);
    said.push(state());
    tell("_rows", [[1, 2, 3]]);
    said.push(state());
    find("tr[data-row]").firstChild.click();
    said.push(saved.at(-1));
    stop();
    console.log(encodeURIComponent(JSON.stringify(said)));
    """
    code = script("widget").replace("export default { render };", MODEL + act)
    html = page.read_text("utf-8").replace(script("page"), "")
    page.write_text(html, "utf-8")
    add_script(page, code)
    [line] = console(page, tmp_path)
    first, waiting, asked, computing, refused, late, *rest = json.loads(unquote(line))
    outdated, again, answered, told, last = rest
    assert "Selected: 1 of 59 features" in first["status"] and not first["stale"]
    assert waiting["stale"] and waiting["state"].startswith("waiting")
    assert [request["intervals"] for _, request in asked] == [13]
    assert parameters_of({k: v for k, v in asked[0][1].items() if k != "serial"}) == Parameters(
        intervals=13
    )
    assert computing["stale"] and computing["state"].startswith("computing")
    assert refused["error"] == "eps=<b>3</b> must be less" and refused["stale"]
    assert late["state"].startswith("computing") and late["stale"]
    assert outdated["stale"] and outdated["state"].startswith("waiting") and not outdated["error"]
    assert again["stale"] and again["state"].startswith("computing")
    assert answered["state"] == "up to date" and not answered["stale"] and not answered["error"]
    assert "3 of 59 features (set in Python)" in told["status"]
    assert last == ["_rows", [[1]]]


def test_a_view_opened_after_a_refusal_shows_graph_parameters_and_error(tmp_path: Path) -> None:
    side = small()
    shown = recompute(Subject((side,)), {"lens": "norm", "intervals": 4, "eps": 0.9}, 1)
    made = refused(shown, recompute(Subject((side,)), {"overlap": 2}, 2))
    act = """
    const fields = [...document.querySelectorAll("fieldset.graph :is(select, input)")];
    say(fields.map((field) => field.value));
    say(document.querySelector("fieldset.graph .error").textContent);
    say(app.graphs[0].words.parameters.lens);
    """
    fields, error, lens = opened((side,), tmp_path, act, made)
    assert fields == ["norm", "cubes", "4", "0.3", "1", "dbscan", "0.9", "5", "3"]
    assert error.startswith("overlap=2 must lie in (0, 1)") and "norm" in lens


def test_a_graph_that_the_form_cannot_ask_for_is_said_to_be_one(tmp_path: Path) -> None:
    side = small()
    other = replace(side, mapper=mapper(side.dictionary, lens=PCA(1)))
    act = 'say(document.querySelector("fieldset.graph .state").textContent);'
    assert "made in another way" in opened((other,), tmp_path, act)[0]
    assert "made in another way" not in opened((side,), tmp_path, act)[0]


def test_what_is_not_there_is_said_in_place(tmp_path: Path) -> None:
    act = """
    say([graph, scatter, diagram].map((picture) => picture.note.textContent));
    say([...document.querySelectorAll("fieldset.graph :is(select, input)")].map((c) => c.disabled));
    say(document.querySelector("fieldset.graph .state").textContent);
    """
    notes, disabled, why = opened((lone(),), tmp_path, act)
    assert "graph is empty" in notes[0] and "raise eps" in notes[0]
    assert notes[1] == "" and "No loop is born below the cut" in notes[2]
    assert disabled == [True] * 9 and "notebook" in why


def test_partners_are_selected_together(tmp_path: Path) -> None:
    one, other = small(), small(seed=1)
    act = """
    scatter.active = 0;
    const [, , first, second] = app.pictures;
    first.active = 12;
    key(first.over, "Enter");
    say(now("a feature of a"));
    const colours = [...app.controls.colour.options].map((o) => o.value);
    say(colours);
    app.recolour("partner");
    say(document.querySelector(".legend").textContent);
    app.selection.clear();
    const heads = [...app.tables[0].figure.querySelectorAll("th button")];
    for (const _ of ["up", "down"]) {
      heads.find(({ textContent }) => textContent === "likeness").click();
      say(app.tables[0].rows.map((row) => app.sides[0].arrays.score[row])); // NaN is written null
    }
    """
    chosen, colours, legend, up, down = opened((one, other), tmp_path, act)
    matching = match(one.dictionary, other.dictionary, "mutual")
    partner = dict(matching.pairs.tolist()).get(12)
    scores, without = sorted(matching.score.tolist()), [None] * (59 - len(matching.score))
    assert without and up == [*map(pytest.approx, scores), *without]
    assert down == [*map(pytest.approx, scores[::-1]), *without]
    assert chosen["rows"] == [[12], [] if partner is None else [partner]]
    assert {"label", "partner", "score", "norm", "density", "lens 0"} <= set(colours)
    assert "no partner" in legend


def test_a_legend_holds_for_the_side_that_it_names(tmp_path: Path) -> None:
    one, other = small(), small(seed=1)
    long = Dictionary(7 * other.dictionary.vectors, labels=other.dictionary.labels)
    other = replace(other, dictionary=long)
    act = """
    const legend = document.querySelector(".legend");
    const chosen = () => app.sides.map((_, side) => app.selection.count(side));
    app.recolour("norm");
    say(app.sides.map(({ colouring }) => [colouring.low, colouring.high]));
    app.recolour("cluster");
    say([...legend.querySelectorAll("strong")].map((each) => each.textContent));
    const buttons = [...legend.querySelectorAll("button")];
    const first = buttons.filter((each) => each.textContent === "cluster 1");
    first[0].click();
    say(chosen());
    first[1].click();
    say(chosen());
    """
    scales, names, of_one, of_other = opened((one, other), tmp_path, act)
    assert scales[0] == scales[1] and scales[0][1] > 5 * scales[0][0]  # one scale for both
    assert names == [one.name, other.name]
    sizes = [len(side.clusters[0].members) for side in (one, other)]
    assert of_one[0] >= sizes[0] and of_other[1] >= sizes[1]
    assert of_one != of_other


def test_many_features_are_drawn_where_they_are(tmp_path: Path) -> None:
    many = arrangement("many", 4500, np.random.default_rng(0))
    act = """
    const inkedAt = (canvas, item) => {
      const ratio = canvas.width / scatter.size[0];
      const [x, y] = [scatter.at.px(scatter.x(item)), scatter.at.py(scatter.y(item))];
      const copy = new OffscreenCanvas(1, 1);
      const ctx = copy.getContext("2d", { willReadFrequently: true });
      ctx.drawImage(canvas, -Math.round(x * ratio), -Math.round(y * ratio));
      return ctx.getImageData(0, 0, 1, 1).data[3] > 0;
    };
    const all = [...Array(4500).keys()];
    say(all.filter((item) => inkedAt(scatter.base, item)).length);
    scatter.choose(all.slice(0, 2000), "the first", "only");
    say(all.slice(0, 2000).filter((item) => inkedAt(scatter.over, item)).length);
    say(app.exports.svgOf(app).length > 4500 * 20);
    """
    assert opened((many,), tmp_path, act) == [4500, 2000, True]


def test_the_same_input_gives_the_same_page(tmp_path: Path) -> None:
    first, again = (explore_page(Subject((small(),)), tmp_path / f"{i}.html") for i in "ab")
    assert first.read_bytes() == again.read_bytes()
    words = first.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
    assert "://" not in words and "default-src 'none'" in words
    assert np.count_nonzero([word in words for word in ("src=", "href=")]) <= 2


def test_a_loop_without_members_is_said_to_have_none(tmp_path: Path) -> None:
    base = small()
    none = np.empty(0, np.int64)
    bare = replace(base, loops=(replace(base.loops[0], members=none, cycle=none),))
    act = """
    const lists = [...document.querySelectorAll("select")];
    const groups = lists.find((each) => each.querySelector("optgroup"));
    const choose = (value) => { groups.value = value; groups.dispatchEvent(new Event("change")); };
    choose("0 clusters 0");
    await frame(); await frame(); say(now("a cluster"));
    choose("0 loops 0");
    await frame(); await frame(); say(now("the loop"));
    """
    before, after = opened((bare,), tmp_path, act)
    assert before["status"].startswith("Selected: 10 of 59 features (cluster 1")
    assert after["status"] == "No feature is in loop 1: there is nothing to select."
    assert after["rows"] == before["rows"] and after["lit"] == before["lit"]


def test_a_comparison_of_nothing_with_nothing_is_told_on_both_sides(tmp_path: Path) -> None:
    act = """
    say([...document.querySelectorAll(".note")].map((note) => note.textContent));
    say(now("nothing"));
    """
    found = opened((lone(), replace(lone(), name="other")), tmp_path, act)
    notes, state = found
    assert [words for words in notes if "graph is empty" in words] == notes[:2]
    assert [words for words in notes if "No loop is born below the cut" in words] == notes[4:]
    assert state["rows"] == [[], []] and len(state["table"]) == 12
    assert state["status"].startswith("Nothing is selected.")


def test_two_diagrams_are_drawn_on_one_scale_and_say_whose_they_are(tmp_path: Path) -> None:
    other = replace(pictured(Dictionary(np.eye(24)[:12])), name="other")
    one = replace(small(), name=f"one {'W' * 60}")
    act = """
    const [, , , , a, b] = app.pictures;
    say([[a.low, a.top], [b.low, b.top]]);
    const before = (node) => getComputedStyle(node, "::before").content;
    const titles = [...document.querySelectorAll(".two .title")];
    document.querySelector("#explore").style.width = "60rem";
    await frame(); await frame();
    say(titles.map((title) => [title.textContent, title.dataset.of, before(title)]));
    document.querySelector("#explore").style.width = "30rem";
    await frame(); await frame();
    say(titles.map(before));
    say(titles.map((title) => {
      const words = document.createRange();
      words.selectNodeContents(title);
      const { right, bottom } = words.getBoundingClientRect();
      const box = title.closest("header").getBoundingClientRect();
      return right <= box.right && bottom <= box.bottom;
    }));
    const ctx = document.createElement("canvas").getContext("2d");
    ctx.font = "600 13px system-ui, sans-serif";
    const svg = new DOMParser().parseFromString(app.exports.svgOf(app), "image/svg+xml");
    say([...svg.querySelectorAll("text[font-weight]")].map(({ textContent }) => [
      textContent, ctx.measureText(textContent).width]));
    """
    limits, wide, narrow, whole, saved = opened((one, other), tmp_path, act)
    assert limits[0] == limits[1]
    ends = [one.diagram.bars[0][:, 1], other.diagram.bars[0][:, 1]]
    deaths = np.concatenate([each[np.isfinite(each)] for each in ends])
    assert limits[0][0] < deaths.min() and limits[0][1] > deaths.max()
    assert [of for _, of, _ in wide] == [f"{one.name}: ", "other: "] * 4
    assert {shown for _, _, shown in wide} == {"none"}
    assert narrow == [f'"{one.name}: "', '"other: "'] * 4
    assert whole == [True] * 8
    heads, widths = zip(*saved, strict=True)
    assert max(widths) <= 460 - 2 * 12  # the room there is beside the next picture
    views = ["Mapper graph", "UMAP picture", "Persistence diagram"]
    for view, first, second in zip(views, heads[::2], heads[1::2], strict=True):
        assert first.startswith(f"{view} of one WWW") and first.endswith("W…")
        assert second == f"{view} of other"


def test_a_page_opens_with_what_was_selected(tmp_path: Path) -> None:
    page = explore_page(Subject((small(),)), tmp_path / "explore.html", selected=[[2, 40]])
    add_script(page, f'{HANDS}\nsay(now("opened"));\ndone();')
    [line] = console(page, tmp_path)
    [opened_with] = json.loads(unquote(line))
    assert opened_with["rows"] == [[2, 40]] == [opened_with["table"]]
    assert "when this page was written" in opened_with["status"]


def test_what_is_said_of_a_view_is_said_in_full(tmp_path: Path) -> None:
    act = """
    const heads = [...document.querySelectorAll(".view > header .summary")];
    say(heads.map((each) => each.scrollWidth <= each.clientWidth));
    say(heads.map((each) => getComputedStyle(each).whiteSpace));
    say(diagram.figure.querySelector(".key").textContent);
    say([...document.querySelectorAll("th")].map((each) => each.textContent));
    """
    whole, spaces, key, heads = opened((small(),), tmp_path, act)
    assert len(whole) == 4 and all(whole) and set(spaces) == {"normal"}
    assert "censored: alive at the cut" in key and "the noise floor" in key and "H0" in key
    assert "5th nearest" in heads and "nearest" not in heads


def test_words_below_the_diagram_stand_clear_of_the_figures(tmp_path: Path) -> None:
    act = """
    const svg = app.exports.svgOf(app);
    const page = new DOMParser().parseFromString(svg, "image/svg+xml");
    const words = [...page.querySelectorAll("text")];
    const height = (start) => words.filter((text) => text.textContent.startsWith(start))
      .map((text) => text.getAttribute("y"));
    say([height("H0 deaths"), height("birth →")]);
    """
    [[deaths, birth]] = opened((small(),), tmp_path, act)
    assert deaths == birth and len(deaths) == 1


def test_fields_are_those_of_the_cover_and_clusterer_chosen(tmp_path: Path) -> None:
    act = """
    const form = app.controls.graph;
    const seen = () => Object.keys(form.labels).filter((name) => !form.labels[name].hidden);
    say(seen());
    form.fields.cover.value = "balls";
    form.fields.clusterer.value = "hdbscan";
    form.fields.overlap.value = "9"; // hidden: no error of what is not seen
    form.showUsed();
    say(seen());
    app.host.request = (parameters) => say(parameters);
    form.send();
    """
    first, later, sent = opened((small(),), tmp_path, act)
    assert first == ["lens", "cover", "intervals", "overlap", "clusterer", "eps", "min_samples"]
    assert later == ["lens", "cover", "radius", "clusterer", "min_cluster_size", "min_samples"]
    asked = parameters_of(sent)
    assert (asked.cover, asked.clusterer, asked.overlap) == ("balls", "hdbscan", 0.3)
