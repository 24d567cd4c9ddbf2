"""Tasks: data, splits and metrics.

``load`` turns a ``TaskSpec`` into a ``Task``: the nine GLUE tasks, a user's own files, the offline ``demo/docstrings``,
or what a user's package registered. A search sees ``train`` and ``selection``, both cut from the training data;
``held_out`` is the task's own validation data and is scored once, at the end.
"""

from autotune.tasks.build import Raw, build
from autotune.tasks.loading import load
from autotune.tasks.metrics import Metric, register_metric
from autotune.tasks.registry import available, register_task
from autotune.tasks.types import Split, Task, TaskInfo

__all__ = [
    "Metric",
    "Raw",
    "Split",
    "Task",
    "TaskInfo",
    "available",
    "build",
    "load",
    "register_metric",
    "register_task",
]
