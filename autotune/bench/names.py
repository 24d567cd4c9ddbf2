"""Benchmarks by name: the ones that ship, those in a folder of data, and anyone's own class."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from autotune.bench.prepared import Prepared, prepare
from autotune.bench.problem import Benchmark
from autotune.errors import AutotuneError

_GROUPS = {
    "lcbench": "INSTANCE",
    "taskset": "TASK",
    "peft-comparison": "TASK",
    "peft-curves": "RECORDING",
    "synthetic": "PROBLEM",
}
_SURROGATE = "-surrogate"
_FORMS = (
    "write synthetic/peft, peft-curves/NAME (also NAME-surrogate), lcbench/INSTANCE, taskset/TASK, "
    "peft-comparison/TASK, the path of a recording (.csv.gz), or package.module:Class"
)


def load(text: str, data: Path | None = None) -> Prepared:
    """The benchmark of a name.

    Args:
        text: ``synthetic/peft``, ``peft-curves/docstrings``, ``lcbench/3945``; a recording's ``.csv.gz`` file; or
            ``package.module:Class``, which is called without arguments (an object is taken as it is).
        data: the folder that recorded data lie in.

    Raises:
        AutotuneError: it cannot be imported or made, or is no benchmark.
    """
    group, _, name = text.partition("/")
    if group in _GROUPS and name and ":" not in text:
        return prepare(_named(group, name, data), text)
    if text.endswith((".csv.gz", ".csv.gz" + _SURROGATE)):
        return prepare(_recording(Path(text.removesuffix(_SURROGATE)), text), text)
    if ":" not in text:
        raise AutotuneError(f"there is no benchmark {text!r}", _FORMS)
    return prepare(_imported(text), text)


def expand(text: str) -> list[str]:
    """The benchmarks that a name stands for: ``lcbench/choose-on`` and ``lcbench/instances`` are eight each."""
    from autotune.bench import lcbench

    sets = {"lcbench/choose-on": lcbench.CHOOSE_ON, "lcbench/instances": lcbench.INSTANCES}
    return [f"lcbench/{name}" for name in sets[text]] if text in sets else [text]


def recordings() -> dict[str, Path]:
    """The recordings that ship: name → file."""
    folder = Path(str(files("autotune.studies"))) / "peft-curves"
    return {file.name.removesuffix(".csv.gz"): file for file in sorted(folder.glob("*.csv.gz"))}


def _named(group: str, name: str, data: Path | None) -> Benchmark:
    if group == "synthetic":
        return _synthetic(name)
    if group == "peft-curves":
        return _recording(_recording_file(name.removesuffix(_SURROGATE), data), f"{group}/{name}")
    if data is None:
        raise AutotuneError(f"{group}/{name} does not come with autotune", f"give the folder of {group}/: --data DIR")
    if group == "lcbench":
        from autotune.bench.lcbench import LCBench

        return LCBench(name, data)
    if group == "peft-comparison":
        from autotune.bench.peft_comparison import PeftComparison

        return PeftComparison(name, data)
    from autotune.bench.taskset import TaskSet

    return TaskSet(name, data)


def _synthetic(name: str) -> Benchmark:
    from autotune.bench import synthetic

    made: dict[str, Callable[[], Benchmark]] = {
        "peft": synthetic.Peft,
        "zdt1": synthetic.Zdt1,
        "dtlz2": synthetic.Dtlz2,
    }
    if name not in made:
        raise AutotuneError(f"there is no synthetic problem {name!r}", f"choose from {', '.join(made)}")
    return made[name]()


def _recording_file(name: str, data: Path | None) -> Path:
    folders = [] if data is None else [data / "peft-curves", data]
    places = [folder / f"{name}.csv.gz" for folder in folders]
    found = next((file for file in places if file.is_file()), None) or recordings().get(name)
    if found is None:
        shipped = ", ".join(recordings()) or "none"
        raise AutotuneError(
            f"there is no recording {name!r}", f"these ship: {shipped}; others lie in a folder: --data DIR"
        )
    return found


def _recording(file: Path, text: str) -> Benchmark:
    if text.endswith(_SURROGATE):
        from autotune.bench.surrogate import CurveSurrogate

        return CurveSurrogate.load(file, text)
    from autotune.bench.curves import RecordedCurves

    return RecordedCurves.load(file, text)


def _imported(text: str) -> Benchmark:
    module, _, name = text.partition(":")
    if not module or not name:
        raise AutotuneError(f"benchmark {text!r} is not of the form package.module:Class", _FORMS)
    try:
        found = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
        made: Benchmark = found() if callable(found) else found
    except Exception as error:  # a benchmark is anyone's code
        raise AutotuneError(f"benchmark {text!r} cannot be made: {error!r}", "install it, or set PYTHONPATH") from error
    return made
