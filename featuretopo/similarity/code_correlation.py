"""Correlation of the codes of two SAEs on shared samples, which may come block by block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from featuretopo.errors import FeaturetopoError
from featuretopo.similarity.candidates import MOST, Candidates
from featuretopo.similarity.rows import Float64Array, IntArray

#: Codes of all samples as one sparse matrix, or the blocks of a stream of them.
Codes = Any

# Below this share of its root mean square, what a float32 code varies by is rounding.
_CONSTANT = 1e-6


def code_correlation(codes_a: Codes, codes_b: Codes) -> Float64Array:
    """Pearson correlation of every latent of a with every latent of b, on shared samples.

    Made from sparse products; the samples are never dense, and never in memory together if they
    come block by block.

    Parameters
    ----------
    codes_a, codes_b : scipy.sparse matrix or array, shapes (n_samples, n_a), (n_samples, n_b)
        Non-negative codes of the same samples in the same order. Or, on both sides, an iterable
        of such blocks.

    Returns
    -------
    ndarray, shape (n_a, n_b)
        In [-1, 1]; 0 where a latent never varies, never NaN.

    Raises
    ------
    FeaturetopoError
        If the codes are not sparse, not of the same samples, fewer than 3 samples, negative or
        not finite.

    Examples
    --------
    >>> codes = sparse.csr_array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    >>> code_correlation(codes, codes).round(6).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    >>> code_correlation([codes, codes], [codes, codes]).round(6).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    return code_moments(codes_a, codes_b).correlation()


@dataclass(frozen=True, slots=True, eq=False)
class CodeMoments:
    """What the correlations are made of.

    Attributes
    ----------
    n : int
        Samples.
    product : sparse array, shape (n_a, n_b)
        Sum over the samples of code times code: nothing where two never fire together.
    mean_a, mean_b : ndarray
        Mean code of each latent.
    spread_a, spread_b : ndarray
        sqrt(sum of squared deviations) of each latent, 0 for one that never varies.
    """

    n: int
    product: Any
    mean_a: Float64Array
    mean_b: Float64Array
    spread_a: Float64Array
    spread_b: Float64Array

    @property
    def sizes(self) -> tuple[int, int]:
        """Number of latents on each side."""
        return len(self.mean_a), len(self.mean_b)

    @property
    def live(self) -> tuple[IntArray, IntArray]:
        """Latents that vary, of both sides."""
        return np.flatnonzero(self.spread_a), np.flatnonzero(self.spread_b)

    def correlation(self) -> Float64Array:
        """Return the whole matrix, shape (n_a, n_b)."""
        found: Float64Array = self.product.toarray()
        found -= np.outer(self.n * self.mean_a, self.mean_b)
        scale_a, scale_b = self._scales()
        found *= scale_a[:, None]
        found *= scale_b
        np.clip(found, -1.0, 1.0, out=found)
        return found

    def above(self, least: float) -> Candidates:
        """List the pairs that correlate by more than `least`, which is at least 0.

        Latents that never fire together correlate by less than 0: they are never looked at.

        Raises
        ------
        FeaturetopoError
            If there are more than 50 million.
        """
        together = self.product.tocoo()
        rows, columns = together.row, together.col
        scale_a, scale_b = self._scales()
        found = together.data - self.n * self.mean_a[rows] * self.mean_b[columns]
        found *= scale_a[rows] * scale_b[columns]
        kept = np.flatnonzero(found > least)
        if len(kept) > MOST:
            raise FeaturetopoError(
                f"{len(kept):,} pairs of latents correlate by more than {least}: too many to "
                f"choose among ({MOST:,}); raise the bound"
            )
        kept = kept[np.lexsort((columns[kept], rows[kept]))]
        return Candidates(
            rows[kept].astype(np.int64),
            columns[kept].astype(np.int64),
            np.minimum(found[kept], 1.0),
            self.sizes,
        )

    def _scales(self) -> tuple[Float64Array, Float64Array]:
        with np.errstate(divide="ignore"):
            a, b = (np.where(s > 0, 1 / s, 0.0) for s in (self.spread_a, self.spread_b))
        return a, b


def code_moments(codes_a: Codes, codes_b: Codes) -> CodeMoments:
    """Sum up the codes of two SAEs on shared samples.

    Raises
    ------
    FeaturetopoError
        As :func:`code_correlation`.
    """
    product: Any = None
    sides = _Side("codes_a"), _Side("codes_b")
    blocks_a, blocks_b = _blocks(codes_a, "codes_a"), _blocks(codes_b, "codes_b")
    while True:
        block_a, block_b = next(blocks_a, None), next(blocks_b, None)
        if block_a is None and block_b is None:
            break
        counts = [0 if block is None else block.shape[0] for block in (block_a, block_b)]
        if counts[0] != counts[1] or block_a is None or block_b is None:
            raise FeaturetopoError(
                f"{counts[0]} and {counts[1]} samples: both sides must see the same samples in the "
                "same order; encode one shared set of samples with both"
            )
        for side, block in zip(sides, (block_a, block_b), strict=True):
            side.add(block)
        together = block_a.T @ block_b
        product = together if product is None else product + together
    n = sides[0].n
    if n < 3:
        raise FeaturetopoError(f"{n} shared samples; a correlation needs at least 3: encode more")
    (mean_a, spread_a), (mean_b, spread_b) = (side.moments() for side in sides)
    return CodeMoments(n, product, mean_a, mean_b, spread_a, spread_b)


class _Side:
    """Mean and squared deviations of each latent so far."""

    def __init__(self, name: str) -> None:
        self.name, self.n = name, 0
        self.mean, self.deviation = np.zeros(0), np.zeros(0)

    def add(self, codes: Any) -> None:
        """Take in a block.

        Source: Chan, Golub and LeVeque, American Statistician 37 (1983) 242: deviations are taken
        around the block's own mean, since a mean of squares less a squared mean would cancel.
        """
        n, n_latents = codes.shape
        if self.n and n_latents != len(self.mean):
            raise FeaturetopoError(
                f"{self.name} has blocks of {len(self.mean)} and of {n_latents} latents: give one "
                "column per latent in every block"
            )
        column, value = codes.indices, codes.data
        mean = np.bincount(column, value, n_latents) / max(n, 1)
        stored = np.bincount(column, minlength=n_latents)
        around = np.bincount(column, (value - mean[column]) ** 2, n_latents)
        deviation = around + (n - stored) * mean**2
        if not self.n:
            self.n, self.mean, self.deviation = n, mean, deviation
            return
        total = self.n + n
        apart = mean - self.mean
        self.mean = self.mean + apart * (n / total)
        self.deviation = self.deviation + deviation + apart**2 * (self.n * n / total)
        self.n = total

    def moments(self) -> tuple[Float64Array, Float64Array]:
        """Return each latent's mean and sqrt(sum of squared deviations), 0 if it is constant."""
        square = self.deviation + self.n * self.mean**2
        varies = self.deviation > _CONSTANT**2 * square
        return self.mean, np.sqrt(np.where(varies, self.deviation, 0.0))


def _blocks(codes: Codes, name: str) -> Iterator[Any]:
    whole = sparse.issparse(codes) or isinstance(codes, np.ndarray)
    if not whole and not isinstance(codes, Iterable):
        raise FeaturetopoError(f"{name} is {type(codes).__name__}, must be sparse codes or blocks")
    return (_checked(block, name) for block in ([codes] if whole else codes))


def _checked(codes: Any, name: str) -> Any:
    if not sparse.issparse(codes):
        raise FeaturetopoError(
            f"{name} is {type(codes).__name__}, must be sparse: scipy.sparse.csr_array({name})"
        )
    if codes.dtype.kind not in "biuf":
        raise FeaturetopoError(f"{name} holds {codes.dtype}; codes are real numbers, >= 0")
    rows = codes.tocsr()
    if not rows.has_canonical_format:
        rows = rows.copy()  # the caller's codes stay as they are
        rows.sum_duplicates()
    if not np.isfinite(rows.data).all() or rows.data.min(initial=0) < 0:
        raise FeaturetopoError(f"{name} holds negative, NaN or infinite values; codes are >= 0")
    return rows.astype(np.float64)
