"""Compiled passes over a batch whose codes are sparse.

A step needs a single dense product then, W_enc x. All else touches only the rows of the latents
that are active, and each sample while it lies in the nearest cache.
"""

from __future__ import annotations

import numpy as np
from numba import njit

# a sum may be taken in any order, which lets it be vectorised; NaN stays NaN
_SUMS = {"reassoc", "contract", "nsz"}
_CHUNK = 64


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def top_pass(k, pre, shift, starts, latents, values):  # type: ignore[no-untyped-def] # pragma: no cover
    """Append the k largest of each row of pre + shift, if positive; there is room for them.

    `starts` gets where the entries of each row end. Returns how many rows were done.
    """
    groups = np.empty(64 if len(shift) < 4096 else 256, np.float32)
    for i in range(len(pre)):
        at = starts[i]
        starts[i + 1] = at + select(pre[i], shift, k, groups, latents[at:], values[at:])
    return len(pre)


@njit(cache=True, nogil=True)
def above_pass(bounds, pre, shift, starts, latents, values):  # type: ignore[no-untyped-def] # pragma: no cover
    """Append what of each row of pre + shift is above its latent's bound, while there is room."""
    n = len(shift)
    for i in range(len(pre)):
        row, at = pre[i], starts[i]
        for start in range(0, n, _CHUNK):
            end, many = min(n, start + _CHUNK), 0
            for j in range(start, end):
                many += row[j] + shift[j] > bounds[j]
            if many == 0:
                continue
            if at + many > len(latents):
                return i
            for j in range(start, end):
                value = row[j] + shift[j]
                if value > bounds[j]:
                    latents[at], values[at] = j, value
                    at += 1
        starts[i + 1] = at
    return len(pre)


@njit(cache=True, nogil=True, fastmath=_SUMS)
def decode_pass(  # type: ignore[no-untyped-def] # pragma: no cover
    x, starts, latents, values, W_dec, b_dec, ends, residuals, g_values, g_dec, g_b_dec
):
    """Return the squared error, the mean over nested dictionaries and the last's.

    The dictionaries end at the latents `ends`. The last's residuals and the gradients with respect
    to the values are written, the gradients of decoder and bias added. Empty `residuals` say that
    nobody wants them, an empty `g_dec` that nobody wants the gradients of these two.
    """
    levels, d, wanted = len(ends), x.shape[1], len(g_dec) > 0
    sums = np.empty((levels, d), np.float32)
    spent = np.empty(d, np.float32)
    slope = np.float32(-2 / levels)
    total = last = 0.0
    for i in range(len(x)):
        entries = range(starts[i], starts[i + 1])
        residual = residuals[i] if len(residuals) else spent
        for c in range(d):
            residual[c] = x[i, c] - b_dec[c]
        first = 0
        for level in range(levels):
            for e in entries:
                j = latents[e]
                if first <= j < ends[level]:
                    for c in range(d):
                        residual[c] -= values[e] * W_dec[j, c]
            first = ends[level]
            # two loops: whether one that writes too is vectorised, and so how its sum is rounded,
            # would hang on how far apart the two arrays happen to lie
            squared = np.float32(0)
            for c in range(d):
                squared += residual[c] * residual[c]
            for c in range(d):
                sums[level, c] = slope * residual[c]
            total += float(squared)
        last += float(squared)
        # a latent of one dictionary is one of all that hold it
        for level in range(levels - 1, 0, -1):
            for c in range(d):
                sums[level - 1, c] += sums[level, c]
        for e in entries:
            j, level = latents[e], 0
            while j >= ends[level]:
                level += 1
            along = np.float32(0)
            for c in range(d):
                along += sums[level, c] * W_dec[j, c]
            g_values[e] = along
            if wanted:
                for c in range(d):
                    g_dec[j, c] += values[e] * sums[level, c]
        if wanted:
            for c in range(d):
                g_b_dec[c] += sums[0, c]
    return total / levels, last


@njit(cache=True, nogil=True)
def encode_pass(x, starts, latents, g_values, g_enc, g_shift):  # type: ignore[no-untyped-def] # pragma: no cover
    """Add the gradients of W_enc x + shift from those of the values."""
    for i in range(len(x)):
        for e in range(starts[i], starts[i + 1]):
            j, along = latents[e], g_values[e]
            g_shift[j] += along
            for c in range(x.shape[1]):
                g_enc[j, c] += along * x[i, c]


@njit(cache=True, nogil=True)
def kernel_pass(pre, slopes, threshold, width, penalty, g_threshold):  # type: ignore[no-untyped-def] # pragma: no cover
    """Add what the outputs near a threshold say of it, by a rectangular kernel.

    `slopes` are the gradients with respect to the codes, `penalty` that of being active.
    """
    for i in range(len(pre)):
        for j in range(len(threshold)):
            near = abs(pre[i, j] - threshold[j]) < width / 2
            g_threshold[j] -= (threshold[j] * slopes[i, j] + penalty) / width if near else 0
