"""Features along a way through a Mapper graph."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from featuretopo.topology.mapper.graph import IntArray


def features_along(
    members: Sequence[IntArray], nodes: Sequence[int], *, closed: bool = False
) -> IntArray:
    """Features of nodes in the order in which they are come by, each once.

    Within a node those come last that the next one shares, and, of a closed way, those first that
    the last node shares with the first.

    Examples
    --------
    >>> rows = [np.array([0, 3, 4]), np.array([1, 3]), np.array([0, 1, 2])]
    >>> features_along(rows, [0, 1, 2], closed=True).tolist()
    [0, 4, 3, 1, 2]
    """
    found: list[IntArray] = [np.empty(0, np.int64)]
    for place, node in enumerate(nodes):
        rows = members[node][~np.isin(members[node], np.concatenate(found))]
        order = np.zeros(len(rows), np.int64)
        if place + 1 < len(nodes):
            order += np.isin(rows, members[nodes[place + 1]])
        if closed and place == 0:
            order[np.isin(rows, members[nodes[-1]])] = -1
        found.append(rows[np.argsort(order, kind="stable")])
    return np.concatenate(found)
