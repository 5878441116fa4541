"""Measures: every figure of a pair of dictionaries, each beside its null."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from featuretopo.compare.bootstrap import mean_interval
from featuretopo.compare.diagram_null import DESCRIPTION, in_part, null_diagrams
from featuretopo.compare.figures import (
    NEED_PAIRS,
    figures_of_all,
    figures_of_many,
    figures_of_rows,
    forced_in_words,
    intervals,
    matched_rows,
    mean_score,
    unowned_in_common,
)
from featuretopo.compare.groups import known_groups
from featuretopo.compare.learned import Learned
from featuretopo.compare.measure import Direction, Measure, beside_null
from featuretopo.compare.pairing import CosinePairing
from featuretopo.compare.recovery import Recovery
from featuretopo.compare.redrawn import Redrawn, drawn, most_tested
from featuretopo.compare.spectrum import spectrum_in_common
from featuretopo.draws import over_draws
from featuretopo.nulls import FloatArray, random_rotation
from featuretopo.random import child_seed, stream
from featuretopo.similarity import Matching, mmcs
from featuretopo.similarity.mmcs import mmcs_of
from featuretopo.similarity.nearest import BestMatches, nearest_rows
from featuretopo.similarity.one_to_one import one_to_one_of
from featuretopo.topology.arrangement import Arrangement
from featuretopo.topology.diagram import Diagram
from featuretopo.topology.distances import DiagramDistance, bottleneck, wasserstein

TITLES = {
    "matched_score": "Mean score of matched pairs",
    "matched_in_spectrum": "Mean score, the spectrum kept",
    "mmcs_after": "MMCS after Procrustes",
    "mean_cca": "Mean CCA",
    "svcca": "SVCCA",
    "cka": "CKA",
    "rsa": "RSA",
    "knn_jaccard": "kNN-Jaccard",
    "distance_correlation": "Distance correlation",
    "rtd": "RTD",
    "mapper_nodes": "Mapper nodes in common",
    "mapper_subgraph": "Largest shared subgraph of Mapper graphs",
    "mapper_paths": "Path lengths in Mapper graphs",
    "cluster_overlap": "Overlap of clusters",
    "loop_overlap": "Overlap of loops",
}
NOTES = {
    "mmcs_after": "rotation fitted on one half of the pairs, MMCS of the rest",
    "mean_cca": "over matched pairs; blind to any invertible linear map",
    "svcca": "over matched pairs; 99% of the variance kept on each side",
    "cka": "linear, debiased, over matched pairs; blind to rotation, not to stretching",
    "rsa": "Spearman correlation of the cosines within each side, over matched pairs",
    "knn_jaccard": "share of a feature's 10 nearest that both sides have, over matched pairs",
    "distance_correlation": "debiased, squared, over matched pairs",
    "rtd": "representation topology divergence per partner, of 100 at most: loops that close at "
    "one scale in one and not in the other",
    "mapper_nodes": "share of the smaller graph's nodes that hold a partner: those that hold the "
    "partners of a node of the other, beyond chance",
    "mapper_subgraph": "share of the nodes of a largest component, those that hold a partner: "
    "those that are in the largest connected part of both graphs",
    "mapper_paths": "Spearman correlation of path lengths between partners that are in a node, of "
    "200 at most; it is of these lenses and covers; chance is below 0 where many are in none",
    "cluster_overlap": "mean best Jaccard index over matched features",
    "loop_overlap": "mean best Jaccard index over matched features",
}


_TURNED = 128  # features of each side that are held against all others, where they are many


def in_one_frame(
    a: Arrangement, b: Arrangement, best: BestMatches, draws: int, seed: int
) -> list[Measure]:
    """MMCS as two dictionaries in spaces of one dimension stand."""
    x, y = a.dictionary.unit, b.dictionary.unit
    few = max(len(x), len(y)) > most_tested(min(len(x), len(y)), x.shape[1])
    rows = [
        drawn(len(side), _TURNED, stream(seed, "rotation", "part", name))
        for side, name in ((x, "a"), (y, "b"))
    ]

    def score(turn: FloatArray) -> float:
        if not few:
            return mmcs(x @ turn, y).symmetric
        _, of_a = nearest_rows(x[rows[0]] @ turn, y)
        _, of_b = nearest_rows(y[rows[1]] @ turn.T, x)
        return float(of_a.mean() + of_b.mean()) / 2

    def turned(draw: int) -> float:
        turn = random_rotation(x.shape[1], stream(seed, "rotation", draw))
        return score(turn.astype(np.float32))

    null = over_draws(turned, draws, heavy=few)
    value = mmcs_of(best)
    words = f"; on {_TURNED} features of each at most, drawn at random, and all of the other"
    return [
        beside_null(
            "mmcs_before",
            "MMCS as they stand",
            value.symmetric,
            null,
            "one side turned by a random rotation" + (words if few else ""),
            interval=mean_interval(
                [best.cosine_of_a, best.cosine_of_b], stream(seed, "bootstrap", "mmcs_before")
            ),
            note=f"{value.a_to_b:.3f} from the first to the second, {value.b_to_a:.3f} back; "
            f"{value.corrected:.2f} of the way from uniform random directions to the same "
            f"features; {one_to_one_of(best, x, y):.0%} of the smaller side have a partner of "
            "their own above cosine .9; means something only if both live in one space",
            tested=score(np.eye(x.shape[1], dtype=np.float32)) if few else None,
        )
    ]


def between_diagrams(a: Arrangement, b: Arrangement, draws: int, seed: int) -> list[Measure]:
    """Distances between the diagrams, against structureless likes of either side in turn."""
    parts = [in_part(x, child_seed(seed, "diagrams", name)) for x, name in ((a, "a"), (b, "b"))]
    likes = [
        null_diagrams(x, part, n, child_seed(seed, "diagrams", name))
        for x, part, n, name in zip(
            (a, b), parts, (draws // 2, draws - draws // 2), "ab", strict=True
        )
    ]
    pairs = [(parts[0], like) for like in likes[1]] + [(like, parts[1]) for like in likes[0]]
    large = parts[0] is not a.diagram or parts[1] is not b.diagram
    thinned = max(len(part.bars[0]) for part in parts)
    words = f"; H0 of at most {thinned:,} features, drawn at random"
    found = []
    for title, figure in (("Bottleneck", bottleneck), ("Wasserstein", wasserstein)):
        for dim in (0, 1):
            value = figure(a.diagram, b.diagram, dim)
            few = dim == 0 and large
            # nothing can be told from the distance to a diagram without bars
            empty = min(len(x.diagram.bars[dim]) for x in (a, b)) == 0
            null = (
                []
                if empty
                else over_draws(partial(_of_pair, figure, pairs, dim), draws, heavy=large)
            )
            found.append(
                beside_null(
                    f"{title.lower()}_h{dim}",
                    f"{title} distance of H{dim}",
                    value.low,
                    null,
                    DESCRIPTION + (words if few else ""),
                    high=value.seen,
                    direction="lower",
                    note="chord; "
                    + ("order 1, L-infinity; " if title == "Wasserstein" else "")
                    + _certainty(value)
                    + ("; no null: one diagram has no bar" if empty else ""),
                    tested=figure(parts[0], parts[1], dim).seen if few else None,
                )
            )
    return found


def _certainty(value: DiagramDistance) -> str:
    if value.low < value.seen:
        return "p for the upper end"
    return "exact" if value.exact else "exact for what is born up to the cuts"


def _of_pair(
    figure: Callable[[Diagram, Diagram, int], DiagramDistance],
    pairs: Sequence[tuple[Diagram, Diagram]],
    dim: int,
    draw: int,
) -> float:
    return figure(*pairs[draw], dim).low


def through_partners(
    pairs: Redrawn, larger: Redrawn | None, a: Arrangement, b: Arrangement, seed: int
) -> list[Measure]:
    """Everything that needs partners, redone whole on every draw.

    What the part that is tested has too few pairs for is tested on the larger part, if there is
    one.
    """
    known_to_both = known_groups(a, b, pairs.matching)

    def of(matching: Matching) -> dict[str, float]:
        return figures_of_all(a, b, matching, known_to_both) | figures_of_rows(a, b, matching)

    observed = of(pairs.matching)
    tested = of(pairs.tested) if pairs.in_part else {}
    known = intervals(a, b, pairs, stream(seed, "bootstrap"))
    forced = forced_in_words(*matched_rows(a, b, pairs.matching.pairs))

    by_draw = over_draws(lambda draw: of(pairs.null[draw]), len(pairs.null), heavy=pairs.in_part)
    sources = {name: (pairs, tested, by_draw) for name in observed}
    if larger is not None:
        of_many, redone = figures_of_many(a, b, larger.tested), larger.null
        on_larger = over_draws(
            lambda draw: figures_of_many(a, b, redone[draw]), len(redone), heavy=True
        )
        lacking = [
            name
            for name in of_many
            if name in observed and not all(name in each for each in (tested, *by_draw))
        ]
        sources |= dict.fromkeys(lacking, (larger, of_many, on_larger))
    found = []
    for name, value in observed.items():
        source, in_part, drawn_there = sources[name]
        null = [each[name] for each in drawn_there if name in each]
        if source.in_part and name not in in_part:
            null = []
        too_few = "; no p: too few pairs are tested or made by chance" if not null else ""
        without = len(drawn_there) - len(null) if null else 0
        undefined = without if name in NEED_PAIRS else 0
        if without:
            so = "count as less alike" if undefined else "are left out"
            too_few = f"; not defined on {without} of {len(drawn_there)} draws, which {so}"
        found.append(
            beside_null(
                name,
                TITLES[name],
                value,
                null,
                source.null_description,
                interval=known.get(name),
                direction=direction_of(name),
                note=NOTES.get(name, pairs.description) + forced.get(name, "") + too_few,
                tested=in_part.get(name),
                undefined=undefined,
            )
        )
    return found


def beyond_spectrum(pairs: Redrawn, seed: int) -> list[Measure]:
    """Mean score of partners by cosine, against rotations that keep what both sides prefer."""
    part = pairs.part
    if not isinstance(part, CosinePairing):
        return []
    spectrum = spectrum_in_common(part.x, part.y)
    words, tested = "", None
    if pairs.in_part:
        part = part.part(drawn(len(part.rows), _TURNED, stream(seed, "spectrum", "part")))
        words, tested = f"; on {_TURNED} features of a", mean_score(part.match())

    def turned(draw: int) -> float:
        return mean_score(part.turned(spectrum.turn(stream(seed, "spectrum", draw))))

    name = "matched_in_spectrum"
    return [
        beside_null(
            name,
            TITLES[name],
            mean_score(pairs.matching),
            over_draws(turned, len(pairs.null), heavy=pairs.in_part),
            "one side turned at random, but no axis into one of other than like energy, and none "
            "that most features of both sides prefer; matching redone" + words,
            note="does an offset, or a spectrum in common, bring partners as near?",
            tested=tested,
        )
    ]


def direction_of(name: str) -> Direction:
    """Which way a figure of partners means "more alike"."""
    return "lower" if name == "rtd" else "higher"


def unowned(pairs: Redrawn, recoveries: Sequence[Recovery | Learned]) -> list[Measure]:
    """Latents without a true feature, where both sides learned the same ones."""
    value = unowned_in_common(recoveries, pairs.matching)
    if value is None:
        return []
    null = [unowned_in_common(recoveries, matching) or 0.0 for matching in pairs.null]
    return [
        beside_null(
            "unowned_in_common",
            "Unowned latents in common",
            value,
            null,
            pairs.null_description,
            note="share of the latents without a true feature of their own whose partner has none",
            tested=unowned_in_common(recoveries, pairs.tested) if pairs.in_part else None,
        )
    ]
