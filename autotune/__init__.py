"""Pareto-optimal parameter-efficient fine-tuning within a device-time budget.

``autotune.search`` runs a study, ``autotune.load_study`` reads one. New methods, tasks and metrics are registered with
``autotune.methods.register``, ``autotune.tasks.register_task`` and ``autotune.tasks.register_metric``.
"""

from autotune.api import Study, load_study, search
from autotune.errors import AutotuneError
from autotune.optimizer import Asked, Optimizer

__all__ = ["Asked", "AutotuneError", "Optimizer", "Study", "load_study", "search"]
