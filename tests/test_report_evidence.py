"""What the report draws of a pair and of parameters: it is what was computed, and nothing else."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from report_example import recovery
from report_page import Page
from scipy.sparse import csr_array

import featuretopo as ft
from featuretopo.compare.comparison import Comparison
from featuretopo.compare.inputs import inputs_of
from featuretopo.compare.measure import Measure
from featuretopo.compare.measures import TITLES
from featuretopo.compare.patches import Patch
from featuretopo.compare.verdict import only_bounded
from featuretopo.provenance import digest
from featuretopo.report.asked import asked
from featuretopo.report.bar_matching_figure import matched_loops
from featuretopo.report.build import report
from featuretopo.report.gap_figure import gap_figure
from featuretopo.report.merge_matching_figure import matched_merges
from featuretopo.report.null_figure import domain, strip_figure
from featuretopo.report.sensitivity import sensitivities
from featuretopo.report.survey import line_of
from featuretopo.report.svg import Scale, axis_left
from featuretopo.report.wording import number, sentence
from featuretopo.terminal import show_comparison
from featuretopo.topology.arrangement import Arrangement
from featuretopo.topology.matching import diagram_matching
from featuretopo.truth import Blobs, Circle, Sphere


@pytest.fixture(scope="module")
def sides() -> tuple[Arrangement, Arrangement]:
    x = ft.GroundTruth([Blobs(2, 8, spread=0.4), Circle(16), Sphere(30)], d=24, rng=0).dictionary
    moved = x.vectors + 0.04 * np.random.default_rng(0).standard_normal(x.vectors.shape)
    y = ft.Dictionary(moved, x.labels, x.names, label_names=x.label_names)
    return ft.arrangement(x, name="one", rng=0), ft.arrangement(y, name="other", rng=0)


@pytest.fixture(scope="module")
def pair(sides: tuple[Arrangement, Arrangement]) -> Comparison:
    return ft.compare(*sides, draws=99, rng=0)


def test_the_matching_drawn_is_that_of_the_distance(sides: tuple[Arrangement, Arrangement]) -> None:
    a, b = sides
    shown = matched_loops(a, b)
    found = diagram_matching(a.diagram, b.diagram, dim=1, order=1)
    assert shown is not None and shown.n_matched == len(found.pairs) > 0
    assert shown.n_alone == len(found.alone_a) + len(found.alone_b)
    assert shown.n_alone + 2 * shown.n_matched == sum(len(s.diagram.bars[1]) for s in sides)
    assert shown.distance == found.distance == pytest.approx(
        ft.compare(a, b, draws=19, rng=0)["wasserstein_h1"].high
    )  # fmt: skip
    lines = re.search(r'<path d="([^"]*)" class="edge"/>', shown.picture)
    assert lines and lines[1].count("M") == shown.n_matched
    marks = re.findall(r'class="(?:cap circle|fill) hue\d"', shown.picture)
    assert len(marks) == 4  # two sides, two entries of the key


def with_bars(side: Arrangement, n: int) -> Arrangement:
    """The same with so many loops whose deaths are known."""
    births = np.linspace(0.1, 0.5, n)
    h1 = np.column_stack([births, births + 0.1])
    known = (side.diagram.censored[0], np.zeros(n, bool))
    diagram = replace(side.diagram, bars=(side.diagram.bars[0], h1), censored=known)
    return replace(side, diagram=diagram)


def test_of_the_same_every_bar_stays_where_it_is(sides: tuple[Arrangement, Arrangement]) -> None:
    known = with_bars(sides[0], 30)
    shown = matched_loops(known, known)
    assert shown is not None
    assert (shown.n_matched, shown.n_alone, shown.longest, shown.distance) == (30, 0, 0.0, 0.0)


def test_without_loops_or_with_too_many_nothing_is_drawn(
    sides: tuple[Arrangement, Arrangement],
) -> None:
    a, b = sides
    flat = replace(a.diagram, bars=a.diagram.bars[:1], censored=a.diagram.censored[:1])
    assert matched_loops(replace(a, diagram=flat), b) is None
    assert matched_loops(with_bars(a, 401), b) is None
    unbounded = replace(a.diagram, metric="precomputed")
    bars = np.array([[0.1, np.inf]])
    open_ended = replace(
        unbounded,
        bars=(a.diagram.bars[0], bars),
        censored=(a.diagram.censored[0], np.ones(1, bool)),
    )
    assert matched_loops(replace(a, diagram=open_ended), replace(b, diagram=open_ended)) is None


@pytest.mark.parametrize("spread", [0.0, 1e-7, 1e-4, 1e-3, 0.1, 2000.0])
def test_the_words_beside_an_axis_stay_apart(spread: float) -> None:
    drawn = axis_left(Scale(1.41421, 1.41421 + spread, 200, 0), 64, "death")
    texts = re.findall(r'<text x="([\d.-]+)".*?>(.*?)</text>', drawn)
    *ticks, (label, _) = texts
    letter = 6.1  # a digit of 11 px in a font without serifs
    assert all(float(label) + 3 < float(x) - letter * len(words) for x, words in ticks)


def test_merges_at_one_scale_have_an_axis_that_can_be_read() -> None:
    a, b = (ft.arrangement(ft.Dictionary(np.eye(12)[::step]), name=f"x{step}", rng=0)
            for step in (1, -1))  # fmt: skip
    close = a.diagram.bars[0] * np.float64(1 + 1e-7)  # as float32 leaves them
    other = replace(b, diagram=replace(b.diagram, bars=(close, b.diagram.bars[1])))
    merges = matched_merges(a, other)
    assert merges is not None
    ticks = re.findall(r'class="tick">(.*?)</text>', merges.picture)
    assert len(set(ticks)) == len(ticks) > 1 and max(map(len, ticks)) < 6


@pytest.mark.parametrize("drawn", ["merges", "loops", "gap"])
def test_a_long_name_lies_inside_its_figure(
    drawn: str, sides: tuple[Arrangement, Arrangement]
) -> None:
    a, b = (replace(side, name=f"{side.name} {'m' * 40} seed") for side in sides)
    if drawn == "gap":
        figure = gap_figure([recovery(a.name, np.random.default_rng(0))])
    else:
        shown = matched_merges(a, b) if drawn == "merges" else matched_loops(a, b)
        assert shown is not None
        figure = shown.picture
    width = re.search(r'viewBox="0 0 ([\d.]+)', figure)
    names = re.findall(r'<text x="([\d.]+)"([^>]*)>([^<]*…[^<]*)</text>', figure)
    assert width and len(names) == (1 if drawn == "gap" else 2)
    for x, how, words in names:
        long = 7.2 * len(words)  # a letter of 13 px, on average
        left = float(x) - (long if "end" in how else 0)
        assert left >= 0 and left + long <= float(width[1])


def test_the_page_says_which_bar_became_which(pair: Comparison, tmp_path: Path) -> None:
    loops, merges = matched_loops(pair.a, pair.b), matched_merges(pair.a, pair.b)
    assert loops is not None and merges is not None
    page = Page(report([pair], tmp_path / "p.html"))
    start = page.html.index('<section aria-labelledby="diagrams">')
    chapter = page.html[start : page.html.index("</section>", start)]
    assert str(loops.picture) in chapter and str(merges.picture) in chapter
    assert f"Which loop became which : {loops.n_matched} bar" in page.words()
    assert f"Which merge became which : {merges.n_matched} bar" in page.words()


def test_of_bars_that_all_shrink_no_longest_move_is_told(
    sides: tuple[Arrangement, Arrangement], tmp_path: Path
) -> None:
    one = with_bars(sides[0], 1)
    far = replace(one.diagram, bars=(one.diagram.bars[0], np.array([[0.8, 0.82]])))
    other = replace(one, diagram=far, name="other")
    compared = ft.compare(one, other, draws=19, rng=0)
    words = Page(report([compared], tmp_path / "p.html")).words()
    assert "0 bars of H1 matched, 2 shrink to nothing" in words
    assert "bar moves by more than" not in words
    words = Page(report([ft.compare(*sides, draws=19, rng=0)], tmp_path / "q.html")).words()
    assert "No matched bar moves by more than" in words
    assert "longest move of a matched bar" in words


def test_the_merges_matched_are_those_of_the_distance(
    pair: Comparison, sides: tuple[Arrangement, Arrangement]
) -> None:
    shown = matched_merges(*sides)
    assert shown is not None and shown.n_matched == len(sides[0].dictionary) - 1
    assert shown.distance == pytest.approx(pair["wasserstein_h0"].high)
    fewer = replace(sides[0], diagram=ft.persistence(sides[0].dictionary.take(range(20))))
    alone = matched_merges(fewer, sides[1])
    assert alone is not None and alone.n_alone == len(sides[1].dictionary) - 20
    assert "curve hue1" in alone.picture and "curve hue0" not in alone.picture
    one = replace(sides[0].diagram, coeff=3)
    assert matched_merges(replace(sides[0], diagram=one), sides[1]) is None


def test_many_merges_make_no_large_picture(sides: tuple[Arrangement, Arrangement]) -> None:
    deaths = np.sort(np.random.default_rng(0).uniform(0, 1, 5000))[::-1]
    h0 = np.column_stack([np.zeros(5001), [np.inf, *deaths]])
    diagram = replace(
        sides[0].diagram,
        bars=(h0, sides[0].diagram.bars[1]),
        censored=(np.zeros(5001, bool), sides[0].diagram.censored[1]),
    )
    many = replace(sides[0], diagram=diagram)
    shown = matched_merges(many, many)
    assert shown is not None and shown.n_matched == 5000 and len(shown.picture) < 20_000


def test_abbreviations_are_spelled_out(pair: Comparison, tmp_path: Path) -> None:
    page = Page(report([pair], tmp_path / "p.html"))
    told = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page.html))
    assert {"MMCS", "CKA", "CCA", "SVCCA", "RSA", "RTD", "kNN", "H0", "H1"} <= set(told)
    assert told["CKA"].startswith("centred kernel alignment")
    assert "FVU" not in told and "PWCCA" not in told  # of what is on the page


def test_ends_of_which_none_stands_out_are_no_bound() -> None:
    null = tuple(float(i) for i in range(100))
    loose = Measure("w", "W", 2.0, 80.0, "lower", null, "", 0.8)
    assert only_bounded(loose) and not only_bounded(replace(loose, low=20.0))
    assert not only_bounded(replace(loose, p_value=0.01, high=3.0))
    assert not only_bounded(replace(loose, low=80.0))
    assert only_bounded(replace(loose, direction="higher", high=98.0))
    assert not only_bounded(replace(loose, direction="higher"))
    assert not only_bounded(replace(loose, null=(), p_value=None))


def test_a_lone_verdict_has_a_line_for_each_measure(pair: Comparison, tmp_path: Path) -> None:
    html = report([pair], tmp_path / "p.html").read_text("utf-8")
    verdict = html[html.index('id="verdict"') : html.index('id="contents"')]
    lines = re.findall(r"<tr><th scope=\"row\">(.*?)</th>.*?</tr>", verdict, re.DOTALL)
    assert lines == [m.title for m in pair.measures]
    loose = [m for m in pair.measures if only_bounded(m)]
    assert [m.name for m in loose] == ["bottleneck_h1"]
    assert verdict.count('class="bounded"') == len(loose) and verdict.count("only bounded<") == 1
    assert "Only bounded</strong>" in verdict
    [told] = [reason for reason in pair.verdict.reasons if "Only bounded" in reason]
    assert told.startswith("16 of 18 measures stand out")
    assert "; not Wasserstein distance of H1. Only bounded" in told  # neither of whose ends does
    tested = [m.q_value for m in pair.measures if m not in loose]
    assert verdict.count('class="pass"') == sum(q is not None and q <= 0.05 for q in tested)
    assert verdict.count('class="fail"') == sum(
        m.p_value is not None and m.p_value > 0.05 for m in pair.measures if m not in loose
    )
    assert verdict.count("not tested") == sum(q is None for q in tested)
    for m in pair.measures:
        assert m.effect is None or f"{m.effect:+.1f}" in verdict


def lines_of(html: str, caption: str) -> list[str]:
    """The rows of the table whose caption begins so."""
    table = html[html.index(f"<caption><span>{caption}") :]
    rows = table[table.index("<tbody>") : table.index("</tbody>")]
    return re.findall(r"<tr[ >].*?</tr>", rows, re.DOTALL)


def test_of_several_pairs_each_overlap_has_its_interval_and_test(
    pair: Comparison, tmp_path: Path
) -> None:
    overlaps = [pair["cluster_overlap"], pair["loop_overlap"]]
    fallen = replace(pair["loop_overlap"], p_value=0.6, q_value=0.7)
    others = [m for m in pair.measures if m not in overlaps]
    third, fourth = (replace(pair.b, name=name) for name in ("third", "fourth"))
    html = report(
        [
            pair,
            replace(pair, b=third, measures=(*others, fallen)),
            replace(pair, b=fourth, measures=tuple(others)),
        ],
        tmp_path / "p.html",
    ).read_text("utf-8")
    clusters, loops, _, lone, _, nothing, _ = lines_of(html, "Every pair, the overlaps")
    for line, m in ((clusters, overlaps[0]), (loops, overlaps[1])):
        assert m.interval and m.effect and m.p_value
        ends = f"{m.interval[0]:.3f} to {m.interval[1]:.3f}"
        for told in (f"{m.low:.3f}", ends, f"{m.effect:+.1f}", f"{m.p_value:.3f}"):
            assert f'<td class="n">{told}</td>' in re.sub(r"</?data.*?>", "", line)
        assert '<td class="pass">' in line and "yes</td>" in line
    assert '<td class="fail">' in lone and "not told from chance" in lone
    assert ">third" not in clusters and "<td>loops</td>" in lone
    assert "no clusters or loops held against each other" in nothing


def test_a_lone_pair_has_all_measures_with_their_nulls(pair: Comparison, tmp_path: Path) -> None:
    odd = replace(pair.measures[0], name="of_a_stranger", title="<of a stranger>", null=())
    html = report([replace(pair, measures=(*pair.measures, odd))], tmp_path / "p.html").read_text(
        "utf-8"
    )
    lines = lines_of(html, "All measures of one / other")
    assert len(lines) == len(pair.measures) + 1
    for line, m in zip(lines, pair.measures, strict=False):
        low, median, high = np.quantile(m.null, [0.05, 0.5, 0.95]).tolist()
        assert f'{number(median)}</td><td class="n">{number(low)} to {number(high)}</td>' in line
        assert f'<td class="n">{len(m.null)}</td>' in line and m.title in line
        question, blind = asked(m.name)
        assert question and blind and sentence(blind) in unescape(line)
    assert "&lt;of a stranger&gt;" in lines[-1] and lines[-1].count('class="words">-</td>') == 2
    assert asked("raw_rsa")[1] == asked("rsa")[1] and asked("unheard of") == ("", "")


def test_every_measure_is_asked_something() -> None:
    assert not [name for name in TITLES if not all(asked(name))]


def test_what_stands_out_by_itself_alone_is_told_so(pair: Comparison, tmp_path: Path) -> None:
    first = replace(pair.measures[0], p_value=0.03, q_value=0.08)
    one = replace(pair, measures=(first, *pair.measures[1:]))
    html = report([one], tmp_path / "p.html").read_text("utf-8")
    assert html.count("by itself (p), not among all (q)") == 1


def test_sensitivity_is_that_of_the_graph_shown(
    sides: tuple[Arrangement, Arrangement], tmp_path: Path
) -> None:
    a, b = sides
    stable = {a.name: ft.mapper_stability(a.dictionary)}
    (found,) = sensitivities(sides, stable)
    assert found.name == "one"
    assert found.found.graph.n_components == a.mapper.n_components
    assert found.n_clusters == sum(c.p_value <= 0.05 for c in a.clusters) > 0
    stabilities = [c.stability for c in a.clusters if c.p_value <= 0.05]
    assert found.stability == (min(stabilities), float(np.median(stabilities)))
    page = Page(report([], tmp_path / "p.html", arrangements=[a, b], stabilities=stable))
    words = page.words()
    assert "Sensitivity to parameters" in words and "one, cover by cover" in words
    assert "other, cover by cover" not in words
    assert "Not made again: the graphs of 1 of 2 dictionaries" in words
    assert words.count("over a range of covers") >= 3  # the text, and each figure's title


def test_without_clusters_there_is_no_stability_of_them(
    sides: tuple[Arrangement, Arrangement],
) -> None:
    bare = replace(sides[0], clusters=())
    (found,) = sensitivities([bare], {"one": ft.mapper_stability(bare.dictionary)})
    assert found.stability is None and found.n_clusters == 0


def facts(page: Page) -> dict[str, str]:
    """The rows of what made a page."""
    table = page.html[page.html.index("What made this page") :]
    found = re.findall(r'<th scope="row">(.*?)</th><td>(.*?)</td>', table)
    return dict(found)


def test_a_page_made_in_python_says_what_made_it(pair: Comparison, tmp_path: Path) -> None:
    page = Page(report([pair], tmp_path / "p.html"))
    told = facts(page)
    assert told["vectors_sha256.one"] == digest(pair.a.dictionary.vectors)
    assert told["vectors_sha256.other"] == digest(pair.b.dictionary.vectors)
    assert told["compared.nulls"] == "99 draws, seed 0 (1 pair)"
    assert told["versions.featuretopo"] == ft.__version__ and told["machine"] and told["python"]
    assert told["made by"].startswith("ft.report, called from Python")
    again = facts(Page(report([pair], tmp_path / "q.html", provenance={"command": "x", "seed": 3})))
    assert (again["command"], again["seed"]) == ("x", "3") and "made by" not in again
    assert again["vectors_sha256.one"] == told["vectors_sha256.one"]


def test_what_else_a_pair_was_made_from_is_digested(
    sides: tuple[Arrangement, Arrangement], tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    n = len(sides[0].dictionary)
    codes = csr_array(rng.random((200, n)) * (rng.random((200, n)) < 0.2))
    rows = rng.standard_normal((200, sides[0].dictionary.d)).astype(np.float32)
    found = ft.compare(*sides, codes=(codes, codes), activations=(rows, rows), draws=19, rng=5)
    assert found.inputs is not None and (found.inputs.seed, found.inputs.draws) == (5, 19)
    of = found.inputs.sha256
    assert list(of) == ["codes of a", "codes of b", "activations of a", "activations of b"]
    assert of["activations of a"] == digest(rows) and of["codes of a"] == of["codes of b"]
    other = codes.copy()
    other.data[0] += 1
    changed = inputs_of(5, 19, codes=(other, codes), encoders=(sides[0].dictionary, rows)).sha256
    assert changed["codes of a"] != changed["codes of b"] == of["codes of b"]
    assert changed["encoders of a"] == digest(sides[0].dictionary.vectors)
    told = facts(Page(report([found], tmp_path / "p.html")))
    assert told["compared.one / other, sha256.codes of a"] == of["codes of a"]


def test_the_data_of_a_page_made_in_python_lies_in_it(pair: Comparison, tmp_path: Path) -> None:
    page = Page(report([pair], tmp_path / "p.html"))
    told = json.loads(page.file("report.json"))
    assert told["schema"] == "featuretopo.report/1"
    assert [each["name"] for each in told["dictionaries"]] == ["one", "other"]
    [found] = told["comparisons"]
    assert {name: m["low"] for name, m in found["measures"].items()} == pytest.approx(
        {m.name: m.low for m in pair.measures}
    )
    groups = list(csv.DictReader(io.StringIO(page.file("groups.csv").decode())))
    assert len(groups) == sum(len(s.clusters) + len(s.loops) for s in (pair.a, pair.b)) > 0
    loop = next(each for each in groups if each["kind"] == "loop")
    assert loop["members"] == " ".join(map(str, pair.a.loops[0].members.tolist()))
    assert loop["censored"] == str(pair.a.loops[0].censored)
    bars = list(csv.DictReader(io.StringIO(page.file("bars.csv").decode())))
    assert len(bars) == sum(len(b) for s in (pair.a, pair.b) for b in s.diagram.bars)
    alive = [each for each in bars if each["censored"] == "True"]
    assert len(alive) == sum(int(s.diagram.censored[1].sum()) for s in (pair.a, pair.b)) > 0
    assert all(each["death"] == "" for each in alive)
    given = Page(report([pair], tmp_path / "q.html", downloads={"compare.json": "{}"}))
    names = [a["download"] for _, a in given.tags if "download" in a]
    assert names == ["compare.json", "measures.csv", "groups.csv", "bars.csv"]


def test_one_pair_of_one_partner_is_told_in_the_singular(pair: Comparison, tmp_path: Path) -> None:
    one = replace(pair, n_pairs=1, unmatched_share=0.25)
    words = Page(report([one], tmp_path / "p.html")).words()
    assert re.search(r"1 pair: [^;]*; 1 partner, 25% of the smaller", words)
    other = replace(one, b=replace(pair.b, name="third"), n_pairs=2, unmatched_share=0.5)
    words = Page(report([one, other], tmp_path / "p.html")).words()
    assert re.search(r"2 pairs: [^;]*; 1 to 2 partners, at most 50% of the smaller", words)


def test_what_is_only_bounded_is_told_so_everywhere(
    pair: Comparison, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    show_comparison(pair)
    assert "<= " in capsys.readouterr().out.split("Bottleneck distance of H1")[2].split("\n")[0]
    assert line_of(pair, "").standing_out == "16 of 18, 1 only bounded"
    h1 = pair["bottleneck_h1"]
    assert 'class="bar bounded"' in strip_figure(h1, domain([h1]))
    assert f"p ≤ {h1.p_value:.3f}" in strip_figure(h1, domain([h1]))
    assert f"p ≤ {h1.p_value:.3f}" in ft.figures.measures(h1).svg
    html = report([pair], tmp_path / "p.html").read_text("utf-8")
    assert f'class="p bounded"><strong>only bounded</strong><br>p ≤ {h1.p_value:.3f}<' in html
    assert f"<br>q ≤ {h1.q_value:.3f}<" in html
    third = replace(pair, b=replace(pair.b, name="third"))
    html = report([pair, third], tmp_path / "q.html").read_text("utf-8")
    for line in lines_of(html, "All measures, all pairs"):
        assert f"<small>p ≤ {h1.p_value:.3f}<" in line
        assert line.count("p ≤") == sum(m.low != m.high for m in pair.measures)


def test_of_a_patch_an_interval_is_shown_as_an_interval(pair: Comparison, tmp_path: Path) -> None:
    exact, loose = pair["cka"], replace(pair["bottleneck_h1"], q_value=0.04)
    patch = Patch("circle", 16, 16, (exact, loose), ())
    html = report([replace(pair, patches=(patch,))], tmp_path / "p.html").read_text("utf-8")
    [line] = lines_of(html, "one / other")
    words = re.sub("</?(data|span).*?>", "", line)
    assert f"<strong>{exact.low:.3f}</strong>" in words and f"q = {exact.q_value:.3f}" in words
    assert f"<strong>{loose.low:.3f} to {loose.high:.3f}</strong>" in words
    assert "q ≤ 0.040" in words
