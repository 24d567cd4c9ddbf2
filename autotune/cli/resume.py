"""``autotune resume``."""

from __future__ import annotations

from typing import Annotated

import typer

from autotune.cli.options import Json, Store, Study

More = Annotated[
    list[str] | None, typer.Option("--budget", help="Add to the budget, such as +20cpu-min or +10trials; repeatable.")
]


def command(study: Study, budget: More = None, store: Store = None, as_json: Json = False) -> None:
    """Go on with a study, perhaps with a larger budget."""
    from autotune.budget import Budget
    from autotune.cli.running import run
    from autotune.settings.machine import store_url

    more = tuple(budget or ())
    if more:
        Budget.parse(more)
    from autotune import controller

    url = store_url(store)
    run(lambda progress: controller.resume(study, url, more, progress), url, as_json=as_json)
