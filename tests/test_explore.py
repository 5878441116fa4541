"""What the linked views are given, what the kernel answers, and what is written."""

from __future__ import annotations

import base64
import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas
import pytest
from explore_cases import MARKUP, lone, pictured, small
from hypothesis import given
from hypothesis import strategies as st
from reference import chords
from report_example import example
from scipy.sparse import csr_array, save_npz

from featuretopo import cli
from featuretopo.compare.partners import pair_by_names
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.explore.bundle import script, style
from featuretopo.explore.cycles import cycles
from featuretopo.explore.explorer import explore
from featuretopo.explore.graphs import graphs, recompute
from featuretopo.explore.packet import Packet, packet
from featuretopo.explore.page import explore_page
from featuretopo.explore.parameters import (
    CLUSTERERS,
    COVERS,
    LENSES,
    Parameters,
    density,
    parameters_of,
)
from featuretopo.explore.views import Subject, ragged, subject_of, views
from featuretopo.topology.engines import engine
from featuretopo.topology.filtration import edge_bars, order_of
from featuretopo.topology.loops import cycle_of
from featuretopo.topology.mapper import PCA, Cubes, DensityClusters, MapperGraph, mapper
from featuretopo.topology.mapper.layout import packed_layout
from featuretopo.topology.neighbourhood import walk_to_floor
from featuretopo.topology.persistence import persistence


def read(got: Packet) -> tuple[dict[str, Any], dict[str, np.ndarray[Any, Any]]]:
    """Read a packet as the script does."""
    words = json.loads(got.text)
    kinds = {"f": "<f4", "i": "<i4"}
    arrays = {
        name: np.frombuffer(got.data, kinds[kind], length, start)
        for name, (kind, start, length) in words.pop("arrays").items()
    }
    return words, arrays


def groups(arrays: dict[str, np.ndarray[Any, Any]], name: str) -> list[list[int]]:
    starts = arrays[f"{name}.starts"]
    return (
        [rows.tolist() for rows in np.split(arrays[name], starts[1:-1])] if len(starts) > 1 else []
    )


# Packets


@given(st.lists(st.lists(st.integers(-(2**31), 2**31 - 1), max_size=5), max_size=5))
def test_what_is_packed_comes_back(rows: list[list[int]]) -> None:
    flat, starts = ragged(rows)
    words, arrays = read(packet({"n": len(rows)}, {"g": flat, "g.starts": starts, "x": [0.5]}))
    assert words == {"n": len(rows)} and arrays["x"].tolist() == [0.5]
    assert groups(arrays, "g") == rows


def test_no_name_breaks_the_words() -> None:
    text = packet({"names": [MARKUP, "\ud800", "\u2028", "é"]}, {}).text
    assert text.isascii() and json.loads(text)["names"][1] == "\ud800"


# Views


def test_the_views_hold_what_the_arrangement_holds() -> None:
    side = small()
    words, arrays = read(views(Subject((side,))))
    [about] = words["sides"]
    assert about["names"] == list(side.dictionary.names)
    assert np.allclose(arrays["0.xy"].reshape(-1, 2), side.embedding.xy)
    assert np.allclose(arrays["0.bars"].reshape(-1, 2), side.diagram.bars[1])
    assert groups(arrays, "0.loop") == [loop.members.tolist() for loop in side.loops]
    assert groups(arrays, "0.cluster") == [c.members.tolist() for c in side.clusters]
    assert arrays["0.label"].tolist() == side.dictionary.labels.tolist()
    assert arrays["0.partner"].tolist() == [-1] * 59 and words["partners"] is None
    [loop] = about["loops"]
    assert side.diagram.bars[1][loop["bar"]].tolist() == [side.loops[0].birth, side.loops[0].death]


def test_density_is_the_distance_to_the_fifth_nearest() -> None:
    for x, near in ((small().dictionary, 5), (small().dictionary.take([0, 1, 2]), 2)):
        assert np.allclose(density(x), np.sort(chords(x), axis=1)[:, near], atol=1e-5)


def test_every_bar_has_a_cycle_no_longer_than_its_birth() -> None:
    side = small()
    unit = side.dictionary.unit.astype(float)
    for each in (side, replace(side, loops=())):  # a loop has its cycle, any other bar gets one
        found = cycles(each)
        assert len(found) == len(side.diagram.bars[1]) == 4
        assert found[0].tolist() == side.loops[0].cycle.tolist()
    for cycle, (birth, _) in zip(found, side.diagram.bars[1], strict=True):
        steps = np.linalg.norm(unit[cycle] - unit[np.roll(cycle, 1)], axis=1)
        assert len(cycle) >= 4 and np.isclose(steps.max(), birth, atol=1e-6)


@pytest.mark.parametrize("batch", [1, 10**6])
@pytest.mark.parametrize("twice", [0, 20])
def test_a_cycle_is_the_shortest_way_around(
    monkeypatch: pytest.MonkeyPatch, batch: int, twice: int
) -> None:
    module = sys.modules["featuretopo.explore.cycles"]
    monkeypatch.setattr(module, "_BATCH", batch)
    x = small().dictionary
    x = Dictionary(np.vstack([x.vectors, x.vectors[:twice]]))
    edges = walk_to_floor(x, 10**6).edges
    first = edge_bars(edges, 1, 2, engine("gudhi"))[0].first
    shortest = [cycle_of(edges, order_of(edges), row).tolist() for row in first]
    side = replace(pictured(x), loops=())
    if not twice:  # where lengths tell which edge begins a bar, nobody else is asked
        monkeypatch.delattr(module, "edge_bars")
    assert [cycle.tolist() for cycle in cycles(side)] == shortest and shortest


def test_a_diagram_of_something_else_gets_no_cycles_but_those_of_its_loops() -> None:
    side = small()
    elsewhere = replace(side, diagram=persistence(small(seed=1).dictionary))
    assert all(len(cycle) == 0 for cycle in cycles(elsewhere))
    assert cycles(lone()) == []
    made_up = example().arrangements[0]
    assert [len(cycle) > 0 for cycle in cycles(made_up)] == [True] * len(made_up.loops)


def test_partners_are_those_of_the_comparison() -> None:
    side, x = small(), small().dictionary
    turned = replace(side, dictionary=Dictionary(x.vectors[::-1], names=x.names[::-1]))
    pairing = pair_by_names(x, turned.dictionary)
    assert pairing is not None
    pair = replace(example().comparisons[0], a=side, b=turned, matching=pairing.match())
    subject = subject_of(pair)
    assert subject.partners(0).tolist() == list(range(59))[::-1] == subject.partners(1).tolist()
    words, arrays = read(views(subject))
    assert words["partners"] == "names in common"
    keys = [colouring["key"] for colouring in words["sides"][1]["colourings"]]
    assert "partner" in keys and "score" not in keys  # names are in common or not
    labels = arrays["0.style.label"][::-1]
    assert arrays["1.style.partner"].tolist() == labels.tolist()


def test_two_dictionaries_without_partners_are_shown_all_the_same() -> None:
    other = pictured(Dictionary(np.random.default_rng(0).standard_normal((9, 5))))
    subject = subject_of(small(), other)
    assert subject.matching is None and subject.partners(1).tolist() == [-1] * 9
    assert json.loads(views(subject).text)["partners"] is None


@pytest.mark.parametrize("x", ["words.npz", np.eye(4), None])
def test_what_cannot_be_explored_is_refused(x: Any) -> None:
    with pytest.raises(FeaturetopoError, match=r"cannot be explored: give a Dictionary"):
        subject_of(x)


def test_a_comparison_stands_alone() -> None:
    [pair, *_] = example().comparisons
    with pytest.raises(FeaturetopoError, match="has its two sides already"):
        subject_of(pair, small())


# Graphs


def test_the_graph_is_the_arrangement_s_own() -> None:
    side = small()
    words, arrays = read(graphs(Subject((side,))))
    assert words["error"] is None and words["sides"][0]["loops"] == side.mapper.n_loops
    assert groups(arrays, "0.member") == [rows.tolist() for rows in side.mapper.members]
    assert arrays["0.edge"].reshape(-1, 2).tolist() == side.mapper.edges.tolist()
    joined = arrays["0.component"][side.mapper.edges]
    assert (joined[:, 0] == joined[:, 1]).all()
    assert arrays["0.component"].max() + 1 == side.mapper.n_components


def test_a_graph_made_anew_is_what_mapper_makes() -> None:
    side = small()
    wire = {"lens": "pca1", "intervals": 4, "overlap": 0.5, "eps": 1.1, "min_samples": 2}
    words, arrays = read(recompute(Subject((side,)), wire, 7))
    again = mapper(
        side.dictionary, lens=PCA(1), cover=Cubes(4, 0.5), clusterer=DensityClusters(1.1, 2)
    )
    assert words["serial"] == 7
    assert groups(arrays, "0.member") == [rows.tolist() for rows in again.members]
    assert arrays["0.at"].reshape(-1, 2).shape == (again.n_nodes, 2)


@pytest.mark.parametrize("lens", LENSES)
@pytest.mark.parametrize("clusterer", CLUSTERERS)
@pytest.mark.parametrize("cover", COVERS)
def test_every_lens_cover_and_clusterer_can_be_asked_for(
    lens: str, cover: str, clusterer: str
) -> None:
    wire = {"lens": lens, "cover": cover, "clusterer": clusterer}
    words, _ = read(recompute(Subject((small(),)), wire, 1))
    if lens == "directions" and cover != "balls":
        assert "too many axes for intervals: take balls" in words["error"]
        return
    assert words["error"] is None
    made = {"cubes": "Cubes(", "quantiles": "Quantiles(", "balls": "Balls("}[cover]
    assert words["sides"][0]["parameters"]["cover"].startswith(made)
    cautions = [w for w in words["sides"][0]["warnings"] if w.startswith("over an embedding")]
    assert len(cautions) == (lens in ("umap", "isomap"))
    if clusterer in ("within", "single", "whole"):  # every feature is in some node
        assert words["sides"][0]["coverage"] == 1.0


@pytest.mark.parametrize(
    ("wire", "message"),
    [
        ({"lens": ["pca2"]}, "unknown lens \\['pca2'\\]"),
        ({"lens": "pca3"}, "unknown lens 'pca3'; did you mean 'pca"),
        (
            {"clusterer": "kmeans"},
            "unknown clusterer 'kmeans'; choose from dbscan, within, single, hdbscan, whole",
        ),
        ({"lenses": "pca2"}, "unknown parameter 'lenses'; did you mean 'lens'"),
        ({"intervals": 2.5}, "intervals=2.5 must be a whole number"),
        ({"intervals": 0}, "intervals=0 must be a whole number, at least 1"),
        ({"intervals": 101}, "intervals=101 must be at most 100"),
        ({"overlap": 1}, "overlap=1 must lie in \\(0, 1\\)"),
        ({"overlap": None}, "overlap=None must be a number"),
        ({"cover": "cubs"}, "unknown cover 'cubs'; did you mean 'cubes'"),
        ({"cover": "balls", "radius": 0}, "radius=0 must be positive"),
        ({"cover": "balls", "radius": "a"}, "radius='a' must be a number"),
        (
            {"clusterer": "hdbscan", "min_cluster_size": 1},
            "min_cluster_size=1 must be .* at least 2",
        ),
        ({"eps": 3}, "eps=3 must be a chord distance in \\(0, 2\\]; empty is the noise floor"),
        ({"eps": "a"}, "eps='a' must be a chord distance"),
        ({"min_samples": 0}, "min_samples=0 must be a whole number, at least 1"),
        ({"min_samples": True}, "min_samples=True must be a whole number"),
    ],
)
def test_parameters_out_of_range_are_a_message(wire: dict[str, Any], message: str) -> None:
    with pytest.raises(FeaturetopoError, match=message):
        parameters_of(wire)
    answer = recompute(Subject((small(),)), wire, 3)
    words, arrays = read(answer)
    assert answer.failed and words["serial"] == 3 and words["error"] and not arrays


def test_what_nobody_foresaw_is_a_message_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise MemoryError("no room")

    monkeypatch.setattr(sys.modules["featuretopo.explore.graphs"], "mapper", fails)
    answer = recompute(Subject((small(),)), {}, 1)
    assert answer.failed and json.loads(answer.text)["error"] == "MemoryError: no room"


def test_a_graph_too_large_to_lay_out_is_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["featuretopo.explore.graphs"], "_MOST_NODES", 3)
    words, _ = read(recompute(Subject((small(),)), {}, 1))
    assert "7 nodes are more than can be laid out (3)" in words["error"]


def test_nodes_keep_apart_and_the_layout_is_always_the_same() -> None:
    graph = small().mapper
    at = packed_layout(graph)
    assert (at == packed_layout(graph)).all() and (at > 0).all()
    far = np.linalg.norm(at[:, None] - at[None], axis=2) + 9 * np.eye(len(at))
    assert far.min() > 0.3
    assert packed_layout(lone().mapper).shape == (0, 2)


def test_components_alike_are_laid_out_alike() -> None:
    members = tuple(np.array([row]) for row in range(40))
    ties = np.array([[0, 3], [3, 32], [1, 2], [2, 39]])
    at = packed_layout(MapperGraph(members, ties, np.zeros((40, 1)), 40, {}))
    assert np.allclose(at[[0, 3, 32]] - at[0], at[[1, 2, 39]] - at[1])


# The widget's Python side, its traits set as a front end sets them


def test_the_widget_answers() -> None:
    side = small()
    widget = explore(side)
    assert widget.selection.tolist() == []
    widget._rows = [[3, 1]]
    assert widget.selection.tolist() == [3, 1] and widget.selection.dtype == np.int64
    before = widget._graphs["data"]
    asked = {"lens": "norm", "intervals": 3, "overlap": 0.4, "clusterer": "single"}
    widget._request = {**asked, "eps": None, "min_samples": 3, "serial": 1}
    words = json.loads(widget._graphs["text"])
    assert words["serial"] == 1 and "norm" in words["sides"][0]["parameters"]["lens"]
    made = widget._graphs["data"]
    assert made != before
    widget._request = {**asked, "overlap": 9, "serial": 2}
    answer = json.loads(widget._graphs["text"])
    assert answer["serial"] == 2 and answer["error"].startswith("overlap=9")
    # a view that is opened now shows the graphs, what they were made with, and the error
    assert widget._graphs["data"] == made and answer["sides"] == words["sides"]
    rest = {"cover": "cubes", "radius": 1.0, "min_cluster_size": 5}
    assert answer["asked"] == words["asked"] == {**asked, **rest, "eps": None, "min_samples": 3}
    widget._asked = 3
    assert widget._heard == 3


def test_the_widget_s_page_shows_the_graph_that_is_shown(tmp_path: Path) -> None:
    widget = explore(small())
    first = widget.to_html(tmp_path / "first.html").read_text("utf-8")
    widget._request = {"lens": "norm", "serial": 1}
    later = widget.to_html(tmp_path / "later.html").read_text("utf-8")
    assert "\"Coordinates(name='norm')\"" in later and "Coordinates" not in first
    widget._request = {"overlap": 9, "serial": 2}  # an error leaves it as it is
    assert widget.to_html(tmp_path / "again.html").read_text("utf-8") == later


def test_where_no_widget_can_be_shown_a_picture_is() -> None:
    widget = explore(small(), small())
    widget.select([0, 2])
    found = widget._repr_mimebundle_()
    assert found is not None
    assert "application/vnd.jupyter.widget-view+json" in found[0]
    name, n = small().name, len(small().dictionary)
    told = f"Explorer({name}: {n} features, 2 selected; {name}: {n} features, 2 selected)"
    assert repr(widget) == told and found[0]["text/plain"] == told
    picture = ElementTree.fromstring(found[0]["image/svg+xml"])
    titles = [each.text or "" for each in picture.iter("{http://www.w3.org/2000/svg}title")]
    assert sum(title.startswith("UMAP picture") for title in titles) == 2
    assert sum(title.startswith("Persistence diagram") for title in titles) == 2


def test_without_scripts_a_page_shows_a_picture(tmp_path: Path) -> None:
    page = explore_page(Subject((small(),)), tmp_path / "explore.html").read_text("utf-8")
    [unscripted] = re.findall(r"<noscript>(.*?)</noscript>", page, re.DOTALL)
    [packed] = re.findall(r'<img alt="[^"]+"\nsrc="data:image/svg\+xml;base64,([^"]*)"', unscripted)
    svg = base64.b64decode(packed)
    assert ElementTree.fromstring(svg).tag.endswith("svg") and b"UMAP picture" in svg


def test_labels_that_are_not_there_are_a_message() -> None:
    words, _ = read(recompute(Subject((lone(),)), {"lens": "labels"}, 1))
    assert "has no labels" in words["error"]


def test_the_column_is_called_what_it_holds() -> None:
    words, _ = read(views(Subject((small(), pictured(small().dictionary.take(range(4)))))))
    assert [side["near"] for side in words["sides"]] == ["5th nearest", "3rd nearest"]
    titles = [[c["title"] for c in side["colourings"]] for side in words["sides"]]
    assert "distance to the 5th nearest" in titles[0] and "distance to the 3rd nearest" in titles[1]


def test_codes_and_encoders_say_who_is_whose_partner() -> None:
    one = small()
    rng = np.random.default_rng(0)
    order = rng.permutation(59)
    bare = Dictionary(one.dictionary.vectors)
    other = Dictionary(rng.standard_normal((59, 24)))
    codes = csr_array(rng.random((400, 59)) * (rng.random((400, 59)) < 0.2))
    sides = pictured(bare), pictured(other)
    by_codes = explore(*sides, codes=(codes, codes[:, order]))
    assert by_codes._subject.partners(1).tolist() == order.tolist()
    rows = rng.standard_normal((59, 24))
    by_encoders = subject_of(*sides, encoders=(rows, rows[order]))
    assert by_encoders.partners(1).tolist() == order.tolist()
    with pytest.raises(FeaturetopoError, match="give the second dictionary as well"):
        subject_of(one, codes=(codes, codes))
    with pytest.raises(FeaturetopoError, match="codes of 58 latents"):
        subject_of(*sides, codes=(codes, codes[:, :58]))


def test_the_widget_s_page_keeps_what_is_selected(tmp_path: Path) -> None:
    widget = explore(small(), small(seed=1))
    widget._rows = [[3, 1], [2]]
    html = widget.to_html(tmp_path / "p.html").read_text("utf-8")
    assert 'id="selected">[[3, 1], [2]]</script>' in html


def test_two_dictionaries_have_two_selections() -> None:
    widget = explore(small(), small(seed=1))
    widget._rows = [[1], [2, 3]]
    assert [rows.tolist() for rows in widget.selections] == [[1], [2, 3]]
    assert widget.selection.tolist() == [1]


def test_what_python_selects_is_selected_with_its_partners() -> None:
    x = small().dictionary
    widget = explore(small(), replace(small(), dictionary=x.renamed(x.names[::-1])))
    widget.select([2, 0])
    assert [rows.tolist() for rows in widget.selections] == [[0, 2], [56, 58]]
    widget.select(np.arange(59) == 4, side=1)
    assert [rows.tolist() for rows in widget.selections] == [[54], [4]]
    widget.select([])
    assert widget.selection.tolist() == []
    with pytest.raises(FeaturetopoError, match="give rows below 59, or a mask"):
        widget.select([59])
    with pytest.raises(FeaturetopoError, match="side=2 must be below 2"):
        widget.select([0], side=2)


def test_the_selection_as_a_frame() -> None:
    x = small().dictionary
    bare = Dictionary(x.vectors[:40], names=x.names[:40])
    widget = explore(small(), pictured(bare))
    columns = ["dictionary", "row", "name", "label", "partner"]
    assert widget.selection_frame.columns.tolist() == columns and len(widget.selection_frame) == 0
    widget.select([0, 40])
    frame = widget.selection_frame
    assert isinstance(frame, pandas.DataFrame)
    assert frame.columns.tolist() == columns
    assert frame.dictionary.tolist() == [side.name for side in widget._subject.sides[:1]] * 3
    assert frame.row.tolist() == [0, 40, 0]
    assert frame.name.tolist() == ["blob-1-#0", x.names[40], "blob-1-#0"]
    assert frame.label.isna().tolist() == [False, False, True] and frame.label[0] == "blob 1"
    assert frame.partner.isna().tolist() == [False, True, False]
    assert str(frame.partner[0]) == "0"  # a row, not 0.0
    assert str(frame.dtypes["row"]) == "int64"


def test_without_pandas_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    widget = explore(small())
    with pytest.raises(FeaturetopoError, match=r"featuretopo\[explore\].* take .selection"):
        _ = widget.selection_frame


def test_the_widget_is_a_public_name() -> None:
    package = sys.modules["featuretopo.explore"]
    assert package.__all__ == ["Explorer"]
    assert isinstance(explore(small()), package.Explorer)
    with pytest.raises(AttributeError, match="no attribute 'Explorers'"):
        _ = package.Explorers


def test_without_anywidget_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "featuretopo.explore.widget", None)
    with pytest.raises(FeaturetopoError, match=r'pip install "featuretopo\[explore\]"'):
        explore(small())


# Pages


@pytest.mark.parametrize("entry", ["widget", "page"])
def test_the_script_is_one_module(entry: str) -> None:
    code = script(entry)
    assert "import " not in code.replace("// ", "") and "eval(" not in code
    assert code.count("export ") == (entry == "widget")
    # of two of one name, put into one module, the browser would run neither
    lines = code.splitlines()
    heads = [line.split("(")[0].split(" = ")[0].split(" {")[0] for line in lines]
    named = [
        h.split()[1] for h in heads if h.startswith(("function ", "class ", "const ", "async "))
    ]
    assert len(named) == len(set(named))


def test_the_widget_needs_nothing_of_its_host() -> None:
    """VS Code and Colab put it into a frame that may fetch and keep nothing."""
    for code in (script("widget"), style("widget")):
        foreign = re.sub(r"http://www\.w3\.org/\d+/\w+", "", code)  # the name of SVG
        assert "://" not in foreign and "url(" not in foreign and "@import" not in foreign
        for asks in ("fetch(", "XMLHttpRequest", "WebSocket", "importScripts", "new Worker",
                     "localStorage", "sessionStorage", "indexedDB", "document.cookie",
                     "getElementById", "parent.", "window.top", "location."):  # fmt: skip
            assert not re.search(rf"(?<![\w.]){re.escape(asks)}", foreign), asks
    assert ":root" not in style("widget") and not re.search(r"(?m)^(body|html)\b", style("widget"))


def test_the_page_s_title_is_turned_by_no_name(tmp_path: Path) -> None:
    sides = (replace(small(), name="\u202elive"), replace(small(), name="b"))
    html = explore_page(Subject(sides), tmp_path / "p.html").read_text("utf-8")
    assert "<title>\\u202elive and b - featuretopo</title>" in html
    assert "<h1><bdi>\\u202elive</bdi> and <bdi>b</bdi></h1>" in html


def test_a_folder_is_no_page(tmp_path: Path) -> None:
    with pytest.raises(FeaturetopoError, match="is a folder; give the name"):
        explore_page(Subject((small(),)), tmp_path)


def run(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    monkeypatch.setattr(sys, "argv", ["featuretopo", "explore", *map(str, words)])
    with pytest.raises(SystemExit) as end:
        cli.main()
    return int(end.value.code or 0)


def test_the_command_writes_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    small().dictionary.save("one.safetensors")
    small(seed=1).dictionary.save("two.safetensors")
    assert run(monkeypatch, "one.safetensors") == 0
    assert capsys.readouterr().out == "page     runs/explore/explore.html\n"
    assert "<title>one - featuretopo" in Path("runs/explore/explore.html").read_text("utf-8")
    assert run(monkeypatch, "one.safetensors", "two.safetensors", "--out", "pair.html") == 0
    assert "<title>one and two - featuretopo" in Path("pair.html").read_text("utf-8")
    codes = csr_array(np.eye(59, dtype=np.float32)[np.arange(118) % 59])
    save_npz("one.npz", codes)
    save_npz("two.npz", codes[:, ::-1])
    pair = ("one.safetensors", "two.safetensors", "--out", "pair.html", "--codes")
    assert run(monkeypatch, *pair, "one.npz", "two.npz") == 0
    html = Path("pair.html").read_text("utf-8")
    assert "codes" in html[html.index('"partners": "') :].split('"')[3]
    assert run(monkeypatch, "one.safetensors", "--codes", "one.npz", "two.npz") == 2
    assert "--codes with 1 file: give the two that they pair" in capsys.readouterr().err
    assert run(monkeypatch, *["one.safetensors"] * 3) == 2
    assert "3 files: give one dictionary to explore, or two" in capsys.readouterr().err
    Path("names.json").write_text("[]")
    assert run(monkeypatch, *["one.safetensors"] * 2, "--names", "names.json") == 2
    assert "--names with 2 files" in capsys.readouterr().err
    assert run(monkeypatch, "one.safetensors", "--out", ".") == 2
    assert "is a folder" in capsys.readouterr().err


def test_defaults_on_the_page_are_those_of_mapper() -> None:
    side = small()
    parameters = Parameters()
    again = mapper(side.dictionary, cover=parameters.cells, clusterer=parameters.clusters)
    assert again.parameters == side.mapper.parameters
