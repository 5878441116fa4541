"""One compiled pass over a batch: selection, decoding, loss and the gradients of the active rows.

A step whose codes are sparse needs a single dense product, W_enc x. All else touches only the rows
of the latents that are active: each sample is read once, while it lies in the nearest cache.
"""

from __future__ import annotations

import numpy as np
from numba import njit

# a sum may be taken in any order, which lets it be vectorised; NaN stays NaN
_SUMS = {"reassoc", "contract", "nsz"}


@njit(cache=True)
def select(row, shift, k, groups, latents, values):  # type: ignore[no-untyped-def] # pragma: no cover
    """Write the k largest of row + shift that are positive, the largest first; return how many.

    `groups` is scratch: the largest of every so many outputs shows where it is worth to look.
    """
    n, width = len(row), len(groups)
    groups[:] = 0
    for start in range(0, n - width + 1, width):
        for i in range(width):
            value = row[start + i] + shift[start + i]
            groups[i] = value if value > groups[i] else groups[i]
    for j in range(n - n % width, n):
        i = j - (n - n % width)
        value = row[j] + shift[j]
        groups[i] = value if value > groups[i] else groups[i]
    found, least = 0, np.float32(0)
    for i in range(width):
        if groups[i] <= least:
            continue
        for j in range(i, n, width):
            value = row[j] + shift[j]
            if value <= least or not value > 0:
                continue
            place = found if found < k else k - 1
            while place > 0 and values[place - 1] < value:
                values[place], latents[place] = values[place - 1], latents[place - 1]
                place -= 1
            values[place], latents[place] = value, j
            found = min(found + 1, k)
            if found == k:
                least = values[k - 1]
    return found


@njit(cache=True, fastmath=_SUMS)
def reconstruct(  # type: ignore[no-untyped-def] # pragma: no cover
    x, latents, values, W_dec, b_dec, scale, residual, g_enc, g_dec, g_b_enc, g_b_dec
):
    """Add one sample's gradients of scale * |x - x_hat|^2; return |x - x_hat|^2.

    `g_enc` gets what W_enc x gives, without the shift of x by b_dec, and `g_b_dec` the decoder's
    part: the rest of both is one rank-1 update for the whole batch.
    """
    d = len(x)
    for c in range(d):
        residual[c] = x[c] - b_dec[c]
    for j, value in zip(latents, values):  # noqa: B905 (numba has no strict)
        for c in range(d):
            residual[c] -= value * W_dec[j, c]
    squared = np.float32(0)
    for c in range(d):
        squared += residual[c] * residual[c]
    slope = np.float32(-2 * scale)
    for c in range(d):
        residual_slope = slope * residual[c]
        g_b_dec[c] += residual_slope
    for j, value in zip(latents, values):  # noqa: B905
        along = np.float32(0)
        for c in range(d):
            along += residual[c] * W_dec[j, c]
        along *= slope
        weight = slope * value
        g_b_enc[j] += along
        for c in range(d):
            g_dec[j, c] += weight * residual[c]
            g_enc[j, c] += along * x[c]
    return squared


@njit(cache=True)
def topk_pass(  # type: ignore[no-untyped-def] # pragma: no cover
    pre, shift, x, k, scale, W_dec, b_dec, residuals, latents, values, counts, gradients
):
    """Do select and reconstruct for each sample of a block; return its squared error."""
    g_enc, g_dec, g_b_enc, g_b_dec = gradients
    groups = np.empty(64 if len(shift) < 4096 else 256, np.float32)
    total = 0.0
    for i in range(len(x)):
        m = select(pre[i], shift, k, groups, latents[i], values[i])
        counts[i] = m
        total += reconstruct(
            x[i], latents[i, :m], values[i, :m], W_dec, b_dec, scale, residuals[i],
            g_enc, g_dec, g_b_enc, g_b_dec,
        )  # fmt: skip
    return total
