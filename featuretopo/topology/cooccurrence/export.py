"""Feature families as a JSON file, for other programs."""

from __future__ import annotations

import json
import os

from featuretopo.files import atomic
from featuretopo.topology.cooccurrence.forest import FeatureForest

#: Of which format a file says that it is.
FORMAT = "featuretopo families/1"


def save_json(forest: FeatureForest, path: str | os.PathLike[str]) -> None:
    """Write the families as JSON: the text of :func:`families_json`.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from featuretopo.topology.cooccurrence import families
    >>> both = [[1, 1], [0, 0], [1, 0], [0, 0]] * 20
    >>> target = pathlib.Path(tempfile.mkdtemp()) / "families.json"
    >>> save_json(families(both), target)
    >>> json.loads(target.read_text())["n_features"]
    2
    """
    with atomic(path) as temporary:
        temporary.write_text(families_json(forest) + "\n", encoding="utf-8")


def families_json(forest: FeatureForest) -> str:
    """Return the families as JSON, largest first, their members depth first.

    A member has its ``feature`` number, ``name``, ``label`` ("" for none), ``frequency``,
    ``depth``, ``parent``, and ``affinity`` and ``overlap`` to it (the last three null for a root).

    Examples
    --------
    >>> from featuretopo.topology.cooccurrence import families
    >>> both = [[1, 1], [0, 0], [1, 0], [0, 0]] * 20
    >>> [family] = json.loads(families_json(families(both)))["families"]
    >>> [member["feature"] for member in family["members"]]
    [0, 1]
    """
    told = {
        "format": FORMAT,
        "n_features": len(forest.parents),
        "families": [
            {
                "root": family.root,
                "size": family.size,
                "depth": family.depth,
                "members": [
                    _member(forest, row, depth)
                    for row, depth in zip(
                        family.members.tolist(), family.depths.tolist(), strict=True
                    )
                ],
            }
            for family in forest.families
        ],
    }
    return json.dumps(told, allow_nan=False)


def _member(forest: FeatureForest, row: int, depth: int) -> dict[str, object]:
    return {
        "feature": row,
        "name": forest.names[row],
        "label": forest.labels[row],
        "frequency": float(forest.frequencies[row]),
        "depth": depth,
        "parent": int(forest.parents[row]) if depth else None,
        "affinity": float(forest.affinities[row]) if depth else None,
        "overlap": float(forest.overlaps[row]) if depth else None,
    }
