"""Simulated activations in plain torch, and SAEs by sae-lens, as a user would do it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from meter import Meter
from sae_lens import TopKTrainingSAE, TopKTrainingSAEConfig
from sae_lens.config import LoggingConfig, SAETrainerConfig
from sae_lens.training.sae_trainer import SAETrainer

Shapes = list[dict]


class Model:
    """A simulated LLM: which features fire together, how strongly, and a space of its own.

    `fires` is the fewest and most features of an active shape that fire, None where every feature
    fires on its own.
    """

    def __init__(
        self, truth: np.ndarray, shapes: Shapes, fires: list | None, turn: np.ndarray, task: dict
    ) -> None:
        self.features = torch.from_numpy(truth @ turn)  # (n, d)
        self._low, self._high = task["magnitude"]
        joint = [shape["members"] for shape in shapes if shape["joint"]]
        self._shapes = [] if fires is None else [torch.tensor(rows) for rows in joint]
        self._fires = fires
        # on their own: the lone ones, and all others where nothing ties them together
        alone = torch.zeros(len(truth))
        for shape in shapes:
            if not shape["joint"]:
                alone[shape["members"]] = task["lone"]
            elif fires is None:
                alone[shape["members"]] = task["joint"] / len(shape["members"])
        self._alone = alone.nonzero()[:, 0]
        self._often = alone[self._alone]
        if fires:
            self._active = task["joint"] / (sum(fires) / 2)  # of one shape, in one sample

    def codes(self, n: int) -> torch.Tensor:
        """Draw strengths of all features, shape (n, n_features)."""
        sample, place = (torch.rand(n, len(self._alone)) < self._often).nonzero(as_tuple=True)
        fired = [(sample, self._alone[place])]
        for members in self._shapes:
            rows = (torch.rand(n) < self._active).nonzero()  # (m, 1)
            low, high = self._fires
            chosen = torch.rand(len(rows), len(members)).topk(high, dim=1).indices
            kept = torch.arange(high) < torch.randint(low, high + 1, (len(rows), 1))  # (m, high)
            fired.append((rows.expand_as(kept)[kept], members[chosen[kept]]))
        sample, feature = (torch.cat(each) for each in zip(*fired, strict=True))
        codes = torch.zeros(n, len(self.features))
        codes[sample, feature] = self._low + (self._high - self._low) * torch.rand(len(sample))
        return codes

    def stream(self, size: int, meter: Meter) -> Iterator[torch.Tensor]:
        """Yield batches of activations."""
        while True:
            with meter.stage("activations"):
                x = self.codes(size) @ self.features
            yield x


def trained(model: Model, task: dict, seed: int, meter: Meter) -> TopKTrainingSAE:
    """Train an SAE."""
    torch.manual_seed(seed)
    steps, size = task["steps"], task["batch"]
    with meter.stage("training"):
        sae = TopKTrainingSAE(
            TopKTrainingSAEConfig(
                d_in=task["d"], d_sae=task["n_latents"], k=task["k"], **task["peer"]["sae"]
            )
        )
        config = SAETrainerConfig(
            total_training_samples=steps * size,
            train_batch_size_samples=size,
            lr_warm_up_steps=round(0.02 * steps),
            lr_decay_steps=round(0.25 * steps),
            lr_end=task["peer"]["trainer"]["lr"],  # of the time before the decay, which ends at 0
            logger=LoggingConfig(log_to_wandb=False),
            **task["peer"]["trainer"],
        )
        SAETrainer(cfg=config, sae=sae, data_provider=model.stream(size, meter)).fit()
    return sae


@torch.no_grad()
def evaluated(
    sae: TopKTrainingSAE, held_out: torch.Tensor, shared: torch.Tensor
) -> tuple[dict, np.ndarray, np.ndarray]:
    """FVU, L0 and dead latents; unit decoder rows of the live latents, and their codes."""
    codes = sae.encode(held_out)
    error = (held_out - sae.decode(codes)).pow(2).sum()
    alive = (codes > 0).any(dim=0)
    found = {
        "fvu": float(error / (held_out - held_out.mean(dim=0)).pow(2).sum()),
        "l0": float((codes > 0).sum(dim=1).float().mean()),
        "dead": int((~alive).sum()),
    }
    rows = torch.nn.functional.normalize(sae.W_dec)[alive].numpy()
    return found, rows, sae.encode(shared)[:, alive].numpy()
