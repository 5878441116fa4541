"""The report: what it says equals what went in, and it needs nothing but itself."""

from __future__ import annotations

import base64
import doctest
import gzip
import hashlib
import importlib
import itertools
import json
import pkgutil
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from report_example import Example, arrangement, example
from report_page import Page

from featuretopo.compare.alignment import Alignment
from featuretopo.compare.comparison import Comparison
from featuretopo.compare.recovery import Recovery
from featuretopo.compare.verdict import Verdict
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.report.build import report
from featuretopo.topology.arrangement import Arrangement

EVIL = "<script>alert(1)</script>\"'&<img src=x onerror=alert(2)> %{x} "
REPORT = importlib.import_module("featuretopo.report")  # the package; ft.report is the function


@pytest.fixture(scope="module")
def inputs() -> Example:
    return example(500)


def written(x: Example, path: Path) -> Page:
    provenance = {"seed": 0, "versions": {"numpy": "1.26.4"}, "names": ["a", "b"]}
    report(
        x.comparisons,
        path,
        recoveries=x.recoveries,
        orders=x.orders,
        provenance=provenance,
        downloads={"results.json": '{"schema": "1"}'},
    )
    return Page(path)


@pytest.fixture(scope="module")
def page(inputs: Example, tmp_path_factory: pytest.TempPathFactory) -> Page:
    return written(inputs, tmp_path_factory.mktemp("report") / "report.html")


def test_the_page_asks_nobody_for_anything(page: Page) -> None:
    assert "http://" not in page.html and "https://" not in page.html
    for tag, attributes in page.tags:
        for name in ("src", "srcset", "href", "action", "data", "poster", "background"):
            target = attributes.get(name)
            assert target is None or target.startswith(("#", "data:")), (tag, name, target)
    style = "".join(data for tag, data in page.text if tag == "style")
    assert "url(" not in style and "@import" not in style


def test_only_the_page_s_own_script_may_run(page: Page) -> None:
    policy = next(
        a["content"] or "" for _, a in page.tags if a.get("http-equiv") == "Content-Security-Policy"
    )
    digest = base64.b64encode(hashlib.sha256(page.script(None).encode()).digest()).decode()
    assert policy.startswith("default-src 'none'")
    assert f"script-src 'sha256-{digest}'" in policy


def test_six_dictionaries_of_500_features_fit_into_five_megabytes(page: Page) -> None:
    assert len(page.html.encode()) < 5_000_000


def test_plotly_is_embedded_once_and_unpacks(page: Page, inputs: Example) -> None:
    assert sum(tag == "script" for tag, _ in page.tags) == 3
    assert b"Plotly" in gzip.decompress(base64.b64decode(page.script("packed-plotly")))
    data = json.loads(gzip.decompress(base64.b64decode(page.script("packed-data"))))
    for drawn, given in zip(data["pictures"], inputs.arrangements, strict=True):
        assert drawn["name"] == given.name
        assert tuple(drawn["names"]) == given.dictionary.names
        assert np.allclose(np.column_stack([drawn["x"], drawn["y"]]), given.embedding.xy, atol=1e-3)


def test_every_picture_names_and_describes_itself(page: Page) -> None:
    pictures = [attributes for tag, attributes in page.tags if tag == "svg"]
    assert len(pictures) > 100
    assert all(attributes["role"] == "img" for attributes in pictures)
    assert page.first_child.count(("svg", "title")) == len(pictures)


def test_structure_can_be_followed_by_ear(page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b <= a + 1 for a, b in itertools.pairwise(levels))
    assert all(a.get("scope") in ("row", "col") for tag, a in page.tags if tag == "th")
    tables = sum(tag == "table" for tag, _ in page.tags)
    assert page.first_child.count(("table", "caption")) == tables


def test_every_link_inside_the_page_arrives(page: Page) -> None:
    ids = Counter(a["id"] for _, a in page.tags if "id" in a)
    assert set(ids.values()) == {1}
    links = {a["href"] for tag, a in page.tags if tag == "a" and str(a["href"]).startswith("#")}
    assert {str(link)[1:] for link in links} <= set(ids)
    assert "pair-15" in ids


def test_every_figure_in_the_tables_equals_its_input(page: Page, inputs: Example) -> None:
    expected: Counter[float] = Counter()
    for comparison in inputs.comparisons:
        for m in comparison.measures:
            ends = [m.low] if m.low == m.high else [m.low, m.high]
            expected.update(ends * 2)  # once with its null, once in the table of all
            expected.update(ends * m.name.endswith("_overlap"))  # and below the verdict
    for r in inputs.recoveries:
        expected.update([r.mmcs_truth_to_sae, r.mmcs_sae_to_truth, r.fvu])
        expected.update([r.nearest_neighbour_pass_share, r.distinct_share])
        for s in r.shapes:
            expected.update([s.jaccard, s.nearest_neighbour_pass_share, s.mean_max_cosine])
            expected.update([] if s.p_value is None else [s.p_value])
    expected.update(a.diagram.max_scale for a in inputs.arrangements)
    expected.update(a.embedding.trustworthiness for a in inputs.arrangements)
    expected.update(a.embedding.neighbour_preservation for a in inputs.arrangements)
    expected.update(o.statistic for o in inputs.orders)
    assert page.values() == expected


def test_an_interval_is_shown_as_an_interval(page: Page, inputs: Example) -> None:
    words = page.words()
    for comparison in inputs.comparisons:
        h1 = comparison["bottleneck_h1"]
        assert f"{h1.low:.3f} to {h1.high:.3f}" in words
    ends = Counter(a["class"] for tag, a in page.tags if tag == "span" and "class" in a)
    assert ends["interval"] == 2 * 2 * len(inputs.comparisons)


def test_the_verdict_tells_the_gap(page: Page, inputs: Example) -> None:
    words = page.words()
    mmcs = sorted(r.mmcs_truth_to_sae for r in inputs.recoveries)
    near = sorted(r.nearest_neighbour_pass_share for r in inputs.recoveries)
    own = sorted(r.distinct_share for r in inputs.recoveries)
    assert "(0.341; p = " in words
    assert f"MMCS to the truth is {mmcs[0]:.2f} to {mmcs[-1]:.2f} for all 6 SAEs " in words
    assert f"and {near[0]:.0%} to {near[-1]:.0%} of the true features pass" in words
    assert f"yet there are only {own[0]:.2f} to {own[-1]:.2f} distinct best latents" in words
    blobs, circles = (
        sum(s.recovered for r in inputs.recoveries for s in r.shapes if s.kind == kind)
        for kind in ("blob", "circle")
    )
    assert f"{blobs} of 72 blobs and {circles} of 24 circles are recovered" in words
    assert (
        "shared in 1 of 15 pairs of dictionaries, partly shared in 9 and not shared in 5" in words
    )


def test_order_is_told_with_its_exact_p(page: Page) -> None:
    assert "7 weekdays stand in exactly calendar order around the centre (p = 1/360" in page.words()
    assert "12 months do not all stand in calendar order" in page.words()


def test_the_same_inputs_give_the_same_bytes(inputs: Example, page: Page, tmp_path: Path) -> None:
    assert written(inputs, tmp_path / "again.html").html == page.html


def hostile(a: Arrangement) -> Arrangement:
    d = a.dictionary
    names = [EVIL + name for name in d.names]
    evil = Dictionary(d.vectors, d.labels, names, label_names=[EVIL + n for n in d.label_names])
    graph = replace(a.mapper, parameters={EVIL: EVIL}, warnings=(EVIL,))
    return replace(a, name=EVIL + a.name, dictionary=evil, mapper=graph)


def tame(a: Arrangement) -> Arrangement:
    d = a.dictionary
    names = ["x" * len(EVIL) + name for name in d.names]
    plain = ["x" * len(EVIL) + name for name in d.label_names]
    graph = replace(a.mapper, parameters={"x": "x"}, warnings=("x",))
    return replace(
        a,
        name="x" * len(EVIL) + a.name,
        dictionary=Dictionary(d.vectors, d.labels, names, label_names=plain),
        mapper=graph,
    )


def test_words_of_strangers_stay_words(inputs: Example, tmp_path: Path) -> None:
    def with_words(
        words: str, change: Callable[[Arrangement], Arrangement]
    ) -> list[tuple[str, list[str]]]:
        pair, recovery = inputs.comparisons[4], inputs.recoveries[0]
        shapes = tuple(replace(s, name=words + s.name, test=words) for s in recovery.shapes)
        path = report(
            [
                Comparison(
                    change(pair.a),
                    change(pair.b),
                    words,
                    3,
                    0.5,
                    tuple(
                        replace(m, title=words, note=words, null_name=words) for m in pair.measures
                    ),
                    (),
                    Alignment((), "", words),
                    replace(pair.verdict, reasons=(words,)),
                )
            ],
            tmp_path / "page.html",
            recoveries=[replace(recovery, name=words, verdict=words, shapes=shapes)],
            orders=[replace(o, group=words, names=(words,) * len(o.names)) for o in inputs.orders],
            title=words,
            provenance={words: words},
            downloads={words: words},
        )
        page = Page(path)
        assert words in page.words()
        # where a figure's marks fall may depend on the words, which tags there are may not
        return [(tag, sorted(a)) for tag, a in page.tags]

    assert with_words(EVIL.strip(), hostile) == with_words("x" * len(EVIL.strip()), tame)


def test_names_are_escaped_for_the_interactive_figure_too(inputs: Example, tmp_path: Path) -> None:
    page = Page(report([], tmp_path / "p.html", arrangements=[hostile(inputs.arrangements[0])]))
    data = json.loads(gzip.decompress(base64.b64decode(page.script("packed-data"))))
    texts = [*data["pictures"][0]["names"], *(style["name"] for style in data["styles"])]
    assert not any("<" in words for words in texts)
    assert any("&lt;" in words for words in texts)
    assert all("\"'&amp;" in words for words in texts[:3])  # plotly reads no &quot;


def sections(page: Page) -> list[str]:
    return [str(a["aria-labelledby"]) for tag, a in page.tags if tag == "section"]


def test_a_lone_pair_has_its_measures_open_and_no_empty_chapters(
    inputs: Example, tmp_path: Path
) -> None:
    page = Page(report(inputs.comparisons[:1], tmp_path / "pair.html"))
    assert sections(page) == [
        "verdict", "compared", "diagrams", "nulls", "mapper", "umap", "measures", "provenance",
    ]  # fmt: skip
    assert next(a for _, a in page.tags if a.get("id") == "pair-1").keys() >= {"open"}
    assert "The arrangement of exactly-1 and exactly-2: partly shared." in page.words()


def test_an_inspected_dictionary_has_no_pairs(inputs: Example, tmp_path: Path) -> None:
    page = Page(report([], tmp_path / "one.html", arrangements=inputs.arrangements[:1]))
    assert sections(page) == ["verdict", "compared", "diagrams", "mapper", "umap", "provenance"]
    assert "9 clusters and 3 loops of exactly-1 stand out" in page.words()


def test_orders_alone_are_a_page(inputs: Example, tmp_path: Path) -> None:
    page = Page(report([], tmp_path / "orders.html", orders=inputs.orders))
    assert sections(page) == ["verdict", "orders", "provenance"]


def test_recoveries_alone_are_a_page(inputs: Example, tmp_path: Path) -> None:
    bare: list[Recovery] = [replace(r, shapes=()) for r in inputs.recoveries[:1]]
    page = Page(report([], tmp_path / "bare.html", recoveries=bare))
    assert sections(page) == ["verdict", "provenance"]
    assert "for the SAE" in page.words()


def test_pairs_without_pairing_and_measures_without_null(inputs: Example, tmp_path: Path) -> None:
    pair = inputs.comparisons[0]
    bare = tuple(replace(m, null=(), p_value=None) for m in pair.measures)
    lone = replace(pair, pairing="", n_pairs=0, unmatched_share=1.0, measures=bare)
    words = Page(report([lone], tmp_path / "bare.html")).words()
    assert "features could not be paired" in words
    assert words.count("no p-value") >= len(bare)


def test_a_measure_that_one_pair_lacks_is_said_to_be_missing(
    inputs: Example, tmp_path: Path
) -> None:
    first, second = inputs.comparisons[:2]
    page = Page(report([first, replace(second, measures=second.measures[1:])], tmp_path / "p.html"))
    assert page.words().count("not measured") == 1


def test_infinite_and_undefined_values_are_told(inputs: Example, tmp_path: Path) -> None:
    pair = inputs.comparisons[0]
    odd = (
        replace(pair.measures[0], low=float("nan"), high=float("nan"), null=(), p_value=None),
        replace(pair.measures[1], high=float("inf")),
    )
    words = Page(report([replace(pair, measures=odd)], tmp_path / "odd.html")).words()
    assert "undefined" in words and "to infinite" in words


def test_one_arrangement_is_shown_once_and_namesakes_apart(inputs: Example, tmp_path: Path) -> None:
    a = inputs.arrangements[0]
    again = replace(a)  # another object, the same features
    other = replace(arrangement("other", 60, np.random.default_rng(1)), name=a.name)
    pair = replace(inputs.comparisons[0], a=a, b=other)
    page = Page(report([pair], tmp_path / "p.html", arrangements=[again, a]))
    options = [data.strip() for tag, data in page.text if tag == "option"]
    assert options == ["exactly-1", "exactly-1 (2)"]


def test_many_features_are_counted_not_drawn_one_by_one(tmp_path: Path) -> None:
    many = arrangement("many", 24_576, np.random.default_rng(0))
    page = Page(report([], tmp_path / "many.html", arrangements=[many]))
    packed = len(page.script("packed-data")) + len(page.script("packed-plotly"))
    files = sum(len(str(a["href"])) for _, a in page.tags if "download" in a)
    assert len(page.html) - packed - files < 250_000 and files < 1_000_000
    assert "24,576 features, counted into squares" in page.words()


def test_more_labels_than_styles_share_one(tmp_path: Path) -> None:
    base = arrangement("many labels", 300, np.random.default_rng(0))
    d = base.dictionary
    labelled = Dictionary(d.vectors, labels=np.arange(300) % 40, names=d.names)
    page = Page(report([], tmp_path / "p.html", arrangements=[replace(base, dictionary=labelled)]))
    assert "other labels" in page.words()


def test_an_empty_mapper_graph_and_a_diagram_without_loops(tmp_path: Path) -> None:
    base = arrangement("empty", 40, np.random.default_rng(0))
    graph = replace(base.mapper, members=(), edges=np.empty((0, 2), int))
    d = base.diagram
    flat = replace(d, bars=d.bars[:1], censored=d.censored[:1])
    bare = replace(base, mapper=graph, diagram=flat, loops=(), clusters=())
    words = Page(report([], tmp_path / "p.html", arrangements=[bare])).words()
    assert "no nodes" in words and "not computed" in words


def test_an_empty_comparison_says_that_nothing_was_measured(tmp_path: Path) -> None:
    base = arrangement("empty", 40, np.random.default_rng(0))
    graph = replace(base.mapper, members=(), edges=np.empty((0, 2), int))
    bare = replace(base, mapper=graph, loops=(), clusters=())
    nothing = Verdict("cannot tell", ("Which feature is whose partner is unknown.",))
    pair = Comparison(
        bare, replace(bare, name="other"), "", 0, 1.0, (), (), Alignment((), "", ""), nothing
    )
    page = Page(report([pair], tmp_path / "p.html"))
    words = page.words()
    assert "The arrangement of empty and other: cannot tell." in words
    assert "Nothing could be measured on this pair" in words
    assert "features could not be paired" in words
    many = [replace(pair, b=replace(bare, name=f"other {i}")) for i in range(30)]
    assert "cannot tell: 30" in Page(report(many, tmp_path / "p.html")).words()


def test_a_loop_without_members_is_said_to_have_none(inputs: Example, tmp_path: Path) -> None:
    base = inputs.arrangements[0]
    none = np.empty(0, np.int64)
    bare = replace(base, loops=(replace(base.loops[0], members=none, cycle=none),))
    page = Page(report([], tmp_path / "p.html", arrangements=[bare]))
    assert "no features" in page.words()


def test_lone_surrogates_do_not_stop_the_page(inputs: Example, tmp_path: Path) -> None:
    odd = replace(inputs.arrangements[0], name="\ud800 half")
    assert "half" in Page(report([], tmp_path / "p.html", arrangements=[odd])).words()


def test_failure_leaves_what_was_there(
    inputs: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "report.html"
    target.write_text("before")

    def full(self: Path, data: bytes) -> int:
        with self.open("wb") as file:
            file.write(data[:100])
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        report([], target, orders=inputs.orders)
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]
    assert target.read_text() == "before"


@pytest.mark.parametrize("given", [[Dictionary(np.eye(3))], ["x"], "x", Dictionary(np.eye(3))])
def test_what_is_no_comparison_is_refused(given: object, tmp_path: Path) -> None:
    with pytest.raises(FeaturetopoError, match=r"must be a list .*ft\.compare\(a, b\)"):
        report(given, tmp_path / "p.html")  # type: ignore[arg-type]
    with pytest.raises(FeaturetopoError, match=r"must be a list .*ft\.arrangement\(x\)"):
        report([], tmp_path / "p.html", arrangements=given)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_nothing_to_report_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FeaturetopoError, match="nothing to report"):
        report([], tmp_path / "p.html")
    assert not list(tmp_path.iterdir())


def test_a_folder_is_refused(inputs: Example, tmp_path: Path) -> None:
    with pytest.raises(FeaturetopoError, match="is a folder"):
        report([], tmp_path, orders=inputs.orders)


@pytest.mark.parametrize("name", [m.name for m in pkgutil.iter_modules(REPORT.__path__)])
def test_examples_in_docstrings_run(name: str) -> None:
    module = importlib.import_module(f"featuretopo.report.{name}")
    assert doctest.testmod(module).failed == 0


def test_one_comparison_alone_is_no_list(tmp_path: Path) -> None:
    with pytest.raises(FeaturetopoError, match="must be a list"):
        report(example().comparisons[0], tmp_path / "report.html")
