"""From a task's name or path to the task."""

from __future__ import annotations

import difflib
from pathlib import Path

from autotune.errors import AutotuneError
from autotune.spec import TaskSpec
from autotune.tasks.registry import registered
from autotune.tasks.types import Task
from autotune.tasks.user_files import load_path


def load(spec: TaskSpec) -> Task:
    """Read, check and split the data of a task. The same specification gives the same task on every machine.

    Args:
        spec: names a registered task, or a file or folder (also below ``data_dir``).

    Raises:
        AutotuneError: there is no such task, or its data cannot carry a search; message and remedy say why.
    """
    tasks = registered()
    name = spec.name.strip()
    if not name:
        raise AutotuneError("no task was named", "write for example: --task glue/mrpc, or see: autotune tasks")
    found = tasks.get(name) or tasks.get(name.lower().replace("sst-2", "sst2").replace("sts-b", "stsb"))
    if found is not None:
        return found.load(spec)
    for path in (Path(name).expanduser(), *([Path(spec.data_dir).expanduser() / name] if spec.data_dir else [])):
        if path.exists():
            return load_path(spec, path)
    looks_like_path = Path(name).suffix != "" or name.startswith(("/", ".", "~")) or name.count("/") > 1
    if looks_like_path:
        raise AutotuneError(f"there is no file or folder {name!r}", "check the path given with --task")
    near = difflib.get_close_matches(name, tasks, n=1, cutoff=0.5) or [
        t for t in tasks if t.endswith(f"/{name.lower()}")
    ]
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise AutotuneError(
        f"unknown task {name!r}: {hint}known are {', '.join(sorted(tasks))}",
        "see: autotune tasks; or give a file or folder",
    )
