"""The demo's work beside what a user would do instead, stage by stage, in one run.

    make bench-pipeline                                   # the environment of the others, then this
    python benchmarks/pipeline.py [--peer PYTHON] [--models NAME ...] [--steps 2000] [--draws 39]

One truth (two, with `stranger`), simulated LLMs of the demo, a TopK SAE on each, and then on both
sides: recovery of the truth beside strangers, H0 and H1 to the noise floor, clusters and loops with
their nulls, Mapper, UMAP, and every pair of SAEs by code matching, MMCS, CCA, CKA, RSA and so on,
each figure beside as many null draws. Ours are the demo's own functions; theirs are sae-lens,
ripser, persim, kmapper, umap-learn, scikit-learn, scipy and numpy by hand (peers/pipeline.py).
Each side is a process of its own on one core and one thread, first ours, then theirs. What each
learned is then held against its truth by one function, ours.

Smaller than the demo by default: three of its six LLMs, 2,000 training steps of 4,000, 39 null
draws of a pair's figures of 199. `--full` is the demo as it is (hours, on the other side).
Left out on both sides: the order of word vectors and the second opinion. Ours alone: Mapper graphs
compared, intervals, alignment, verdicts, the page.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from itertools import combinations
from pathlib import Path
from time import perf_counter

import numpy as np
from peers.meter import Meter

HERE = Path(__file__).parent
STAGES = (
    "truth",
    "activations",
    "training",
    "evaluation",
    "homology",
    "Mapper",
    "UMAP",
    "recovery",
    "comparison",
    "page",
)
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)
CONTROL = "the truth itself"
#: sae-lens's own settings where they are not its defaults
PEER = {"sae": {}, "trainer": {"lr": 4e-3}}


def ask(folder: Path, names: list[str], steps: int, draws: int, seed: int) -> None:
    """Write the task: the truths as arrays, the LLMs as numbers."""
    from featuretopo.demo import experiment as demo
    from featuretopo.llm import Between, ExactlyK, Independent

    models = [model for model in demo.MODELS if model.name in names]
    counts = {ExactlyK: lambda r: [r.k, r.k], Between: lambda r: [r.low, r.high]}
    task = {
        "seed": seed,
        "d": demo.D,
        "n_latents": demo.N_LATENTS,
        "k": demo.ARCHITECTURE.k,
        "rate": demo.LEARNING_RATE,
        "steps": steps,
        "batch": demo.BATCH_SIZE,
        "held_out": demo.HELD_OUT,
        "shared": demo.SHARED,
        "draws": draws,
        "peer": PEER,
        "joint": demo.FREQUENCY.joint,
        "lone": demo.FREQUENCY.lone,
        "magnitude": [demo.MAGNITUDE.low, demo.MAGNITUDE.high],
        "truths": {},
        "models": [],
    }
    for model in models:
        rule = model.rule
        fires = None if isinstance(rule, Independent) else counts[type(rule)](rule)
        llm = demo.simulated_llm(model, seed)
        turn = llm.carry(np.eye(demo.D, dtype=np.float32))
        np.save(folder / f"{model.name}.turn.npy", turn)
        task["models"].append({"name": model.name, "truth": model.truth, "fires": fires})
    for which in dict.fromkeys(model.truth for model in models):
        truth = demo.ground_truth(which, seed)
        np.save(folder / f"{which}.npy", truth.dictionary.vectors)
        task["truths"][which] = [
            {
                "name": shape.name,
                "kind": shape.kind,
                "members": shape.members.tolist(),
                "joint": shape.joint,
                "expected": shape.expected,
            }
            for shape in truth.shapes
        ]
    (folder / "task.json").write_text(json.dumps(task), encoding="utf-8")


class Timed:
    """A simulated LLM whose drawing counts as a stage of its own."""

    def __init__(self, llm: object, meter: Meter) -> None:
        self._llm, self._meter = llm, meter

    def sample(self, n: int, *, rng: object = None) -> object:
        """Draw a batch."""
        with self._meter.stage("activations"):
            return self._llm.sample(n, rng=rng)


def ours(folder: Path, out: Path) -> None:
    """Do the demo's work with the demo's functions, in this process."""
    meter = Meter()
    import torch

    torch.set_num_threads(1)
    from featuretopo.compare import compare, recover
    from featuretopo.demo import experiment as demo
    from featuretopo.demo.learn import Learned
    from featuretopo.demo.run import live_dictionary
    from featuretopo.random import child_seed
    from featuretopo.report.build import report
    from featuretopo.sae import evaluate, sparse_codes, train
    from featuretopo.topology import clusters, loops, persistence, umap
    from featuretopo.topology.arrangement import Arrangement
    from featuretopo.topology.mapper import mapper

    task = json.loads((folder / "task.json").read_text(encoding="utf-8"))
    seed = task["seed"]
    asked = [each["name"] for each in task["models"]]
    models = [model for model in demo.MODELS if model.name in asked]

    def portrait_of(name: str, x: object) -> Arrangement:
        """What `arrangement` does, stage by stage."""
        rng = child_seed(seed, "arrangement", name)
        with meter.stage("homology"):
            diagram = persistence(x)
            groups = clusters(x, rng=child_seed(rng, "clusters"))
            cycles = loops(x, rng=child_seed(rng, "loops"))
        with meter.stage("Mapper"):
            graph = mapper(x)
        with meter.stage("UMAP"):
            picture = umap(x, rng=child_seed(rng, "umap"))
        return Arrangement(name, x, diagram, groups, cycles, graph, picture)

    learned, portraits, recoveries = [], [], []
    for model in models:
        with meter.stage("truth"):
            llm = demo.simulated_llm(model, seed)
        with meter.stage("training"):
            sae = train(
                Timed(llm, meter),
                demo.ARCHITECTURE,
                n_latents=task["n_latents"],
                steps=task["steps"],
                batch_size=task["batch"],
                learning_rate=task["rate"],
                device="cpu",
                rng=child_seed(seed, "sae", model.name),
            )
        with meter.stage("activations"):
            held_out = llm.sample(task["held_out"], rng=child_seed(seed, "held out", model.name))
            shared = llm.activations(demo.shared_codes(model, seed))
        with meter.stage("evaluation"):
            found = evaluate(sae, held_out.activations)
            codes = sparse_codes(sae, shared)[:, found.alive]
        true_l0 = float((held_out.values > 0).sum(axis=1).mean())
        learned.append(
            Learned(
                model.name, sae.dictionary.vectors, found.alive, found.fvu, found.l0, true_l0, codes
            )
        )
    with meter.stage("truth"):
        home = demo.ground_truth("home", seed)
    control = portrait_of(CONTROL, home.dictionary)
    for model, each in zip(models, learned, strict=True):
        portraits.append(portrait_of(each.name, live_dictionary(model, each, seed)))
        with meter.stage("recovery"):
            llm = demo.simulated_llm(model, seed)
            recoveries.append(
                recover(
                    llm.truth, llm.dictionary, portraits[-1], fvu=each.fvu, l0=each.l0,
                    true_l0=each.true_l0, dead_latents=len(each.vectors) - len(each.alive),
                    rng=child_seed(seed, "recovery", model.name),
                )
            )  # fmt: skip
    with meter.stage("recovery"):
        itself = recover(
            home, home.dictionary, control, fvu=0.0, l0=true_l0, true_l0=true_l0, dead_latents=0,
            rng=child_seed(seed, "recovery", CONTROL),
        )  # fmt: skip
    comparisons = []
    for i, j in combinations(range(len(models)), 2):
        with meter.stage("comparison"):
            comparisons.append(
                compare(
                    portraits[i], portraits[j], codes=(learned[i].codes, learned[j].codes),
                    recoveries=(recoveries[i], recoveries[j]), draws=task["draws"],
                    rng=child_seed(seed, "comparison", portraits[i].name, portraits[j].name),
                )
            )  # fmt: skip
    with meter.stage("page"):
        report(comparisons, out / "report.html", recoveries=recoveries, control=itself)
    for each in learned:
        np.save(out / f"{each.name}.npy", each.vectors[each.alive])
    write(
        out,
        meter,
        {
            each.name: {
                "fvu": each.fvu,
                "l0": each.l0,
                "true_l0": each.true_l0,
                "dead": each.dead_latents,
            }
            for each in recoveries
        },
        {
            f"{each.a.name}, {each.b.name}": {m.name: [m.low, m.p_value] for m in each.measures}
            for each in comparisons
        },
    )


def write(out: Path, meter: Meter, saes: dict, pairs: dict) -> None:
    """Write what one side found."""
    found = {"stages": meter.stages, "saes": saes, "pairs": pairs}
    (out / "found.json").write_text(json.dumps(found), encoding="utf-8")


def run(command: list[str], core: int, env: dict[str, str]) -> dict[str, float]:
    """Run one side on one core; return what the whole process took."""
    start = perf_counter()
    process = subprocess.Popen(
        command,
        env=env,
        stdout=sys.stderr,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit("one side stopped; its message is above")
    return {
        "wall": perf_counter() - start,
        "cpu": used.ru_utime + used.ru_stime,
        "peak_mb": used.ru_maxrss / 1024,
    }


def judged(task: dict, out: Path, saes: dict) -> dict:
    """Hold what one side learned against its truth: the same function for both sides."""
    from featuretopo import Dictionary
    from featuretopo.compare import recover
    from featuretopo.demo import experiment as demo
    from featuretopo.random import child_seed
    from featuretopo.topology.arrangement import arrangement

    found = {}
    for model in (model for model in demo.MODELS if model.name in saes):
        seed = child_seed(task["seed"], "judged", model.name)
        llm, said = demo.simulated_llm(model, task["seed"]), saes[model.name]
        found[model.name] = recover(
            llm.truth, llm.dictionary,
            arrangement(Dictionary(np.load(out / f"{model.name}.npy")), rng=seed),
            fvu=said["fvu"], l0=said["l0"], true_l0=said["true_l0"], dead_latents=said["dead"],
            rng=seed,
        )  # fmt: skip
    return found


def print_stages(whole: list[dict], stages: list[dict]) -> None:
    """Seconds and memory, stage by stage, ours and theirs."""
    print(f"{'':18s}{'ours':>26s}{'theirs':>26s}")
    print(f"{'stage':18s}" + 2 * f"{'wall s':>9s}{'CPU s':>9s}{'MB':>8s}" + f"{'times':>7s}")
    units = ("wall", "cpu", "peak_mb")
    rest = [
        {unit: whole[side][unit] - sum(each[unit] for each in of.values()) for unit in units[:2]}
        for side, of in enumerate(stages)
    ]
    rows = [(name, [side.get(name, {}) for side in stages]) for name in STAGES]
    for name, sides in (*rows, ("start and imports", rest), ("whole process", whole)):
        shown = [
            cell(side.get(unit), width, digits)
            for side in sides
            for unit, width, digits in zip(units, (9, 9, 8), (1, 1, 0), strict=True)
        ]
        ratio = sides[1]["cpu"] / sides[0]["cpu"] if all(sides) else None
        print(f"{name:18s}{''.join(shown)}{cell(ratio, 7, 1)}")


def cell(value: float | None, width: int, digits: int) -> str:
    """One number of a table, a dash where there is none."""
    return f"{value:{width}.{digits}f}" if value is not None else f"{'-':>{width}s}"


def print_recovery(sides: list[dict]) -> None:
    """What each side learned, by one function."""
    titles = ("FVU", "dead", "MMCS", "back", "pass", "distinct", "agreement", "blobs", "circles")
    print(f"\n{'SAE, by one function':22s}" + "".join(f"{title:>10s}" for title in titles))
    for name in sides[0]:
        for whose, found in zip(("ours", "theirs"), (side[name] for side in sides), strict=True):
            kept = [
                [shape.recovered for shape in found.shapes if shape.kind == kind]
                for kind in ("blob", "circle")
            ]
            shown = [
                cell(found.fvu, 10, 3),
                cell(found.dead_latents, 10, 0),
                cell(found.mmcs_truth_to_sae, 10, 3),
                cell(found.mmcs_sae_to_truth, 10, 3),
                cell(found.nearest_neighbour_pass_share, 10, 3),
                cell(found.distinct_share, 10, 3),
                cell(found.cluster_agreement, 10, 3),
                *(f"{f'{sum(each)} of {len(each)}':>10s}" for each in kept),
            ]
            print(f"{f'{name}, {whose}':22s}{''.join(shown)}")


def print_pairs(sides: list[dict]) -> None:
    """Figures of each pair that both sides took, with their p-values."""
    for pair, found in sides[0].items():
        print(f"\n{pair:30s}" + 2 * f"{'':>12s}{'p':>8s}" + "   ours, then theirs")
        for name, theirs in sides[1][pair].items():
            if name in found:
                shown = (cell(value, 12, 3) + cell(p, 8, 3) for value, p in (found[name], theirs))
                print(f"{name:30s}{''.join(shown)}")


def both(folder: Path, peer: str, core: int) -> tuple[list[dict], list[dict]]:
    """Run both sides on the task in a folder; return their whole and what they found."""
    here = os.environ | ONE_THREAD
    # theirs must not find our packages
    there = {name: value for name, value in here.items() if name != "PYTHONPATH"}
    commands = (
        ("ours", [sys.executable, __file__, "--ours"], here),
        ("theirs", [peer, str(HERE / "peers" / "pipeline.py")], there),
    )
    whole, found = [], []
    for side, command, env in commands:
        out = folder / side
        out.mkdir(exist_ok=True)
        whole.append(run([*command, str(folder), str(out)], core, env))
        found.append(json.loads((out / "found.json").read_text(encoding="utf-8")))
        # where stages start a peak of their own, the system forgets the ones before
        peaks = (each["peak_mb"] for each in found[-1]["stages"].values())
        whole[-1]["peak_mb"] = max(whole[-1]["peak_mb"], *peaks)
    return whole, found


def main() -> None:
    """Run both sides, print all tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", help="python of an environment with the others' packages")
    parser.add_argument("--models", nargs="+", default=["exactly-1", "twin", "stranger"])
    parser.add_argument("--steps", type=int, default=2000, help="of training, for each SAE")
    parser.add_argument("--draws", type=int, default=39, help="of every figure of a pair")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--core", type=int, default=0, help="which core does it all")
    parser.add_argument("--cold", action="store_true", help="without a small run of both before")
    parser.add_argument("--full", action="store_true", help="all of the demo: hours")
    parser.add_argument("--ours", nargs=2, type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.ours:
        ours(*given.ours)
        return
    if not given.peer:
        parser.error("--peer: which python has the others' packages? make bench-pipeline has one")
    from featuretopo.demo import experiment as demo

    names, steps, draws = given.models, given.steps, given.draws
    if given.full:
        names = [model.name for model in demo.MODELS]
        steps, draws = demo.STEPS, demo.DRAWS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if not given.cold:  # what compilers keep on disk is then there for both
            ask(folder, names[:2], 20, 19, given.seed)
            both(folder, given.peer, given.core)
        ask(folder, names, steps, draws, given.seed)
        whole, found = both(folder, given.peer, given.core)
        task = json.loads((folder / "task.json").read_text(encoding="utf-8"))
        recovered = [
            judged(task, folder / side, each["saes"])
            for side, each in zip(("ours", "theirs"), found, strict=True)
        ]
    print(f"{len(names)} SAEs of {steps:,} steps, {draws} null draws of a pair's figures, one core")
    print_stages(whole, [each["stages"] for each in found])
    print_recovery(recovered)
    print_pairs([each["pairs"] for each in found])
    wall, cpu = (whole[1][unit] / whole[0][unit] for unit in ("wall", "cpu"))
    print(f"\nwhole process: {wall:.2f} times as fast by the clock, {cpu:.2f} times by CPU seconds")


if __name__ == "__main__":
    main()
