"""The scripts in ``benchmarks/`` as modules."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType


def script(name: str) -> ModuleType:
    """The script of that name, without running it."""
    file = Path(__file__).parents[2] / "benchmarks" / f"{name}.py"
    spec = spec_from_file_location(f"benchmarks_{name}", file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
