"""Clusters, loops, Mapper graph and UMAP picture of a set of directions, by hand.

scipy's single linkage and ripser for homology, kmapper and umap-learn for pictures. What is asked
is what featuretopo asks: groups of four or more at the scale that separates them best, against
Gaussian redraws of all; loops of ratio 1.2 or more, against Gaussian redraws of their component.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ripser import ripser
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial.distance import squareform
from scipy.stats import beta

LEAST_RATIO, SMALLEST, ENOUGH, DRAWS = 1.2, 4, 20, 199


@dataclass
class Group:
    """Members of a cluster or loop, and its p-value."""

    members: np.ndarray
    p: float


@dataclass
class Arrangement:
    """What is found of one set of directions."""

    x: np.ndarray
    floor: float
    h0: np.ndarray
    h1: np.ndarray
    clusters: list[Group]
    loops: list[Group]
    components: list[np.ndarray]


def noise_floor(n: int, d: int) -> float:
    """Chord distance at which one of all pairs of random directions is expected to touch."""
    return float(2 * np.sqrt(beta.ppf(2 / (n * (n - 1)), (d - 1) / 2, (d - 1) / 2)))


def chords(x: np.ndarray) -> np.ndarray:
    """Chord distances of unit rows."""
    found = np.sqrt(np.maximum(2 - 2 * (x @ x.T), 0))
    np.fill_diagonal(found, 0)
    return found


def unit(x: np.ndarray) -> np.ndarray:
    """Rows of length 1."""
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def component_bars(distances: np.ndarray) -> np.ndarray:
    """H0: deaths are the heights of single linkage."""
    deaths = linkage(squareform(distances, checks=False), "single")[:, 2]
    return np.column_stack([np.zeros(len(deaths)), deaths])


def loop_bars(distances: np.ndarray, cut: float) -> np.ndarray:
    """H1 up to a cut; bars alive there end at it."""
    if len(distances) < SMALLEST:
        return np.empty((0, 2))
    bars = ripser(distances, distance_matrix=True, maxdim=1, thresh=cut)["dgms"][1]
    return np.minimum(bars, cut)


def arranged(x: np.ndarray, rng: np.random.Generator) -> Arrangement:
    """H0 and H1 to the noise floor, clusters and loops with p-values."""
    x = unit(x.astype(np.float64))
    floor, distances = noise_floor(*x.shape), chords(x)
    found = ripser(distances, distance_matrix=True, maxdim=1, thresh=floor, do_cocycles=True)
    bars = np.minimum(found["dgms"][1], floor)
    _, label = connected_components(distances <= floor)
    components = [np.flatnonzero(label == c) for c in np.unique(label)]
    components = [rows for rows in components if len(rows) >= SMALLEST]
    return Arrangement(
        x=x,
        floor=floor,
        h0=component_bars(distances),
        h1=bars,
        clusters=clusters(x, distances, floor, rng),
        loops=loops(x, distances, bars, found["cocycles"][1], floor, components, rng),
        components=components,
    )


def clusters(
    x: np.ndarray, distances: np.ndarray, floor: float, rng: np.random.Generator
) -> list[Group]:
    """Groups at the scale that separates them best; the null redraws everything."""
    groups = separated(distances, floor)
    redraw = Gaussian(x)
    null = [
        max((prominence for _, prominence in separated(chords(redraw(rng)), floor)), default=0.0)
        for _ in range(DRAWS if groups else 0)
    ]
    return [
        Group(members, (1 + sum(each >= prominence for each in null)) / (DRAWS + 1))
        for members, prominence in groups
    ]


def separated(distances: np.ndarray, floor: float) -> list[tuple[np.ndarray, float]]:
    """Groups of four or more, each with its size times log(where it ends / where it begins)."""
    tree = linkage(squareform(distances, checks=False), "single")
    n, heights = len(distances), tree[:, 2]
    below = int(np.searchsorted(heights, floor, side="right"))
    size = np.concatenate([np.ones(n), tree[:, 3]])
    merged = size[tree[:below, :2].astype(int)] >= SMALLEST
    count = np.cumsum((tree[:below, 3] >= SMALLEST) - merged.sum(axis=1))
    if not count.any():
        return []
    # ranges of scales over which their number holds
    first = np.flatnonzero(np.diff(count, prepend=-1))
    start, end = heights[first], np.append(heights[first[1:]], floor)
    best = np.argmax(count[first] * np.log(end / start))
    scale = np.sqrt(start[best] * end[best])
    label = fcluster(tree, scale, "distance")
    # of every group: the merge that made it one, and the one that ends it
    parent = np.full(n + len(tree), -1)
    parent[tree[:, 0].astype(int)] = parent[tree[:, 1].astype(int)] = np.arange(len(tree))
    found = []
    for group in np.flatnonzero(np.bincount(label) >= SMALLEST):
        members = np.flatnonzero(label == group)
        node = members[0]
        while parent[node] >= 0 and heights[parent[node]] <= scale:
            node = n + parent[node]
        ends = heights[parent[node]] if parent[node] >= 0 else heights[node - n]
        found.append((members, len(members) * np.log(ends / heights[node - n])))
    return found


def loops(
    x: np.ndarray,
    distances: np.ndarray,
    bars: np.ndarray,
    cocycles: list[np.ndarray],
    floor: float,
    components: list[np.ndarray],
    rng: np.random.Generator,
) -> list[Group]:
    """Loops that stand out, against redraws of their own component, for as long as it matters."""
    found = []
    for (birth, death), cocycle in zip(bars, cocycles, strict=True):
        ratio = death / birth
        if ratio < LEAST_RATIO:
            continue
        members = around(distances, birth, cocycle[:, :2])
        home = next(rows for rows in components if members[0] in rows)
        redraw, most = Gaussian(x[home]), (DRAWS + 1) * len(components) - 1
        hits = draws = 0
        while draws < most and hits < ENOUGH:
            null = loop_bars(chords(redraw(rng)), floor)
            hits += bool(len(null)) and (null[:, 1] / null[:, 0]).max() >= ratio
            draws += 1
        p = hits / draws if hits >= ENOUGH else (hits + 1) / (draws + 1)
        found.append(Group(members, min(1.0, p * len(components))))
    return found


def around(distances: np.ndarray, birth: float, edges: np.ndarray) -> np.ndarray:
    """Points of a loop: the shortest way back around the edge that gives birth, and what is near.

    That edge is the longest in the cocycle that is there at birth.
    """
    there = edges[distances[edges[:, 0], edges[:, 1]] <= birth * (1 + 1e-6)]  # float32 in ripser
    start, end = there[distances[there[:, 0], there[:, 1]].argmax()]
    graph = np.where(distances <= birth * (1 + 1e-6), distances, 0)
    graph[start, end] = graph[end, start] = 0
    _, before = dijkstra(graph, directed=False, indices=start, return_predecessors=True)
    cycle = [end]
    while cycle[-1] != start and cycle[-1] >= 0:
        cycle.append(before[cycle[-1]])
    cycle = [row for row in cycle if row >= 0]
    return np.flatnonzero((distances[cycle] <= birth).any(axis=0))


class Gaussian:
    """Redraws of some directions: a Gaussian of their mean and covariance, back to length 1."""

    def __init__(self, x: np.ndarray) -> None:
        self._mean = x.mean(axis=0)
        self._spread = (x - self._mean) / np.sqrt(len(x) - 1)

    def __call__(self, rng: np.random.Generator) -> np.ndarray:
        """Draw as many."""
        n = len(self._spread)
        return unit(self._mean + rng.standard_normal((n, n)) @ self._spread)


def mapper_graph(found: Arrangement) -> dict:
    """kmapper over two principal axes, DBSCAN at the floor."""
    import kmapper
    from sklearn.cluster import DBSCAN
    from sklearn.decomposition import PCA

    graph = kmapper.KeplerMapper(verbose=0).map(
        PCA(2).fit_transform(found.x),
        found.x,
        cover=kmapper.Cover(n_cubes=10, perc_overlap=0.3),
        clusterer=DBSCAN(eps=found.floor, min_samples=3),
    )
    return {"nodes": len(graph["nodes"]), "edges": sum(map(len, graph["links"].values()))}


def picture(found: Arrangement, seed: int) -> float:
    """UMAP in the plane; how far it is to be trusted."""
    import umap
    from sklearn.manifold import trustworthiness

    xy = umap.UMAP(n_neighbors=15, random_state=seed).fit_transform(found.x)
    return float(trustworthiness(found.x, xy, n_neighbors=15))
