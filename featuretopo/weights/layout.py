"""Which tensor of an SAE file is its decoder or encoder, and which axis of it the features are.

Told by names and shapes: an (n, d) decoder is called W_dec by SAELens, Gemma Scope and sparsify; a
(d, n) one decoder.weight by dictionary_learning and OpenAI, as torch's linear layers store it.
Encoders are the other way round. Where the lengths of biases say otherwise, they are believed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from featuretopo.errors import FeaturetopoError

Part = Literal["decoder", "encoder"]
Axis = Literal["rows", "columns"]
Shape = tuple[int, ...]

#: Names of each part, in lower case, and which axis of it the features are.
_NAMES: dict[Part, dict[str, Axis]] = {
    "decoder": {"w_dec": "rows", "decoder.weight": "columns"},
    "encoder": {"w_enc": "columns", "encoder.weight": "rows"},
}
#: Vectors with one number per feature, and with one per dimension.
_PER_FEATURE = ("b_enc", "encoder.bias", "latent_bias", "threshold", "b_gate", "gate_bias", "b_mag")
_PER_DIMENSION = ("b_dec", "decoder.bias", "pre_bias")


@dataclass(frozen=True, slots=True)
class Found:
    """A tensor, and which axis of it the features are."""

    name: str
    axis: Axis


def find(shapes: Mapping[str, Shape], part: Part) -> Found | None:
    """Find the decoder or encoder among tensors; None where nothing is called so.

    Parameters
    ----------
    shapes : mapping of str to tuple of int
    part : {"decoder", "encoder"}

    Raises
    ------
    FeaturetopoError
        If several are called so, it is no matrix, or its shape contradicts the biases.

    Examples
    --------
    >>> find({"W_enc": (4, 9), "W_dec": (9, 4), "b_enc": (9,), "b_dec": (4,)}, "encoder")
    Found(name='W_enc', axis='columns')
    """
    found = [(name, axis) for name in shapes for axis in _axes_of(name, part)]
    if not found:
        return None
    if len(found) > 1:
        raise FeaturetopoError(
            f"holds {len(found)} {part}s ({', '.join(name for name, _ in found)}); give a file of "
            "one SAE"
        )
    ((name, axis),) = found
    shape = shapes[name]
    if len(shape) != 2:
        raise FeaturetopoError(f"{name} of shape {shape} is no matrix, as a {part} must be")
    fitting = [each for each in _both(axis) if _fits(shapes, shape, each)]
    if not fitting:
        raise FeaturetopoError(
            f"{name} of shape {shape} does not go with the biases: {_lengths(shapes)}"
        )
    return Found(name, fitting[0])


def _axes_of(name: str, part: Part) -> list[Axis]:
    low = name.lower()
    return [a for known, a in _NAMES[part].items() if low == known or low.endswith(f".{known}")]


def _both(first: Axis) -> tuple[Axis, Axis]:
    return ("rows", "columns") if first == "rows" else ("columns", "rows")


def _fits(shapes: Mapping[str, Shape], shape: Shape, axis: Axis) -> bool:
    n, d = shape if axis == "rows" else shape[::-1]
    return all(
        length == (n if per_feature else d)
        for _, length, per_feature in _vectors(shapes)
    )  # fmt: skip


def _vectors(shapes: Mapping[str, Shape]) -> list[tuple[str, int, bool]]:
    """Vectors whose length is known to be that of the features, or else of the dimensions."""
    found = []
    for name, shape in shapes.items():
        for known in (*_PER_FEATURE, *_PER_DIMENSION):
            # a vector of one number is one for all features
            if (
                len(shape) == 1
                and shape[0] > 1
                and (name.lower() == known or name.lower().endswith(f".{known}"))
            ):
                found.append((name, shape[0], known in _PER_FEATURE))
    return found


def _lengths(shapes: Mapping[str, Shape]) -> str:
    return ", ".join(
        f"{name} has {length:,} {'features' if per_feature else 'dimensions'}"
        for name, length, per_feature in _vectors(shapes)
    )
