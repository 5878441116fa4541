"""Persistent homology of a dictionary: H0 exact, H1 and above exact up to the noise floor."""

from __future__ import annotations

from numbers import Real
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.sparse import issparse

from featuretopo.checks import is_whole
from featuretopo.dictionary import Dictionary, as_dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import noise_floor
from featuretopo.topology.diagram import Diagram, FloatArray
from featuretopo.topology.engines import LARGEST_PRIME, fitting_engine
from featuretopo.topology.engines import engine as find_engine
from featuretopo.topology.filtration import edge_bars
from featuretopo.topology.landmarks import Chosen, Cloud, check_budget, within_budget
from featuretopo.topology.matrix import from_graph, from_matrix
from featuretopo.topology.metric import chord
from featuretopo.topology.neighbourhood import tree_of, walk_to_floor
from featuretopo.topology.pairs import ROUNDING, Edges, edges_under, walk_pairs

_HIGHEST = 2  # dimension: the budget counts simplices of up to four vertices


def persistence(
    x: Dictionary | npt.ArrayLike,
    max_dim: int = 1,
    metric: Literal["chord", "precomputed"] = "chord",
    *,
    coeff: int = 2,
    max_scale: float | Literal["floor"] = "floor",
    engine: str = "auto",
    budget: int = 20_000_000,
) -> Diagram:
    """Vietoris-Rips persistent homology; the scale is the edge length.

    Parameters
    ----------
    x : Dictionary, array_like or sparse matrix
        Features as rows; for ``metric="precomputed"`` a symmetric (n, n) matrix of distances, or
        a scipy sparse one, in which pairs without an entry never meet.
    max_dim : int
        Highest homology dimension, at most 2.
    metric : {"chord", "precomputed"}
        Chord is sqrt(2 - 2 cos).
    coeff : int
        Characteristic of the coefficient field, a prime up to 46337; ripser takes those up to 127,
        giotto those up to 251.
    max_scale : float or "floor"
        The cut. "floor": the chord distance at which random directions of the same n and d
        begin to touch (:func:`featuretopo.noise_floor`). Dimension 0 is exact at every scale.
    engine : {"auto", "ripser", "gudhi", "giotto"}
        What computes dimensions >= 1; "auto" is gudhi where there are few simplices to an edge,
        else ripser. Bars are exact in float64 by each.
    budget : int
        Most simplices (edges, triangles, ... up to dimension `max_dim` + 1). Where all points have
        more, dimensions >= 1 are those of landmarks; the diagram then holds their rows, the cover
        radius and the error bound that it gives. (It rests on the triangle inequality: a matrix
        that breaks it is refused then.) What was chosen, and why, is logged at level INFO before
        the work starts.

    Returns
    -------
    Diagram

    Raises
    ------
    FeaturetopoError
        If an argument is out of range, a matrix is no distance matrix, or a sparse graph has more
        simplices than `budget`.

    Examples
    --------
    >>> angle = 2 * np.pi * np.arange(12) / 12
    >>> circle = np.column_stack([np.cos(angle), np.sin(angle)])
    >>> persistence(circle, max_scale=2).bars[1].round(6)
    array([[0.517638, 1.732051]])
    """
    if not is_whole(max_dim) or not 0 <= max_dim <= _HIGHEST:
        raise FeaturetopoError(f"max_dim={max_dim!r} must be 0, 1 (loops) or 2 (voids)")
    check_budget(budget)
    if not is_whole(coeff) or not 2 <= coeff <= LARGEST_PRIME or not _is_prime(coeff):
        raise FeaturetopoError(
            f"coeff={coeff!r} must be a prime up to {LARGEST_PRIME}: 2, 3, 5, 7, 11, ..."
        )
    if engine != "auto":
        find_engine(engine)
    if metric == "chord":
        features = as_dictionary(x)
        if max_scale == "floor":
            if len(features) < 3 or features.d < 2:
                raise FeaturetopoError(
                    f"max_scale='floor' of {features!r}: a noise floor needs 3 features in 2 "
                    "dimensions; name a scale yourself, e.g. max_scale=2"
                )
            cut = noise_floor(*features.vectors.shape)
            walk = walk_to_floor(features, budget)
        else:
            cut = _number(max_scale)
            walk = walk_pairs(features.unit, cut, budget)
        tree, edges = tree_of(features, walk), walk.edges
        cloud: Cloud | None = _directions(features.unit, cut)
    elif metric == "precomputed":
        if max_scale == "floor":
            raise FeaturetopoError(
                "max_scale='floor' is for directions; give a number (or inf) for a matrix"
            )
        cut = _number(max_scale)
        tree, edges, cloud = from_graph(x, cut) if issparse(x) else from_matrix(x, cut)
    else:
        raise FeaturetopoError(f"metric={metric!r} must be 'chord' or 'precomputed'")
    bars, censored = [component_bars(tree)], [np.zeros(tree.n, bool)]
    chosen, name = Chosen(edges, len(edges.pairs)), "none"
    if max_dim > 0:
        chosen = within_budget(edges, cloud, max_dim, budget)
        name = fitting_engine(engine, chosen.edges, chosen.simplices, coeff)
        for found in edge_bars(chosen.edges, max_dim, coeff, find_engine(name)):
            bars.append(found.bars)
            # nothing but the cut keeps a loop from being filled; uncut, it never is
            censored.append((found.last < 0) & np.isfinite(cut))
    return Diagram(
        tuple(bars), tuple(censored), cut, metric, coeff, edges.n, name,
        chosen.landmarks, chosen.cover_radius,
    )  # fmt: skip


def _is_prime(coeff: int) -> bool:
    return all(coeff % q for q in range(2, int(coeff**0.5) + 1))


def _number(max_scale: float) -> float:
    if not isinstance(max_scale, Real) or isinstance(max_scale, bool) or not max_scale > 0:
        raise FeaturetopoError(f"max_scale={max_scale!r} must be positive, or 'floor', or inf")
    return float(max_scale)


def component_bars(tree: Edges) -> FloatArray:
    """Bars of H0: one to each edge of the spanning tree or forest, and those that never die."""
    deaths = np.append(tree.lengths, np.full(tree.n - len(tree.lengths), np.inf))[::-1]
    return np.column_stack([np.zeros(len(deaths)), deaths])


def _directions(unit: FloatArray, cut: float) -> Cloud:
    return Cloud(
        len(unit),
        lambda i: chord(unit @ unit[i] - ROUNDING),  # rounded up: the bound must hold
        lambda rows: edges_under(unit[rows], cut),
        is_metric=True,
    )
