"""gudhi (MIT for what is used here): a simplex tree, any prime field, float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from featuretopo.topology.diagram import FloatArray
from featuretopo.topology.pairs import Edges


def bars(edges: Edges, max_dim: int, coeff: int) -> list[FloatArray]:
    """Bars of the flag complex of `edges`."""
    from gudhi import SimplexTree

    tree = SimplexTree()
    tree.insert_batch(np.arange(edges.n).reshape(1, -1), np.zeros(edges.n))
    tree.insert_batch(np.ascontiguousarray(edges.pairs.T), edges.lengths)
    tree.expansion(max_dim + 1)
    tree.compute_persistence(
        homology_coeff_field=coeff, min_persistence=0, persistence_dim_max=True
    )
    return [
        np.asarray(tree.persistence_intervals_in_dimension(k), dtype=np.float64).reshape(-1, 2)
        for k in range(max_dim + 1)
    ]


def betti(
    n_nodes: int, edges: npt.NDArray[np.integer[Any]], triangles: npt.NDArray[np.integer[Any]]
) -> tuple[int, int]:
    """Betti numbers 0 and 1 over Z/2 of a complex of nodes, edges and triangles."""
    from gudhi import SimplexTree

    if n_nodes == 0:
        return 0, 0
    tree = SimplexTree()
    tree.insert_batch(np.arange(n_nodes).reshape(1, -1), np.zeros(n_nodes))
    for simplices in (edges, triangles):
        if len(simplices):
            tree.insert_batch(np.ascontiguousarray(simplices.T), np.zeros(len(simplices)))
    tree.compute_persistence(homology_coeff_field=2, persistence_dim_max=True)
    numbers = [*tree.betti_numbers(), 0, 0]
    return int(numbers[0]), int(numbers[1])


def extended_bars(
    heights: FloatArray,
    edges: npt.NDArray[np.integer[Any]],
    triangles: npt.NDArray[np.integer[Any]],
) -> tuple[FloatArray, ...]:
    """Extended persistence of a complex whose nodes have `heights`, over Z/2.

    Returns
    -------
    tuple of four ndarrays, shape (m, 2) each
        Ordinary bars of dimension 0, relative ones of dimension 1, extended ones of 0 and of 1;
        none of length 0.
    """
    from gudhi import SimplexTree

    if not len(heights):
        return (np.empty((0, 2)),) * 4
    tree = SimplexTree()
    tree.insert_batch(np.arange(len(heights)).reshape(1, -1), heights)
    for simplices in (edges, triangles):
        if len(simplices):
            tree.insert_batch(np.ascontiguousarray(simplices.T), heights[simplices].max(axis=1))
    tree.extend_filtration()
    found = tree.extended_persistence(homology_coeff_field=2, min_persistence=0)
    least = 1e-9 * float(np.ptp(heights))  # heights are scaled and back: the last digits are lost
    ordinary, relative, rising, falling = (
        np.array(sorted(bar for k, bar in bars if k == dim), dtype=np.float64).reshape(-1, 2)
        for bars, dim in zip(found, (0, 1, 0, 1), strict=True)
    )
    return tuple(
        bars[np.abs(bars[:, 1] - bars[:, 0]) > least]
        for bars in (ordinary, relative, rising, falling)
    )
