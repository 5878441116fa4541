"""Two dictionaries in, one Comparison out; and one SAE against its ground truth."""

from featuretopo.compare.alignment import Alignment
from featuretopo.compare.comparison import Comparison, compare
from featuretopo.compare.group_matching import GroupMatch
from featuretopo.compare.learned import Learned, learned
from featuretopo.compare.measure import Measure, beside_null
from featuretopo.compare.patches import Patch, patches
from featuretopo.compare.raw import principal_directions
from featuretopo.compare.recovery import Recovery, recover
from featuretopo.compare.series import Step, series
from featuretopo.compare.shape_recovery import ShapeRecovery
from featuretopo.compare.verdict import Verdict

__all__ = [
    "Alignment",
    "Comparison",
    "GroupMatch",
    "Learned",
    "Measure",
    "Patch",
    "Recovery",
    "ShapeRecovery",
    "Step",
    "Verdict",
    "beside_null",
    "compare",
    "learned",
    "patches",
    "principal_directions",
    "recover",
    "series",
]
