"""``autotune stop``."""

from __future__ import annotations

from autotune.cli.options import Store, Study
from autotune.cli.output import echo


def command(study: Study, store: Store = None) -> None:
    """Ask a running study to save its state and stop.

    `autotune resume` goes on with it.
    """
    from autotune.cli.stores import opened
    from autotune.errors import AutotuneError

    with opened(store, write=True) as found:
        row = found.study(study)
        if not row.alive:
            raise AutotuneError(f"study {study!r} is not running", f"see: autotune status {study}")
        found.request_stop(study)
    echo(f"{study} was asked to stop; go on later with: autotune resume {study}")
