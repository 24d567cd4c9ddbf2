"""The architecture's arrows, and what may be imported before it is used."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import autotune

ROOT = Path(autotune.__file__).parent
PLAIN = {
    *("aside", "errors", "near", "plugins", "objectives", "budget", "trial", "facts"),
    *("decision", "digest", "history", "event_json", "spec", "pareto", "fronts", "standing", "results", "words"),
}
MAY_IMPORT = {
    **dict.fromkeys(PLAIN, PLAIN),
    "space": PLAIN,
    "methods": PLAIN | {"space"},
    "tasks": PLAIN,
    "training": PLAIN | {"space", "methods", "tasks"},
    "curves": PLAIN,
    "strategies": PLAIN | {"space", "curves"},
    "asking": PLAIN | {"space"},
    "optimizer": PLAIN | {"space", "strategies", "asking"},
    "bench": PLAIN | {"space", "methods", "training", "strategies", "asking", "optimizer", "controller"},
    "integrations": PLAIN | {"space", "asking", "optimizer"},
    "executors": PLAIN,
    "store": PLAIN,
    "insight": PLAIN | {"space", "methods", "curves", "strategies", "store"},
    "controller": PLAIN | {"space", "methods", "tasks", "training", "strategies", "executors", "store"},
    "settings": PLAIN | {"space", "methods", "strategies"},
    "export": PLAIN | {"settings", "space", "store", "methods", "tasks", "training"},
    "pictures": PLAIN,
    "report": PLAIN | {"space", "methods", "tasks", "store", "insight", "pictures"},
}
DASHBOARDS = PLAIN | {"space", "methods", "curves", "store", "export", "insight", "dashboards"}
HEAVY = (
    "dash",
    "plotly",
    "flask",
    "matplotlib",
    "torch",
    "transformers",
    "peft",
    "optuna",
    "sqlalchemy",
    "datasets",
    "pandas",
    "sklearn",
    "scipy",
    "pyarrow",
)


def imports(file: Path) -> set[str]:
    """The parts of autotune that a file imports, at any depth."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [a.name for a in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module] if node.module != "autotune" else [f"autotune.{a.name}" for a in node.names]
        found |= {name.split(".")[1] for name in names if name.startswith("autotune.")}
    return found


@pytest.mark.parametrize("part", sorted(MAY_IMPORT))
def test_arrows_only_point_up(part):
    folder = ROOT / part
    for file in sorted(folder.rglob("*.py")) if folder.is_dir() else [ROOT / f"{part}.py"]:
        assert imports(file) <= MAY_IMPORT[part] | {part}, file


@pytest.mark.parametrize(
    "module", ["", ".cli.app", ".space", ".methods", ".tasks", ".executors.local", ".bench", ".bench.comparing"]
)
def test_heavy_libraries_wait_until_they_are_used(module):
    code = f"import sys, autotune{module}; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_dashboards_import_what_stands_above_them():
    for file in sorted((ROOT.parent / "dashboards").rglob("*.py")):
        assert imports(file) <= DASHBOARDS, file


def test_no_file_is_long():
    lengths = {
        f: len(f.read_text().splitlines())
        for folder in (ROOT, ROOT.parent / "dashboards")
        for f in folder.rglob("*.py")
    }
    assert max(lengths.values()) <= 400, max(lengths, key=lengths.get)
