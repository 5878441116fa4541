"""How well an SAE reconstructs, how sparsely, and which of its latents are dead."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from scipy import sparse

from featuretopo.checks import check_count, real_array
from featuretopo.errors import FeaturetopoError
from featuretopo.sae.base import SAE, to_tensor

Array: TypeAlias = npt.NDArray[Any]

_BLOCK = 4096  # rows at a time


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """An SAE on held-out samples.

    Attributes
    ----------
    fvu : float
        Fraction of variance unexplained: squared error over the variance around the mean.
    l0 : float
        Mean number of active latents.
    alive : ndarray of int
        Latents that fired at least once; the others are dead.
    frequency : ndarray, shape (n_latents,)
        Share of the samples in which each latent fires.
    l2_ratio : float
        Mean length of a reconstruction over the length of its activation, of activations that are
        not 0. Below 1, the SAE shrinks (the l2 ratio of SAEBench).
    reconstruction_bias : float
        ``mean |x_hat|^2 / mean x . x_hat``: the factor that all reconstructions should be divided
        by. Unlike the ratio, it is 1 where the error is unrelated to the reconstruction. NaN where
        the reconstructions are 0. Source: Rajamanoharan et al. 2024, Improving dictionary learning
        with gated sparse autoencoders, equation 10.
    """

    fvu: float
    l0: float
    alive: npt.NDArray[np.integer[Any]]
    frequency: npt.NDArray[np.float64]
    l2_ratio: float
    reconstruction_bias: float


def sparse_codes(sae: SAE, activations: Array, *, block: int = _BLOCK) -> Any:
    """Return the codes of activations (b, d) as a scipy CSR array (b, n_latents), in blocks."""
    check_count("block", block, 1, _BLOCK)
    codes = []
    for x in _blocks(sae, activations, block):
        tensor = to_tensor(x)
        if not torch.isfinite(tensor).all():
            raise FeaturetopoError(
                "activations hold NaN or infinite values, or some that float32 cannot hold; drop "
                "those samples"
            )
        codes.append(_codes(sae, tensor))
    return sparse.vstack(codes, format="csr")


def evaluate(sae: SAE, activations: Array | Iterable[Array]) -> Evaluation:
    """Measure an SAE on held-out activations.

    They are gone through once, a few thousand at a time: a memory-mapped array need not fit into
    memory, nor what a source gives.

    Parameters
    ----------
    sae : SAE
    activations : array, shape (b, d), or iterable of such arrays
        E.g. ``ArraySource.blocks()``, or a generator of ``source.sample(4096).activations``.

    Raises
    ------
    FeaturetopoError
        If a shape is wrong, there are none, or they are no real numbers, constant, NaN, infinite or
        too large for float32.

    Examples
    --------
    >>> from featuretopo.sae import SAE, TopK
    >>> sae = SAE(torch.eye(3), torch.zeros(3), TopK(1))
    >>> found = evaluate(sae, np.diag([1.0, 2.0, 0.0]))
    >>> found.fvu, round(found.l0, 3), found.alive.tolist(), found.l2_ratio
    (0.0, 0.667, [0, 1], 1.0)
    """
    sums = _Sums(sae)
    for x in _blocks(sae, activations, _BLOCK):
        sums.add(x)
    return sums.result()


class _Sums:
    """What is known of the samples so far."""

    def __init__(self, sae: SAE) -> None:
        self.sae = sae
        self.W_dec = sae.W_dec.detach().cpu().numpy()
        self.b_dec = sae.b_dec.detach().cpu().numpy()
        self.n = 0
        self.mean = np.zeros(sae.d)
        self.varies = False
        self.variance = self.error = self.ratio = self.squared = self.along = 0.0
        self.with_length = 0
        self.fired = np.zeros(sae.n_latents, np.int64)

    def add(self, x: Array) -> None:
        """Take in samples x (b, d)."""
        if self.n == 0:
            self.first = x[0].copy()
        n = self.n + len(x)
        tensor = to_tensor(x)
        if not torch.isfinite(tensor).all():
            raise self._meaningless(n)
        self.varies = self.varies or bool((x != self.first).any())
        codes = _codes(self.sae, tensor)
        exact = x.astype(np.float64)
        guess = (codes @ self.W_dec + self.b_dec).astype(np.float64)
        # Chan et al.: sums of squares around the mean, of two parts together
        here = exact.mean(axis=0)
        self.variance += float(((exact - here) ** 2).sum())
        self.variance += float(((here - self.mean) ** 2).sum()) * self.n * len(x) / n
        self.mean += (here - self.mean) * len(x) / n
        self.n = n
        self.error += float(((exact - guess) ** 2).sum())
        length, length_of_guess = (np.linalg.norm(each, axis=1) for each in (exact, guess))
        some = length > 0
        self.with_length += int(some.sum())
        self.ratio += float((length_of_guess[some] / length[some]).sum())
        self.squared += float((length_of_guess**2).sum())
        self.along += float((exact * guess).sum())
        self.fired += np.bincount(codes.indices, minlength=self.sae.n_latents)

    def result(self) -> Evaluation:
        """Return the measures of all samples."""
        if not self.varies or not math.isfinite(self.error):
            raise self._meaningless(self.n)
        return Evaluation(
            fvu=self.error / self.variance,
            l0=float(self.fired.sum()) / self.n,
            alive=np.flatnonzero(self.fired),
            frequency=self.fired / self.n,
            l2_ratio=self.ratio / self.with_length,
            reconstruction_bias=self.squared / self.along if self.squared else float("nan"),
        )

    @staticmethod
    def _meaningless(n: int) -> FeaturetopoError:
        return FeaturetopoError(
            f"the {n} activations are constant, NaN or infinite, or too large: FVU means nothing; "
            "give others"
        )


def _codes(sae: SAE, x: torch.Tensor) -> Any:
    """Return the codes of x (b, d) as a scipy CSR array (b, n_latents)."""
    with torch.no_grad():
        codes = sparse.csr_array(sae.encode(x.to(sae.W_dec.device)).cpu().numpy())
    if not np.isfinite(codes.data).all():
        raise FeaturetopoError(
            "the SAE gives NaN or infinite codes: scale the activations down, or train it again if "
            "its weights are no numbers"
        )
    return codes


def _blocks(sae: SAE, activations: Array | Iterable[Array], size: int) -> Iterator[Array]:
    """Go through activations, at most `size` rows at a time."""
    one = hasattr(activations, "ndim") or not isinstance(activations, Iterable)
    n = 0
    parts: Iterable[Any] = [activations] if one else activations
    for given in parts:
        array = real_array("activations", given)
        if array.ndim != 2 or array.shape[1] != sae.d:
            raise _wrong_shape(sae, array.shape)
        n += len(array)
        for start in range(0, len(array), size):
            yield array[start : start + size]
    if n == 0:
        raise _wrong_shape(sae, (0, sae.d))


def _wrong_shape(sae: SAE, shape: tuple[int, ...]) -> FeaturetopoError:
    return FeaturetopoError(
        f"activations of shape {shape} for an SAE of {sae.d} dimensions: they must have shape "
        f"(b, {sae.d}), b at least 1"
    )
