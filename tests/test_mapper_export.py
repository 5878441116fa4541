"""Graphs as files: nothing is lost, and what is no graph is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from featuretopo import compare_mapper_graphs, figures
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.mapper import (
    PCA,
    UMAP,
    Coordinates,
    Cubes,
    DensityClusters,
    MapperGraph,
    Stack,
    by_giotto,
    extended_persistence,
    from_giotto,
    from_kmapper,
    from_networkx,
    load_graphml,
    load_json,
    mapper,
    mapper_branches,
    mapper_loops,
    save_graphml,
    save_json,
    to_giotto,
    to_kmapper,
)
from featuretopo.topology.mapper.imported import imported
from featuretopo.topology.mapper.nerve import nerve
from featuretopo.truth import Blobs, GroundTruth

N = 6
BLOBS = GroundTruth([Blobs(2, 12, spread=0.5)], d=16, rng=0).dictionary
NAMES = ["\x00", "<a>", '"&', "ä", "日", *map(str, range(19))]
GRAPH = mapper(
    BLOBS.renamed(NAMES), cover=Cubes(3, overlap=0.4), clusterer=DensityClusters(0.9)
)  # fmt: skip


WORDS = {"lens": "<a>", "cover": "b", "clusterer": '"c"\x00', "eps": "0.5"}


def assert_same(a: MapperGraph, b: MapperGraph) -> None:
    assert [rows.tolist() for rows in a.members] == [rows.tolist() for rows in b.members]
    for one, other in ((a.edges, b.edges), (a.triangles, b.triangles), (a.lens, b.lens)):
        assert one.shape == other.shape
        np.testing.assert_array_equal(one, other)
    assert (a.n_features, a.names, a.parameters, a.warnings) == (
        b.n_features, b.names, b.parameters, b.warnings,
    )  # fmt: skip


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    members=st.lists(st.sets(st.integers(0, N - 1), min_size=1), max_size=5),
    values=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=N, max_size=N),
    axes=st.integers(1, 2),
    names=st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=N, max_size=N),
)
def test_graphs_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory,
    members: list[set[int]],
    values: list[float],
    axes: int,
    names: list[str],
) -> None:
    rows = tuple(np.array(sorted(held)) for held in members)
    edges, triangles = nerve(rows, N)
    lens = np.repeat(np.array(values)[:, None], axes, axis=1)
    graph = MapperGraph(
        rows, edges, lens, N, WORDS, ("take <care>",), triangles, tuple(names)
    )  # fmt: skip
    path = tmp_path_factory.mktemp("graphs") / "graph.json"
    save_json(graph, path)
    assert_same(load_json(path), graph)
    save_graphml(graph, path)
    assert_same(load_graphml(path), graph)
    assert_same(from_networkx(graph.to_networkx(), lens, names=names), replace(graph, warnings=()))


def test_a_graph_of_a_dictionary_comes_back_and_can_be_asked_the_same(tmp_path: Path) -> None:
    save_json(GRAPH, tmp_path / "new" / "graph.json")
    back = load_json(tmp_path / "new" / "graph.json")
    assert_same(back, GRAPH)
    assert back.betti_numbers == GRAPH.betti_numbers and repr(back) == repr(GRAPH)


def test_graphml_holds_what_networkx_reads_back(tmp_path: Path) -> None:
    save_graphml(GRAPH, tmp_path / "graph.graphml")
    back = nx.read_graphml(tmp_path / "graph.graphml", node_type=int)
    assert sorted(back.edges) == [tuple(edge) for edge in GRAPH.edges.tolist()]
    assert len(GRAPH.edges) > 2
    found = GRAPH.lens_statistics()
    for node, rows in enumerate(GRAPH.members):
        told = back.nodes[node]
        assert told["size"] == len(rows)
        assert json.loads(told["members"]) == [GRAPH.names[row] for row in rows]
        assert told["lens1_mean"] == pytest.approx(found.mean[node, 1])
        assert told["lens0_low"] == pytest.approx(found.low[node, 0])
        assert told["lens0_high"] == pytest.approx(found.high[node, 0])
    for (i, j), rows in zip(GRAPH.edges.tolist(), GRAPH.shared(), strict=True):
        assert back.edges[i, j]["shared"] == len(rows)
    assert json.loads(back.graph["cover"]) == "Cubes(n=3, overlap=0.4)"
    assert json.loads(back.graph["eps"]) == "0.9"
    assert (back.graph["coverage"], back.graph["n_features"]) == (GRAPH.coverage, 24)
    assert (back.graph["components"], back.graph["loops"]) == GRAPH.betti_numbers
    assert json.loads(back.graph["warnings"]) == list(GRAPH.warnings)
    assert_same(load_graphml(tmp_path / "graph.graphml"), GRAPH)
    plain = GRAPH.to_networkx().graph
    assert plain["coverage"] == GRAPH.coverage and plain["cover"] == "Cubes(n=3, overlap=0.4)"
    assert plain["warnings"] == list(GRAPH.warnings)


@pytest.mark.parametrize("save", [save_json, save_graphml])
def test_a_failure_leaves_what_was_there(
    save: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    path = tmp_path / "graph"
    path.write_text("before")
    monkeypatch.setattr(nx, "write_graphml_xml", fail)
    monkeypatch.setattr(Path, "write_text", fail)
    with pytest.raises(RuntimeError):
        save(GRAPH, path)  # type: ignore[operator]
    assert path.read_text() == "before" and list(tmp_path.iterdir()) == [path]


def test_an_empty_graph_is_a_file_too(tmp_path: Path) -> None:
    empty = mapper(Dictionary(np.eye(6)), clusterer=DensityClusters(0.1))
    save_json(empty, tmp_path / "graph.json")
    assert_same(load_json(tmp_path / "graph.json"), empty)
    save_graphml(empty, tmp_path / "graph.graphml")
    assert len(nx.read_graphml(tmp_path / "graph.graphml")) == 0
    assert_same(load_graphml(tmp_path / "graph.graphml"), empty)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda told: None, "not a Mapper graph (featuretopo mapper/1); write it with save_json"),
        (lambda told: told | {"format": "2"}, "not a Mapper graph (featuretopo mapper/1)"),
        (lambda told: told | {"lens": [[0.0]]}, "a damaged Mapper graph"),
        (lambda told: told | {"nodes": [[99]]}, "number 99 must be below 24"),
        (lambda told: told | {"edges": [[0, 99]]}, "number 99 must be below"),
        (lambda told: told | {"edges": [[0, -1]]}, "a damaged Mapper graph"),
        (lambda told: told | {"edges": [[0, "b"]]}, "a damaged Mapper graph"),
        (lambda told: told | {"names": ["a"]}, "1 names for 24 features"),
        (lambda told: told | {"parameters": ["a"]}, "a damaged Mapper graph"),
        (lambda told: told | {"edges": [[0, 0]]}, "edge ties node 0 to 0"),
        (lambda told: told | {"edges": [[0.5, 1]]}, "number 0.5 must be whole"),
        (lambda told: told | {"triangles": [[0, 0, 1]]}, "a triangle has three nodes"),
        (lambda told: told | {"nodes": [[], *told["nodes"]]}, "node 0 holds no features"),
        (
            lambda told: told | {"lens": [[None] * told["lens_axes"]] * 24},
            "holds NaN or infinite values",
        ),
        (lambda told: {"format": told["format"]}, "a damaged Mapper graph (KeyError"),
    ],
)  # fmt: skip
def test_what_is_no_graph_is_refused(change: object, message: str, tmp_path: Path) -> None:
    path = tmp_path / "graph.json"
    save_json(GRAPH, path)
    path.write_text(json.dumps(change(json.loads(path.read_text()))))  # type: ignore[operator]
    with pytest.raises(FeaturetopoError) as refused:
        load_json(path)
    assert message in str(refused.value) and str(path) in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("<graph ", "<grap ", "no GraphML"),
        ("</graphml>", "", "no GraphML (no element found"),
        ('attr.name="names"', 'attr.name="n"', "not a Mapper graph: names is lacking; write it"),
        ('attr.name="rows"', 'attr.name="r"', "rows is lacking; write it with save_graphml"),
        (">24</data>", ">23</data>", "a damaged Mapper graph (lens values of 24 features, of 23)"),
        (">24</data>", ">many</data>", "no GraphML (invalid literal"),
        ("[&quot;", "[", "a damaged Mapper graph"),
        (">[0,", ">[99,", "names a feature beyond the 24 rows of the lens"),
    ],
)  # fmt: skip
def test_what_is_no_graphml_of_a_graph_is_refused(
    old: str, new: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "graph.graphml"
    save_graphml(GRAPH, path)
    text = path.read_text().replace('["', "[&quot;")
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(FeaturetopoError) as refused:
        load_graphml(path)
    assert message in str(refused.value) and str(path) in str(refused.value)
    with pytest.raises(FeaturetopoError, match="cannot be read"):
        load_graphml(tmp_path / "none.graphml")


LINE = np.arange(5.0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: from_networkx({}, LINE), "dict is no networkx graph: give nx.Graph(...) whose"),
        (lambda: from_kmapper([[0]], LINE), "list is no kmapper graph: give the dict that"),
        (lambda: from_kmapper({"nodes": [], "links": {}}, LINE), "are each a dict"),
        (lambda: from_giotto([[0]], LINE), "list is no igraph.Graph: give what the pipeline's"),
        (lambda: by_giotto("cubes", BLOBS), "pipeline='cubes' must be what gtda's make_mapper_pi"),
        (
            lambda: imported([[0]], [], [[0], [1, 2]], {}),
            "has rows of unequal length: give as many",
        ),
        (lambda: from_networkx(nx.path_graph(2), LINE), "node 0 has no 'members': give each node"),
        (lambda: imported([["a"]], [], LINE, {}), "node 0 holds ['a']: give the row numbers"),
        (lambda: imported([[[0]]], [], LINE, {}), "node 0 holds [[0]]: give the row numbers"),
        (lambda: imported([[0], [1]], [[0, 2]], LINE, {}), "edge ties node 0 to 2, of 2 nodes"),
        (lambda: imported([[0], [1]], [[1, 1]], LINE, {}), "edge ties node 1 to 1, of 2 nodes"),
        (lambda: imported([[0]], [], None, {}), "lens=None holds no values: give the lens that"),
        (lambda: imported([[0]], [], LINE, {}, names="ab"), "2 names for 5 features: give one"),
        (lambda: imported([[0]], [], ["a"] * 5, {}), "lens 'of the graph' holds what is no num"),
        (
            lambda: from_kmapper({"nodes": {}, "links": {}}, LINE, names=["a"]),
            "1 names for 5 features: give one for each, or none",
        ),
    ],
)
def test_what_is_no_graph_from_elsewhere_is_refused(make: object, message: str) -> None:
    with pytest.raises(FeaturetopoError) as refused:
        make()  # type: ignore[operator]
    assert message in str(refused.value)


@pytest.mark.parametrize(
    "ask",
    [
        mapper_loops,
        mapper_branches,
        extended_persistence,
        to_kmapper,
        to_giotto,
        lambda x: save_json(x, "none"),
        lambda x: save_graphml(x, "none"),
    ],
)
def test_what_is_no_graph_has_no_loops_nor_files(ask: object) -> None:
    with pytest.raises(
        FeaturetopoError, match=r"Dictionary is no MapperGraph: ft.mapper\(x\) makes"
    ):
        ask(BLOBS)  # type: ignore[operator]


@pytest.mark.parametrize("ask", [extended_persistence, to_kmapper, mapper_branches])
def test_a_graph_made_by_hand_has_features_in_its_nodes_and_numbers_in_its_lens(
    ask: object,
) -> None:
    hollow = replace(GRAPH, members=(np.empty(0, np.int64), *GRAPH.members[1:]))
    with pytest.raises(FeaturetopoError, match="node 0 holds no features: leave it out"):
        ask(hollow)  # type: ignore[operator]
    with pytest.raises(FeaturetopoError, match="lens holds what is no finite number"):
        ask(replace(GRAPH, lens=GRAPH.lens * np.nan))  # type: ignore[operator]


def in_comparison(graph: MapperGraph) -> object:
    return compare_mapper_graphs(GRAPH, graph, draws=19, rng=0)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"members": (np.array([10**6]), *GRAPH.members[1:])}, "node 0 names a feature beyond the"),
        ({"members": (np.array([-1]), *GRAPH.members[1:])}, "node 0 names a feature beyond the"),
        ({"members": ([0, 1], *GRAPH.members[1:])}, r"node 0 holds \[0, 1\]: give the row numbers"),
        ({"members": (np.array([0.5]), *GRAPH.members[1:])}, "node 0 holds array"),
        ({"edges": np.array([[0, 10**6]])}, "edge ties node 0 to 1000000, of .* 2 different ones"),
        ({"edges": np.array([[1, 1]])}, "edge ties node 1 to 1, of"),
        ({"edges": np.array([0, 1])}, r"edges of shape \(2,\) and type int64: give 2 node"),
        ({"edges": np.array([[0.0, 1.0]])}, "and type float64: give 2 node numbers in a row"),
        ({"triangles": np.array([[0, 1, -1]])}, "triangle ties node 0 to 1 to -1, of"),
        ({"lens": GRAPH.lens[1:]}, "lens of shape .* features: give one row per feature"),
        ({"names": ("one",)}, "1 names for .* features: give one for each, or none"),
    ],
)
@pytest.mark.parametrize("ask", [to_kmapper, mapper_loops, figures.mappers, in_comparison])
def test_a_graph_made_by_hand_that_cannot_be_is_refused(
    ask: object, changed: dict[str, object], message: str
) -> None:
    with pytest.raises(FeaturetopoError, match=message):
        ask(replace(GRAPH, **changed))  # type: ignore[operator, arg-type]


@pytest.mark.parametrize("save", [save_json, save_graphml])
def test_a_folder_is_no_file(save: object, tmp_path: Path) -> None:
    with pytest.raises(FeaturetopoError, match="is a folder; give the name of a file in it"):
        save(GRAPH, tmp_path)  # type: ignore[operator]
    assert list(tmp_path.iterdir()) == []


def test_of_a_graph_from_elsewhere_an_embedding_is_told_by_its_name() -> None:
    lens = Stack(PCA(1), UMAP(1, rng=3))
    graph = mapper(BLOBS, lens=lens, cover=Cubes(3, overlap=0.4))
    words = "over an embedding, Stack(lenses=(PCA(n_components=1), UMAP(n_components=1"
    for back in (
        from_networkx(graph.to_networkx(), graph.lens),
        from_kmapper(to_kmapper(graph), graph.lens),
    ):
        [caution] = back.warnings
        assert caution.startswith(words)
        assert compare_mapper_graphs(back, back, draws=19, rng=0).measures[0].note.count(words) == 1
    for projection, cautions in (("TSNE(n_components=1)", 1), ("[0, 2]", 0), ("sum", 0)):
        theirs = {"nodes": {}, "links": {}, "meta_data": {"projection": projection}}
        assert len(from_kmapper(theirs, LINE).warnings) == cautions
    names = ["umap_2d", "ParametricUMAP()", "AlignedUMAP()", "MulticoreTSNE(n_jobs=1)", "DensMAP"]
    for name, cautions in (*((each, 1) for each in names), ("of the upmap", 0), ("strumap", 0)):
        named = mapper(BLOBS, lens=Coordinates(graph.lens, name), cover=Cubes(3, overlap=0.4))
        assert sum(w.startswith(f"over an embedding, {name}") for w in named.warnings) == cautions


def test_giotto_tdas_graphs_keep_what_they_tell_of_themselves() -> None:
    pytest.importorskip("igraph")
    graph = mapper(BLOBS, lens=UMAP(1, rng=3), cover=Cubes(3, overlap=0.4))
    back = from_giotto(to_giotto(graph), graph.lens)
    assert back.parameters == graph.parameters
    assert [words[:22] for words in back.warnings] == ["over an embedding, UMA"]
    by_hand = replace(graph, parameters={"lens": "sum"})
    plain = from_giotto(to_giotto(by_hand), graph.lens)
    assert plain.parameters["cover"] == "giotto-tda" and plain.warnings == ()


def test_what_a_graph_tells_of_itself_is_no_parameter_of_it(tmp_path: Path) -> None:
    own = {"warnings": "x", "coverage": "all", "names": "[]", "incoming_graph_data": "theirs"}
    theirs = nx.Graph()
    theirs.graph.update(own, cover="by hand")
    theirs.add_node(0, members=[0, 1])
    theirs.add_node(1, members=[1, 2])
    meta = {"lens": "sum", "cover": "by hand", **own}
    kept = {"cover": "by hand", "incoming_graph_data": "theirs"}
    for graph in (
        from_networkx(theirs, [0.0, 1, 2]),
        from_kmapper({"nodes": {"a": [0, 1]}, "links": {}, "meta_data": meta}, [0.0, 1, 2]),
    ):
        assert {key: graph.parameters.get(key) for key in (*own, "cover")} == (
            dict.fromkeys(own) | kept
        )
        told = graph.to_networkx().graph
        assert told["warnings"] == [] and told["coverage"] == graph.coverage
        assert "by hand" in figures.mappers(graph).svg
        save_graphml(graph, tmp_path / "graph.graphml")
        assert_same(load_graphml(tmp_path / "graph.graphml"), graph)
    by_hand = replace(graph, parameters={"coverage": "all"})
    assert by_hand.to_networkx().graph["coverage"] == by_hand.coverage


def test_a_feature_that_a_node_tells_twice_is_in_it_once() -> None:
    assert imported([[3, 1, 3]], [], LINE, {}).members[0].tolist() == [1, 3]


def test_a_file_that_is_not_there_or_not_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FeaturetopoError, match="cannot be read"):
        load_json(tmp_path / "none.json")
    (tmp_path / "some.json").write_text("{")
    with pytest.raises(FeaturetopoError, match="path=None must be the name of a file"):
        load_json(None)  # type: ignore[arg-type]
    with pytest.raises(FeaturetopoError, match="not JSON"):
        load_json(tmp_path / "some.json")
