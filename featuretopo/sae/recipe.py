"""Recipe: what is asked of a training run, and one step of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from featuretopo.checks import check_can, check_count, check_numbers
from featuretopo.described import described
from featuretopo.errors import FeaturetopoError
from featuretopo.random import child_seed, stream
from featuretopo.sae.base import SAE, Architecture
from featuretopo.sae.resample import Resample
from featuretopo.sae.run import Run
from featuretopo.sae.step import Optimiser

SOURCE = "a SimulatedLLM or ArraySource(array)"  # what batches usually come from
# gradients grow as the square of activations, and Adam keeps their squares in float32
_LARGEST = 1e9


@dataclass(frozen=True, slots=True)
class Recipe:
    """What :func:`train` and :func:`train_ensemble` are asked alike; they say what it means.

    Raises
    ------
    FeaturetopoError
        If no training can be done with it.
    """

    steps: int
    batch_size: int
    learning_rate: float
    warmup: float
    decay: float
    encoder: Literal["transpose", "random"]
    clip_norm: float | None
    resample: Resample | None

    def __post_init__(self) -> None:
        check_count("steps", self.steps, 1, 4000)
        check_count("batch_size", self.batch_size, 2, 2048)  # one sample has no variance
        check_numbers(self, "learning_rate", "warmup", "decay")
        if not 0 < self.learning_rate < math.inf:
            raise FeaturetopoError(
                f"learning_rate={self.learning_rate} must be positive; 1e-3 is usual"
            )
        if self.clip_norm is not None:
            check_numbers(self, "clip_norm")
            if not 0 < self.clip_norm < math.inf:
                raise FeaturetopoError(
                    f"clip_norm={self.clip_norm} must be positive and finite; 1 is usual"
                )
        if not (self.warmup >= 0 and self.decay >= 0 and self.warmup + self.decay <= 1):
            raise FeaturetopoError(
                f"warmup={self.warmup} and decay={self.decay} are shares of the steps: "
                "each must be >= 0, and their sum at most 1"
            )

    def check(self, architecture: Architecture, n_latents: int) -> None:
        """Refuse an SAE that cannot be trained so."""
        check_can("architecture", architecture, "check", usual="an architecture, e.g. TopK(8)")
        check_count("n_latents", n_latents, 1, 512)
        random = self.encoder == "random"
        if self.encoder not in ("transpose", "random") or (random and architecture.tied):
            raise FeaturetopoError(
                f"encoder={self.encoder!r} must be 'transpose', or 'random' where it is not tied"
            )
        if self.resample is not None:
            check_can("resample", self.resample, "apply", usual="None or Resample(every=1000)")
            self.resample.check(architecture, self.steps)

    @property
    def every(self) -> int:
        """Steps from one entry of the history to the next."""
        return max(1, self.steps // 50)

    def described(self, architecture: Architecture, n_latents: int) -> dict[str, Any]:
        """Return it, and the SAE, as what a checkpoint holds."""
        return {
            "architecture": described(architecture),
            "n_latents": int(n_latents),
            "steps": int(self.steps),
            "batch_size": int(self.batch_size),
            "learning_rate": float(self.learning_rate),
            "warmup": float(self.warmup),
            "decay": float(self.decay),
            "encoder": self.encoder,
            "clip_norm": None if self.clip_norm is None else float(self.clip_norm),
            "resample": described(self.resample),
        }

    def check_first(self, first: Tensor) -> None:
        """Refuse a first batch from which nothing can be learned."""
        if first.ndim != 2 or len(first) == 0:
            raise FeaturetopoError(
                f"activations of shape {tuple(first.shape)} must have shape (b, d), b at least 1"
            )
        if not torch.isfinite(first).all() or (first == first[0]).all():
            raise FeaturetopoError(
                "the activations of the first batch are constant, NaN or infinite: "
                "nothing to learn; mend the source or raise batch_size"
            )
        _check_size(first, "the first batch")

    def begin(self, first: Tensor, architecture: Architecture, n_latents: int, seed: int) -> Run:
        """Return a run before its first step, on the device of a batch (b, d) that passed."""
        d = first.shape[1]
        # of the CPU: the same start on any device
        generator = torch.Generator().manual_seed(child_seed(seed, "weights"))
        rows = torch.randn(n_latents, d, generator=generator)
        rows /= rows.norm(dim=1, keepdim=True)
        sae = SAE(rows.to(first.device), first.mean(0), architecture).to(first.device)
        with torch.no_grad():
            if self.encoder == "random":
                for each in (sae.W_enc, sae.b_enc):
                    uniform = torch.rand(each.shape, generator=generator)
                    each.copy_((2 * uniform - 1) / math.sqrt(d))
            elif not architecture.tied:
                sae.W_enc.mul_(architecture.encoder_start)
        silent_for = torch.zeros(n_latents, dtype=torch.long, device=first.device)
        # a random encoder is how results of plain Adam were published, and it decides them as well
        plain = self.encoder == "random"
        return Run(sae, Optimiser(sae, clip_norm=self.clip_norm, plain=plain), silent_for)

    def advance(self, run: Run, x: Tensor, *, kept: bool) -> None:
        """Take one step on a batch x (b, d); stop where it, or a weight to be kept, is no number.

        Looking at every weight costs about as much as a pass of Adam: not after every step.
        """
        if x.shape[1:] != (run.sae.d,) or len(x) == 0:
            raise FeaturetopoError(
                f"the source gave a batch of shape {tuple(x.shape)} at step {run.step}, and "
                f"{run.sae.d} dimensions before: mend it; a batch has shape (b, {run.sae.d}), b at "
                "least 1"
            )
        rate = self.learning_rate * rate_at(run.step, self.steps, self.warmup, self.decay)
        penalty = rise_at(run.step, self.steps, run.sae.architecture.penalty_warmup)
        loss, outcome = run.take(x, rate, penalty)
        error = float(outcome.squared_error)
        if not error <= _LARGEST**2 * x.numel():  # a look at x in every step would cost more
            _check_size(x, f"step {run.step}")
        lost = "the loss" if not math.isfinite(error) else run.lost() if kept else None
        if lost:
            cause = (
                f"lower learning_rate={self.learning_rate}, or divide the activations by one "
                "number if they are large"
                if torch.isfinite(x).all()
                else "the source gave NaN or infinite activations; mend it"
            )
            raise FeaturetopoError(f"{lost} is no number at step {run.step}: {cause}")
        if self.told(run.step):
            run.tell(x, loss, outcome, self.batch_size * self.every)

    def told(self, step: int) -> bool:
        """Tell whether the history has an entry after step `step`, counted from 1."""
        return step % self.every == 0 or step == self.steps

    def resample_if_due(self, run: Run, draw: Callable[..., Tensor], seed: int) -> None:
        """Resample dead latents, from batches that `draw` gives by name."""
        how = self.resample
        if how and how.due(run.step, self.steps):
            again = (draw("resample", run.step, i) for i in range(how.batches))
            how.apply(run, again, self.batch_size, stream(seed, "resampled", run.step))


def _check_size(x: Tensor, when: str) -> None:
    """Refuse a batch of which Adam's squares of gradients would overflow."""
    largest = float(x.abs().max())
    if _LARGEST < largest < math.inf:
        raise FeaturetopoError(
            f"the activations of {when} are too large: {largest:.1e}, and from {_LARGEST:.0e} on "
            "squares of gradients overflow in float32; divide all by one number, e.g. their mean "
            "length"
        )


def rate_at(step: int, steps: int, warmup: float, decay: float) -> float:
    """Return the share of the learning rate at a step."""
    fall = (steps - step) / max(1.0, decay * steps)
    return min(rise_at(step, steps, warmup), fall)


def rise_at(step: int, steps: int, warmup: float) -> float:
    """Return the share, at a step, of what rises from 0 to 1 over the first of the steps."""
    return min(1.0, (step + 1) / max(1.0, warmup * steps))
