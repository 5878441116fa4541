"""Small sweeps that several tests run."""

from __future__ import annotations

from typing import Any

from featuretopo.bench.spec import Spec, checked

#: Two seeds of one SAE of one LLM, by cosines alone: 2 cells, 8 stages.
SMALL: dict[str, Any] = {
    "format": "sweep/1",
    "name": "small",
    "measures": ["mmcs", "fvu"],
    "seeds": [0, 1],
    "width": [16],
    "training": {"steps": 4, "batch_size": 32, "held_out": 64, "shared": 64},
    "world": {
        "home": {
            "d": 16,
            "shapes": [{"type": "Blobs", "n_blobs": 2, "per_blob": 4}, {"type": "Sphere", "n": 4}],
        }
    },
    "llm": {"one": {"cooccurrence": {"type": "ExactlyK", "k": 1}}},
    "sae": {"topk": {"type": "TopK", "sparsity": [2]}},
}


def small(**changes: Any) -> Spec:
    """Return SMALL with some of its keys replaced."""
    return checked(SMALL | changes)
