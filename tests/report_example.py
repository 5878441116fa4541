"""Plausible inputs for a report, made up cheaply: nothing here is measured."""

from __future__ import annotations

import calendar
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from featuretopo.compare.alignment import Alignment
from featuretopo.compare.comparison import Comparison
from featuretopo.compare.group_matching import GroupMatch
from featuretopo.compare.measure import Measure, beside_null
from featuretopo.compare.recovery import Recovery
from featuretopo.compare.shape_recovery import ShapeRecovery
from featuretopo.compare.verdict import Judgement, Verdict
from featuretopo.dictionary import Dictionary, FloatArray, IntArray
from featuretopo.topology.arrangement import Arrangement
from featuretopo.topology.clusters import Cluster
from featuretopo.topology.diagram import Diagram
from featuretopo.topology.embedding import Embedding
from featuretopo.topology.loops import Loop
from featuretopo.topology.mapper.graph import MapperGraph
from featuretopo.topology.order import CircularOrder, circular_order

NAMES = ("exactly-1", "exactly-2", "one-to-three", "independent", "twin", "stranger")
CIRCLES = (
    (7, "circle of 7"),
    (12, "circle of 12"),
    (24, "circle of 24 (1)"),
    (24, "circle of 24 (2)"),
)
LABELS = (*(f"blob {i}" for i in range(1, 13)), *(name for _, name in CIRCLES), "uniform")
CUT = 1.04
DRAWS = 199
VERDICTS: tuple[Judgement, ...] = ("shared", "partly shared", "not shared", "cannot tell")


@dataclass(frozen=True)
class Example:
    """All inputs of one report."""

    comparisons: tuple[Comparison, ...]
    recoveries: tuple[Recovery, ...]
    orders: tuple[CircularOrder, ...]
    arrangements: tuple[Arrangement, ...]


def example(n_features: int = 430) -> Example:
    """Six dictionaries, their fifteen pairs, six recoveries and two orders."""
    rng = np.random.default_rng(0)
    arrangements = tuple(arrangement(name, n_features, rng) for name in NAMES)
    pairs = tuple(comparison(a, b, rng) for a, b in itertools.combinations(arrangements, 2))
    recoveries = tuple(recovery(name, rng) for name in NAMES)
    return Example(
        pairs, recoveries, (order("weekdays", 7), order("months", 12, twist=1)), arrangements
    )


def all_pairs(names: Sequence[str], n_features: int) -> list[Comparison]:
    """All pairs of some dictionaries, every fourth with the same verdict."""
    rng = np.random.default_rng(0)
    sides = [arrangement(name, n_features, rng) for name in names]
    pairs = [comparison(a, b, rng) for a, b in itertools.combinations(sides, 2)]
    return [
        replace(c, verdict=replace(c.verdict, judgement=VERDICTS[i % 4]))
        for i, c in enumerate(pairs)
    ]


def arrangement(name: str, n: int, rng: np.random.Generator) -> Arrangement:
    """A dictionary of 12 blobs, 4 circles and a background, with pictures to match."""
    sizes = np.array([16] * 12 + [size for size, _ in CIRCLES] + [160])
    labels = np.repeat(np.arange(len(sizes)), np.ceil(sizes * n / sizes.sum()).astype(int))[:n]
    labels[rng.random(n) < 0.06] = -1
    centres = rng.uniform(-9, 9, (len(sizes) + 1, 2))
    xy = centres[labels] + rng.normal(0, 0.35, (n, 2))
    wide = (labels == 16) | (labels < 0)
    xy[wide] = rng.normal(0, 4.5, (int(wide.sum()), 2))
    for label in range(12, 16):
        rows = np.flatnonzero(labels == label)
        angle = 2 * np.pi * np.arange(len(rows)) / max(1, len(rows))
        xy[rows] = centres[label] + 1.3 * np.column_stack([np.cos(angle), np.sin(angle)])
    dictionary = Dictionary(
        rng.normal(size=(n, 16)),
        labels=labels,
        names=[f"latent {i}" for i in range(n)],
        label_names=LABELS,
    )
    graph = mapper_graph(xy, rng)
    loops = found_loops(labels, rng)
    return Arrangement(
        name=name,
        dictionary=dictionary,
        diagram=diagram(n, loops, rng),
        clusters=found_clusters(labels, rng),
        loops=loops,
        mapper=graph,
        embedding=Embedding(xy, float(rng.uniform(0.9, 0.97)), 15, 0.5),
    )


def found_loops(labels: IntArray, rng: np.random.Generator) -> tuple[Loop, ...]:
    """Strong loops on the circles (one censored), weak ones elsewhere."""
    found = []
    for label, birth, death in ((13, 0.52, 1.0), (14, 0.27, np.inf), (15, 0.31, 0.93)):
        rows = np.flatnonzero(labels == label)
        censored = bool(np.isinf(death))
        ratio = min(death, CUT) / birth
        names = tuple(map(str, rows[::2].tolist()))
        found.append(Loop(rows[::2], names, rows, birth, death, censored, ratio, 1 / (DRAWS + 1)))
    for birth in rng.uniform(0.5, 1.0, 12):
        death = min(birth * rng.uniform(1.01, 1.12), CUT - 0.001)
        rows = rng.integers(0, len(labels), 5)
        ratio = death / birth
        names = tuple(map(str, rows.tolist()))
        found.append(
            Loop(
                rows,
                names,
                rows,
                float(birth),
                float(death),
                False,
                ratio,
                float(rng.uniform(0.2, 1)),
            )
        )
    return tuple(found)


def found_clusters(labels: IntArray, rng: np.random.Generator) -> tuple[Cluster, ...]:
    """One cluster per blob."""
    return tuple(
        Cluster(
            np.flatnonzero(labels == label),
            0.9,
            float(rng.uniform(0.3, 0.7)),
            1.02,
            1 / (DRAWS + 1),
            0.98,
        )
        for label in range(9)
    )


def diagram(n: int, loops: tuple[Loop, ...], rng: np.random.Generator) -> Diagram:
    """H0 bars of two kinds, and one H1 bar per loop."""
    deaths = np.concatenate(
        [rng.normal(0.45, 0.08, 2 * n // 3), rng.normal(1.06, 0.03, n - 2 * n // 3 - 1)]
    )
    h0 = np.column_stack([np.zeros(n), np.append(np.inf, -np.sort(-np.abs(deaths)))])
    h1 = np.array([(loop.birth, loop.death) for loop in loops])
    censored = (np.zeros(n, bool), np.array([loop.censored for loop in loops]))
    return Diagram((h0, h1), censored, CUT, "chord", 2, n, "ripser")


def mapper_graph(xy: FloatArray, rng: np.random.Generator) -> MapperGraph:
    """Overlapping squares over the picture stand for a cover and its clusters."""
    cells = [
        np.flatnonzero((np.abs(xy - (u, v)) < 1.6).all(axis=1))
        for u in np.arange(-9, 10, 2.4)
        for v in np.arange(-9, 10, 2.4)
    ]
    members = tuple(cell for cell in cells if len(cell) > 2)
    edges = [
        (i, j)
        for i, j in itertools.combinations(range(len(members)), 2)
        if len(np.intersect1d(members[i], members[j]))
    ]
    words = {
        "lens": "PCA(2)",
        "cover": "Cubes(10, overlap=0.3)",
        "clusterer": "DBSCAN(eps=0.74, min_samples=3)",
    }
    warnings = ("12% of the features lie in no node; raise eps or lower min_samples",)
    kept = warnings if rng.random() < 0.4 else ()
    return MapperGraph(members, np.array(edges).reshape(-1, 2), xy, len(xy), words, kept)


def comparison(a: Arrangement, b: Arrangement, rng: np.random.Generator) -> Comparison:
    """A pair whose likeness follows from its names."""
    stranger = "stranger" in (a.name, b.name)
    alike = 0.0 if stranger else 0.95 if {a.name, b.name} == {"exactly-1", "twin"} else 0.55
    alike += float(rng.uniform(-0.05, 0.05)) if alike else 0.0
    judgement: Judgement = (
        "not shared" if stranger else "shared" if alike > 0.9 else "partly shared"
    )
    reasons = (
        f"{alike:.0%} of the clusters and {round(4 * alike)} of 4 loops meet.",
        "A pairing through activations finds only chance."
        if stranger
        else f"MMCS after Procrustes is {0.4 + alike / 2:.2f} against 0.31 by chance.",
    )
    measures = (
        *(
            measure(name, title, alike, rng)
            for name, title in (
                ("mmcs_before", "MMCS before Procrustes"),
                ("mmcs_after", "MMCS after Procrustes"),
                ("matched", "Mean cosine, one to one"),
                ("mean_cca", "Mean CCA"),
                ("svcca", "SVCCA"),
                ("cluster_overlap", "Overlap of clusters"),
                ("loop_overlap", "Overlap of loops"),
            )
        ),
        distance("bottleneck_h0", "Bottleneck distance, H0", alike, 0.0, rng),
        distance("bottleneck_h1", "Bottleneck distance, H1", alike, 0.3, rng),
        distance("wasserstein_h0", "Wasserstein distance, H0", 9 * alike, 0.0, rng),
        distance("wasserstein_h1", "Wasserstein distance, H1", alike, 0.9, rng),
        Measure(
            "unmatched",
            "Hub share",
            0.12,
            0.12,
            "lower",
            (),
            "",
            None,
            "A description, not a test.",
        ),
    )
    pairing = "" if stranger else "through activations on codes of shared samples"
    groups = (
        () if stranger else (GroupMatch("cluster", 0, 0, 0.9), GroupMatch("loop", 0, None, 0.0))
    )
    alignment = Alignment(measures[:1], "a rotation", "Mean cosine of partners: after both 0.93.")
    return Comparison(a, b, pairing, 0 if stranger else 402, 1.0 if stranger else 0.04, measures,
                      groups, alignment, Verdict(judgement, reasons))  # fmt: skip


def measure(name: str, title: str, alike: float, rng: np.random.Generator) -> Measure:
    """A likeness above or among its null draws."""
    null = rng.normal(0.3, 0.03, DRAWS)
    value = float(0.3 + 0.6 * alike + rng.normal(0, 0.02))
    p = (1 + int((null >= value).sum())) / (DRAWS + 1)
    words = "random dictionaries of the same n, d and nearest-neighbour scale, everything redone"
    return Measure(name, title, value, value, "higher", tuple(null.tolist()), words, p)


def distance(
    name: str, title: str, alike: float, width: float, rng: np.random.Generator
) -> Measure:
    """A distance, known to an interval where `width` is not 0."""
    null = np.abs(rng.normal(1.2, 0.12, DRAWS))
    low = float(abs(rng.normal(1.1 - 0.05 * alike, 0.1)))
    high = low + width
    p = (1 + int((null <= high).sum())) / (DRAWS + 1)
    note = "Deaths above the cut are unknown, so only an interval is." if width else ""
    return Measure(
        name, title, low, high, "lower", tuple(null.tolist()), "structureless dictionaries", p, note
    )


def recovery(name: str, rng: np.random.Generator) -> Recovery:
    """High MMCS, middling neighbours, some shapes lost."""
    shapes = []
    for label in LABELS:
        kind = label.split()[0]
        seen = {"blob": "cluster", "circle": "loop"}.get(kind, "nothing")
        kept = bool(rng.random() < (0.5 if kind == "blob" else 0.75))
        overlap = float(rng.uniform(0.75, 1.0) if kept else rng.uniform(0.1, 0.5))
        shapes.append(
            ShapeRecovery(
                name=label,
                kind="background" if kind == "uniform" else kind,
                n_features=160 if kind == "uniform" else 16,
                expected=seen,
                recovered=kept or kind == "uniform",
                test=f"{seen} at p <= 0.05 with Jaccard >= 0.5"
                if seen != "nothing"
                else "nearest neighbours",
                jaccard=overlap,
                p_value=None
                if seen == "nothing"
                else 0.005
                if kept
                else float(rng.uniform(0.1, 1)),
                nearest_neighbour_pass_share=0.99
                if kind == "uniform"
                else float(rng.uniform(0.2, 0.6)),
                mean_max_cosine=float(rng.uniform(0.9, 0.97)),
                n_latents=158 if kind == "uniform" else 14 if kept else int(rng.integers(1, 9)),
                agreement=0.97 if kind == "circle" and kept else None,
                agreement_p=0.005 if kind == "circle" and kept else None,
            )
        )
    near = float(rng.uniform(0.56, 0.64))
    found = sum(s.recovered for s in shapes if s.kind == "blob")
    recovered = Recovery(
        name=name,
        fvu=float(rng.uniform(0.02, 0.06)),
        l0=6.0,
        true_l0=float(rng.uniform(5.5, 6.5)),
        dead_latents=int(rng.integers(0, 60)),
        n_latents=512,
        mmcs_truth_to_sae=float(rng.uniform(0.92, 0.94)),
        mmcs_sae_to_truth=float(rng.uniform(0.8, 0.9)),
        nearest_neighbour_pass_share=near,
        merged_latents=int(rng.integers(20, 70)),
        split_features=3,
        mixed=(1, 2, 3),
        spurious=(4, 7),
        absorbed_children=None,
        cluster_agreement=float(found / 12),
        distinct_share=float(rng.uniform(0.55, 0.8)),
        measures=(),
        shapes=tuple(shapes),
        verdict=f"Learned the features, not their arrangement: {found} of 12 blobs found again, "
        f"{near:.0%} of the features nearer to their latent than to their neighbour.",
    )
    strangers = beside_null(
        "mmcs_truth_to_sae", "MMCS", recovered.mmcs_truth_to_sae, [0.34] * 18 + [0.36], "turned"
    )
    return replace(recovered, measures=(strangers,))


def order(group: str, n: int, *, twist: int = 0) -> CircularOrder:
    """A group around its circle; `twist` swaps that many neighbours."""
    angle = 2 * np.pi * np.arange(n) / n + 0.3 * np.sin(np.arange(n))
    plane = np.column_stack([np.cos(angle), 0.8 * np.sin(angle)])
    for i in range(twist):
        plane[[3 * i, 3 * i + 1]] = plane[[3 * i + 1, 3 * i]]
    names = calendar.month_name[1:] if n == 12 else calendar.day_name
    around = Dictionary(plane, labels=[0] * n, names=list(names), label_names=[group])
    return circular_order(around, group=group)
