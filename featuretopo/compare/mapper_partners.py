"""Two Mapper graphs through partners, beside partners by chance."""

from __future__ import annotations

from featuretopo.compare.mapper_figures import mapper_figures
from featuretopo.compare.measure import Measure, beside_null
from featuretopo.compare.measures import NOTES, TITLES
from featuretopo.compare.redrawn import Redrawn
from featuretopo.topology.mapper.graph import MapperGraph


def through_partners(a: MapperGraph, b: MapperGraph, pairs: Redrawn) -> list[Measure]:
    """Put the figures of two graphs through partners beside those of partners by chance."""
    null = [mapper_figures(a, b, matching.pairs) for matching in pairs.null]
    tested = mapper_figures(a, b, pairs.tested.pairs) if pairs.in_part else {}
    return [
        beside_null(
            name,
            TITLES[name],
            value,
            [each[name] for each in null if name in each],
            pairs.null_description,
            note=NOTES[name],
            tested=tested.get(name),
        )
        for name, value in mapper_figures(a, b, pairs.matching.pairs).items()
    ]
