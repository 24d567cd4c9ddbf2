"""The options of ``autotune search``. Each is a setting of the study; see ``autotune.settings``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_DATA, _SEARCH, _RUN = "Task and data", "Search", "Machine"


def _option(*names: str, text: str, panel: str, metavar: str | None = None) -> typer.models.OptionInfo:
    found: typer.models.OptionInfo = typer.Option(*names, help=text, rich_help_panel=panel, metavar=metavar)
    return found


File = Annotated[
    str | None, typer.Argument(metavar="FILE", help="A study file, or the name of a shipped one: demo, mrpc-minilm.")
]
Task = Annotated[
    str | None,
    _option(
        "--task",
        metavar="TASK",
        text="glue/mrpc, demo/docstrings, or a path to your data; see: autotune tasks",
        panel=_DATA,
    ),
]
Model = Annotated[
    str | None,
    _option("--model", metavar="MODEL", text="Hub id, folder or builtin/minilm.  [default: roberta-base]", panel=_DATA),
]
DataDir = Annotated[
    Path | None, _option("--data-dir", metavar="DIR", text="Folder of GLUE's tasks, instead of the Hub.", panel=_DATA)
]
TextColumn = Annotated[
    list[str] | None,
    _option("--text-column", metavar="NAME", text="Column of the text; twice for pairs. Detected.", panel=_DATA),
]
LabelColumn = Annotated[
    str | None, _option("--label-column", metavar="NAME", text="Column of the label. Detected.", panel=_DATA)
]
TaskKind = Annotated[
    str | None, _option("--task-kind", text="classification or regression. Detected.", panel=_DATA, metavar="KIND")
]
Metric = Annotated[
    str | None, _option("--metric", metavar="NAME", text="Metric that ranks, instead of the task's own.", panel=_DATA)
]
MaxTrain = Annotated[
    int | None, _option("--max-train", metavar="N", text="Cap on training examples, a seeded sample.", panel=_DATA)
]
MaxLength = Annotated[
    int | None, _option("--max-length", metavar="N", text="Tokens kept of an input.  [default: 128]", panel=_DATA)
]

Budget = Annotated[
    list[str] | None,
    _option(
        "--budget",
        metavar="AMOUNT",
        text="8gpu-h, 40cpu-min, 2h (wall clock), 60trials; repeatable, the first ends it.",
        panel=_SEARCH,
    ),
]
Space = Annotated[
    str | None,
    _option("--space", metavar="SPACE", text="Name or file of the space.  [default: encoder]", panel=_SEARCH),
]
Name = Annotated[
    str | None,
    _option("--study", metavar="NAME", text="Name of the study.  [default: from task and model]", panel=_SEARCH),
]
Seed = Annotated[int | None, _option("--seed", metavar="N", text="Seed of the search.  [default: 0]", panel=_SEARCH)]
Searcher = Annotated[
    str | None, _option("--searcher", metavar="NAME", text="mobo, tpe or random.  [default: auto]", panel=_SEARCH)
]
Scheduler = Annotated[
    str | None,
    _option(
        "--scheduler",
        metavar="NAME",
        text="freeze-thaw, asha, hyperband, curves or fifo.  [default: auto]",
        panel=_SEARCH,
    ),
]
MaxEpochs = Annotated[
    float | None,
    _option("--max-epochs", metavar="NUMBER", text="Epochs of a full training. Fitted to the budget.", panel=_SEARCH),
]
MinResource = Annotated[
    int | None, _option("--min-resource", metavar="N", text="Examples of the lowest rung. Fitted.", panel=_SEARCH)
]
Eta = Annotated[
    int | None,
    _option("--eta", metavar="N", text="One trial of eta is kept at each rung.  [default: 3]", panel=_SEARCH),
]
Objective = Annotated[
    list[str] | None,
    _option(
        "--objective",
        metavar="NAME",
        text="Metric or cost; repeatable.  [default: the metric, trainable_params]",
        panel=_SEARCH,
    ),
]
Constraint = Annotated[
    list[str] | None,
    _option("--constraint", metavar="BOUND", text="'trainable_params<=100k'; repeatable.", panel=_SEARCH),
]
Enqueue = Annotated[
    list[str] | None,
    _option(
        "--enqueue", text="Try first: 'lora.rank=4,lora.lr=3e-3' or JSON; repeatable.", panel=_SEARCH, metavar="CONFIG"
    ),
]
WarmStart = Annotated[
    list[str] | None,
    _option(
        "--warm-start",
        metavar="STUDY",
        text="Learn from an earlier study of the store, on another task; repeatable.",
        panel=_SEARCH,
    ),
]
Portfolio = Annotated[
    bool | None,
    typer.Option(
        "--portfolio/--no-portfolio",
        help="Learn from recorded searches on other tasks, which ship.",
        rich_help_panel=_SEARCH,
    ),
]
Controls = Annotated[
    bool | None,
    typer.Option(
        "--controls/--no-controls", help="Train the rivals: head, default LoRA, tuned LoRA.", rich_help_panel=_SEARCH
    ),
]
Seeds = Annotated[
    int | None, _option("--seeds", metavar="N", text="Trainings of winner and rival.  [default: 3]", panel=_SEARCH)
]
Reserve = Annotated[
    float | None,
    _option("--reserve", metavar="SHARE", text="Share of the budget for finalists.  [default: 0.3]", panel=_SEARCH),
]

Precision = Annotated[
    str | None, _option("--precision", metavar="NAME", text="auto, fp32 or bf16.  [default: auto]", panel=_RUN)
]
Device = Annotated[
    str | None, _option("--device", metavar="NAME", text="auto, cpu, cuda or cuda:1.  [default: auto]", panel=_RUN)
]
Workers = Annotated[
    int | None, _option("--workers", metavar="N", text="Worker processes, one device each.  [default: 1]", panel=_RUN)
]
Executor = Annotated[
    str, _option("--executor", metavar="NAME", text="local or ray; see docs/cluster.md.  [default: local]", panel=_RUN)
]
RayAddress = Annotated[
    str | None,
    _option(
        "--ray-address",
        metavar="ADDRESS",
        text="auto or host:port of a Ray cluster.  [default: RAY_ADDRESS, or a Ray of our own]",
        panel=_RUN,
    ),
]
WorkersPerDevice = Annotated[
    int | None,
    _option("--workers-per-device", metavar="N", text="Ray workers that share a GPU.  [default: 1]", panel=_RUN),
]
Threads = Annotated[int | None, _option("--threads", metavar="N", text="CPU threads of a worker.", panel=_RUN)]
Offline = Annotated[bool | None, typer.Option("--offline", help="Do not ask the Hub.", rich_help_panel=_RUN)]
Plugin = Annotated[
    list[str] | None,
    _option(
        "--plugin", text="Module that registers methods, tasks or metrics; repeatable.", panel=_RUN, metavar="MODULE"
    ),
]
Trust = Annotated[
    bool | None, typer.Option("--trust-remote-code", help="Run code that comes with a model.", rich_help_panel=_RUN)
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Any setting, also of the space: space.lora.lr.high=0.01; repeatable."
    ),
]
Plan = Annotated[bool, typer.Option("--plan", help="Say what would run after a short calibration; run nothing.")]
