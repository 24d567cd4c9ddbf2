"""What a study's record tells beyond its front: data frames that the report, the dashboard and the terminal share.

Every function is pure: from a history, its events or stored rows to a frame of plain columns. Nothing is drawn here.
"""

from autotune.insight.calibration import calibration, coverage
from autotune.insight.comparing import Comparison, Side, compare
from autotune.insight.importance import importance
from autotune.insight.layers import layer_map, layer_shares
from autotune.insight.outlook import Outlook, outlook
from autotune.insight.progress import Bounds, bounds, control_hypervolume, progress
from autotune.insight.rungs import promotions, rank_correlation
from autotune.insight.spending import spending, timeline
from autotune.strategies.savings import Savings, savings

__all__ = [
    "Bounds",
    "Comparison",
    "Outlook",
    "Savings",
    "Side",
    "bounds",
    "calibration",
    "compare",
    "control_hypervolume",
    "coverage",
    "importance",
    "layer_map",
    "layer_shares",
    "outlook",
    "progress",
    "promotions",
    "rank_correlation",
    "savings",
    "spending",
    "timeline",
]
