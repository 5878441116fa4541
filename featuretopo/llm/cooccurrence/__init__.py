"""Co-occurrence: which features fire together. One rule a file; layouts say where each holds."""

from featuretopo.llm.cooccurrence.bump import Bump
from featuretopo.llm.cooccurrence.correlated import Correlated
from featuretopo.llm.cooccurrence.counts import Between, ExactlyK, MutuallyExclusive
from featuretopo.llm.cooccurrence.hierarchical import Hierarchical
from featuretopo.llm.cooccurrence.independent import Independent
from featuretopo.llm.cooccurrence.layout import (
    ByShape,
    EachShape,
    Layout,
    Mixture,
    Nested,
    Together,
)
from featuretopo.llm.cooccurrence.legacy import Legacy
from featuretopo.llm.cooccurrence.low_rank import LowRank
from featuretopo.llm.cooccurrence.rule import Cooccurrence, Fired, Firing, Group
from featuretopo.llm.cooccurrence.sharkey_toy import SharkeyToy

__all__ = [
    "Between",
    "Bump",
    "ByShape",
    "Cooccurrence",
    "Correlated",
    "EachShape",
    "ExactlyK",
    "Fired",
    "Firing",
    "Group",
    "Hierarchical",
    "Independent",
    "Layout",
    "Legacy",
    "LowRank",
    "Mixture",
    "MutuallyExclusive",
    "Nested",
    "SharkeyToy",
    "Together",
]
