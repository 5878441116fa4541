"""Glossary: the abbreviations that occur on a page, spelled out."""

from __future__ import annotations

import re

_WORDS = {
    "MMCS": "mean max cosine similarity: the cosine of each feature with the nearest of the "
    "other side",
    "SVCCA": "singular vector canonical correlation analysis: CCA of the directions that hold "
    "most of the variance",
    "PWCCA": "projection-weighted canonical correlation analysis",
    "CCA": "canonical correlation analysis: how well some direction of one side predicts one of "
    "the other",
    "CKA": "centred kernel alignment: are the same features near each other on both sides, "
    "whatever the rotation",
    "RSA": "representational similarity analysis: rank correlation of all pairwise distances",
    "RTD": "representation topology divergence: at which scales groups hang together on one side "
    "alone; 0 if on both alike",
    "kNN": "k nearest neighbours",
    "Jaccard": "index of two sets: what they share, of all that is in either",
    "Procrustes": "the rotation that brings partners nearest to each other",
    "H0": "groups, and the scales at which they merge",
    "H1": "loops, from where they close to where they are filled",
    "Bottleneck": "distance of two diagrams: the longest way that a bar has to move",
    "Wasserstein": "distance of two diagrams: the ways of all bars together",
    "SAE": "sparse autoencoder",
    "FVU": "fraction of variance unexplained",
    "L0": "features active in a sample, on average",
    "UMAP": "uniform manifold approximation and projection, a picture and no evidence",
}


def glossary(words: str) -> list[tuple[str, str]]:
    """Return the abbreviations that occur in some words, each with what it stands for.

    Examples
    --------
    >>> [short for short, _ in glossary("SVCCA of H1")]
    ['H1', 'SVCCA']
    """
    found = [each for each in _WORDS if re.search(rf"(?<!\w){each}", words)]
    return [(each, _WORDS[each]) for each in sorted(found, key=str.lower)]
