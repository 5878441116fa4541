"""report: everything that was measured, on one self-contained HTML page."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from markupsafe import Markup

from featuretopo.compare.comparison import Comparison
from featuretopo.compare.learned import Learned
from featuretopo.compare.recovery import Recovery
from featuretopo.compare.series import Step
from featuretopo.errors import FeaturetopoError
from featuretopo.files import atomic
from featuretopo.labels import Labels
from featuretopo.report.bar_matching_figure import matched_loops
from featuretopo.report.detail import in_detail, saes_in_detail
from featuretopo.report.diagram_figure import common_scale, diagram_figure
from featuretopo.report.downloads import downloads_of
from featuretopo.report.gap_figure import gap_figure
from featuretopo.report.glossary import glossary
from featuretopo.report.headline import headline
from featuretopo.report.image_figure import image_figure, loop_images
from featuretopo.report.interactive import interactive
from featuretopo.report.learned import learned_rows, shared_spurious
from featuretopo.report.mapper_figure import mapper_figure
from featuretopo.report.merge_matching_figure import matched_merges
from featuretopo.report.order_figure import order_figure, order_in_words
from featuretopo.report.pairs import (
    distinctly_named,
    matrix,
    overviews,
    pairings,
    pairs_of,
)
from featuretopo.report.provenance import origin, provenance_rows
from featuretopo.report.scatter_figure import scatter_figure
from featuretopo.report.sensitivity import sensitivities
from featuretopo.report.shapes import kinds, shape_rows
from featuretopo.report.survey import line_of, survey
from featuretopo.report.svg import marks, picture
from featuretopo.report.templates import page_file, templates
from featuretopo.topology.arrangement import Arrangement
from featuretopo.topology.mapper.significance import MapperTest
from featuretopo.topology.mapper.stability import MapperStability
from featuretopo.topology.order import CircularOrder
from featuretopo.topology.second_opinion import SecondOpinion
from featuretopo.topology.vectors import persistent_entropy
from featuretopo.visible import visible

_Kind = TypeVar("_Kind")


@dataclass(frozen=True, slots=True)
class _Section:
    """A chapter of the page; its words stand in the template named after it."""

    id: str
    title: str


def report(
    comparisons: Sequence[Comparison],
    path: str | os.PathLike[str],
    *,
    recoveries: Sequence[Recovery] = (),
    control: Recovery | None = None,
    learned: Sequence[Learned] = (),
    series: Sequence[Step] = (),
    orders: Sequence[CircularOrder] = (),
    arrangements: Sequence[Arrangement] = (),
    opinions: Mapping[str, SecondOpinion] | None = None,
    stabilities: Mapping[str, MapperStability] | None = None,
    mapper_tests: Mapping[str, MapperTest] | None = None,
    detail: Sequence[tuple[str, str]] = (),
    title: str = "featuretopo report",
    provenance: Mapping[str, object] | None = None,
    downloads: Mapping[str, str] | None = None,
) -> Path:
    """Write one HTML file that answers first and shows the evidence after.

    The file makes no request to anywhere, is readable without scripts, and is written whole or
    not at all. Chapters without content are left out.

    More than 20 pairs are surveyed: each has its mark in maps, its line in a table and its rows in
    a CSV file inside the page, and eight of them are shown in full: of each verdict by turns the
    pair whose median effect is largest and the one whose is smallest.

    Parameters
    ----------
    comparisons : sequence of Comparison
        Pairs of dictionaries; may be empty.
    path : path
        The HTML file to write.
    recoveries : sequence of Recovery
        SAEs against their truth.
    control : Recovery, optional
        The truth put through the same tests as the SAEs: what can be found at all.
    learned : sequence of Learned
        Dictionaries against true features, by the dictionaries' names.
    series : sequence of Step
        What :func:`featuretopo.series` says; give its comparisons as well.
    orders : sequence of CircularOrder
        Named groups against their circular order.
    arrangements : sequence of Arrangement
        Shown besides those inside the comparisons. The same one is shown once.
    opinions : mapping of str to SecondOpinion
        What other libraries say, by the dictionary's name.
    stabilities : mapping of str to MapperStability
        What :func:`featuretopo.mapper_stability` says, by the dictionary's name.
    mapper_tests : mapping of str to MapperTest
        What :func:`featuretopo.mapper_test` says, by the dictionary's name.
    detail : sequence of (str, str)
        Pairs to show in full besides those eight, by the names of their dictionaries.
    title : str
    provenance : mapping
        Command, seed, time ...; may be nested. Versions, machine and digests of what was compared
        are added.
    downloads : mapping of str to str
        File name to text, offered for download from within the page beside the tables that every
        page has. JSON takes the place of the page's own.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    FeaturetopoError
        If there is nothing to report, `comparisons` or `arrangements` are no lists of those, `path`
        is a folder, or `detail` names what was not compared.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import featuretopo as ft
    >>> points = [[3, 0], [2, 2], [-1, 2], [-3, 0], [0, -2]]
    >>> order = ft.circular_order(ft.Dictionary(points, names=["Mon", "Tue", "Wed", "Thu", "Fri"]))
    >>> report([], pathlib.Path(tempfile.mkdtemp()) / "week.html", orders=[order]).name
    'week.html'
    """
    comparisons = _listed("comparisons", comparisons, Comparison, "[ft.compare(a, b)]")
    arrangements = _listed("arrangements", arrangements, Arrangement, "[ft.arrangement(x)]")
    target = Path(path)
    if target.is_dir():
        raise FeaturetopoError(f"{target}: is a folder; give the name of an HTML file in it")
    if not (comparisons or recoveries or orders or arrangements):
        raise FeaturetopoError(
            "nothing to report: give at least one comparison, recovery, order or arrangement"
        )
    comparisons, arrangements = distinctly_named(comparisons, arrangements)
    unseen = (s.name for r in recoveries for s in r.shapes if s.expected == "nothing")
    has_shapes = any(r.shapes for r in recoveries)
    shown = in_detail(comparisons, detail)
    many = len(shown) < len(comparisons)
    pairs = pairs_of(shown)
    drawn = _drawn(arrangements, comparisons, shown)
    one_by_one = saes_in_detail(recoveries, [a.name for a in drawn])
    labels = Labels((a.dictionary for a in drawn), background=unseen)
    top = common_scale(drawn)
    sensitive = sensitivities(drawn, stabilities or {})
    files = downloads_of(
        downloads or {}, comparisons, shown, recoveries, drawn, learned, series, mapper_tests or {}
    )
    about = origin(provenance or {}, comparisons, arrangements)
    images = loop_images(pairs)
    script = page_file("page.js")
    chapters = (
        ("compared", "What was compared" if pairs else "What was looked at", arrangements),
        ("series", "The series, dictionary by dictionary", series),
        ("recovery", "Recovery of each shape", has_shapes),
        ("learned", "What was learned of the truth", learned),
        ("diagrams", "Persistence diagrams", arrangements),
        ("nulls", "Every measure inside its null", pairs),
        (
            "patches",
            "Patches: the same measures on each group",
            any(c.patches for c in shown),
        ),
        ("mapper", "Mapper graphs", arrangements),
        ("opinions", "Second opinion: other libraries", opinions),
        ("umap", "UMAP pictures", arrangements),
        ("measures", "All measures", any(c.measures for c in comparisons)),
        ("sensitivity", "Sensitivity to parameters", sensitive),
        ("orders", "Circular order of named groups", orders),
        ("provenance", "Provenance and data", about),
    )
    page = templates().get_template("page.html.j2")
    html = page.render(
        title=title,
        headline=headline(recoveries, comparisons, arrangements, orders),
        sections=[_Section(id_, words) for id_, words, content in chapters if content],
        style=page_file("style.css") + page_file("figures.css"),
        script=script,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        recoveries=recoveries,
        control=control,
        recovery_of={r.name: r for r in recoveries},
        gap=gap_figure(one_by_one) if recoveries else "",
        kinds=kinds(recoveries),
        learned=learned_rows(learned, arrangements),
        shared_spurious=shared_spurious(learned, comparisons),
        series=series,
        mapper_tests=mapper_tests or {},
        one_by_one=one_by_one,
        shape_rows=shape_rows(one_by_one),
        pairs=pairs,
        lines=[line_of(p.comparison, p.anchor) for p in pairs],
        survey=survey(comparisons, {id(p.comparison): p.anchor for p in pairs}) if many else None,
        matrix=() if many else matrix(pairs, arrangements),
        overviews=() if many else overviews(pairs),
        pairings=pairings(comparisons),
        arrangements=arrangements,
        drawn=drawn,
        diagrams=[diagram_figure(a, top) for a in drawn],
        matched=[
            (
                p,
                matched_merges(p.comparison.a, p.comparison.b),
                matched_loops(p.comparison.a, p.comparison.b),
            )
            for p in pairs
        ],
        glossary=glossary(_terms(comparisons, recoveries, arrangements, learned)),
        sensitivities=sensitive,
        loop_images=images
        and [
            (image_figure(images, a, b), images.difference(a, b))
            for a, b in ((p.comparison.a.name, p.comparison.b.name) for p in pairs)
        ],
        mappers=[mapper_figure(a.mapper, a.name, a.dictionary, labels) for a in drawn],
        scatters=[scatter_figure(a, labels) for a in drawn],
        interactive=interactive(drawn, labels) if drawn else None,
        legend=[(_swatch(s.shape, s.class_), s.name) for s in labels.styles],
        orders=[(order, order_in_words(order), order_figure(order)) for order in orders],
        opinions=opinions or {},
        entropies=[persistent_entropy(a.diagram, 0) for a in drawn],
        provenance=list(provenance_rows(about)),
        downloads=files,
    )
    with atomic(target) as temporary:
        temporary.write_bytes(visible(html).encode("utf-8", "replace"))  # lone surrogates
    return target


def _listed(what: str, given: Iterable[_Kind], kind: type[_Kind], usual: str) -> tuple[_Kind, ...]:
    """Return what was given, if all of it is of one kind."""
    found = tuple(given) if isinstance(given, Iterable) else ()
    wrong = [each for each in found if not isinstance(each, kind)]
    if wrong or not isinstance(given, Iterable):
        raise FeaturetopoError(
            f"{what} must be a list of {kind.__name__}s, such as {usual}; "
            f"{type(wrong[0] if wrong else given).__name__} was given"
        )
    return found


def _terms(
    comparisons: Sequence[Comparison],
    recoveries: Sequence[Recovery],
    arrangements: Sequence[Arrangement],
    learned: Sequence[Learned],
) -> str:
    """What the page calls its figures: where abbreviations come from."""
    titles = {m.title for c in comparisons for m in c.measures}
    of_saes = "MMCS SAE FVU L0 Jaccard" if recoveries else ""
    of_truth = "MMCS" if learned else ""
    return " ".join([*titles, of_saes, of_truth, "H0 H1 UMAP" if arrangements else ""])


def _drawn(
    arrangements: Sequence[Arrangement],
    comparisons: Sequence[Comparison],
    shown: Sequence[Comparison],
) -> tuple[Arrangement, ...]:
    """Return those of the pairs shown in full, and those that are in no pair."""
    of_all, of_shown = (
        {id(side) for c in of for side in (c.a, c.b)} for of in (comparisons, shown)
    )
    return tuple(a for a in arrangements if id(a) in of_shown or id(a) not in of_all)


def _swatch(shape: str, class_: str) -> Markup:
    return picture(14, 14, "mark", shape, marks([(7, 7)], shape, class_, size=8))
