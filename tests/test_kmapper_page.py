"""kmapper's page of a graph of ours: one file, our names and colours, nothing from the network."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import kmapper
import numpy as np
import pytest
from browser import CHROMIUM, add_script, console
from explore_cases import MARKUP

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.labels import HUES
from featuretopo.topology.mapper import (
    Cubes,
    DensityClusters,
    MapperGraph,
    kmapper_page,
    mapper,
    to_kmapper,
)
from featuretopo.truth import Blobs, Circle, GroundTruth

TRUTH = GroundTruth([Circle(40), Blobs(2, 12, spread=0.3)], d=32, rng=0).dictionary
X = TRUTH.renamed([MARKUP, MARKUP, *TRUTH.names[2:]])
GRAPH = mapper(X, cover=Cubes(5, overlap=0.4))
KINDS = [str(TRUTH.label_names[label]) for label in TRUTH.labels]


def constant(html: str, name: str) -> object:
    return json.loads(re.search(rf"const {name} = (.*);$", html, re.MULTILINE)[1])


def test_it_asks_for_nothing_and_lets_nothing_in(tmp_path: Path) -> None:
    html = kmapper_page(GRAPH, tmp_path / "new" / "page.html", x=X).read_text("utf-8")
    assert not re.search(r"(src|href)\s*=\s*[\"'](https?:)?//", html)
    policy = re.search('Content-Security-Policy" content="([^"]*)"', html)[1]
    assert policy.startswith("default-src 'none'; ") and "http" not in policy
    scripts = re.findall(r"<script>", html)
    assert policy.count("'sha256-") == len(scripts) == 4
    assert "Mike Bostock" in html  # d3's notice goes where it goes


def test_without_d3_the_error_says_where_it_comes_from(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    module = sys.modules["featuretopo.topology.mapper.kmapper_page"]
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(FeaturetopoError, match=r"needs the script d3.*\[kmapper-page\]"):
        kmapper_page(GRAPH, tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()


def test_nodes_have_the_colour_of_their_most_frequent_label_and_the_names_of_their_features(
    tmp_path: Path,
) -> None:
    html = kmapper_page(GRAPH, tmp_path / "page.html", x=X, title=MARKUP).read_text("utf-8")
    assert MARKUP not in html
    drawn, scale = constant(html, "graph"), constant(html, "colorscale")
    kinds = list(dict.fromkeys(KINDS))
    for node, rows in zip(drawn["nodes"], GRAPH.members, strict=True):
        [[place]] = node["color"]
        colours = {colour for at, colour in scale if abs(at - place) < 0.5 / len(kinds)}
        often = max(kinds, key=[KINDS[row] for row in rows].count)
        rgb = tuple(bytes.fromhex(HUES[kinds.index(often)][1:]))
        assert f"rgb{rgb}" in colours
        shown = node["tooltip"]["custom_tooltips"]
        assert len(set(shown)) == len(rows)  # of one name twice, the page would show one
        assert all(X.names[row] in told or row < 2 for row, told in zip(rows, shown, strict=True))
        bars = node["tooltip"]["histogram"][0]
        own = [100 * [KINDS[row] for row in rows].count(kind) / len(rows) for kind in kinds]
        assert [bar["perc"] for bar in bars] == pytest.approx(own, abs=0.06)
    links = {(link["source"], link["target"]) for link in drawn["links"]}
    assert links == {tuple(edge) for edge in GRAPH.edges.tolist()}
    [[bars]] = constant(html, "summary_histogram")
    assert sum(bar["perc"] for bar in bars) == pytest.approx(100, abs=0.2)
    for words in (*GRAPH.parameters.values(), "circle of 40", "covers"):
        assert words.replace("'", "&#x27;") in html


def test_without_labels_the_lens_gives_the_colour(tmp_path: Path) -> None:
    plain = mapper(Dictionary(X.vectors), cover=Cubes(5, overlap=0.4))
    for x in (None, Dictionary(X.vectors)):
        html = kmapper_page(plain, tmp_path / "page.html", x=x).read_text("utf-8")
        low, high = plain.lens.min(axis=0), plain.lens.max(axis=0)
        for node, mean in zip(
            constant(html, "graph")["nodes"], plain.lens_statistics().mean, strict=True
        ):
            assert node["color"] == [
                pytest.approx(((mean - low) / (high - low)).tolist(), abs=1e-4)
            ]


def test_one_label_is_one_colour(tmp_path: Path) -> None:
    one = Dictionary(X.vectors[:40], labels=[0] * 40, label_names=["ring"])
    graph = mapper(one, cover=Cubes(5, overlap=0.4), clusterer=DensityClusters(0.5))
    html = kmapper_page(graph, tmp_path / "page.html", x=one).read_text("utf-8")
    assert {tuple(colour) for _, colour in constant(html, "colorscale")} == {
        tuple(f"rgb{tuple(bytes.fromhex(HUES[0][1:]))}")
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": X.take(range(9))}, "is not the dictionary of this graph of 64 features"),
        ({"x": X.renamed([str(i) for i in range(64)])}, "is not the dictionary of this graph"),
        ({"x": X.vectors}, "x is of type ndarray, which has no labels: give the Dictionary"),
        ({"path": "."}, "is a folder; give the name of an HTML file in it"),
    ],
)
def test_what_does_not_fit_is_refused(
    change: dict[str, object], message: str, tmp_path: Path
) -> None:
    with pytest.raises(FeaturetopoError) as refused:
        kmapper_page(GRAPH, **({"path": tmp_path / "page.html", "x": X} | change))  # type: ignore[arg-type]
    assert message in str(refused.value)


def test_an_empty_graph_is_refused_with_its_reason(tmp_path: Path) -> None:
    empty = mapper(X, clusterer=DensityClusters(0.01))
    with pytest.raises(FeaturetopoError, match=r"the graph is empty, .* every feature was noise"):
        kmapper_page(empty, tmp_path / "page.html")
    bare = MapperGraph((), np.empty((0, 2), int), np.zeros((3, 1)), 3, {})
    with pytest.raises(FeaturetopoError, match="no feature is in a node"):
        kmapper_page(bare, tmp_path / "page.html")
    with pytest.raises(
        FeaturetopoError, match=r"dict is no MapperGraph: from_kmapper\(graph, lens"
    ):
        kmapper_page(to_kmapper(GRAPH), tmp_path / "page.html")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ('<script src="https://x.org/new.js"></script>', "kmapper's page asks for <script src="),
        ("<head></head>", "kmapper's page holds no 'graph'"),
    ],
)
def test_a_page_that_is_not_known_is_refused(
    page: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kmapper.KeplerMapper, "visualize", lambda *_, **__: page)
    with pytest.raises(FeaturetopoError, match=r"install kmapper 2\.1") as refused:
        kmapper_page(GRAPH, tmp_path / "page.html", x=X)
    assert message in str(refused.value)


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_a_browser_draws_it_offline_and_shows_names_as_text(tmp_path: Path) -> None:
    page = kmapper_page(GRAPH, tmp_path / "page.html", x=X)
    node = next(i for i, rows in enumerate(GRAPH.members) if 0 in rows)
    add_script(
        page,
        f"""
        await new Promise((done) => setTimeout(done, 300));
        const nodes = [...document.querySelectorAll("path.circle")];
        nodes[{node}].dispatchEvent(new MouseEvent("mouseover", {{ bubbles: true }}));
        const list = document.querySelector(".list-of-members");
        console.log(JSON.stringify([nodes.length, document.querySelectorAll("line.link").length,
          list.textContent.includes("onerror=alert(1)"), list.querySelectorAll("img").length,
          performance.getEntriesByType("resource").length]).replaceAll('"', ""));
        """,
    )
    told = console(page, tmp_path)  # a line of an error would be one more
    assert told == [f"[{GRAPH.n_nodes},{len(GRAPH.edges)},true,0,0]"]
