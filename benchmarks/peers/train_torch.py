"""Plain torch's side of benchmarks/train.py: the losses as one writes them down, and its Adam."""

from __future__ import annotations

import json
import sys

import numpy as np
import torch
from clock import seconds
from torch import Tensor, nn


class Jump(torch.autograd.Function):
    """z and 1 above a threshold, with the rectangular kernel as its slope."""

    @staticmethod
    def forward(ctx, z, threshold, width):
        ctx.save_for_backward(z, threshold)
        ctx.width = width
        active = (z > threshold).float()
        return z * active, active

    @staticmethod
    def backward(ctx, of_codes, of_active):
        z, threshold = ctx.saved_tensors
        near = ((z - threshold).abs() < ctx.width / 2) / ctx.width
        by_threshold = -(near * (threshold * of_codes + of_active)).sum(dim=0)
        return of_codes * (z > threshold), by_threshold, None


class Plain(nn.Module):
    """An SAE of any of the six kinds."""

    def __init__(self, asked: dict) -> None:
        super().__init__()
        self.asked, n, d = asked, asked["n"], asked["d"]
        rows = nn.functional.normalize(torch.randn(n, d))
        self.W_dec, self.W_enc = nn.Parameter(rows), nn.Parameter(rows.T.clone())
        self.b_enc, self.b_dec = nn.Parameter(torch.zeros(n)), nn.Parameter(torch.zeros(d))
        self.r, self.b_mag = nn.Parameter(torch.zeros(n)), nn.Parameter(torch.zeros(n))
        start = np.log(asked.get("threshold", 1.0))
        self.log_threshold = nn.Parameter(torch.full((n,), float(start)))

    def loss(self, x: Tensor) -> Tensor:
        """Return the loss on a batch (b, d)."""
        asked, kind, centred = self.asked, self.asked["architecture"], x - self.b_dec
        linear = centred @ self.W_enc
        pre, penalty = linear + self.b_enc, 0.0
        if kind == "ReLU":
            codes = pre.relu()
            penalty = asked["l1"] * codes.sum() / len(x)
        elif kind == "TopK":
            values, places = pre.topk(asked["k"], dim=1)
            codes = torch.zeros_like(pre).scatter(1, places, values.relu())
        elif kind == "JumpReLU":
            codes, active = Jump.apply(pre, self.log_threshold.exp(), asked["bandwidth"])
            penalty = asked["l0"] * active.sum() / len(x)
        elif kind == "Gated":
            codes = (self.r.exp() * linear + self.b_mag).relu() * (pre > 0)
            decoder = self.W_dec, self.b_dec
            if asked["frozen_decoder"]:
                decoder = self.W_dec.detach(), self.b_dec.detach()
            by_gate = x - pre.relu() @ decoder[0] - decoder[1]
            penalty = (asked["l1"] * pre.relu().sum() + by_gate.pow(2).sum()) / len(x)
        else:
            values, places = pre.relu().flatten().topk(asked["k"] * len(x))
            codes = pre.new_zeros(pre.numel()).scatter(0, places, values).view_as(pre)
        if kind != "Matryoshka":
            return (x - codes @ self.W_dec - self.b_dec).pow(2).sum(dim=1).mean() + penalty
        errors, guess, start = [], self.b_dec, 0
        for end in asked["widths"]:
            guess = guess + codes[:, start:end] @ self.W_dec[start:end]
            errors.append((x - guess).pow(2).sum(dim=1).mean())
            start = end
        return torch.stack(errors).mean()


def main() -> None:
    """Answer a number of steps with their seconds, until stdin ends."""
    torch.set_num_threads(1)
    asked = json.loads(sys.argv[1])
    torch.manual_seed(asked["seed"])
    device = asked["device"]
    batches = torch.from_numpy(np.load(asked["batches"])).to(device)
    sae = Plain(asked).to(device)
    adam, done = torch.optim.Adam(sae.parameters(), lr=asked["rate"]), 0
    for line in sys.stdin:
        start = seconds(device)
        for _ in range(int(line)):
            adam.zero_grad()
            sae.loss(batches[done % len(batches)]).backward()
            with torch.no_grad():
                along = (sae.W_dec.grad * sae.W_dec).sum(dim=1, keepdim=True)
                sae.W_dec.grad -= along * sae.W_dec
            adam.step()
            with torch.no_grad():
                sae.W_dec /= sae.W_dec.norm(dim=1, keepdim=True)
            done += 1
        print(seconds(device) - start, flush=True)


if __name__ == "__main__":
    main()
