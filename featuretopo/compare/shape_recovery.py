"""ShapeRecovery: what one SAE kept of one shape of its truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from featuretopo.compare.coordinates import circle_agreement, tree_agreement
from featuretopo.compare.overlap import jaccard
from featuretopo.compare.verdict import LEVEL
from featuretopo.similarity import NearestNeighbourTest
from featuretopo.topology.arrangement import Arrangement
from featuretopo.topology.loops import Loop
from featuretopo.truth import GroundTruth, PlacedShape

_LEAST_JACCARD = 0.5  # more than half of the shape, and less than as much again of anything else
_LEAST_PASS_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class ShapeRecovery:
    """Whether one shape of the ground truth is found again among the learned features.

    Attributes
    ----------
    name, kind : str
        E.g. ``"circle of 24 (2)"``, ``"circle"``; kinds: blob, circle, sphere.
    n_features : int
        True features on the shape.
    expected : str
        What can be seen of it below the noise floor: ``"cluster"``, ``"loop"`` or ``"nothing"``.
    recovered : bool
        Whether the test below was passed.
    test : str
        The test, in words.
    jaccard : float
        Overlap of the shape's true features with those of the best cluster or loop; of features
        that share their best latent one alone counts, or a single latent could pass for a cluster.
    p_value : float or None
        Of that cluster or loop against structureless dictionaries.
    nearest_neighbour_pass_share : float
        Share of the shape's features that pass the nearest-neighbour test.
    mean_max_cosine : float
        Mean over the shape's features of the cosine to their best latent.
    n_latents : int
        Latents that are the best of any of the shape's features: fewer than `n_features` where
        features were merged.
    agreement : float or None
        Whether its features still lie in order: for a circle that is recovered, the circular
        correlation of their angles with those along the loop; for a tree, the Spearman correlation
        of steps in the tree with chord distances of the best latents. None for other shapes, or
        where nothing is left to measure.
    agreement_p : float or None
        Among 199 shuffles of the shape's features.
    """

    name: str
    kind: str
    n_features: int
    expected: str
    recovered: bool
    test: str
    jaccard: float
    p_value: float | None
    nearest_neighbour_pass_share: float
    mean_max_cosine: float
    n_latents: int
    agreement: float | None
    agreement_p: float | None


def shape_recovery(
    shape: PlacedShape,
    truth: GroundTruth,
    test: NearestNeighbourTest,
    learned: Arrangement,
    seed: int,
) -> ShapeRecovery:
    """Hold what was learned against one shape of the truth.

    Parameters
    ----------
    shape : PlacedShape
    truth : GroundTruth
        That it is a part of.
    test : NearestNeighbourTest
        Of the whole truth.
    learned : Arrangement
    seed : int
    """
    members = shape.members
    share = float(test.passed[members].mean())
    best, p, its_loop = 0.0, None, None
    if shape.expected == "nothing":
        recovered = share >= _LEAST_PASS_SHARE
        words = f"{_LEAST_PASS_SHARE:.0%} of its features pass the nearest-neighbour test"
    else:
        groups = learned.clusters if shape.expected == "cluster" else learned.loops
        significant = [group for group in groups if group.p_value <= LEVEL]
        for group in significant or groups:
            index = jaccard(np.flatnonzero(np.isin(test.own, group.members)), members)
            if index > best:
                best, p = index, group.p_value
                its_loop = group if isinstance(group, Loop) else None
        recovered = best >= _LEAST_JACCARD and p is not None and p <= LEVEL
        words = (
            f"a {shape.expected} with p <= {LEVEL} whose features are the shape's "
            f"(Jaccard >= {_LEAST_JACCARD})"
        )
    latents, agreement = test.best[members], None
    if shape.kind == "circle" and its_loop and recovered:
        angles = truth.dictionary.coordinates[members, 0]
        agreement = circle_agreement(angles, latents, learned, its_loop, seed)
    elif shape.kind == "tree":
        place = np.full(len(truth.dictionary) + 1, -1)  # the last entry answers to -1, no parent
        place[members] = np.arange(len(members))
        agreement = tree_agreement(place[truth.parents[members]], latents, learned, seed)
    return ShapeRecovery(
        name=shape.name,
        kind=shape.kind,
        n_features=len(members),
        expected=shape.expected,
        recovered=recovered,
        test=words,
        jaccard=best,
        p_value=p,
        nearest_neighbour_pass_share=share,
        mean_max_cosine=float(test.cosine[members].mean()),
        n_latents=len(np.unique(latents)),
        agreement=agreement[0] if agreement else None,
        agreement_p=agreement[1] if agreement else None,
    )
