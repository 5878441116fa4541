"""Many pairs on one page: each is there, few are shown in full, and the page stays small."""

from __future__ import annotations

import ast
import csv
import gzip
import io
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from report_example import NAMES, VERDICTS, all_pairs, arrangement, recovery
from report_page import Page

from featuretopo.compare.comparison import Comparison
from featuretopo.errors import FeaturetopoError
from featuretopo.report.build import report
from featuretopo.report.detail import in_detail, median_effect, saes_in_detail
from featuretopo.report.survey_figure import VERDICT_MARKS, measure_map, verdict_map


@pytest.fixture(scope="module")
def pairs() -> list[Comparison]:
    return all_pairs([f"sae {i}" for i in range(8)], 60)


@pytest.fixture(scope="module")
def page(pairs: list[Comparison], tmp_path_factory: pytest.TempPathFactory) -> Page:
    return Page(report(pairs, tmp_path_factory.mktemp("survey") / "many.html"))


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def names_of(found: Sequence[Comparison]) -> list[tuple[str, str]]:
    return [(c.a.name, c.b.name) for c in found]


def test_up_to_twenty_pairs_are_all_shown(pairs: list[Comparison]) -> None:
    assert in_detail(pairs[:20]) == tuple(pairs[:20])
    assert len(in_detail(pairs[:21])) == 8


def test_of_each_verdict_both_ends_are_shown(pairs: list[Comparison]) -> None:
    shown = in_detail(pairs)
    assert len(shown) == 8
    for verdict in VERDICTS:
        effects = [median_effect(c) or 0.0 for c in pairs if c.verdict.judgement == verdict]
        kept = {median_effect(c) for c in shown if c.verdict.judgement == verdict}
        assert kept == {min(effects), max(effects)}


def test_which_are_shown_does_not_hang_on_the_order(pairs: list[Comparison]) -> None:
    assert set(names_of(in_detail(pairs[::-1]))) == set(names_of(in_detail(pairs)))


def test_a_verdict_that_few_have_leaves_its_places_to_others(pairs: list[Comparison]) -> None:
    alike = [replace(c, verdict=replace(c.verdict, judgement="shared")) for c in pairs]
    ranked = sorted(alike, key=lambda c: -(median_effect(c) or 0.0))
    assert set(in_detail(alike)) == {*ranked[:4], *ranked[-4:]}


def test_pairs_without_a_null_can_be_surveyed(pairs: list[Comparison], tmp_path: Path) -> None:
    bare = [
        replace(c, measures=tuple(replace(m, null=(), p_value=None) for m in c.measures[:1]))
        for c in pairs
    ]
    assert median_effect(bare[0]) is None
    assert "without a null" in Page(report(bare, tmp_path / "p.html")).words()


def test_what_is_asked_for_is_shown_too(pairs: list[Comparison], tmp_path: Path) -> None:
    hidden = next(c for c in pairs if c not in in_detail(pairs))
    either_order = (hidden.b.name, hidden.a.name)
    shown = in_detail(pairs, [either_order])
    assert hidden in shown and len(shown) == 9
    page = Page(report(pairs, tmp_path / "p.html", detail=[either_order]))
    assert "pair-9" in {a.get("id") for _, a in page.tags}
    assert "9 pairs in full" in page.words()


def test_what_was_not_compared_cannot_be_shown(pairs: list[Comparison]) -> None:
    with pytest.raises(FeaturetopoError, match=r"no dictionary 'seo 1' .*; did you mean 'sae 1'"):
        in_detail(pairs, [("sae 0", "seo 1")])
    with pytest.raises(FeaturetopoError, match="no comparison is of 'sae 7' and 'sae 6'"):
        in_detail(pairs[:-1], [("sae 7", "sae 6")])


def test_every_pair_has_its_line_and_its_mark(page: Page, pairs: list[Comparison]) -> None:
    start = page.html.index('<table class="all lean">')
    table = page.html[start : page.html.index("</table>", start)]
    lines = re.findall(r"<tr><th scope=\"row\">(.*?)</th><td>(.*?)</td>", table)
    told = [(re.sub("<.*?>", "", name), verdict) for name, verdict in lines]
    assert told == [(f"{c.a.name} / {c.b.name}", c.verdict.judgement) for c in pairs]
    drawn = verdict_map(pairs)
    assert drawn.count("M") == len(pairs)
    assert str(drawn) in page.html
    assert all(f"{verdict}: 7" in page.words() for verdict in VERDICTS)


def test_the_data_hold_every_figure(page: Page, pairs: list[Comparison]) -> None:
    found = rows_of(gzip.decompress(page.file("measures.csv.gz")))
    given = [(c, m) for c in pairs for m in c.measures]
    for row, (c, m) in zip(found, given, strict=True):
        assert (row["a"], row["b"], row["measure"]) == (c.a.name, c.b.name, m.name)
        assert row["verdict"] == c.verdict.judgement
        assert float(row["low"]) == pytest.approx(m.low, rel=1e-5)
        assert float(row["high"]) == pytest.approx(m.high, rel=1e-5)
        assert row["p_value"] == ("" if m.p_value is None else f"{m.p_value:.6g}")
        assert int(row["n_draws"]) == len(m.null)
        if m.null:
            assert float(row["null_50"]) == pytest.approx(np.median(m.null), rel=1e-5)


def test_a_pair_has_its_data_unpacked(pairs: list[Comparison], tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    saes = [recovery(name, rng) for name in NAMES[:2]]
    page = Page(report(pairs[:1], tmp_path / "p.html", recoveries=saes))
    assert {row["a"] for row in rows_of(page.file("measures.csv"))} == {"sae 0"}
    shapes = rows_of(page.file("shapes.csv"))
    assert [(r["sae"], r["shape"]) for r in shapes] == [
        (r.name, s.name) for r in saes for s in r.shapes
    ]
    assert [r["recovered"] == "True" for r in shapes] == [
        s.recovered for r in saes for s in r.shapes
    ]


def test_what_is_left_out_is_said_and_how_to_get_it(page: Page) -> None:
    words = page.words()
    assert "8 pairs in full" in words and "Of the other 20" in words
    assert "measures.csv.gz" in words and "featuretopo compare A B" in words
    named = re.search(r"detail=\[\('(sae \d)', '(sae \d)'\)\]", words)
    assert named
    shown = re.findall(r'<details id="pair-\d+".*?<summary>(.*?) <span', page.html)
    assert f"{named[1]} / {named[2]}" not in shown and len(shown) == 8


def test_the_call_that_shows_another_pair_can_be_run(tmp_path: Path) -> None:
    odd = [f"sae \"{i}'\\\U0001f600\u202e of the {'very ' * 10}long name" for i in range(8)]
    pairs = all_pairs(odd, 40)
    words = Page(report(pairs, tmp_path / "p.html")).words()
    call = words[words.index("detail=") + len("detail=") :]
    [asked] = ast.literal_eval(call[: call.index(")]") + 2])
    assert asked in names_of(pairs) and asked not in names_of(in_detail(pairs))
    assert len(in_detail(pairs, [asked])) == 9


def test_pairs_with_long_names_can_be_told_apart(tmp_path: Path) -> None:
    long = [f"sae-of-layer-12-of-a-model-with-width-16384-seed-{i}" for i in range(8)]
    pairs = all_pairs(long, 40)
    many = Page(report(pairs, tmp_path / "many.html")).html
    few = Page(report(pairs[:20], tmp_path / "few.html")).html
    for html, n, place in (
        (many, 28, r'<tr><th scope="row">(?:<a href="#pair-\d+">)?(sae.*? / .*?)<'),  # measures
        (many, 8, r'<th scope="row" rowspan="\d"><a href="#pair-\d+">(.*?)<'),  # the verdict
        (many, 8, r"<summary>(sae[^<]* / [^<]*)</summary>"),  # which bar became which
        (many, 8, r"<summary>(sae[^<]* / [^<]*) <span"),  # the nulls
        (many, 8, r"<caption><span>Measures of (.*?)<"),
        (few, 20, r'<tr><th scope="row"><a href="#pair-\d+">(sae.*?)<'),  # all measures
        (few, 20, r'class="tick">(sae[^<]* / [^<]*)</text>'),  # inside their nulls
    ):
        assert len(set(re.findall(place, html))) == n, place


@pytest.mark.parametrize("start", "=+-@")
def test_files_keep_names_as_they_are(start: str, tmp_path: Path) -> None:
    name = f"{start}1+1"
    page = Page(report(all_pairs([name, "b"], 40), tmp_path / "p.html"))
    assert {row["a"] for row in rows_of(page.file("measures.csv"))} == {name}


def test_only_dictionaries_of_those_pairs_are_drawn(page: Page, pairs: list[Comparison]) -> None:
    shown = {name for names in names_of(in_detail(pairs)) for name in names}
    titles = set(re.findall(r"<title>Persistence diagram of (.*?)</title>", page.html))
    assert titles == shown


def test_a_dictionary_of_no_pair_is_drawn_all_the_same(
    pairs: list[Comparison], tmp_path: Path
) -> None:
    control = arrangement("the truth", 60, np.random.default_rng(1))
    path = report(pairs, tmp_path / "p.html", arrangements=[control, pairs[0].a])
    assert "<title>Persistence diagram of the truth</title>" in path.read_text("utf-8")


def test_a_series_is_one_row_of_marks(pairs: list[Comparison]) -> None:
    first = [c for c in pairs if c.a.name == "sae 0"]
    drawn = str(verdict_map(first))
    heights = {spot.split()[1] for spot in re.findall(r"M([\d.]+ [\d.]+)", drawn)}
    assert len(heights) == 1 and drawn.count("M") == 7


def test_marks_differ_in_size_not_in_colour_alone() -> None:
    sizes = [size for _, _, size in VERDICT_MARKS.values()]
    assert sizes == sorted(sizes, reverse=True) and len(set(sizes)) == len(VERDICTS)


def test_a_measure_is_fuller_where_pairs_are_more_alike(pairs: list[Comparison]) -> None:
    def with_value(c: Comparison, value: float, p: float, direction: str) -> Comparison:
        m = replace(c.measures[0], low=value, high=value, p_value=p, direction=direction)
        return replace(c, measures=(m,))

    name = pairs[0].measures[0].name
    for direction, fullest in (("higher", 1.0), ("lower", 0.0)):
        drawn = [
            with_value(pairs[0], fullest, 0.01, direction),
            with_value(pairs[1], 1 - fullest, 0.01, direction),
            with_value(pairs[2], fullest, 0.5, direction),
            with_value(pairs[3], float("nan"), 0.5, direction),
        ]
        classes = re.findall(r'class="cap square (\w+ full\d)"', measure_map(name, drawn))
        assert classes == ["grey full1", "grey full4", "hue0 full1", "hue0 full4"]
        assert "2 of 4 pairs beyond" in measure_map(name, drawn)


def test_of_many_saes_a_dozen_is_shown_shape_by_shape(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    saes = [recovery(f"sae {i}", rng) for i in range(20)]
    assert saes_in_detail(saes[:12], []) == tuple(saes[:12])
    assert [r.name for r in saes_in_detail(saes, ["sae 3", "sae 1"])] == ["sae 1", "sae 3"]
    share = {r.name: r.nearest_neighbour_pass_share for r in saes}
    shown = [r.name for r in saes_in_detail(saes, [])]
    ranked = sorted(share, key=lambda name: -share[name])
    assert set(shown) == {*ranked[:6], *ranked[-6:]}
    page = Page(report([], tmp_path / "p.html", recoveries=saes))
    assert "Of 20 SAEs, 12 are shown here shape by shape" in page.words()
    assert "All 20 SAEs" in page.words()
    assert len(rows_of(page.file("shapes.csv"))) == sum(len(r.shapes) for r in saes)


def test_names_of_strangers_stay_names(tmp_path: Path) -> None:
    evil = [f"<b onclick=alert({i})>\"'&" for i in range(8)]
    page = Page(report(all_pairs(evil, 40), tmp_path / "p.html"))
    assert "b" not in {tag for tag, _ in page.tags}
    assert evil[0] in page.words()


def test_fifty_dictionaries_fit_into_five_megabytes(tmp_path: Path) -> None:
    many = all_pairs([f"sae {i}" for i in range(50)], 430)
    rng = np.random.default_rng(0)
    saes = [recovery(f"sae {i}", rng) for i in range(50)]
    path = report(many, tmp_path / "p.html", recoveries=saes)
    assert len(many) == 1225 and path.stat().st_size < 5_000_000
