"""What each measure asks of a pair, and what it cannot see."""

from __future__ import annotations

_COSINES = "arrangement; many features with one counterpart"
_LINEAR = ("are the two spaces of partners linearly related?", "any invertible linear map")
_ALIKE = ("are partners alike in what they are alike to?", "rotation, scale")
_NODES = "what lens and cover do not show"
_GROUPS = "what lies inside a group"
_DIAGRAMS = "which features: two strangers of one recipe are alike"
_ASKED = {
    "mmcs_before": ("is each feature's nearest counterpart near, as the two stand?", _COSINES),
    "mmcs_after": ("is it near after the rotation that brings partners together?", _COSINES),
    "matched_score": (
        "do partners fire together (by codes), or point the same way (by cosine)?",
        "directions, or firing",
    ),
    "matched_in_spectrum": (
        "do partners point the same way more than an offset or a spectrum in common makes them?",
        "features shared only in directions that most prefer",
    ),
    "mean_cca": _LINEAR,
    "svcca": _LINEAR,
    "cka": _ALIKE,
    "distance_correlation": _ALIKE,
    "rsa": (
        "are the cosines within each side in the same order?",
        "any monotone change of all cosines",
    ),
    "knn_jaccard": ("do partners have the same ten nearest?", "all that is further away"),
    "rtd": ("do loops close at one scale in one and not in the other?", "rotation, scale"),
    "mapper_nodes": ("do nodes hold the partners of a node of the other?", _NODES),
    "mapper_subgraph": ("do nodes that do hang together alike?", _NODES),
    "mapper_paths": ("are two features as many nodes apart in both graphs?", _NODES),
    "cluster_overlap": ("do clusters that stand out hold the same features?", _GROUPS),
    "loop_overlap": ("do loops that stand out run through the same features?", _GROUPS),
    "bottleneck_h0": ("do groups merge at the same scales, in the worst case?", _DIAGRAMS),
    "wasserstein_h0": ("do groups merge at the same scales, all in all?", _DIAGRAMS),
    "bottleneck_h1": ("are there loops of the same scales, in the worst case?", _DIAGRAMS),
    "wasserstein_h1": ("are there loops of the same scales, all in all?", _DIAGRAMS),
    "unowned_in_common": (
        "are latents that stand for no true feature the same ones?",
        "why they stand for none",
    ),
    "raw_directions": ("do the main directions of the activations agree?", "all but those"),
}
_RAW = "raw_"  # of samples in place of features


def asked(name: str) -> tuple[str, str]:
    """Return what a measure asks and what it is blind to; empty words for one that is not ours.

    Examples
    --------
    >>> asked("knn_jaccard")
    ('do partners have the same ten nearest?', 'all that is further away')
    >>> asked("raw_knn_jaccard")[0]
    'of activations, samples as partners: do partners have the same ten nearest?'
    """
    if name in _ASKED:
        return _ASKED[name]
    question, blind = _ASKED.get(name.removeprefix(_RAW), ("", ""))
    return f"of activations, samples as partners: {question}" if question else "", blind
