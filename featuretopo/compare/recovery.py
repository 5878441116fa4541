"""Recovery: what one SAE kept of its ground truth, shape by shape."""

from __future__ import annotations

from dataclasses import dataclass


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
        Whether the test below was passed (for ``"nothing"``: whether every feature passed the
        nearest-neighbour test is no topology, so it follows that test's share instead).
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
    shapes: tuple[ShapeRecovery, ...]
    verdict: str
