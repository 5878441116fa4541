"""Run: everything that changes while an SAE is trained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from featuretopo.sae.base import SAE, History, Step
from featuretopo.sae.step import Optimiser

_OPTIMISER = "optimiser/"


@dataclass(slots=True, eq=False)
class Run:
    """An SAE in training.

    Attributes
    ----------
    sae : SAE
    optimiser : Optimiser
    silent_for : Tensor of int64, shape (n_latents,)
        How many samples ago each latent last fired.
    step : int
        Steps done.
    seen : list of tuple
        Rows of the history: step, loss, fvu, l0, dead.
    """

    sae: SAE
    optimiser: Optimiser
    silent_for: Tensor
    step: int = 0
    seen: list[tuple[int, float, float, float, int]] = field(default_factory=list)

    def take(self, x: Tensor, rate: float, penalty: float) -> tuple[Tensor, Step]:
        """Take one step on a batch x (b, d); return the loss before it and what happened."""
        loss, outcome = self.optimiser.step(x, self.silent_for, rate=rate, penalty=penalty)
        self.silent_for = torch.where(outcome.fired, 0, self.silent_for + len(x))
        self.step += 1
        return loss, outcome

    def tell(self, x: Tensor, loss: Tensor, outcome: Step, patience: int) -> None:
        """Add what the last step was to the history; dead is what was silent for `patience`."""
        # no copy of the batch: many SAEs may tell at a time
        fvu = float(outcome.squared_error / (len(x) * x.var(0, correction=0).sum()))
        dead = int((self.silent_for >= patience).sum())
        self.seen.append((self.step, float(loss), fvu, int(outcome.active) / len(x), dead))

    def history(self) -> History:
        """Return what was seen so far."""
        return History(*zip(*self.seen, strict=True))

    def lost(self) -> str | None:
        """Tell what in the weights or the optimiser is no number, if something is."""
        if not _finite(self.sae.parameters()):
            return "a weight"
        # such a latent would not move any more
        return None if _finite(self.optimiser.state().values()) else "a mean of squared gradients"

    def tensors(self) -> dict[str, Tensor]:
        """Return all of it by name, a tied matrix once."""
        weights = {name: each.detach() for name, each in self.sae.named_parameters()}
        moments = {_OPTIMISER + name: each for name, each in self.optimiser.state().items()}
        # a double holds every step count and every float of the history exactly
        seen = torch.tensor(self.seen, dtype=torch.float64).reshape(-1, 5)
        return weights | moments | {
            "silent_for": self.silent_for, "history": seen, "step": torch.tensor(self.step)
        }  # fmt: skip

    @torch.no_grad()
    def restore(self, tensors: Mapping[str, Tensor], steps: int) -> None:
        """Take up, in place, what :meth:`tensors` returned in a run of so many steps.

        Raises
        ------
        ValueError
            If it is nothing that such a run returns; this one then stays as it was.
        """
        _check(tensors, self.tensors(), steps)
        for name, parameter in self.sae.named_parameters():
            parameter.copy_(tensors[name])
        self.optimiser.restore(
            {
                name.removeprefix(_OPTIMISER): each
                for name, each in tensors.items()
                if name.startswith(_OPTIMISER)
            }
        )
        self.silent_for.copy_(tensors["silent_for"])
        self.step = int(tensors["step"])
        self.seen = [
            (int(step), loss, fvu, l0, int(dead))
            for step, loss, fvu, l0, dead in tensors["history"].tolist()
        ]


def _finite(tensors: Iterable[Tensor]) -> bool:
    return all(bool(torch.isfinite(each).all()) for each in tensors)


def _check(found: Mapping[str, Tensor], own: Mapping[str, Tensor], steps: int) -> None:
    """Refuse tensors that differ in names, shapes or types from a run's own, or hold nonsense."""
    for name in sorted(found.keys() ^ own.keys()):
        raise ValueError(f"{name!r} is {'missing' if name in own else 'of another run'}")
    for name, each in found.items():
        shape: tuple[int | str, ...] = tuple(each.shape)
        expected: tuple[int | str, ...] = tuple(own[name].shape)
        if name == "history":  # of any length
            shape, expected = ("n", *shape[1:]), ("n", 5)
        if shape != expected or each.dtype != own[name].dtype:
            raise ValueError(
                f"{name!r} has shape {tuple(each.shape)} and type {each.dtype}, and not "
                f"({', '.join(map(str, expected))}) and {own[name].dtype}"
            )
        # in the history FVU is no number where a batch did not vary
        counted = each[:, [0, -1]] if name == "history" else each
        if not torch.isfinite(counted).all():
            raise ValueError(f"{name!r} holds NaN or infinite values")
    if not 1 <= found["step"] <= steps:
        raise ValueError(f"'step' is {int(found['step'])} of {steps}")
