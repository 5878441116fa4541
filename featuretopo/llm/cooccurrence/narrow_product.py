"""Product of matrices whose common dimension is small, a few rows at a time, inside compiled code.

A general product spends a third of its time on such matrices on getting ready, and wants hundreds
of rows at once, which then leave the cache. Here a tile of the result, ROWS x COLUMNS, is summed up
in vector registers, once through the common dimension, and written once. A compiler does not find
that by itself; so the tile is written in its intermediate language, without reference to any
processor.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir  # what numba stands on; it comes with it
from numba import njit, types
from numba.extending import intrinsic

from featuretopo.llm.cooccurrence.rule import FloatArray

ROWS = 6  # of a tile
_LANES, _VECTORS = 8, 2  # 12 sums, two vectors of b and one number of a fill 16 registers
COLUMNS = _VECTORS * _LANES


def pack(b: FloatArray) -> npt.NDArray[np.float32]:
    """Cut `b` into panels of COLUMNS columns, the last filled up with zeros.

    Parameters
    ----------
    b : ndarray, shape (k, m)

    Returns
    -------
    ndarray of float32, shape (ceil(m / COLUMNS), k, COLUMNS)

    Examples
    --------
    >>> a, b = np.eye(6, 2, dtype=np.float32), np.arange(6).reshape(2, 3)
    >>> out = np.empty((6, COLUMNS), np.float32)
    >>> multiply(a, pack(b), 6, out)
    >>> out[:2, :4].tolist()
    [[0.0, 1.0, 2.0, 0.0], [3.0, 4.0, 5.0, 0.0]]
    """
    k, m = b.shape
    panels = -(-m // COLUMNS)
    full = np.zeros((k, panels * COLUMNS), np.float32)
    full[:, :m] = b
    return np.ascontiguousarray(full.reshape(k, panels, COLUMNS).transpose(1, 0, 2))


@njit(cache=True)
def multiply(a, panels, n, out):  # type: ignore[no-untyped-def] # pragma: no cover
    """Write the first `n` rows of a times b to `out`, and up to ROWS - 1 more.

    Parameters
    ----------
    a : ndarray of float32, shape (rows, k)
        In C order; as many rows as `out`, a whole number of tiles.
    panels : ndarray of float32, shape (p, k, COLUMNS)
        From :func:`pack`.
    n : int
    out : ndarray of float32, shape (rows, p * COLUMNS)
        In C order.
    """
    for panel in range(len(panels)):
        for row in range(0, n, ROWS):
            _tile(a, row, panels, panel, out)  # type: ignore[call-arg]


@intrinsic
def _tile(  # pragma: no cover
    typingctx: Any, a: Any, row: Any, panels: Any, panel: Any, out: Any
) -> Any:
    """Write the tile of `out` that starts at `row` and the first column of `panel`."""
    signature = types.void(a, types.intp, panels, types.intp, out)
    return signature, _write_tile


# runs while compiling: not at all where the compiled code is in the cache
def _write_tile(  # pragma: no cover
    context: Any, builder: Any, signature: Any, args: Any
) -> Any:
    size, vector = ir.IntType(64), ir.VectorType(ir.FloatType(), _LANES)
    undefined = ir.Constant(vector, ir.Undefined)
    first_lane = ir.Constant(ir.IntType(32), 0)
    every_lane = ir.Constant(ir.VectorType(ir.IntType(32), _LANES), [0] * _LANES)

    def array(position: int) -> Any:
        return context.make_array(signature.args[position])(context, builder, args[position])

    def number(value: int) -> Any:
        return ir.Constant(size, value)

    def place(start: Any, *factors: Any) -> Any:
        return builder.gep(start, [reduce(builder.mul, factors)])

    def as_vector(start: Any) -> Any:
        return builder.bitcast(start, vector.as_pointer())

    a, b, out = array(0), array(2), array(4)
    row, panel = args[1], args[3]
    k, width = builder.extract_value(a.shape, 1), builder.extract_value(out.shape, 1)
    rows = [builder.add(row, number(s)) for s in range(ROWS)]
    a_rows = [place(a.data, r, k) for r in rows]
    panel_start = place(b.data, panel, k, number(COLUMNS))
    entry = builder.block
    body, end = builder.append_basic_block("sum"), builder.append_basic_block("write")
    builder.branch(body)

    builder.position_at_end(body)
    i = builder.phi(size)  # along the common dimension
    i.add_incoming(number(0), entry)
    sums = [[builder.phi(vector) for _ in range(_VECTORS)] for _ in range(ROWS)]
    line = place(panel_start, i, number(COLUMNS))
    b_vectors = [
        builder.load(as_vector(place(line, number(v * _LANES))), align=4) for v in range(_VECTORS)
    ]
    totals = []
    for s in range(ROWS):
        value = builder.load(place(a_rows[s], i))
        value = builder.insert_element(undefined, value, first_lane)
        value = builder.shuffle_vector(value, undefined, every_lane)
        # contract: a product and a sum may become one instruction
        terms = [builder.fmul(value, b_vector, flags=["contract"]) for b_vector in b_vectors]
        totals.append(
            [builder.fadd(sums[s][v], terms[v], flags=["contract"]) for v in range(_VECTORS)]
        )
    after = builder.add(i, number(1))
    i.add_incoming(after, body)
    for s in range(ROWS):
        for v in range(_VECTORS):
            sums[s][v].add_incoming(ir.Constant(vector, [0.0] * _LANES), entry)
            sums[s][v].add_incoming(totals[s][v], body)
    builder.cbranch(builder.icmp_signed("<", after, k), body, end)

    builder.position_at_end(end)
    for s in range(ROWS):
        first = place(place(out.data, rows[s], width), panel, number(COLUMNS))
        for v in range(_VECTORS):
            builder.store(totals[s][v], as_vector(place(first, number(v * _LANES))), align=4)
    return context.get_dummy_value()
