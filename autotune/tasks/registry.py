"""Tasks by name: the built-in ones and a user's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from autotune import plugins
from autotune.errors import AutotuneError
from autotune.spec import TaskSpec
from autotune.tasks import docstrings, glue
from autotune.tasks.types import Task, TaskInfo

Loader = Callable[[TaskSpec], Task]


@dataclass(frozen=True)
class Registered:
    """A task that ``--task NAME`` can choose."""

    info: TaskInfo
    load: Loader


_TASKS: dict[str, Registered] = {
    "demo/docstrings": Registered(docstrings.INFO, docstrings.load_docstrings),
    **{
        f"glue/{task.name}": Registered(glue.info(task), partial(glue.load_glue, task=task))
        for task in glue.TASKS.values()
    },
}


def register_task(name: str, loader: Loader, info: TaskInfo | None = None) -> None:
    """Add a task that ``--task NAME`` can choose. An installed package can list loaders as entry points instead.

    The entry-point group is ``autotune.tasks``; the entry point's name is the task's, its object is the loader. A
    loader reads examples into a ``Raw`` and returns ``build(spec, raw)``, which checks and splits them.

    Args:
        name: such as ``mine/tickets``.
        loader: takes the ``TaskSpec`` and returns the ``Task``.
        info: for the list of tasks; a bare line when None.

    Raises:
        AutotuneError: the name is taken.
    """
    known = _TASKS.get(name)
    if known is not None and known.load is not loader:
        raise AutotuneError(f"the task name {name!r} is taken", "register the task under another name")
    description = (loader.__doc__ or "").strip().split("\n")[0]
    _TASKS[name] = Registered(info or TaskInfo(name, "", "", "registered by a plugin", "", description), loader)


def registered() -> Mapping[str, Registered]:
    """Every task with a name, those of installed packages included."""
    for name, loader in plugins.objects("autotune.tasks").items():
        if name not in _TASKS:
            register_task(name, loader)
    return _TASKS


def available() -> list[TaskInfo]:
    """The tasks that have a name, for a list; a path to a file or folder is a task as well."""
    return [task.info for _, task in sorted(registered().items())]
