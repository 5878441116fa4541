"""Labels in words."""

from __future__ import annotations

from collections import Counter

from featuretopo.dictionary import Dictionary, IntArray
from featuretopo.labels import NONE
from featuretopo.report.wording import shortened


def labels_in_words(dictionary: Dictionary, rows: IntArray) -> str:
    """Say which labels are most frequent among some features.

    Examples
    --------
    >>> import numpy as np
    >>> labels_in_words(Dictionary(np.eye(3), labels=[0, 0, -1], label_names=["day"]), np.arange(3))
    'day (2), no label (1)'
    """
    common = Counter(dictionary.labels[rows].tolist()).most_common(3)
    names = dictionary.label_names
    parts = [f"{shortened(names[i], 24) if i >= 0 else NONE.name} ({n})" for i, n in common]
    return ", ".join(parts)
