"""Pareto-optimal parameter-efficient fine-tuning within a device-time budget.

``autotune.search`` runs a study, ``autotune.load_study`` reads one, ``autotune.Optimizer`` searches in your own loop.
New methods, tasks and metrics are registered with ``autotune.methods.register``, ``autotune.tasks.register_task`` and
``autotune.tasks.register_metric``.
"""

from typing import TYPE_CHECKING, Any

from autotune.api import Study, load_study, search
from autotune.errors import AutotuneError

if TYPE_CHECKING:
    from autotune.optimizer import Asked, Optimizer

__all__ = ["Asked", "AutotuneError", "Optimizer", "Study", "load_study", "search"]


def __getattr__(name: str) -> Any:
    """``Optimizer`` and ``Asked``, which need numpy, are imported when they are used."""
    if name in ("Asked", "Optimizer"):
        from autotune import optimizer

        return getattr(optimizer, name)
    raise AttributeError(f"module 'autotune' has no attribute {name!r}")
