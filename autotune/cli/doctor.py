"""``autotune doctor``."""

from __future__ import annotations

import typer

from autotune.cli.options import Json, Store
from autotune.cli.output import echo, echo_json, echo_table


def command(store: Store = None, as_json: Json = False) -> None:
    """Check this machine: versions, devices, memory, disk, store, Hub, Ray, and what to do about each finding.

    Exits with 1 if something must be mended.
    """
    from autotune.cli.health import examine

    findings = examine(store)
    if as_json:
        echo_json([vars(finding) for finding in findings])
    else:
        echo_table(["check", "", "found"], [[f.name, f.state, f.found] for f in findings])
        for state, words in {"wrong": "To mend:", "note": "To know:"}.items():
            if told := [f for f in findings if f.state == state]:
                echo(f"\n{words}")
                for finding in told:
                    echo(f"  {finding.name}: {finding.remedy}")
    raise typer.Exit(1 if any(finding.state == "wrong" for finding in findings) else 0)
