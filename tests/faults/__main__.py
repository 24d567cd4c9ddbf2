"""``python -m faults [ROW ...] [--short] [--seed N] [--count N] [--json] [--mutants]``: 1 where a promise broke."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from faults import mutants
from faults.table import ROWS, as_data, lines
from faults.verdict import Size, Verdict, timed


def main(arguments: list[str] | None = None) -> int:
    """Run the rows that were asked for and print what they found."""
    parser = argparse.ArgumentParser(prog="faults", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(r.name for r in ROWS)}; all of them")
    parser.add_argument("--short", action="store_true", help="the form that runs with the tests")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, help="kills, seeds or operations in the place of each row's own number")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--mutants", action="store_true", help="take the protections out, and see that the rows break")
    parser.add_argument("--mutant", choices=mutants.MUTANTS, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    names = [row.name for row in ROWS]
    if unknown := [name for name in asked.rows if name not in names]:
        parser.error(f"there is no row {unknown[0]!r}; choose from {', '.join(names)}")
    if asked.mutants:
        return _mutants(asked)
    if asked.mutant:
        mutants.MUTANTS[asked.mutant].take_out()
    size = Size(asked.short, asked.seed, asked.count)
    verdicts = [_run(row.name, size) for row in ROWS if row.name in (asked.rows or names)]
    if asked.json:
        print(json.dumps([as_data(verdict) for verdict in verdicts], indent=2))
    else:
        print("\n".join(lines(verdicts)))
    return 0 if all(verdict.holds for verdict in verdicts) else 1


def _run(name: str, size: Size) -> Verdict:
    row = next(row for row in ROWS if row.name == name)
    memory = "/dev/shm" if not row.disk and os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="autotune-faults-", dir=memory) as folder:
        print(f"{name} ...", file=sys.stderr, flush=True)
        verdict = timed(row.run(), size, Path(folder))
        verdict.row = name
        return verdict


def _mutants(asked: argparse.Namespace) -> int:
    missed = []
    for name, mutant in mutants.MUTANTS.items():
        if asked.rows and mutant.row not in asked.rows:
            continue
        noticed = mutants.noticed(name)
        print(f"{'noticed' if noticed else 'MISSED':<8}{mutant.row:<12}{mutant.without}", flush=True)
        if not noticed:
            missed.append(name)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
