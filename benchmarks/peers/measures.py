"""Recovery of a truth, and the measures of a pair of SAEs beside their nulls, by hand.

numpy, scipy, scikit-learn, ripser (representation topology divergence) and persim (distances of
diagrams). Nulls are those of the demo: turned truths, turned sides, shuffled samples with the
matching done again, structureless dictionaries.
"""

from __future__ import annotations

import numpy as np
import persim
from arrangement import Arrangement, Gaussian, chords, component_bars, loop_bars, unit
from ripser import ripser
from scipy.linalg import orthogonal_procrustes
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import pdist, squareform
from scipy.stats import ortho_group, spearmanr
from sklearn.metrics import adjusted_mutual_info_score

LEVEL, LEAST_JACCARD, STRANGERS = 0.05, 0.5, 99
NEIGHBOURS, RTD_ROWS = 10, 100


def p_value(observed: float, null: list[float], lower: bool = False) -> float:
    """Share of the null that is as extreme."""
    draws = np.array(null)
    as_extreme = draws <= observed if lower else draws >= observed
    return float((as_extreme.sum() + 1) / (len(draws) + 1))


# ---- one SAE against its truth


def recovery(truth: np.ndarray, shapes: list[dict], learned: Arrangement, rng) -> dict:
    """Figures of one SAE, each beside strangers, and which shapes are found again."""
    observed, stands_for = truth_figures(truth, shapes, learned)
    null = [
        truth_figures(truth @ ortho_group.rvs(truth.shape[1], random_state=rng), shapes, learned)[0]
        for _ in range(STRANGERS)
    ]
    figures = {
        name: [value, p_value(value, [each[name] for each in null])]
        for name, value in observed.items()
    }
    kept = {"cluster": 0, "loop": 0}
    for shape in shapes:
        groups = {"cluster": learned.clusters, "loop": learned.loops}.get(shape["expected"], [])
        of_truth = (
            np.flatnonzero(np.isin(stands_for, group.members))
            for group in groups
            if group.p <= LEVEL
        )
        if any(jaccard(rows, shape["members"]) >= LEAST_JACCARD for rows in of_truth):
            kept[shape["expected"]] += 1
    return {**figures, **kept}


def truth_figures(truth: np.ndarray, shapes: list[dict], learned: Arrangement) -> tuple:
    """MMCS both ways, nearest-neighbour test, distinct latents, agreement of clusters."""
    cos, others = truth @ learned.x.T, truth @ truth.T
    np.fill_diagonal(others, -1)
    best = cos.argmax(axis=1)
    # of features with one best latent, the one most like it: else one latent passes for a cluster
    stands_for = np.full(len(truth), -1)
    for latent in np.unique(best):
        rows = np.flatnonzero(best == latent)
        stands_for[rows[cos[rows, latent].argmax()]] = latent
    true, found = np.arange(len(truth)), np.arange(len(truth))
    for number, shape in enumerate(shapes):
        if shape["expected"] != "nothing":
            true[shape["members"]] = len(truth) + number
    for number, group in enumerate(g for g in learned.clusters if g.p <= LEVEL):
        found[np.isin(stands_for, group.members)] = len(truth) + number
    return {
        "mmcs_truth_to_sae": cos.max(axis=1).mean(),
        "mmcs_sae_to_truth": cos.max(axis=0).mean(),
        "nearest_neighbour_pass_share": (cos.max(axis=1) > others.max(axis=1)).mean(),
        "distinct_share": len(np.unique(best)) / len(truth),
        "cluster_agreement": adjusted_mutual_info_score(true, found),
    }, stands_for


def jaccard(a: np.ndarray, b: np.ndarray) -> float:
    """Of two sets of rows."""
    both = len(np.intersect1d(a, b))
    return both / max(len(a) + len(b) - both, 1)


# ---- two SAEs


def compared(
    a: Arrangement, b: Arrangement, codes: tuple, draws: int, rng: np.random.Generator
) -> dict:
    """Every figure of a pair with its p-value."""
    found = {}
    value = mmcs(a.x, b.x)
    turns = ortho_group.rvs(a.x.shape[1], size=draws, random_state=rng)
    found["mmcs_before"] = [value, p_value(value, [mmcs(a.x @ turn, b.x) for turn in turns])]
    one, other = map(standardised, codes)
    observed = through_partners(a, b, *matched(one, other))
    null = [
        through_partners(a, b, *matched(one, other[rng.permutation(len(other))]))
        for _ in range(draws)
    ]
    for name, value in observed.items():
        drawn = [each[name] for each in null]
        found[name] = [value, p_value(value, drawn, lower=name == "rtd")]
    return found | between_diagrams(a, b, draws, rng)


def mmcs(x: np.ndarray, y: np.ndarray) -> float:
    """Mean max cosine, both ways."""
    cos = x @ y.T
    return float(cos.max(axis=1).mean() + cos.max(axis=0).mean()) / 2


def standardised(codes: np.ndarray) -> np.ndarray:
    """Columns whose products are correlations."""
    moved = codes - codes.mean(axis=0)
    length = np.linalg.norm(moved, axis=0)
    return moved / np.where(length > 0, length, 1)


def matched(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Partners by correlation of codes, one to one, and their mean correlation."""
    correlation = one.T @ other
    rows, columns = linear_sum_assignment(correlation, maximize=True)
    return rows, columns, float(correlation[rows, columns].mean())


def through_partners(
    a: Arrangement, b: Arrangement, rows: np.ndarray, columns: np.ndarray, score: float
) -> dict[str, float]:
    """Figures of matched latents."""
    x, y = a.x[rows], b.x[columns]
    few = np.linspace(0, len(x) - 1, min(len(x), RTD_ROWS)).astype(int)
    found = {
        "matched_score": score,
        "mmcs_after": mmcs_after(a.x, b.x, rows, columns),
        "mean_cca": correlations(*(np.linalg.qr(z - z.mean(axis=0))[0] for z in (x, y))),
        "svcca": correlations(main_directions(x), main_directions(y)),
        "cka": alignment(x @ x.T, y @ y.T),
        "rsa": spearmanr(pdist(x, "cosine"), pdist(y, "cosine")).statistic,
        "knn_jaccard": neighbours_in_common(x, y),
        "distance_correlation": alignment(squareform(pdist(x)), squareform(pdist(y))),
        "rtd": divergence(x[few], y[few]),
    }
    sides = {"cluster_overlap": (a.clusters, b.clusters), "loop_overlap": (a.loops, b.loops)}
    for name, (left, right) in sides.items():
        groups = [[g.members for g in side if g.p <= LEVEL] for side in (left, right)]
        if any(groups):
            found[name] = overlap(*groups, rows, columns)
    return found


def mmcs_after(x: np.ndarray, y: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> float:
    """MMCS after Procrustes, the rotation fitted on one half of the pairs, scored on the rest."""
    found = []
    for half in (slice(0, None, 2), slice(1, None, 2)):
        turn, _ = orthogonal_procrustes(x[rows[half]], y[columns[half]])
        cos = (x @ turn) @ y.T
        found.append(np.delete(cos.max(axis=1), rows[half]).mean())
        found.append(np.delete(cos.max(axis=0), columns[half]).mean())
    return float(np.mean(found))


def correlations(u: np.ndarray, v: np.ndarray) -> float:
    """Mean canonical correlation of two orthonormal bases."""
    return float(np.linalg.svd(u.T @ v, compute_uv=False).mean())


def main_directions(x: np.ndarray) -> np.ndarray:
    """Left singular vectors that hold 99% of the variance."""
    u, s, _ = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    held = np.cumsum(s**2)
    return u[:, : 1 + int(np.searchsorted(held, 0.99 * held[-1]))]


def alignment(k: np.ndarray, m: np.ndarray) -> float:
    """Debiased alignment of two kernels, or of two matrices of distances."""
    k, m = debiased(k), debiased(m)
    return float((k * m).sum() / np.sqrt((k * k).sum() * (m * m).sum()))


def debiased(k: np.ndarray) -> np.ndarray:
    """Centre a kernel without its diagonal (U-centring)."""
    n, k = len(k), k.copy()
    np.fill_diagonal(k, 0)
    rows = k.sum(axis=1)
    k += rows.sum() / ((n - 1) * (n - 2)) - (rows[:, None] + rows) / (n - 2)
    np.fill_diagonal(k, 0)
    return k


def neighbours_in_common(x: np.ndarray, y: np.ndarray) -> float:
    """Mean Jaccard index of the nearest ten."""
    near = []
    for z in (x, y):
        cos = z @ z.T
        np.fill_diagonal(cos, -np.inf)
        found = np.zeros(cos.shape, bool)
        nearest = np.argpartition(-cos, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
        np.put_along_axis(found, nearest, True, axis=1)
        near.append(found)
    both = (near[0] & near[1]).sum(axis=1)
    return float((both / (2 * NEIGHBOURS - both)).mean())


def divergence(x: np.ndarray, y: np.ndarray) -> float:
    """Representation topology divergence, both ways, per partner."""
    w, v = (squareform(pdist(z)) for z in (x, y))
    w, v = w / np.quantile(w, 0.9), v / np.quantile(v, 0.9)
    return float(np.mean([one_way(w, v), one_way(v, w)])) / len(x)


def one_way(w: np.ndarray, v: np.ndarray) -> float:
    """Total length of the H1 bars of the cross-barcode."""
    n = len(w)
    across = np.where(np.tri(n, dtype=bool), w, np.inf)
    both = np.block([[np.zeros((n, n)), across], [across.T, np.minimum(w, v)]])
    np.fill_diagonal(both, 0)
    bars = ripser(both, distance_matrix=True, maxdim=1)["dgms"][1]
    return float((bars[:, 1] - bars[:, 0])[np.isfinite(bars[:, 1])].sum())


def overlap(left: list, right: list, rows: np.ndarray, columns: np.ndarray) -> float:
    """Mean best Jaccard index of groups over partners, weighted by members."""
    if not left or not right:
        return 0.0
    one = np.array([np.isin(rows, group) for group in left], float)
    other = np.array([np.isin(columns, group) for group in right], float)
    both = one @ other.T
    share = both / np.maximum(one.sum(axis=1)[:, None] + other.sum(axis=1) - both, 1)
    best = np.concatenate([share.max(axis=1), share.max(axis=0)])
    return float(np.average(best, weights=[len(group) for group in (*left, *right)]))


# ---- diagrams


def between_diagrams(a: Arrangement, b: Arrangement, draws: int, rng) -> dict:
    """Bottleneck and Wasserstein distances, one side in turn replaced by structureless likes."""
    cut = min(a.floor, b.floor)
    half = draws // 2
    likes = [(like(a, rng), (b.h0, b.h1)) for _ in range(half)]
    likes += [((a.h0, a.h1), like(b, rng)) for _ in range(draws - half)]
    found = {}
    for name, distance in (("bottleneck", persim.bottleneck), ("wasserstein", persim.wasserstein)):
        for dim, ends in ((0, (a.h0, b.h0)), (1, (a.h1, b.h1))):
            clipped = [np.minimum(bars, cut) for bars in ends] if dim else ends
            if dim and min(map(len, clipped)) == 0:
                continue  # nothing can be told from the distance to a diagram without bars
            value = float(distance(*clipped))
            null = [float(distance(left[dim], right[dim])) for left, right in likes]
            found[f"{name}_h{dim}"] = [value, p_value(value, null, lower=True)]
    return found


def like(x: Arrangement, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """H0 of as many random directions, H1 of every component redrawn."""
    h0 = component_bars(chords(unit(rng.standard_normal(x.x.shape))))
    redrawn = (Gaussian(x.x[rows])(rng) for rows in x.components)
    h1 = [loop_bars(chords(points), x.floor) for points in redrawn]
    return h0, np.concatenate([np.empty((0, 2)), *h1])
