"""``autotune resume``."""

from __future__ import annotations

from typing import Annotated

import typer

from autotune.cli import search_options as given
from autotune.cli.options import Json, Store, Study

More = Annotated[
    list[str] | None, typer.Option("--budget", help="Add to the budget, such as +20cpu-min or +10trials; repeatable.")
]


def command(
    study: Study,
    budget: More = None,
    executor: given.Executor = "local",
    ray_address: given.RayAddress = None,
    workers: given.Workers = None,
    workers_per_device: given.WorkersPerDevice = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Go on with a study, perhaps with a larger budget, perhaps on other devices."""
    from autotune.budget import Budget
    from autotune.cli.running import run
    from autotune.settings.machine import store_url

    more = tuple(budget or ())
    if more:
        Budget.parse(more)
    from autotune import controller
    from autotune.controller.devices import Devices

    devices = Devices(executor, ray_address, workers_per_device, workers)
    devices.check()

    url = store_url(store)
    run(lambda progress: controller.resume(study, url, more, progress, devices=devices), url, as_json=as_json)
