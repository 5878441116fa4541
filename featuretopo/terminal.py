"""What the command line prints: short tables on stdout."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import AbstractContextManager

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from featuretopo.compare import Comparison, Learned, Measure, Patch, Step
from featuretopo.compare.learned import spurious_partners
from featuretopo.compare.verdict import LEVEL
from featuretopo.doctor import Finding
from featuretopo.topology.arrangement import Arrangement
from featuretopo.topology.cooccurrence import FeatureForest
from featuretopo.topology.mapper.significance import MapperTest
from featuretopo.topology.mapper.stability import MapperStability
from featuretopo.topology.order import CircularOrder
from featuretopo.topology.second_opinion import SecondOpinion
from featuretopo.visible import visible

_MOST_ROWS = 20
# heads of columns that hold four figures
_SHORT = {
    "mean_cca": "CCA",
    "svcca": "SVCCA",
    "cka": "CKA",
    "rsa": "RSA",
    "knn_jaccard": "kNN",
    "distance_correlation": "dCor",
    "rtd": "RTD",
    "matched_score": "score",
    "matched_in_spectrum": "kept",
    "cluster_overlap": "clusters",
    "loop_overlap": "loops",
    "mapper_nodes": "nodes",
    "mapper_subgraph": "subgraph",
    "mapper_paths": "paths",
    "bottleneck_h0": "bH0",
    "bottleneck_h1": "bH1",
    "wasserstein_h0": "wH0",
    "wasserstein_h1": "wH1",
}
_OF_TOPOLOGY = {
    *("cluster_overlap", "loop_overlap", "mapper_nodes", "mapper_subgraph", "mapper_paths"),
    *("bottleneck_h0", "bottleneck_h1", "wasserstein_h0", "wasserstein_h1"),
}
_MOST_NAMES = 6


def working(words: str) -> AbstractContextManager[object]:
    """Say on stderr what is going on; silent when nobody watches."""
    return Console(stderr=True).status(words)


def show_arrangement(portrait: Arrangement) -> None:
    """Print clusters, loops and the Mapper graph of one dictionary."""
    console = Console()
    x = portrait.dictionary
    console.print(
        f"[bold]{_plain(portrait.name)}[/]: {len(x):,} features, {x.d:,} dimensions; noise floor "
        f"at chord {portrait.diagram.max_scale:.3f} (what is born above it is not visible)"
    )
    titles = ("", "size", "from", "to", "p", "stability", "features")
    table = Table(*titles, box=None, pad_edge=False)
    for cluster in portrait.clusters[:_MOST_ROWS]:
        table.add_row(
            "cluster",
            str(len(cluster.members)),
            f"{cluster.joined_at:.3f}",
            f"{cluster.separated_until:.3f}",
            f"{cluster.p_value:.3g}",
            f"{cluster.stability:.2f}",
            _names(portrait, cluster.members.tolist()),
        )
    for loop in portrait.loops[:_MOST_ROWS]:
        table.add_row(
            "loop",
            str(len(loop.members)),
            f"{loop.birth:.3f}",
            "alive at the floor" if loop.censored else f"{loop.death:.3f}",
            f"{loop.p_value:.3g}",
            "",
            _names(portrait, loop.cycle.tolist()),
        )
    if table.row_count:
        console.print(table)
    hidden = sum(max(0, len(g) - _MOST_ROWS) for g in (portrait.clusters, portrait.loops))
    console.print(
        f"{_count(len(portrait.clusters), 'cluster')}, {_count(len(portrait.loops), 'loop')}"
        + (f" ({hidden} not listed)" if hidden else "")
    )
    console.print(_plain(repr(portrait.mapper)))
    for warning in portrait.mapper.warnings:
        console.print(f"  note: {_plain(warning)}")
    if portrait.mapper.warnings:
        console.print("  other settings of the graph: ft.explore(x) in a notebook, or ft.mapper")


def show_families(forest: FeatureForest) -> None:
    """Print the root and the first members of each family, the largest first."""
    console = Console()
    found = forest.families
    table = Table("size", "depth", "fires", "root", "members", box=None, pad_edge=False)
    for family in found[:_MOST_ROWS]:
        root, *others = family.names
        more = f" and {len(others) - _MOST_NAMES} more" if len(others) > _MOST_NAMES else ""
        table.add_row(
            str(family.size),
            str(family.depth),
            f"{forest.frequencies[family.root]:.3g}",
            _plain(root),
            _plain(", ".join(others[:_MOST_NAMES]) + more),
        )
    if table.row_count:
        console.print(table)
    n = sum(family.size for family in found)
    what = "family" if len(found) == 1 else "families"
    hidden = len(found) - _MOST_ROWS
    console.print(
        f"{len(found):,} {what} of {n:,} features; {len(forest.parents) - n:,} stand alone"
        + (f" ({hidden:,} not listed)" if hidden > 0 else "")
    )


def show_findings(findings: Sequence[Finding]) -> None:
    """Print what the doctor found, each with its remedy."""
    marks = {"good": "[green]ok[/]", "note": "[yellow]note[/]", "bad": "[red]bad[/]"}
    console = Console(soft_wrap=True)
    for finding in findings:
        console.print(
            f"{marks[finding.level]:<16} {_plain(finding.what)}: {_plain(finding.found)}",
            highlight=False,
        )
        if finding.remedy:
            console.print(f"      {_plain(finding.remedy)}", highlight=False)
    bad = sum(finding.level == "bad" for finding in findings)
    console.print(f"{_count(bad, 'thing')} will fail" if bad else "nothing that will fail")


def show_second_opinion(opinion: SecondOpinion) -> None:
    """Print what other libraries say of the same dictionary."""
    console = Console()
    console.print(f"[bold]second opinion[/]: {_plain(opinion.verdict)}")
    table = Table("H1 below the floor by", "bars", "bottleneck distance", box=None, pad_edge=False)
    for engine in opinion.engines:
        if engine.missing:
            table.add_row(engine.engine, "-", _plain(engine.missing))
        else:
            table.add_row(engine.engine, str(engine.n_bars), f"{engine.apart:.2g}")
    console.print(table)
    table = Table("clusters by", "clusters", "features", "like ours", box=None, pad_edge=False)
    for found in opinion.clusters:
        agreement = "-" if found.agreement is None else f"{found.agreement:.2f}"
        table.add_row(found.method, str(found.n_clusters), str(found.n_features), agreement)
    console.print(table)
    columns = ("Mapper by", "nodes", "edges", "parts", "loops", "covers", "")
    table = Table(*columns, box=None, pad_edge=False)
    for each in opinion.graphs:
        graph = each.graph
        if graph is None:
            table.add_row(each.library, *[""] * 5, _plain(each.missing))
            continue
        counts = (graph.n_nodes, len(graph.edges), graph.n_components, graph.n_loops)
        table.add_row(each.library, *map(str, counts), f"{graph.coverage:.0%}", each.note)
    console.print(table)


def show_mapper_test(test: MapperTest, stability: MapperStability) -> None:
    """Print whether the Mapper graph is more than its lens and cover make of nothing."""
    console = Console()
    for line in str(test).splitlines():
        console.print(f"Mapper test: {_plain(line)}")
    console.print(_plain(repr(stability)))


def show_learned(comparison: Comparison, of_both: Sequence[Learned]) -> None:
    """Print what the two dictionaries have of the truth, and which spurious latents they share."""
    console = Console()
    titles = ("against the truth", "MMCS", "back", "pass", "merged", "split", "mixed", "spurious")
    table = Table(*titles, box=None, pad_edge=False)
    for each in of_both:
        counts = (each.merged, each.split, each.mixed, each.spurious)
        table.add_row(
            _plain(each.name),
            f"{each.mmcs.a_to_b:.3f}",
            f"{each.mmcs.b_to_a:.3f}",
            f"{each.nearest_neighbour_pass_share:.0%}",
            *(str(len(rows)) for rows in counts),
        )
    console.print(table)
    console.print(
        "MMCS from the truth, and back; pass: true features whose best latent is nearer than their "
        "nearest true neighbour; spurious: latents like no true feature more than chance brings"
    )
    if all(each.spurious for each in of_both):
        pairs = comparison.matching.pairs.tolist() if comparison.matching is not None else []
        both = [i for i, _ in spurious_partners(pairs, *of_both)]
        most = min(len(each.spurious) for each in of_both)
        names = f": {_names(comparison.a, both)}" if both else ""
        console.print(f"spurious in both, and partners: {len(both):,} of {most:,}{names}")


def show_order(order: CircularOrder) -> None:
    """Print the test of a circular order."""
    words = "in exactly the given cyclic order" if order.perfect else "not in perfect order"
    Console().print(
        f"circular order of [bold]{_plain(order.group)}[/]: {words}; {order.statistic_name} "
        f"{order.statistic:g} of {len(order.names)}, p = {order.p_value:.3g} over all "
        f"{order.n_orders:,} orders; the plane holds {order.explained:.0%} of the variance"
    )


def show_comparison(comparison: Comparison) -> None:
    """Print the verdict and every measure beside its null."""
    console = Console()
    console.print(
        f"[bold]{_plain(comparison.a.name)}[/] and [bold]{_plain(comparison.b.name)}[/]: "
        f"[bold]{comparison.verdict.judgement}[/]"
    )
    for reason in comparison.verdict.reasons:
        console.print(f"  {_plain(reason)}")
    titles = ("measure", "value", "null (5% to 95%)", "p", "q")
    table = Table(*titles, box=None, pad_edge=False)
    for measure in comparison.measures:
        low, high = measure.against_null
        most = "" if low == high else "<= "  # p and q are of the end that says least
        p, q = (
            "-" if share is None else f"{most}{share:.3g}"
            for share in (measure.p_value, measure.q_value)
        )
        table.add_row(measure.title, _value(measure), _null(measure), p, q)
    console.print(table)
    _show_groups(console, comparison)
    if comparison.patches:
        _show_patches(console, comparison.patches)
    for measure in comparison.measures:
        if measure.name == "mmcs_before" or math.isnan(measure.low):
            console.print(f"{measure.title}: {_plain(measure.note)}")
    if comparison.matching is not None:
        console.print(comparison.matching.hubs_in_words)
    console.print(f"alignment: {_plain(comparison.alignment.words)}")
    console.print(
        f"pairs: {comparison.n_pairs:,}, {comparison.pairing}"
        if comparison.pairing
        else "pairs: none"
    )


def _show_patches(console: Console, patches: Sequence[Patch]) -> None:
    """Print each patch beside the whole, one column per measure: of rows, then of topology."""
    names = dict.fromkeys(m.name for patch in patches for m in patch.measures)
    for of_topology in (False, True):
        part = [name for name in names if (name in _OF_TOPOLOGY) == of_topology]
        if part:
            _show_patch_table(console, patches, part)
    console.print(
        f"* more alike than chance, + more alike than as many features drawn from all of the first "
        f"(q <= {LEVEL}); of RTD and distances of H0 and H1 (b: bottleneck, w: Wasserstein) less "
        "is more alike, and the distances are not held against other features; < known to be less "
        "than that; - not defined on it"
    )


def _show_patch_table(console: Console, patches: Sequence[Patch], names: Sequence[str]) -> None:
    table = Table("patch", "pairs", box=None, pad_edge=False)
    for name in names:
        table.add_column(_SHORT.get(name, name), no_wrap=True)
    for patch in patches:
        others = {m.name: m for m in patch.against_others}
        within = {m.name: m for m in patch.measures}
        cells = [
            f"{_least_known(within[name])}{_stars(within[name], others.get(name))}"
            if name in within
            else "-"
            for name in names
        ]
        of = f"{patch.n_pairs:,} of {patch.n_features:,}"
        table.add_row(_plain(patch.name), of, *cells)
    console.print(table)


def _least_known(measure: Measure) -> str:
    return f"{measure.low:.2f}" if measure.low == measure.high else f"<{measure.high:.2f}"


def _stars(within: Measure, others: Measure | None) -> str:
    stands_out = (each and each.q_value is not None and each.q_value <= LEVEL for each in
                  (within, others))  # fmt: skip
    return "".join(mark for mark, there in zip("*+", stands_out, strict=True) if there)


def show_series(steps: Sequence[Step]) -> None:
    """Print how each dictionary differs from the first."""
    console = Console()
    titles = ("", "features", "clusters", "loops", "found again", "split", "new", "MMCS", "verdict")
    table = Table(*titles, box=None, pad_edge=False)
    for step in steps:
        found = step.comparison
        mmcs = [m for m in found.measures if m.name == "mmcs_before"] if found else []
        table.add_row(
            _plain(step.name),
            f"{len(step.arrangement.dictionary):,}",
            str(step.n_clusters),
            str(step.n_loops),
            "-" if step.found_again is None else f"{step.found_again:.0%}",
            "-" if step.split is None else str(step.split),
            "-" if step.new is None else str(step.new),
            f"{mmcs[0].low:.2f}" if mmcs else "-",
            found.verdict.judgement if found else "reference",
        )
    console.print(table)
    console.print(
        f"found again: features of {_plain(steps[0].name)} that own one here, nearer than their "
        "nearest neighbour and than chance; split: that own two or more; new: like none of it; "
        "- another frame or dimension"
    )


def _show_groups(console: Console, comparison: Comparison) -> None:
    """Print which cluster and which loop is which."""
    titles = ("", f"in {comparison.a.name}", f"in {comparison.b.name}", "Jaccard", "same order")
    table = Table(*map(_plain, titles), box=None, pad_edge=False)
    for each in comparison.groups[:_MOST_ROWS]:
        words = []
        for portrait, place in ((comparison.a, each.a), (comparison.b, each.b)):
            groups = portrait.clusters if each.kind == "cluster" else portrait.loops
            words.append("-" if place is None else _names(portrait, groups[place].members.tolist()))
        same = "" if each.agreement is None else f"{each.agreement:.2f} (p {each.agreement_p:.3g})"
        table.add_row(each.kind, *words, f"{each.jaccard:.2f}", same)
    if table.row_count:
        console.print(table)
    if len(comparison.groups) > _MOST_ROWS:
        console.print(f"({len(comparison.groups) - _MOST_ROWS} not listed)")


def _plain(words: str) -> str:
    """Return words of others so that neither rich nor the terminal takes them for commands."""
    return escape(visible(words))


def _count(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def _value(measure: Measure) -> str:
    if math.isnan(measure.low):
        return "undefined"
    tested = "" if measure.tested is None else f" ({measure.tested:.3f} tested)"
    if measure.low == measure.high:
        return f"{measure.low:.3f}{tested}"
    return f"{measure.low:.3f} to {measure.high:.3f}{tested}"


def _null(measure: Measure) -> str:
    if not measure.null:
        return "-"
    null = sorted(measure.null)
    return f"{null[len(null) // 20]:.3f} to {null[-1 - len(null) // 20]:.3f}"


def _names(portrait: Arrangement, rows: list[int]) -> str:
    names = [portrait.dictionary.names[row] for row in rows]
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return _plain(", ".join(names[:_MOST_NAMES]) + more)
