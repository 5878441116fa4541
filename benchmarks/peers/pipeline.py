"""The other side of benchmarks/pipeline.py: the demo's work by sae-lens, ripser, persim, kmapper,
umap-learn, scikit-learn, scipy and numpy. Written as one would who has these and knows them.
"""

from __future__ import annotations

import json
import sys
import warnings
from itertools import combinations
from pathlib import Path

import numpy as np
import torch
from arrangement import arranged, mapper_graph, picture
from learning import Model, evaluated, trained
from measures import compared, recovery, unit
from meter import Meter

CONTROL = "the truth itself"


def main() -> None:
    """Read the task in a folder, do it, write what was found to another."""
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    folder, out = map(Path, sys.argv[1:])
    task = json.loads((folder / "task.json").read_text(encoding="utf-8"))
    meter, rng = Meter(), np.random.default_rng(task["seed"])
    with meter.stage("truth"):
        truths = {name: np.load(folder / f"{name}.npy") for name in task["truths"]}
    saes, codes, rows, models = {}, {}, {}, {}
    for number, asked in enumerate(task["models"]):
        name, which = asked["name"], asked["truth"]
        given = truths[which], task["truths"][which]
        with meter.stage("truth"):
            model = Model(*given, asked["fires"], np.load(folder / f"{name}.turn.npy"), task)
        sae = trained(model, task, 100 * task["seed"] + number, meter)
        with meter.stage("activations"):
            held_out = model.codes(task["held_out"])
            # the same samples for all models of one truth, each feature on its own
            torch.manual_seed(1000 * task["seed"] + list(truths).index(which))
            plain = Model(*given, None, np.eye(task["d"], dtype=np.float32), task)
            shared = plain.codes(task["shared"]) @ model.features
            true_l0 = float((held_out > 0).sum(dim=1).float().mean())
            held_out = held_out @ model.features
        with meter.stage("evaluation"):
            found, rows[name], codes[name] = evaluated(sae, held_out, shared)
        saes[name], models[name] = found | {"true_l0": true_l0}, (model, given[1])
        np.save(out / f"{name}.npy", rows[name])
    home = task["models"][0]["truth"]
    rows[CONTROL], saes[CONTROL] = truths[home], {}
    models[CONTROL] = (None, task["truths"][home])
    portraits = {}
    for name, x in rows.items():
        with meter.stage("homology"):
            portrait = portraits[name] = arranged(x, rng)
        with meter.stage("Mapper"):
            saes[name]["mapper"] = mapper_graph(portrait)
        with meter.stage("UMAP"):
            saes[name]["trustworthiness"] = picture(portrait, task["seed"])
        with meter.stage("recovery"):
            model, shapes = models[name]
            truth = unit(truths[home] if model is None else model.features.numpy())
            saes[name]["recovery"] = recovery(truth, shapes, portrait, rng)
    pairs = {}
    for a, b in combinations([each["name"] for each in task["models"]], 2):
        with meter.stage("comparison"):
            pairs[f"{a}, {b}"] = compared(
                portraits[a], portraits[b], (codes[a], codes[b]), task["draws"], rng
            )
    found = {"stages": meter.stages, "saes": saes, "pairs": pairs}
    (out / "found.json").write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
