"""``autotune search``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autotune.cli import search_options as given
from autotune.cli.options import Json, Store
from autotune.cli.output import echo, echo_json, progress

if TYPE_CHECKING:
    from autotune.controller.devices import Devices
    from autotune.spec import StudySpec

_NOT_THE_STUDYS = (
    *("file", "set_", "plan", "store", "as_json"),
    *("executor", "ray_address", "workers_per_device"),
)
"""Parameters that are no settings of the study: where it comes from and goes to, the machine's choice of devices."""


def command(
    file: given.File = None,
    task: given.Task = None,
    model: given.Model = None,
    data_dir: given.DataDir = None,
    text_column: given.TextColumn = None,
    label_column: given.LabelColumn = None,
    task_kind: given.TaskKind = None,
    metric: given.Metric = None,
    max_train: given.MaxTrain = None,
    max_length: given.MaxLength = None,
    budget: given.Budget = None,
    space: given.Space = None,
    study: given.Name = None,
    seed: given.Seed = None,
    searcher: given.Searcher = None,
    scheduler: given.Scheduler = None,
    max_epochs: given.MaxEpochs = None,
    min_resource: given.MinResource = None,
    eta: given.Eta = None,
    objective: given.Objective = None,
    constraint: given.Constraint = None,
    enqueue: given.Enqueue = None,
    warm_start: given.WarmStart = None,
    portfolio: given.Portfolio = None,
    controls: given.Controls = None,
    seeds: given.Seeds = None,
    reserve: given.Reserve = None,
    precision: given.Precision = None,
    device: given.Device = None,
    workers: given.Workers = None,
    executor: given.Executor = "local",
    ray_address: given.RayAddress = None,
    workers_per_device: given.WorkersPerDevice = None,
    threads: given.Threads = None,
    offline: given.Offline = None,
    plugin: given.Plugin = None,
    trust_remote_code: given.Trust = None,
    set_: given.Set = None,
    plan: given.Plan = False,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Search the Pareto front of a task within a budget.

    autotune search --task glue/mrpc --budget 8gpu-h
    """
    flags = {k: v for k, v in locals().items() if k not in _NOT_THE_STUDYS and v != []}
    from autotune.controller.devices import Devices
    from autotune.settings import resolve

    devices = Devices(executor, ray_address, workers_per_device)
    devices.check()
    spec = resolve(flags, set_ or (), file)
    if plan:
        _plan(spec, devices, store, as_json)
    else:
        _search(spec, devices, store, as_json)


def _plan(spec: StudySpec, devices: Devices, store: str | None, as_json: bool) -> None:
    from autotune import controller
    from autotune.cli.progress import STARTING
    from autotune.settings.machine import store_url

    progress(STARTING)
    found = controller.plan(spec, store_url(store), devices)
    if as_json:
        echo_json(found.to_dict())
        return
    for line in found.lines():
        echo(line)


def _search(spec: StudySpec, devices: Devices, store: str | None, as_json: bool) -> None:
    from autotune import controller
    from autotune.cli.running import run, taken_names
    from autotune.settings import named
    from autotune.settings.machine import store_url

    url = store_url(store)
    spec = named(spec, taken_names(url))
    run(lambda display: controller.search(spec, url, display, devices=devices), url, as_json=as_json)
