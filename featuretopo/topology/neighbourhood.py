"""What analyses of a dictionary begin with: one pass over its pairs, and its spanning tree."""

from __future__ import annotations

from featuretopo.dictionary import Dictionary
from featuretopo.nulls import noise_floor
from featuretopo.topology.pairs import ALL, Edges, Walk, walk_pairs
from featuretopo.topology.shelf import once, shelf_of
from featuretopo.topology.spanning import spanning_tree

LISTED = 2_000_000  # edges: a longer list is not kept, nor made where the spanning tree will do


def walk_to_floor(x: Dictionary, most: int = ALL) -> Walk:
    """One pass over the pairs of a dictionary, with the edges up to its noise floor.

    Parameters
    ----------
    x : Dictionary
        At least 3 features in 2 dimensions.
    most : int
        The list of edges may end where it has become longer than this.
    """
    walk: Walk | None = shelf_of(x).get("walk")
    if walk is None:
        walk = walk_pairs(x.unit, noise_floor(x.n_features, x.d), most)
        if len(walk.edges.pairs) <= min(most, LISTED):
            shelf_of(x)["walk"] = walk
    return walk


def tree_of(x: Dictionary, walk: Walk | None = None) -> Edges:
    """Minimum spanning tree of a dictionary, shortest edges first.

    Parameters
    ----------
    x : Dictionary
    walk : Walk, optional
        Over its pairs, where one is at hand.
    """

    def make() -> Edges:
        if walk is not None:
            return spanning_tree(x.unit, walk)
        has_floor = x.n_features >= 3 and x.d >= 2
        return spanning_tree(x.unit, walk_to_floor(x, LISTED) if has_floor else None)

    return once(x, "tree", make)
