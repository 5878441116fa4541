"""Recovery: what one SAE kept of its ground truth, shape by shape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from featuretopo.compare.overlap import IntArray, jaccard
from featuretopo.compare.verdict import LEVEL
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.similarity import NearestNeighbourTest, mmcs, nearest_neighbour_test
from featuretopo.topology.arrangement import Arrangement
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
        Overlap of the shape's true features with those of the best cluster or loop.
    p_value : float or None
        Of that cluster or loop against structureless dictionaries.
    nearest_neighbour_pass_share : float
        Share of the shape's features that pass the nearest-neighbour test.
    mean_max_cosine : float
        Mean over the shape's features of the cosine to their best latent.
    n_latents : int
        Latents that are the best of any of the shape's features: fewer than `n_features` where
        features were merged.
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


@dataclass(frozen=True, slots=True)
class Recovery:
    """One SAE against the truth carried into its space.

    Attributes
    ----------
    name : str
        The SAE (named after its simulated LLM).
    fvu, l0 : float
        Fraction of variance unexplained and mean number of active latents, on held-out samples.
    true_l0 : float
        Mean number of features that fired in those samples.
    dead_latents, n_latents : int
        Latents that never fired on the held-out samples, of how many.
    mmcs_truth_to_sae, mmcs_sae_to_truth : float
        Mean max cosine of every true feature to its best latent, and of every live latent to its
        best true feature.
    nearest_neighbour_pass_share : float
        Share of true features x whose best latent is nearer to x than x's nearest other true
        feature is.
    merged_latents : int
        Latents that are the best latent of several true features.
    distinct_share : float
        Best latents, each counted once, per true feature: 1 if every true feature has one of its
        own.
    shapes : tuple of ShapeRecovery
    verdict : str
        In words, from the values above.
    """

    name: str
    fvu: float
    l0: float
    true_l0: float
    dead_latents: int
    n_latents: int
    mmcs_truth_to_sae: float
    mmcs_sae_to_truth: float
    nearest_neighbour_pass_share: float
    merged_latents: int
    distinct_share: float
    shapes: tuple[ShapeRecovery, ...]
    verdict: str


def recover(
    truth: GroundTruth,
    carried: Dictionary,
    learned: Arrangement,
    *,
    fvu: float,
    l0: float,
    true_l0: float,
    dead_latents: int,
) -> Recovery:
    """Hold an SAE against its ground truth, shape by shape.

    A shape's cluster (or loop) is recovered if some cluster (loop) of the SAE with p <= .05 has
    the shape's features: a true feature belongs to it if its best latent does, and the Jaccard
    index of those features with the shape's must be at least .5. A shape that shows no topology
    below the floor is recovered if 90% of its features pass the nearest-neighbour test.

    Parameters
    ----------
    truth : GroundTruth
    carried : Dictionary
        The truth's features in the SAE's space.
    learned : Arrangement
        Of the SAE's live latents.
    fvu, l0, true_l0 : float
        Measured on held-out samples; handed through.
    dead_latents : int
        Latents that were left out of `learned`.

    Raises
    ------
    FeaturetopoError
        If `carried` does not hold the truth's features, or lives in another dimension.
    """
    if len(carried) != len(truth.dictionary):
        raise FeaturetopoError(
            f"{carried!r} is not {truth!r} carried into another space: give the model's dictionary"
        )
    test = nearest_neighbour_test(carried, learned.dictionary)
    scores = mmcs(carried, learned.dictionary)
    shapes = tuple(_shape(shape, test, learned) for shape in truth.shapes)
    return Recovery(
        name=learned.name,
        fvu=fvu,
        l0=l0,
        true_l0=true_l0,
        dead_latents=dead_latents,
        n_latents=len(learned.dictionary) + dead_latents,
        mmcs_truth_to_sae=scores.a_to_b,
        mmcs_sae_to_truth=scores.b_to_a,
        nearest_neighbour_pass_share=test.pass_share,
        merged_latents=len(test.merged),
        distinct_share=len(np.unique(test.best)) / len(carried),
        shapes=shapes,
        verdict=_verdict(scores.a_to_b, test, shapes),
    )


def _shape(shape: PlacedShape, test: NearestNeighbourTest, learned: Arrangement) -> ShapeRecovery:
    members = shape.members
    share = float(test.passed[members].mean())
    best, p = 0.0, None
    if shape.expected == "nothing":
        recovered = share >= _LEAST_PASS_SHARE
        words = f"{_LEAST_PASS_SHARE:.0%} of its features pass the nearest-neighbour test"
    else:
        groups = learned.clusters if shape.expected == "cluster" else learned.loops
        for group in groups:
            index = jaccard(_true_features(group.members, test), members)
            if index > best:
                best, p = index, group.p_value
        recovered = best >= _LEAST_JACCARD and p is not None and p <= LEVEL
        words = (
            f"a {shape.expected} with p <= {LEVEL} whose features are the shape's "
            f"(Jaccard >= {_LEAST_JACCARD})"
        )
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
        n_latents=len(np.unique(test.best[members])),
    )


def _true_features(latents: IntArray, test: NearestNeighbourTest) -> IntArray:
    """True features whose best latent is among `latents`."""
    return np.flatnonzero(np.isin(test.best, latents))


def _verdict(
    mmcs_truth_to_sae: float, test: NearestNeighbourTest, shapes: tuple[ShapeRecovery, ...]
) -> str:
    kept = []
    for expected in ("cluster", "loop"):
        there = [shape for shape in shapes if shape.expected == expected]
        if there:
            found = sum(shape.recovered for shape in there)
            kept.append(f"{found} of {len(there)} {expected}s")
    n, distinct = len(test.best), len(np.unique(test.best))
    show = f"; {' and '.join(kept)} show below the noise floor" if kept else ""
    return (
        f"MMCS {mmcs_truth_to_sae:.2f}, {test.pass_share:.0%} of the features pass the "
        f"nearest-neighbour test; but {n} true features share {distinct} best latents{show}."
        if distinct < n
        else f"MMCS {mmcs_truth_to_sae:.2f}, a latent for each of the {n} true features{show}."
    )
