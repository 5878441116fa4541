"""sae-lens's side of benchmarks/train.py: its trainer, some steps at a time."""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import torch
from clock import seconds
from sae_lens import (
    BatchTopKTrainingSAE,
    BatchTopKTrainingSAEConfig,
    GatedTrainingSAE,
    GatedTrainingSAEConfig,
    JumpReLUTrainingSAE,
    JumpReLUTrainingSAEConfig,
    MatryoshkaBatchTopKTrainingSAE,
    MatryoshkaBatchTopKTrainingSAEConfig,
    StandardTrainingSAE,
    StandardTrainingSAEConfig,
    TopKTrainingSAE,
    TopKTrainingSAEConfig,
)
from sae_lens.config import LoggingConfig, SAETrainerConfig
from sae_lens.training.sae_trainer import SAETrainer


def trainable(asked: dict):
    """Make the SAE; what was not asked is as sae-lens has it."""
    name, size = asked["architecture"], {"d_in": asked["d"], "d_sae": asked["n"]}
    if name == "ReLU":
        config = StandardTrainingSAEConfig(**size, l1_coefficient=asked["l1"])
        return StandardTrainingSAE(config)
    if name == "Gated":
        return GatedTrainingSAE(GatedTrainingSAEConfig(**size, l1_coefficient=asked["l1"]))
    if name == "JumpReLU":
        config = JumpReLUTrainingSAEConfig(**size, l0_coefficient=asked["l0"])
        # its encoder rows start at this length, ours at 1, and both values are on the codes' scale
        # (what comes out is its own defaults); with ours as they are, no latent would ever fire
        config.jumprelu_init_threshold = config.decoder_init_norm * asked["threshold"]
        config.jumprelu_bandwidth = config.decoder_init_norm * asked["bandwidth"]
        return JumpReLUTrainingSAE(config)
    if name == "TopK":
        return TopKTrainingSAE(TopKTrainingSAEConfig(**size, k=asked["k"]))
    if name == "BatchTopK":
        return BatchTopKTrainingSAE(BatchTopKTrainingSAEConfig(**size, k=asked["k"]))
    config = MatryoshkaBatchTopKTrainingSAEConfig(
        **size, k=asked["k"], matryoshka_widths=asked["widths"]
    )
    return MatryoshkaBatchTopKTrainingSAE(config)


class Side:
    """One SAE in training."""

    def __init__(self, asked: dict) -> None:
        self._device = asked["device"]
        self._batches = torch.from_numpy(np.load(asked["batches"])).to(self._device)
        torch.manual_seed(asked["seed"])
        sae, steps, size = (
            trainable(asked).to(self._device), asked["steps"], self._batches.shape[1]
        )  # fmt: skip
        rates = {"lr_warm_up_steps": round(0.02 * steps), "lr_decay_steps": round(0.25 * steps)}
        config = SAETrainerConfig(
            total_training_samples=steps * size,
            train_batch_size_samples=size,
            device=self._device,
            lr=asked["rate"],
            lr_end=asked["rate"],  # of the time before the decay, which ends at 0
            **rates if steps < 10**5 else {},
            feature_sampling_window=10**9,  # the histogram for its log is no part of a step
            logger=LoggingConfig(log_to_wandb=False),
        )
        self._trainer = SAETrainer(cfg=config, sae=sae, data_provider=iter(()))

    def seconds(self, steps: int) -> float:
        """Seconds of so many more steps."""
        trainer, start = self._trainer, seconds(self._device)
        for _ in range(steps):
            trainer.step(self._batches[trainer.n_training_steps % len(self._batches)])
            trainer.n_training_steps += 1
        return seconds(self._device) - start

    @torch.no_grad()
    def save(self, folder: Path) -> None:
        """Write decoder rows, and the reconstruction of what is held out with its mean L0."""
        sae = self._trainer.sae
        threshold = getattr(sae, "topk_threshold", None)
        x = torch.from_numpy(np.load(folder / "held.npy"))
        codes, pre = sae.encode_with_hidden_pre(x)
        if threshold is not None:  # as its inference class does it
            codes = pre * (pre > threshold)
        np.save(folder / "guess.npy", sae.decode(codes).numpy())
        np.save(folder / "l0.npy", (codes != 0).sum(dim=1).double().mean().numpy())
        np.save(folder / "W_dec.npy", sae.W_dec.numpy())


def main() -> None:
    """Answer until stdin ends: steps with their seconds, a folder with what was saved there."""
    warnings.simplefilter("ignore")
    asked = json.loads(sys.argv[1])
    torch.set_num_threads(asked.get("threads", 1))
    side = Side(asked)
    for line in sys.stdin:
        question = line.strip()
        if question.isdecimal():
            print(side.seconds(int(question)), flush=True)
        else:
            side.save(Path(question))
            print("saved", flush=True)


if __name__ == "__main__":
    main()
