"""Measures that a sweep can ask for: of which stage each is, its unit, and which way is better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class SweepMeasure:
    """One measure.

    Attributes
    ----------
    stage : {"scores", "recovery", "comparison"}
        Which stage gives it: scores need an SAE and its truth, a recovery their topology as well,
        a comparison two SAEs of a pair of LLMs.
    unit : str
        What the number counts.
    direction : {"higher", "lower", ""}
        Which way is more of what was planted (or, of a comparison, more alike); "" for neither.
    title : str
        In words.
    """

    stage: Literal["scores", "recovery", "comparison"]
    unit: str
    direction: Literal["higher", "lower", ""]
    title: str


MEASURES = {
    "fvu": SweepMeasure("scores", "share", "lower", "fraction of variance unexplained"),
    "l0": SweepMeasure("scores", "latents per sample", "", "mean number of active latents"),
    "dead_share": SweepMeasure("scores", "share", "lower", "latents that never fire"),
    "mmcs": SweepMeasure("scores", "cosine", "higher", "MMCS of the truth to the SAE"),
    "mmcs_back": SweepMeasure("scores", "cosine", "higher", "MMCS of live latents to the truth"),
    "nearest_neighbour_pass_share": SweepMeasure(
        "scores", "share", "higher", "true features nearer to a latent than to any other truth"
    ),
    "distinct_share": SweepMeasure(
        "scores", "share", "higher", "distinct best latents per true feature"
    ),
    "merged_latents": SweepMeasure(
        "scores", "latents", "lower", "latents that stand for several true features"
    ),
    "split_features": SweepMeasure(
        "scores", "features", "lower", "true features that own several latents"
    ),
    "spurious_latents": SweepMeasure("scores", "latents", "lower", "latents like no true feature"),
    "shapes_recovered": SweepMeasure("recovery", "share", "higher", "shapes recovered"),
    "cluster_agreement": SweepMeasure(
        "recovery", "adjusted mutual information", "higher", "shapes and clusters, the same groups"
    ),
    "verdict": SweepMeasure("comparison", "", "", "the verdict, in the note"),
    "mmcs_before": SweepMeasure("comparison", "cosine", "higher", "MMCS as they stand"),
    "mmcs_after": SweepMeasure("comparison", "cosine", "higher", "MMCS after Procrustes"),
    "matched_score": SweepMeasure(
        "comparison", "correlation", "higher", "mean score of matched pairs"
    ),
    "mean_cca": SweepMeasure("comparison", "correlation", "higher", "mean CCA"),
    "svcca": SweepMeasure("comparison", "correlation", "higher", "SVCCA"),
    "cka": SweepMeasure("comparison", "similarity", "higher", "CKA"),
    "rsa": SweepMeasure("comparison", "correlation", "higher", "RSA"),
    "knn_jaccard": SweepMeasure("comparison", "share", "higher", "kNN-Jaccard"),
    "distance_correlation": SweepMeasure(
        "comparison", "correlation", "higher", "distance correlation"
    ),
    "rtd": SweepMeasure("comparison", "chord", "lower", "RTD per partner"),
    "mapper_paths": SweepMeasure(
        "comparison", "correlation", "higher", "path lengths in Mapper graphs"
    ),
    "cluster_overlap": SweepMeasure("comparison", "share", "higher", "overlap of clusters"),
    "loop_overlap": SweepMeasure("comparison", "share", "higher", "overlap of loops"),
    "bottleneck_h0": SweepMeasure("comparison", "chord", "lower", "bottleneck distance of H0"),
    "bottleneck_h1": SweepMeasure("comparison", "chord", "lower", "bottleneck distance of H1"),
    "wasserstein_h0": SweepMeasure("comparison", "chord", "lower", "Wasserstein distance of H0"),
    "wasserstein_h1": SweepMeasure("comparison", "chord", "lower", "Wasserstein distance of H1"),
    "unowned_in_common": SweepMeasure(
        "comparison", "share", "higher", "latents without a true feature, in common"
    ),
}
