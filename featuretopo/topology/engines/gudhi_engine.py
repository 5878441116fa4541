"""gudhi (MIT for what is used here): a simplex tree, any prime field, float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from featuretopo.topology.diagram import FloatArray
from featuretopo.topology.pairs import Edges


def simplex_tree(edges: Edges) -> Any:
    """Return gudhi's simplex tree of the graph of `edges`: vertices at 0, edges at length."""
    from gudhi import SimplexTree

    tree = SimplexTree()
    tree.insert_batch(np.arange(edges.n).reshape(1, -1), np.zeros(edges.n))
    tree.insert_batch(np.ascontiguousarray(edges.pairs.T), edges.lengths)
    return tree


def bars(edges: Edges, max_dim: int, coeff: int) -> list[FloatArray]:
    """Bars of the flag complex of `edges`."""
    tree = simplex_tree(edges)
    tree.expansion(max_dim + 1)
    tree.compute_persistence(
        homology_coeff_field=coeff, min_persistence=0, persistence_dim_max=True
    )
    return [
        np.asarray(tree.persistence_intervals_in_dimension(k), dtype=np.float64).reshape(-1, 2)
        for k in range(max_dim + 1)
    ]


def births(edges: Edges) -> list[tuple[tuple[int, int], float, float]]:
    """Every H1 bar of `edges` over Z/2 with the edge that closes its loop: (edge, birth, death)."""
    tree = simplex_tree(edges)
    tree.expansion(2)
    # without a triangle the edges are the top dimension, which gudhi leaves out unless told
    tree.compute_persistence(homology_coeff_field=2, persistence_dim_max=tree.dimension() < 2)
    _, finite, _, infinite = tree.flag_persistence_generators()
    found = [
        ((int(u), int(v)), tree.filtration([u, v]), tree.filtration([s, t]))
        for u, v, s, t in (finite[0] if finite else [])
    ]
    found += [
        ((int(u), int(v)), tree.filtration([u, v]), float("inf"))
        for u, v in (infinite[0] if infinite else [])
    ]
    return found


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
