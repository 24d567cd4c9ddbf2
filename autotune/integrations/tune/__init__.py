"""Ray Tune driven by autotune: our search and our multi-objective early stopping under a ``Tuner`` of your own.

See ``docs/ray_tune.md``.
"""

try:
    import ray.tune  # noqa: F401
except ImportError as error:
    raise ImportError("autotune.integrations.tune needs Ray Tune: pip install 'autotune[ray]'") from error

from autotune.integrations.tune.results import Found, front
from autotune.integrations.tune.scheduler import Scheduler
from autotune.integrations.tune.search import Search

__all__ = ["Found", "Scheduler", "Search", "front"]
