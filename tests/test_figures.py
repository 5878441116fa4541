"""Figures outside of the report: one SVG each, with nothing missing and nothing let in."""

from __future__ import annotations

import io
import re
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import featuretopo as ft
from featuretopo.compare import beside_null
from featuretopo.errors import FeaturetopoError
from featuretopo.report.order_figure import _apart
from featuretopo.topology.mapper import Balls, Cubes
from featuretopo.truth import Blobs, Circle, Sphere

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<script>alert(1)</script>&\x00\ud800"


@pytest.fixture(scope="module")
def found():
    truth = ft.GroundTruth([Blobs(3, 6, spread=0.4), Circle(12), Sphere(20)], d=24, rng=0)
    return ft.arrangement(truth.dictionary, name="truth", rng=0)


@pytest.fixture(scope="module")
def hostile(found):
    x = found.dictionary
    named = ft.Dictionary(
        x.vectors, x.labels, [HOSTILE] * len(x), label_names=[f"{i}{HOSTILE}" for i in range(5)]
    )
    return replace(found, name=HOSTILE, dictionary=named)


def drawings(arrangement):
    of = arrangement.dictionary.take(np.arange(6))
    comparison = ft.compare(arrangement, arrangement, draws=19, rng=0)
    return [
        ft.figures.diagrams(arrangement, arrangement),
        ft.figures.umaps(arrangement),
        ft.figures.mappers(arrangement),
        ft.figures.measures(*comparison.measures),
        ft.figures.comparisons([comparison, comparison], "cka", "rsa"),
        ft.figures.orders(ft.circular_order(of)),
    ]


def test_every_class_has_its_rule_and_no_colour_is_left_open(found):
    for picture in drawings(found):
        root = ET.fromstring(picture.svg)
        style = root.find(f"{SVG}style").text
        assert "var(" not in style
        ruled = set(re.findall(r"\.([\w-]+)", style))
        used = {c for each in root.iter() for c in each.get("class", "").split()}
        assert used <= ruled | {"featuretopo", "triangle", "diamond"}
        # rules reach no further than this picture, whatever it is put into
        selectors = re.findall(r"([^{}]+)\{", style)
        assert all(s.strip().startswith(".featuretopo") for each in selectors
                   for s in each.split(","))  # fmt: skip


def test_names_stay_names_and_the_file_stays_xml(hostile):
    for picture in drawings(hostile):
        root = ET.fromstring(picture.svg.encode())
        assert not list(root.iter(f"{SVG}script")) and not list(root.iter("script"))


def test_rows_break_and_nothing_lies_outside(found):
    root = ET.fromstring(ft.figures.diagrams(*[found] * 5).svg)
    width, height = float(root.get("width")), float(root.get("height"))
    inner = root.findall(f"{SVG}svg")
    corners = {(each.get("x"), each.get("y")) for each in inner}
    assert len(corners) == len(inner) == 5 and len({y for _, y in corners}) == 3
    for each in inner:
        assert float(each.get("x")) + float(each.get("width")) <= width
        assert float(each.get("y")) + float(each.get("height")) <= height


def test_a_caption_says_value_and_p(found):
    measure = beside_null("size", "Size", 9.0, [float(i % 5) for i in range(19)], "shuffles")
    svg = ft.figures.measures(measure).svg
    assert "Size: 9.000, p = 0.050" in svg


def test_a_picture_is_saved_and_shown_as_svg(found, tmp_path):
    picture = ft.figures.umaps(found)
    picture.save(tmp_path / "umap.svg")
    assert (tmp_path / "umap.svg").read_text("utf-8") == picture.svg == picture._repr_svg_()
    assert "characters of SVG" in repr(picture)
    with pytest.raises(FeaturetopoError, match=r"as .svg or .png; end its name so"):
        picture.save(tmp_path / "umap.jpg")


def pixels(png):
    from PIL import Image  # matplotlib's, which the extra brings

    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def test_every_figure_is_drawn_as_png(found):
    pytest.importorskip("resvg_py")
    for picture in drawings(found):
        root = ET.fromstring(picture.svg)
        drawn = pixels(picture.png())
        size = [2 * float(root.get(side)) for side in ("height", "width")]
        np.testing.assert_allclose(drawn.shape[:2], size, atol=2)
        colours = {tuple(c) for c in np.unique(drawn.reshape(-1, 3), axis=0)}
        assert (255, 255, 255) in colours and len(colours) > 10
        # words are drawn too, whatever fonts the system has
        for name in ("text", "title", "desc"):
            for parent in list(root.iter()):
                for each in parent.findall(f"{SVG}{name}"):
                    parent.remove(each)
        wordless = pixels(replace(picture, svg=ET.tostring(root, encoding="unicode")).png())
        assert (drawn != wordless).any(axis=2).sum() > 500


def test_a_png_is_saved_and_the_same_again(found, hostile, tmp_path):
    pytest.importorskip("resvg_py")
    for picture in (ft.figures.diagrams(found), ft.figures.umaps(hostile)):
        picture.save(tmp_path / "picture.png")
        assert (tmp_path / "picture.png").read_bytes() == picture.png() == picture.png(zoom=2)
    assert pixels(picture.png(zoom=1.5)).shape[1] < pixels(picture.png()).shape[1]


@pytest.mark.parametrize("zoom", [0, -1, 11, float("nan")])
def test_a_zoom_out_of_range_is_refused(found, zoom):
    with pytest.raises(FeaturetopoError, match="must lie above 0 and be at most 10"):
        ft.figures.diagrams(found).png(zoom=zoom)


def test_without_its_extra_a_png_is_refused_and_nothing_written(found, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(FeaturetopoError, match=r'pip install "featuretopo\[png\]"'):
        ft.figures.diagrams(found).save(tmp_path / "d.png")
    assert not list(tmp_path.iterdir())


def test_the_stability_of_a_mapper_graph_is_counted_cover_by_cover(found):
    x = found.dictionary
    cubes = ft.mapper_stability(x, cover=Cubes((4, 6)))
    words = [
        "".join(each.itertext())
        for each in ET.fromstring(ft.figures.mapper_stability(cubes).svg).iter(f"{SVG}text")
    ]
    assert {"4 x 6", "0.2", "intervals", "overlap"} <= set(words)
    for count in (*cubes.n_components, *cubes.n_loops):
        assert str(count) in words
    for part, told in ((slice(20), "20 covers"), (slice(20, 24), "4 clusterers")):
        kept = np.mean(cubes.n_components[part] == cubes.graph.n_components)
        assert f"components, kept by {kept:.0%} of {told}" in " ".join(words)
    assert "eps" in words and f"{cubes.clusterers[0].eps:g}" in words
    # of covers of several kinds, side by side
    balls = ft.mapper_stability(x, covers=[Balls(0.9), Cubes(3)], clusterers=[])
    svg = ft.figures.mapper_stability(balls).svg
    assert "Balls(radius=0.9)" in svg and "clusterers" not in svg


def test_a_mapper_graph_is_drawn_with_the_labels_of_its_dictionary_or_in_grey(found, hostile):
    whole = ET.fromstring(ft.figures.mappers(found).svg)
    graph = ft.mapper(found.dictionary)
    marked = ET.fromstring(ft.figures.mappers(graph, x=found.dictionary).svg)
    plain = ET.fromstring(ft.figures.mappers(graph, graph).svg)

    def told(root):
        return [title.text for title in root.iter(f"{SVG}title") if "feature" in title.text]

    assert told(marked) == told(whole) and "blob 2 (3)" in told(marked)[0]
    assert len(told(plain)) == 2 * graph.n_nodes
    assert told(plain)[0].split(": ")[1].split(", ")[0] == graph.name(graph.members[0][0])
    hues = [each.get("class") for each in plain.iter() if "hue" in each.get("class", "")]
    assert hues == []
    ET.fromstring(ft.figures.mappers(ft.mapper(hostile.dictionary)).svg)  # names are text
    empty = ft.mapper(ft.Dictionary(np.eye(9)))
    assert "no nodes" in ft.figures.mappers(empty).svg
    with pytest.raises(FeaturetopoError, match="Dictionary has no Mapper graph to draw: give an"):
        ft.figures.mappers(found.dictionary)
    with pytest.raises(FeaturetopoError, match="is not the dictionary of graph 1, of 9 features"):
        ft.figures.mappers(empty, x=found.dictionary)


def test_graphs_beside_each_other_are_called_by_name_and_tell_how_they_were_made(found):
    x = found.dictionary
    coarse, fine = (ft.mapper(x, cover=Cubes(n, overlap=0.4)) for n in (3, 8))
    svg = ft.figures.mappers(coarse, fine, found, names=["coarse", "fine", "usual"]).svg
    lines = [each.text for each in ET.fromstring(svg).iter(f"{SVG}text") if each.text]
    words = " ".join(lines)
    for name, graph in (("coarse", coarse), ("fine", fine), ("usual", found.mapper)):
        assert f"{name}: {graph.n_components} components" in words
        assert graph.parameters["cover"] in words
        assert f"covers {graph.coverage:.0%} of {len(x)} features" in words
    for names in (["one"], "ab"):
        with pytest.raises(FeaturetopoError, match="for 2 graphs: give a list with a name for"):
            ft.figures.mappers(coarse, fine, names=names)
    with pytest.raises(FeaturetopoError, match="x is of type ndarray, which has no labels: give"):
        ft.figures.mappers(coarse, x=x.vectors)


def test_what_cannot_be_drawn_is_refused():
    for figure in ("diagrams", "umaps", "shared_umap", "mapper_stability", "measures", "orders",
                   "recoveries"):  # fmt: skip
        with pytest.raises(FeaturetopoError, match=r"ndarray is no [A-Z]"):
            getattr(ft.figures, figure)(np.eye(3))
    for wrong, words in ((np.eye(3), "ndarray is no Sequence"), ([1], "int is no Comparison")):
        with pytest.raises(FeaturetopoError, match=words):
            ft.figures.comparisons(wrong, "cka")


@pytest.mark.parametrize("figure", ["diagrams", "umaps", "mappers", "measures", "orders",
                                    "recoveries"])  # fmt: skip
def test_nothing_to_draw_is_refused(figure):
    with pytest.raises(FeaturetopoError, match="give at least one"):
        getattr(ft.figures, figure)()


def test_no_comparisons_are_refused():
    with pytest.raises(FeaturetopoError, match="give at least one"):
        ft.figures.comparisons([], "cka")


@given(st.lists(st.floats(0, 300), min_size=1, max_size=30))
def test_names_on_one_side_stand_a_line_apart_and_those_that_do_stay(heights):
    heights = np.sort(heights)
    moved = _apart(heights)
    assert (np.diff(moved) >= 12 - 1e-6).all()
    np.testing.assert_allclose(moved.mean(), heights.mean(), atol=1e-6)
    spread = heights + 12 * np.arange(len(heights))
    np.testing.assert_allclose(_apart(spread), spread, atol=1e-6)


def test_one_component_is_told_in_the_singular():
    ring = ft.GroundTruth([Circle(40)], d=8, rng=0).dictionary
    made = ft.mapper(ring, cover=Cubes(5, overlap=0.4))
    assert (made.n_components, made.n_loops) == (1, 1)
    assert "graph 1: 1 component, 1 loop; covers 100%" in ft.figures.mappers(made).svg
