"""Seconds that steps of training take, on whatever device; nothing here is of featuretopo."""

from __future__ import annotations

from time import perf_counter, process_time

import torch


def seconds(device: str) -> float:
    """CPU time; on a GPU time by the clock, once all that was asked of it is done."""
    if device == "cpu":
        return process_time()
    torch.cuda.synchronize()
    return perf_counter()
