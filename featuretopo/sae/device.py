"""Device: where an SAE is trained."""

from __future__ import annotations

from typing import Literal, get_args

import torch

from featuretopo.errors import FeaturetopoError

Device = Literal["auto", "cpu", "cuda"]


def device_of(name: Device) -> torch.device:
    """Return the device that is meant; "auto" is the GPU where there is one.

    Raises
    ------
    FeaturetopoError
        If the name is unknown, or torch sees no GPU where one is asked for.

    Examples
    --------
    >>> device_of("cpu")
    device(type='cpu')
    """
    if name not in get_args(Device):
        raise FeaturetopoError(f"device={name!r} must be 'auto', 'cpu' or 'cuda'")
    there = torch.cuda.is_available()
    if name == "cuda" and not there:
        raise FeaturetopoError(
            "device='cuda': torch sees no GPU; say 'auto' or 'cpu', or install a torch built for "
            "CUDA"
        )
    return torch.device("cuda" if there and name != "cpu" else "cpu")
