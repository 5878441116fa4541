"""Arrays and tensors, taken as numpy has them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def to_array(values: npt.ArrayLike) -> npt.NDArray[Any]:
    """Return values as an array; a tensor as it is, with gradients, on a GPU or in bfloat16.

    Examples
    --------
    >>> to_array([[1, 2]]).tolist()
    [[1, 2]]
    """
    if hasattr(values, "detach"):  # told apart without importing torch
        tensor: Any = values
        tensor = tensor.detach().cpu()
        # numpy has no bfloat16
        return np.asarray(tensor.float() if str(tensor.dtype) == "torch.bfloat16" else tensor)
    return np.asarray(values)
