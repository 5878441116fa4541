"""Small sweeps that several tests run."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pyarrow as pa

from featuretopo.bench import plan
from featuretopo.bench.collect import SCHEMA
from featuretopo.bench.measures import MEASURES
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


def made_up(spec: Spec) -> pa.Table:
    """A row for each cell and measure of a sweep, its values made up: nothing here is measured."""
    rng = np.random.default_rng(0)
    rows = []
    for number, cell in enumerate(plan(spec).cells):
        about = {
            "sweep": spec.name, "cell": number, "world": cell.world, "llm": cell.llm,
            "sae": cell.sae, "sparsity": cell.sparsity, "width": cell.width, "seed": cell.seed,
            "part": "", "note": "", "status": "done", "error": "", "seconds": 1.0, "key": "0" * 40,
        }  # fmt: skip
        for final, name in itertools.product(cell.finals, spec.measures):
            if MEASURES[name].stage != final.task.stage:
                continue
            value = None if name == "verdict" else float(rng.uniform(0.3, 0.9))
            row = about | {"side": final.side, "measure": name, "value": value}
            row |= {"unit": MEASURES[name].unit, "direction": MEASURES[name].direction}
            if name == "verdict":
                row["note"] = "shared"
            elif name == "l0":
                row["value"] = float(np.exp(rng.uniform(0, 4)))
            elif final.side == "ab":
                row |= {"p": float(rng.uniform()), "null_low": 0.2, "null_high": 0.4}
            rows.append(row)
            if name == "shapes_recovered":
                rows.append(row | {"part": "blob"})
    return pa.Table.from_pylist(rows, schema=SCHEMA)
