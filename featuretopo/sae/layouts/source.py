"""What a layout reads from: the tensors of one file and the settings beside it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from featuretopo.errors import FeaturetopoError
from featuretopo.sae.layouts.settings import Settings
from featuretopo.weights.opened import Opened

#: Which axes each tensor has: n latents, d dimensions; "" for a single number.
Axes = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Source:
    """An SAE's file.

    Attributes
    ----------
    file : Opened
    settings : mapping
        Empty where the file stands alone.
    """

    file: Opened
    settings: Settings

    @property
    def names(self) -> frozenset[str]:
        """What the tensors are called."""
        return frozenset(self.file.shapes)

    def weights(self, axes: Axes, *, unread: Collection[str] = ()) -> dict[str, Tensor]:
        """Read the tensors that `axes` names, in float32; all others must be in `unread`.

        Raises
        ------
        FeaturetopoError
            If one is missing, too many, of another shape, of integers, of another type than the
            rest, or not finite.
        """
        missing = sorted(set(axes) - self.names)
        if missing:
            raise FeaturetopoError(
                f"lacks {', '.join(missing)}; an SAE of this kind holds {', '.join(axes)}: "
                "write it again whole"
            )
        unknown = sorted(self.names - set(axes) - set(unread))
        if unknown:
            raise FeaturetopoError(
                f"holds {', '.join(unknown)} beside {', '.join(axes)}, and what that does to the "
                "codes is not known here; take it out if it does nothing"
            )
        self._check_shapes(axes)
        self._check_types(axes)
        return {name: self._read(name) for name in axes}

    def _check_shapes(self, axes: Axes) -> None:
        shapes = self.file.shapes
        # vectors say what n and d are: a matrix may lie either way
        sizes: dict[str, int] = {}
        for name in sorted(axes, key=lambda name: len(axes[name])):
            shape, letters = shapes[name], axes[name]
            fits = len(shape) == len(letters) and all(
                sizes.setdefault(letter, length) == length
                for letter, length in zip(letters, shape, strict=True)
            )
            if not fits:
                known = ", ".join(f"{letter} = {size:,}" for letter, size in sizes.items())
                raise FeaturetopoError(
                    f"{name} of shape {shape} must have shape ({', '.join(letters)}), n latents "
                    f"and d dimensions{f', where {known}' if known else ''}; write it again so"
                )
        if 0 in sizes.values():
            raise FeaturetopoError("has no latents or no dimensions; write it again whole")

    def _check_types(self, axes: Axes) -> None:
        dtypes = {name: self.file.tensors.dtypes[name] for name, letters in axes.items() if letters}
        for name, dtype in dtypes.items():
            if "float" not in dtype:
                raise FeaturetopoError(
                    f"{name} is of type {dtype}: weights must be floating-point numbers"
                )
        if len(set(dtypes.values())) > 1:
            which = ", ".join(f"{name} is {dtype}" for name, dtype in dtypes.items())
            raise FeaturetopoError(
                f"mixes types ({which}): which precision was trained cannot be told; convert all "
                "tensors to one"
            )

    def _read(self, name: str) -> Tensor:
        with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite
            array: npt.NDArray[Any] = np.array(self.file.read(name), np.float32)
        if not np.isfinite(array).all():
            raise FeaturetopoError(
                f"{name} holds NaN or infinite values in float32; mend or retrain the SAE"
            )
        return torch.from_numpy(array)
