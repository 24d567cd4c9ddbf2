"""Begin a study, go on with one, or say what one would do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from threading import Event as Flag
from threading import Thread

from autotune import plugins, tasks
from autotune.budget import Budget
from autotune.controller.assemble import (
    Facts,
    budget_of,
    constraints_of,
    objectives_of,
    setting_of,
    strategy_of,
    with_strategy,
)
from autotune.controller.devices import Devices, executor_for, worker_arguments
from autotune.controller.environment import environment
from autotune.controller.fit import Fidelity, fit
from autotune.controller.interrupt import interrupts
from autotune.controller.loop import Controller
from autotune.controller.plan import Plan, plan_of
from autotune.controller.progress import Outcome, Progress, Silent
from autotune.controller.recalling import check_sources, kept, kept_by, note, recalled
from autotune.errors import AutotuneError
from autotune.executors.base import DevicesLostError, Executor, Ready
from autotune.executors.local import LocalExecutor
from autotune.executors.ray import RayExecutor
from autotune.history import Charged, Event, Extended, History, Lost
from autotune.space import SearchSpace
from autotune.spec import StudySpec
from autotune.store import Lease, Store, StudyRow, StudyStatus
from autotune.strategies import Earlier

RENEW_SECONDS = 10.0
"""Between a lease's renewals while workers start."""


HERE = Devices()


@dataclass(frozen=True)
class Prepared:
    """A study whose workers are ready and whose every part fits."""

    spec: StudySpec
    facts: Facts
    ready: Sequence[Ready]
    fidelity: Fidelity
    plan: Plan
    earlier: Sequence[Earlier]


def search(
    spec: StudySpec,
    store_url: str | None = None,
    progress: Progress | None = None,
    executor: Executor | None = None,
    devices: Devices = HERE,
) -> Outcome:
    """Run a study from its beginning until it is done or interrupted.

    Args:
        spec: what is asked for; see ``autotune.settings.resolving.resolve``.
        store_url: of the study store; ``./studies/autotune.db`` when None.
        progress: told of everything.
        executor: where segments run; what ``devices`` say when None. It is closed at the end.
        devices: the machine's choice of an executor; it is not recorded with the study.

    Raises:
        AutotuneError: something in the specification cannot work. No device time was spent on trials then.
    """
    progress = progress or Silent()
    devices.check()
    notes = _check_early(spec) if executor is None else ()
    with Store.open(store_url) as store:
        _check_name(store, spec.study)
        check_sources(store, spec.warm_start)
        store.check_writable()
        with closing(executor or executor_for(spec, devices)) as workers:
            prepared = _prepare(spec, workers, notes, store)
            study = store.create_study(
                spec.study,
                prepared.spec.to_dict(),
                facts=prepared.facts.to_dict(),
                levels=prepared.fidelity.levels,
                environment={
                    **environment(),
                    "fidelity": asdict(prepared.fidelity),
                    "chosen_for": prepared.plan.strategy_reason,
                    **kept(prepared.earlier),
                },
                space_digest=SearchSpace.from_dict(dict(spec.space)).digest,
            )
            events = [Extended(budget_of(spec)), *_start_charges(prepared.ready)]
            if executor is None and isinstance(workers, LocalExecutor | RayExecutor):
                workers.arguments = worker_arguments(spec, prepared.facts.calibration)
            with _held(store, study) as lease:
                row = store.study(spec.study)
                return _run(store, row, lease, workers, events, progress, prepared.plan)


def resume(
    name: str,
    store_url: str | None = None,
    more: Sequence[str] = (),
    progress: Progress | None = None,
    executor: Executor | None = None,
    devices: Devices = HERE,
) -> Outcome:
    """Go on with a study as if nothing had happened.

    Args:
        name: of the study.
        store_url: of its store.
        more: budgets to add, such as ``+20cpu-min``.
        progress: told of everything.
        executor: as for ``search``.
        devices: as for ``search``; they need not be those that the study began on.

    Raises:
        AutotuneError: there is no such study, another controller runs it, its data are not what they were, or its
            budget has no limit of the kind to add to.
    """
    progress = progress or Silent()
    devices.check()
    with Store.open(store_url, create=False) as store:
        row = store.study(name)
        recorded = Facts.from_info(row.facts)
        spec = replace(StudySpec.from_dict(row.spec), precision=recorded.calibration.precision)
        known = store.outline(row.id).budget
        budget = known if known.to_list() else budget_of(spec)  # killed before it was recorded
        budget = budget.plus(Budget.parse(more)) if more else budget
        if row.status is StudyStatus.COMPLETE and not more:
            said = f"complete already; to go on: autotune resume {name} {budget.example()}"
            progress.finished(Outcome(name, "complete", said))
            return Outcome(name, "complete", said)
        events: list[Event] = [Extended(budget)] if budget != known else []
        plugins.import_modules(spec.plugins)
        with (
            _held(store, row.id) as lease,
            closing(executor or executor_for(spec, devices, recorded.calibration)) as workers,
        ):
            with _renewed(lease):
                ready = workers.start()
            told = Facts.from_info(dict(ready[0].info))
            if told.task.digest != recorded.task.digest:
                raise AutotuneError(
                    f"the data of {told.task.task} are not those that study {name!r} began with",
                    "bring the old data back, or begin another study",
                )
            events += [Charged("startup", r.startup_seconds, r.worker) for r in ready]
            return _run(store, row, lease, workers, events, progress, None)


def plan(spec: StudySpec, store_url: str | None = None, devices: Devices = HERE) -> Plan:
    """What a study would run, after a few seconds of calibration. Records and trains nothing.

    Args:
        spec: what would be asked for.
        store_url: of the store that holds the studies it would learn from; not looked at without such.
        devices: as for ``search``.

    Raises:
        AutotuneError: as ``search``.
    """
    devices.check()
    notes = _check_early(spec)
    with ExitStack() as stack:
        store = None
        if spec.warm_start:
            store = stack.enter_context(Store.open(store_url, create=False, read_only=True))
            check_sources(store, spec.warm_start)
        return _prepare(spec, stack.enter_context(closing(executor_for(spec, devices))), notes, store).plan


def fidelity_of(row: StudyRow) -> Fidelity:
    """The recorded fidelity of a study."""
    data = dict(row.environment["fidelity"])
    return Fidelity(**{**data, "levels": tuple(data["levels"])})


def _prepare(spec: StudySpec, executor: Executor, notes: tuple[str, ...], store: Store | None) -> Prepared:
    ready = executor.start()
    facts = Facts.from_info(dict(ready[0].info))
    budget = budget_of(spec)
    if budget.device == "gpu" and not facts.calibration.device.startswith("cuda"):
        notes += ("the budget is in GPU time and there is no GPU: the CPU worker's time is charged instead",)
    fidelity = fit(spec, budget, facts.task, facts.calibration)
    spec, why = with_strategy(spec, budget, fidelity)
    earlier = recalled(store, spec, facts)
    setting = setting_of(spec, facts, fidelity.levels, earlier)
    strategy_of(spec, setting, fidelity)
    made = plan_of(spec, budget, facts, fidelity, setting)
    notes += tuple(note(e) for e in earlier)
    return Prepared(spec, facts, ready, fidelity, replace(made, notes=notes, strategy_reason=why), earlier)


def _run(
    store: Store,
    row: StudyRow,
    lease: Lease,
    executor: Executor,
    events: Sequence[Event],
    progress: Progress,
    made: Plan | None,
) -> Outcome:
    spec, facts, fidelity = StudySpec.from_dict(row.spec), Facts.from_info(row.facts), fidelity_of(row)
    setting = replace(setting_of(spec, facts, fidelity.levels, kept_by(row)), aside=executor.aside)
    progress.started(row.name, made.lines() if made else [])
    history = _recover(store, row.id, store.history(row.id), progress)
    history = history.at(max(history.elapsed, row.elapsed))  # a history knows the time of its last decision only
    for event in events:
        store.append(row.id, event)
        history = history.after(event)
    with interrupts() as interrupt:
        controller = Controller(
            store=store,
            study_id=row.id,
            name=row.name,
            executor=executor,
            strategy=strategy_of(spec, setting, fidelity),
            setting=setting,
            evaluate_at=fidelity.evaluate_at(facts.task.train),
            seed=spec.seed,
            lease=lease,
            progress=progress,
            history=history,
            interrupt=interrupt,
        )
        try:
            outcome = controller.run()
        except DevicesLostError as error:
            raise DevicesLostError(error.message, f"once they are back: autotune resume {row.name}") from None
    controller.patient(lambda: store.set_status(row.id, outcome.status, outcome.message))
    progress.finished(outcome)
    return outcome


@contextmanager
def _held(store: Store, study: int) -> Iterator[Lease]:
    """The study is ours and running: another controller is refused, and a request to stop counts from now on."""
    lease = store.acquire(study)
    try:
        store.set_status(study, StudyStatus.RUNNING)
        yield lease
    except BaseException as error:
        with suppress(AutotuneError):  # a store that cannot be written is what the error says already
            store.set_status(study, StudyStatus.INTERRUPTED, _said(error))
        raise
    finally:
        with suppress(AutotuneError):  # it ends with this process at the latest
            lease.release()


def _said(error: BaseException) -> str:
    if isinstance(error, AutotuneError):
        return error.message
    return "stopped at once" if isinstance(error, KeyboardInterrupt) else f"{type(error).__name__}: {error}"


@contextmanager
def _renewed(lease: Lease) -> Iterator[None]:
    """Keep a lease alive while workers start, which may take longer than it lasts."""
    over = Flag()

    def renew() -> None:
        while not over.wait(RENEW_SECONDS):
            with suppress(AutotuneError):  # whoever took the study over will be met at the first event
                lease.renew()

    thread = Thread(target=renew, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _recover(store: Store, study: int, history: History, progress: Progress) -> History:
    """Count the segments that an earlier controller left without a result as lost."""
    for segment in store.running_segments(study):
        at = (segment.number, segment.trial, segment.attempt)
        lost = Lost(*at, segment.held_seconds, "the controller went away")
        if store.append(study, lost):
            history = history.after(lost)
            progress.note(f"trial {segment.trial}: the segment under way was lost; it goes on from its last checkpoint")
    return history


def _start_charges(ready: Sequence[Ready]) -> list[Event]:
    events: list[Event] = []
    for worker in ready:
        calibration = Facts.from_info(dict(worker.info)).calibration
        events.append(Charged("startup", max(0.0, worker.startup_seconds - calibration.seconds), worker.worker))
        events.append(Charged("calibration", calibration.seconds, worker.worker))
    return events


def _check_early(spec: StudySpec) -> tuple[str, ...]:
    """Refuse what needs no worker: budget, plugins, data, objectives, constraints, space.

    Returns:
        What reading the data told.
    """
    budget_of(spec)
    plugins.import_modules(spec.plugins)
    SearchSpace.from_dict(dict(spec.space))
    task = tasks.load(spec.task)
    objectives_of(spec, task.facts)
    constraints_of(spec, task.facts)
    return task.notes


def _check_name(store: Store, name: str) -> None:
    if any(row.name == name for row in store.studies()):
        raise AutotuneError(
            f"study {name!r} exists in {store.url}", f"autotune resume {name}, or choose another name with --study"
        )
