"""``autotune replay``."""

from __future__ import annotations

import typer

from autotune.cli.options import Json, Store, Study
from autotune.cli.output import echo, echo_json


def command(study: Study, store: Store = None, as_json: Json = False) -> None:
    """Make every decision of a study again and compare.

    Exits with 1 if one comes out differently.
    """
    from autotune import controller
    from autotune.cli.stores import opened

    with opened(store) as found:
        count, mismatches = controller.replay(found, study)
    if as_json:
        echo_json({"study": study, "decisions": count, "mismatches": [vars(m) for m in mismatches]})
    else:
        for mismatch in mismatches:
            echo(f"decision {mismatch.number}: recorded {mismatch.recorded}; replayed {mismatch.replayed}")
        echo(f"{count - len(mismatches)} of {count} decisions of {study} come out the same")
    raise typer.Exit(1 if mismatches else 0)
