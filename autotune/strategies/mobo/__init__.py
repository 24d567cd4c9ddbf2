"""Multi-objective Bayesian optimisation over configurations and fidelities.

``Mobo`` proposes configurations for any scheduler; ``FreezeThaw`` decides by the same models also how far each trial is
trained.
"""

from autotune.strategies.mobo.freeze_thaw import FreezeThaw
from autotune.strategies.mobo.searcher import Mobo

__all__ = ["FreezeThaw", "Mobo"]
