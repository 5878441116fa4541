"""How fast SAEs are trained, and how well, beside sae-lens in one run.

    make bench-train                                  # an environment with sae-lens, then this
    python benchmarks/train.py [--peer PYTHON] [--rounds 5] [--only NAME ...] [--quality]
    python benchmarks/train.py --device cuda [--peer PYTHON]      # where there is a GPU
    python benchmarks/train.py --many [--device cuda]             # many wide SAEs at once

One thread. 512 latents learn 512 features in 256 dimensions, 5 of them active, from batches
of 4,096 that were made before. A figure is samples per second of CPU time for whole steps: loss,
gradients, clipping or projection, Adam, norms. Ours are the first of a run of 1,000 by `train`'s
defaults, apart from the rate, which is constant on every side: so the penalty of Gated rises over
the first 200. Each side first takes --warm steps, since codes grow
sparse as they are learned (`active`: the share of our latents in the end); then ours, sae-lens's
own trainer without its logging, and the same loss written in plain torch take turns, and the median
of the rounds' ratios is shown. Without --peer: ours and plain torch.

With --quality: FVU and L0 on held-out samples and MMCS to the truth after equally many samples
(--steps of 1,024), at two learning rates, --seeds. Both sides minimise the same sum: squared error
summed over dimensions, plus the penalty's weight times codes (L1) or their number (L0). An FVU says
something only beside the other's at about the same L0.

With --device cuda seconds are by the clock, the batches lie on the GPU, and one thread asks. With
--many: a step of train_ensemble on 64 SAEs of 16,384 latents on 768 dimensions (on the CPU 4 of
4,096) beside the encoders' products alone, at the rate of the same minute.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from itertools import product
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from peers.clock import seconds
from threadpoolctl import threadpool_limits

import featuretopo as ft
from featuretopo.llm import SimulatedLLM, UniformFrequency
from featuretopo.sae import (
    Architecture,
    BatchTopK,
    Gated,
    JumpReLU,
    Matryoshka,
    ReLU,
    TopK,
    grid,
    train_ensemble,
)
from featuretopo.sae.recipe import Recipe
from featuretopo.truth import GroundTruth, Sphere

N, D, L0 = 512, 256, 5
BATCH, WARM, STEPS = 4096, 60, 10
RUN = 1000  # steps of the run whose first are timed
SMALL = 1024  # batches by which quality is compared
RATE = 1e-3
#: of quality: sae-lens starts its decoder rows at a tenth of our length, so that one learning rate
#: turns them ten times as far; the better of two is each side's figure
RATES = (1e-3, 4e-3)
HERE = Path(__file__).parent

Rows = tuple[tuple[Architecture, float], ...]
#: what, times sae-lens's rate that are asked for; the other side builds the same from its values
ROWS: Rows = (
    (ReLU(0.1), 1.2),
    (TopK(L0), 4),
    (BatchTopK(L0), 4),
    (JumpReLU(0.05), 1.5),
    (Gated(0.1), 2),  # many gates open all the while
    (Gated(1.0), 2),  # few of them from about the 40th step on
    (Gated(0.1, frozen_decoder=False), 2),  # the loss of sae-lens's
    (Matryoshka(L0), 2),
)


class Ours:
    """Our SAE, some steps at a time."""

    def __init__(self, architecture: Architecture, batches: np.ndarray, device: str) -> None:
        self._device = device
        self._batches = torch.from_numpy(batches).to(device)
        self._recipe = Recipe(
            RUN, BATCH, RATE, warmup=0, decay=0, encoder="transpose", clip_norm=None, resample=None
        )
        self._run = self._recipe.begin(self._batches[0], architecture, N, 0)

    @torch.no_grad()
    def active(self) -> float:
        """Share of the latents that are active."""
        return float((self._run.sae.encode(self._batches[0]) > 0).float().mean())

    def seconds(self, steps: int) -> float:
        """How long so many more steps take."""
        start = seconds(self._device)
        for _ in range(steps):
            x = self._batches[self._run.step % len(self._batches)]
            self._recipe.advance(self._run, x, kept=False)
        return seconds(self._device) - start


class Peer:
    """Another library's SAE, in a process of its own."""

    def __init__(self, python: str, script: str, asked: dict) -> None:
        self._process = subprocess.Popen(
            [python, HERE / "peers" / script, json.dumps(asked)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, question: str) -> str:
        """Return the answer to a line."""
        assert self._process.stdin and self._process.stdout
        print(question, file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit("the other side stopped; its message is above")
        return answer

    def seconds(self, steps: int) -> float:
        """How long so many more steps take."""
        return float(self.ask(str(steps)))

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


def asked_of(
    architecture: Architecture, batches: Path, seed: int, steps: int, device: str = "cpu"
) -> dict:
    """What the other side has to know."""
    own = {name: value for name, value in vars(architecture).items() if name != "auxk"}
    if isinstance(architecture, Matryoshka):
        own["widths"] = architecture.sizes(N)
    return own | {
        "architecture": type(architecture).__name__,
        "batches": str(batches),
        "n": N,
        "d": D,
        "rate": RATE,
        "seed": seed,
        "steps": steps,
        "device": device,
    }


def speed(
    rows: Rows, batches: Path, python: str | None, rounds: int, warm: int, device: str
) -> None:
    """Print the table of rates."""
    print(f"{'what':22s}{'active':>8s}{'ours/s':>10s}{'torch/s':>10s}{'times':>7s}"
          f"{'sae-lens/s':>12s}{'times':>7s}{'asked':>7s}")  # fmt: skip
    for architecture, asked in rows:
        tell = asked_of(architecture, batches, 0, 10**6, device)
        ours = Ours(architecture, np.load(batches), device)
        sides = [ours, Peer(sys.executable, "train_torch.py", tell)]
        if python:
            sides.append(Peer(python, "train_sae_lens.py", tell))
        for side in sides:
            side.seconds(warm)
        rates = np.array(
            [[STEPS * BATCH / side.seconds(STEPS) for side in sides] for _ in range(rounds)]
        )
        for side in sides[1:]:
            side.close()
        middle, times = np.median(rates, axis=0), np.median(rates[:, :1] / rates, axis=0)
        theirs = f"{middle[2]:12,.0f}{times[2]:7.2f}" if python else f"{'-':>12s}{'-':>7s}"
        print(f"{named(architecture):22s}{ours.active():8.3f}{middle[0]:10,.0f}{middle[1]:10,.0f}"
              f"{times[1]:7.2f}{theirs}{asked:7.1f}", flush=True)  # fmt: skip


def named(architecture: Architecture) -> str:
    """Kind and sparsity, in a few letters."""
    other = " not frozen" if getattr(architecture, "frozen_decoder", True) is False else ""
    return f"{type(architecture).__name__}({next(iter(vars(architecture).values()))}){other}"


def fvu(x: np.ndarray, guess: np.ndarray) -> float:
    """Fraction of variance unexplained."""
    return float(((x - guess) ** 2).sum() / ((x - x.mean(axis=0)) ** 2).sum())


def quality(
    rows: Rows, model: SimulatedLLM, folder: Path, python: str, steps: int, seeds: list[int]
) -> None:
    """Print FVU, L0 and MMCS after equally many samples."""
    held = model.sample(20_000, rng=10**6).activations
    np.save(folder / "held.npy", held)
    print(f"{'what':22s}{'seed':>5s}{'rate':>7s}" + "".join(
        f"{name:>8s}{'sae-lens':>10s}" for name in ("FVU", "L0", "MMCS")))  # fmt: skip
    # the seeds turn slowest: one that is cut short has every architecture
    for seed, (architecture, _) in product(seeds, rows):
        for rate in RATES:
            batches = folder / "seed.npy"
            np.save(batches, drawn(model, steps, seed, SMALL))
            sae = ft.train(
                Stored(np.load(batches)), architecture, n_latents=N, steps=steps,
                batch_size=SMALL, learning_rate=rate, warmup=0.02, decay=0.25, rng=seed,
            )  # fmt: skip
            with torch.no_grad():
                codes = sae.encode(torch.from_numpy(held))
                ours = fvu(held, sae.decode(codes).numpy())
                active = float((codes != 0).sum(dim=1).double().mean())
            asked = asked_of(architecture, batches, seed, steps) | {"rate": rate}
            peer = Peer(python, "train_sae_lens.py", asked)
            peer.seconds(steps)
            peer.ask(str(folder))
            peer.close()
            theirs = fvu(held, np.load(folder / "guess.npy"))
            truth = model.dictionary
            scores = [
                ft.similarity.mmcs(truth, each).a_to_b
                for each in (sae.dictionary, ft.Dictionary(np.load(folder / "W_dec.npy")))
            ]
            print(f"{named(architecture):22s}{seed:5d}{rate:7.3f}{ours:8.4f}{theirs:10.4f}"
                  f"{active:8.2f}{np.load(folder / 'l0.npy'):10.2f}"
                  f"{scores[0]:8.4f}{scores[1]:10.4f}", flush=True)  # fmt: skip


def many(device: str, n: int, n_latents: int, d: int, size: int, steps: int) -> None:
    """Print how the steps of n SAEs at once compare with the product that none can do without."""
    batches = np.random.default_rng(0).standard_normal((steps, size, d), np.float32)
    members = grid([TopK(32)], [n_latents], seeds=range(n))
    given = {"batch_size": size, "device": device, "warmup": 0, "decay": 0, "rng": 0}
    train_ensemble(Stored(batches[:1]), members[:1], steps=1, **given)

    def taken(steps: int) -> float:
        start = perf_counter()
        train_ensemble(Stored(batches[:steps]), members, steps=steps, **given)
        return perf_counter() - start

    # what the start takes is in both
    per_step = (taken(steps) - taken(steps // 2)) / (steps - steps // 2)
    x, w = (torch.ones(rows, d, device=device) for rows in (size, n_latents))
    for timed in (False, True):
        seconds(device)  # waits until the device has done what it was asked
        start = perf_counter()
        for _ in range(20 if timed else 1):
            x @ w.T
        seconds(device)
    product = n * (perf_counter() - start) / 20
    rate = 2 * n * size * d * n_latents / product / 1e9
    print(f"{n} SAEs of {d} x {n_latents}, batches of {size}: {per_step:.3f} s a step")
    print(f"each encoder's product alone: {product:.3f} s, {product / per_step:.0%} of it, "
          f"at {rate:,.0f} GFLOP/s")  # fmt: skip


class Stored:
    """A source that gives the batches of an array, one after the other."""

    def __init__(self, batches: np.ndarray) -> None:
        self._batches = iter([batches[0], *batches])  # the first sets the decoder bias as well

    def sample(self, n: int, *, rng: object = None) -> ft.llm.Batch:
        """Return the next batch."""
        self.activations = next(self._batches)
        return self


def drawn(model: SimulatedLLM, n: int, seed: int, size: int = BATCH) -> np.ndarray:
    """Draw `n` batches, shape (n, size, D)."""
    stream = iter(model.stream(size, rng=seed))
    batches = np.empty((n, size, D), np.float32)
    for each in batches:
        each[:] = next(stream).activations
    return batches


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", help="python of an environment with sae-lens")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--warm", type=int, default=WARM, help="steps before the first round")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="of the speeds")
    parser.add_argument("--many", action="store_true", help="many wide SAEs at once instead")
    parser.add_argument("--quality", action="store_true", help="FVU, L0 and MMCS instead")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="of --quality")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="some architectures, e.g. TopK")
    given = parser.parse_args()
    if given.quality and not given.peer:
        parser.error("--quality needs --peer")
    if not given.quality and given.warm + given.rounds * STEPS > RUN:
        parser.error(f"--warm and {STEPS} steps a round must fit into a run of {RUN}")
    rows = tuple(r for r in ROWS if not given.only or type(r[0]).__name__ in given.only)
    threadpool_limits(1)
    torch.set_num_threads(1)
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    if given.device == "cuda":
        if gpu is None:
            parser.error("--device cuda: torch sees no GPU here, so nothing can be said of one")
        print(f"on the GPU, {gpu}")
    else:
        beside = f", with a GPU beside it that is not used, {gpu}"
        print("on the CPU" + (beside if gpu else "; no GPU was there: nothing here tells of one"))
    if given.many:
        wide = (64, 16_384, 768, 4096) if given.device == "cuda" else (4, 4096, 768, 2048)
        many(given.device, *wide, steps=8)
        return
    model = SimulatedLLM(GroundTruth([Sphere(N)], D, rng=0), frequency=UniformFrequency(L0), rng=0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if given.quality:
            quality(rows, model, folder, given.peer, given.steps, given.seeds)
            return
        np.save(folder / "batches.npy", drawn(model, 16, 0))
        speed(rows, folder / "batches.npy", given.peer, given.rounds, given.warm, given.device)


if __name__ == "__main__":
    main()
