"""Figures for notebooks and papers: the report's own, each as one SVG that needs nothing else.

Every function takes as many results as are to stand beside each other, on one scale and with one
colour per label, and returns a :class:`~featuretopo.report.standalone.Picture`: a notebook shows
it, ``.save("name.svg")`` writes it, and ``.save("name.png")`` too where the extra ``png`` is
installed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from featuretopo.compare.comparison import Comparison
from featuretopo.compare.measure import Measure
from featuretopo.compare.recovery import Recovery
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.labels import Labels
from featuretopo.report.diagram_figure import common_scale, diagram_figure
from featuretopo.report.gap_figure import gap_figure
from featuretopo.report.mapper_figure import mapper_figure
from featuretopo.report.null_figure import domain, overview_figure, strip_figure
from featuretopo.report.order_figure import order_figure, order_in_words
from featuretopo.report.scatter_figure import faithful, scatter_figure, shared_figures
from featuretopo.report.stability_figure import OVER, WHAT, stability_figure, stability_in_words
from featuretopo.report.standalone import Picture, beside
from featuretopo.report.wording import count, interval, p_of
from featuretopo.topology.arrangement import Arrangement
from featuretopo.topology.mapper.graph import MapperGraph, check_graph
from featuretopo.topology.mapper.lenses.embedded import cautions_in
from featuretopo.topology.mapper.stability import MapperStability
from featuretopo.topology.order import CircularOrder
from featuretopo.topology.shared_embedding import SharedEmbedding

__all__ = [
    "comparisons",
    "diagrams",
    "mapper_stability",
    "mappers",
    "measures",
    "orders",
    "recoveries",
    "shared_umap",
    "umaps",
]


def diagrams(*arrangements: Arrangement) -> Picture:
    """Draw persistence diagrams on one scale; loops that stand out from chance in colour.

    Examples
    --------
    >>> import featuretopo as ft
    >>> from featuretopo.truth import Circle, GroundTruth
    >>> circle = ft.arrangement(GroundTruth([Circle(12)], d=8, rng=0).dictionary, rng=0)
    >>> diagrams(circle).svg.startswith("<svg")
    True
    """
    _check(arrangements, Arrangement, "ft.arrangement(x)")
    top = common_scale(arrangements)
    return beside([(a.name, diagram_figure(a, top)) for a in arrangements])


def umaps(*arrangements: Arrangement, background: Iterable[str] = ()) -> Picture:
    """Draw UMAP pictures with one mark per label: for the eye only.

    Parameters
    ----------
    *arrangements : Arrangement
    background : iterable of str
        Names of labels to draw in grey.
    """
    _check(arrangements, Arrangement, "ft.arrangement(x)")
    labels = Labels((a.dictionary for a in arrangements), background)
    captioned = [
        (f"{a.name}: {faithful(a.embedding)}", scatter_figure(a, labels)) for a in arrangements
    ]
    return beside(captioned, labels)


def shared_umap(found: SharedEmbedding, *, background: Iterable[str] = ()) -> Picture:
    """Draw a joint or aligned UMAP picture: each dictionary over all the others in grey.

    Parameters
    ----------
    found : SharedEmbedding
    background : iterable of str
        Names of labels to draw in grey.
    """
    _check([found], SharedEmbedding, "ft.joint_umap or ft.aligned_umap")
    labels = Labels(found.dictionaries, background)
    captions = [
        f"{name}: {faithful(part)}" for name, part in zip(found.names, found.parts, strict=True)
    ]
    drawn = shared_figures(found, labels)
    return beside(list(zip(captions, drawn, strict=True)), labels)


def mappers(
    *drawn: Arrangement | MapperGraph,
    x: Dictionary | None = None,
    names: Sequence[str] = (),
    background: Iterable[str] = (),
) -> Picture:
    """Draw Mapper graphs, each node with the mark of its most frequent label.

    Above each stands what it covers and how it was made.

    Parameters
    ----------
    *drawn : Arrangement or MapperGraph
    x : Dictionary, optional
        That the graphs were made of, for its labels; without it their nodes are grey. An
        arrangement has its own.
    names : sequence of str, optional
        What to call the graphs, one for each; by default arrangements go by their own.
    background : iterable of str
        Names of labels to draw in grey.

    Raises
    ------
    FeaturetopoError
        If one is neither, `x` has more or fewer features than a graph is of or is no Dictionary, or
        names are not as many as graphs.

    Examples
    --------
    >>> import featuretopo as ft
    >>> from featuretopo.truth import Circle, GroundTruth
    >>> ring = GroundTruth([Circle(40)], d=8, rng=0).dictionary
    >>> mappers(ft.mapper(ring), x=ring).svg.startswith("<svg")
    True
    """
    if x is not None and not isinstance(x, Dictionary):
        raise FeaturetopoError(
            f"x is of type {type(x).__name__}, which has no labels: give the Dictionary that the "
            "graphs were made of, or none"
        )
    if isinstance(names, str) or len(names) not in (0, len(drawn)):
        raise FeaturetopoError(
            f"names={names!r} for {len(drawn)} graphs: give a list with a name for each, or none"
        )
    graphs = [_graph_of(each, place, x) for place, each in enumerate(drawn, 1)]
    if names:
        graphs = [(str(name), *each[1:]) for name, each in zip(names, graphs, strict=True)]
    dictionaries = [dictionary for _, _, dictionary in graphs if dictionary is not None]
    labels = Labels(dictionaries, background) if dictionaries else None
    captioned = []
    for name, graph, dictionary in graphs:
        components, loops = graph.betti_numbers
        made_by = "; ".join(f"{key} {told}" for key, told in graph.parameters.items())
        made_by = "; ".join([made_by, *cautions_in(graph.warnings)])
        words = (
            f"{name}: {count(components, 'component')}, {count(loops, 'loop')}; covers "
            f"{graph.coverage:.0%} of {graph.n_features:,} features; {made_by}"
        )
        captioned.append((words, mapper_figure(graph, name, dictionary, labels)))
    return beside(captioned, labels)


def _graph_of(
    drawn: Arrangement | MapperGraph, place: int, x: Dictionary | None
) -> tuple[str, MapperGraph, Dictionary | None]:
    """Name, graph and dictionary of what is to be drawn."""
    if isinstance(drawn, Arrangement):
        return drawn.name, drawn.mapper, drawn.dictionary
    if not isinstance(drawn, MapperGraph):
        raise FeaturetopoError(
            f"{type(drawn).__name__} has no Mapper graph to draw: give an Arrangement or a "
            "MapperGraph (ft.mapper makes one)"
        )
    check_graph(drawn)
    if x is not None and len(x) != drawn.n_features:
        raise FeaturetopoError(
            f"{x!r} is not the dictionary of graph {place}, of {drawn.n_features} features: give "
            "the one that it was made of, or none"
        )
    return f"graph {place}", drawn, x


def mapper_stability(found: MapperStability) -> Picture:
    """Draw how alike components and loops come out over a range of covers, and of clusterers.

    Examples
    --------
    >>> import featuretopo as ft
    >>> from featuretopo.truth import Circle, GroundTruth
    >>> ring = GroundTruth([Circle(40)], d=8, rng=0).dictionary
    >>> mapper_stability(ft.mapper_stability(ring)).svg.startswith("<svg")
    True
    """
    _check([found], MapperStability, "ft.mapper_stability(x)")
    captioned = []
    for over in OVER:
        for what in WHAT:
            words = stability_in_words(found, what, over)
            if words:
                captioned.append((words, stability_figure(found, what, over)))
    return beside(captioned)


def measures(*found: Measure) -> Picture:
    """Draw each figure over the draws of its null; filled if p <= .05.

    Examples
    --------
    >>> from featuretopo.compare import beside_null
    >>> measures(beside_null("size", "size", 9.0, [1.0, 2.0] * 10, "shuffles")).svg[:4]
    '<svg'
    """
    _check(found, Measure, "the .measures of a comparison")
    captioned = []
    for m in found:
        words = f"{m.title}: {interval(m.low, m.high)}, {p_of(m)}"
        captioned.append((words, strip_figure(m, domain([m]))))
    return beside(captioned)


def comparisons(found: Sequence[Comparison], *names: str) -> Picture:
    """Draw measures of several pairs, each figure inside the middle 90% of its null.

    Parameters
    ----------
    found : sequence of Comparison
    *names : str
        Of the measures, e.g. ``"cka"``; one picture each.
    """
    _check([found], Sequence, "a list of what ft.compare(a, b) gives")
    _check(found, Comparison, "ft.compare(a, b)")
    captioned = []
    for name in names if found else ():
        rows = [((c.a.name, c.b.name), c[name]) for c in found]
        limits = domain(m for _, m in rows)
        captioned.append((rows[0][1].title, overview_figure(rows, limits)))
    return beside(captioned)


def orders(*found: CircularOrder) -> Picture:
    """Draw named groups in their principal planes, joined in their known order."""
    _check(found, CircularOrder, "ft.circular_order(x)")
    return beside([(order_in_words(order), order_figure(order)) for order in found])


def recoveries(*found: Recovery) -> Picture:
    """Draw what cosines say of SAEs beside what the arrangement says."""
    _check(found, Recovery, "featuretopo.compare.recovery(truth, learned)")
    return beside([("what the SAE kept of its truth", gap_figure(found))] if found else [])


def _check(drawn: Iterable[object], kind: type, usual: str) -> None:
    """Refuse what a figure cannot be drawn of."""
    for each in drawn:
        if not isinstance(each, kind):
            raise FeaturetopoError(
                f"{type(each).__name__} is no {kind.__name__}: give what is to be drawn, such as "
                f"{usual}"
            )
