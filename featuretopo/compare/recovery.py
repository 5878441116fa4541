"""Recovery: what one SAE kept of its ground truth, shape by shape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from featuretopo.compare.measure import Measure
from featuretopo.compare.shape_recovery import ShapeRecovery, shape_recovery
from featuretopo.compare.truth_figures import truth_measures
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.random import RngLike, seed_of
from featuretopo.similarity import (
    NearestNeighbourTest,
    absorbed_children,
    latent_origins,
    nearest_neighbour_test,
)
from featuretopo.topology.arrangement import Arrangement
from featuretopo.truth import GroundTruth


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
    split_features : int
        True features that own several latents (:func:`~featuretopo.similarity.latent_origins`).
    mixed : tuple of int
        Rows of the latents that are near the truth and have no true feature of their own.
    spurious : tuple of int
        Rows of the latents that are like no true feature more than random directions are.
    absorbed_children : int or None
        Features whose best latent has taken in their parent; None in a truth without trees.
    cluster_agreement : float or None
        Adjusted mutual information of the truth's visible shapes and the clusters that the best
        latents lie in, every other feature on its own: 0 by chance, 1 for the same groups. None in
        a truth where nothing can be seen.
    distinct_share : float
        Best latents, each counted once, per true feature: 1 if every true feature has one of its
        own.
    measures : tuple of Measure
        MMCS both ways, the share that passes, the distinct share and the agreement of clusters,
        each beside the same of truths that the SAE never saw: this one turned at random.
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
    split_features: int
    mixed: tuple[int, ...]
    spurious: tuple[int, ...]
    absorbed_children: int | None
    cluster_agreement: float | None
    distinct_share: float
    measures: tuple[Measure, ...]
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
    rng: RngLike = None,
) -> Recovery:
    """Hold an SAE against its ground truth, shape by shape.

    A shape's cluster (or loop) is recovered if some cluster (loop) of the SAE with p <= .05 has
    the shape's features: a true feature belongs to it if its own latent does, which is its best
    one, unless that is the best of another true feature too and more like it; and the Jaccard index
    of those features with the shape's must be at least .5. A shape that shows no topology
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
    rng : int, Generator or None
        Seed of the strangers, and of the shuffles that the shapes' `agreement` is held against.

    Raises
    ------
    FeaturetopoError
        If `carried` does not hold the truth's features, or lives in another dimension.

    Examples
    --------
    >>> from featuretopo.topology.arrangement import arrangement
    >>> from featuretopo.truth import Blobs, Sphere
    >>> truth = GroundTruth([Blobs(3, 8, spread=0.3), Sphere(20)], d=32, rng=0)
    >>> itself = arrangement(truth.dictionary, rng=0)
    >>> numbers = {"fvu": 0.0, "l0": 3.0, "true_l0": 3.0, "dead_latents": 0}
    >>> found = recover(truth, truth.dictionary, itself, rng=0, **numbers)
    >>> [shape.recovered for shape in found.shapes], found.split_features, found.spurious
    ([True, True, True, True], 0, ())
    """
    if len(carried) != len(truth.dictionary):
        raise FeaturetopoError(
            f"{carried!r} is not {truth!r} carried into another space: give the model's dictionary"
        )
    test = nearest_neighbour_test(carried, learned.dictionary)
    origins = latent_origins(carried, learned.dictionary)
    has_trees = (truth.parents >= 0).any()
    absorbed = absorbed_children(carried, learned.dictionary, truth.parents) if has_trees else ()
    seed = seed_of(rng)
    measures = truth_measures(truth, carried, test, learned, seed)
    value = {measure.name: measure.low for measure in measures}
    shapes = tuple(shape_recovery(shape, truth, test, learned, seed) for shape in truth.shapes)
    return Recovery(
        name=learned.name,
        fvu=fvu,
        l0=l0,
        true_l0=true_l0,
        dead_latents=dead_latents,
        n_latents=len(learned.dictionary) + dead_latents,
        mmcs_truth_to_sae=value["mmcs_truth_to_sae"],
        mmcs_sae_to_truth=value["mmcs_sae_to_truth"],
        nearest_neighbour_pass_share=value["nearest_neighbour_pass_share"],
        merged_latents=len(test.merged),
        split_features=len(origins.split),
        mixed=tuple(origins.mixed.tolist()),
        spurious=tuple(origins.spurious.tolist()),
        absorbed_children=len(absorbed) if has_trees else None,
        cluster_agreement=value.get("cluster_agreement"),
        distinct_share=value["distinct_share"],
        measures=measures,
        shapes=shapes,
        verdict=_verdict(value["mmcs_truth_to_sae"], test, shapes),
    )


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
