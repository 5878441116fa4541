"""What analyses of a dictionary begin with, made once and kept while the dictionary lives."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from featuretopo.dictionary import Dictionary
from featuretopo.nulls import noise_floor
from featuretopo.topology.pairs import ALL, Edges, Walk, walk_pairs
from featuretopo.topology.spanning import spanning_tree

_SMALL = 2_000_000  # edges: a longer list is not kept

_walks: WeakKeyDictionary[Dictionary, Walk] = WeakKeyDictionary()
_trees: WeakKeyDictionary[Dictionary, Edges] = WeakKeyDictionary()


def walk_to_floor(x: Dictionary, most: int = ALL) -> Walk:
    """One pass over the pairs of a dictionary, with the edges up to its noise floor.

    Parameters
    ----------
    x : Dictionary
        At least 3 features in 2 dimensions.
    most : int
        The list of edges may end where it has become longer than this.
    """
    walk = _walks.get(x)
    if walk is None:
        walk = walk_pairs(x.unit, noise_floor(x.n_features, x.d), most)
        if len(walk.edges.pairs) <= min(most, _SMALL):
            _walks[x] = walk
    return walk


def tree_of(x: Dictionary, walk: Walk | None = None) -> Edges:
    """Minimum spanning tree of a dictionary, shortest edges first.

    Parameters
    ----------
    x : Dictionary
    walk : Walk, optional
        Over its pairs, where one is at hand.
    """
    tree = _trees.get(x)
    if tree is None:
        if walk is None:
            has_floor = x.n_features >= 3 and x.d >= 2
            walk = walk_to_floor(x, _SMALL) if has_floor else walk_pairs(x.unit, 0.0)
        tree = _trees[x] = spanning_tree(x.unit, walk)
    return tree
