"""``training.yaml``: everything that a training needs, and what the one that it describes came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from autotune.errors import AutotuneError
from autotune.facts import TaskFacts
from autotune.spec import StudySpec, TaskSpec
from autotune.trial import Config, config_to_json

FILE = "training.yaml"
FORMAT = 1
TRAIN, ALL = "train", "train+selection"
"""What a training is given: the part that a search trains on, or all training data of the task."""


@dataclass(frozen=True)
class Recorded:
    """What a training came to."""

    examples: int
    """Of the full training: the learning-rate schedule spans these."""
    trained_on: str = TRAIN
    """``train``, or ``train+selection``."""
    seeds: int = 1
    """Trainings of this configuration in the study, each with a seed of its own."""
    objectives: Mapping[str, float] = field(default_factory=dict)
    """The study's objectives; means over the seeds."""
    selection: Mapping[str, float] = field(default_factory=dict)
    """Metrics on the selection part at the end, of this training alone; empty where it has not come to its end."""
    held_out: Mapping[str, float] = field(default_factory=dict)
    """Metrics on the held-out split, of this training alone; empty where it was not scored."""


@dataclass(frozen=True)
class TrainingFile:
    """The content of a ``training.yaml``. Field names are its keys; those without a default must be there."""

    model: str
    task: TaskSpec
    config: Config
    """The method, its settings as ``<method>.<name>`` and the training settings; what is absent takes its default."""
    study: str = ""
    """Where it comes from; empty for one written by hand."""
    trial: int | None = None
    seed: int = 0
    epochs: float = 3.0
    """Over whatever data it is trained on."""
    max_grad_norm: float = 1.0
    max_length: int = 128
    """Of an input in tokens."""
    device: str = "auto"
    precision: str = "auto"
    threads: int | None = None
    """Those of the study; a new training takes all cores unless told otherwise."""
    trust_remote_code: bool = False
    plugins: tuple[str, ...] = ()
    data: TaskFacts | None = None
    """What was found in the data: labels, sizes, metrics, digest."""
    recorded: Recorded | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    """Of the packages that it was trained with."""

    @property
    def title(self) -> str:
        """``STUDY/TRIAL``; the name of the file where it is of no study."""
        return f"{self.study}/{self.trial}" if self.study else FILE

    def spec(self) -> StudySpec:
        """As a study's specification, which workers start from."""
        return StudySpec(
            task=self.task,
            model=self.model,
            space={},
            budget=("1trials",),
            seed=self.seed,
            precision=self.precision,
            device=self.device,
            threads=self.threads,
            max_length=self.max_length,
            plugins=self.plugins,
            trust_remote_code=self.trust_remote_code,
        )

    def to_dict(self) -> dict[str, Any]:
        """The file as YAML-able data, in the order of its keys."""
        data: dict[str, Any] = {"autotune_training": FORMAT}
        if self.study:
            data |= {"study": self.study, "trial": self.trial}
        data |= {
            "model": self.model,
            "task": asdict(self.task),
            "config": config_to_json(self.config),
            "max_grad_norm": self.max_grad_norm,
            "seed": self.seed,
            "epochs": self.epochs,
            "max_length": self.max_length,
            "device": self.device,
            "precision": self.precision,
            "threads": self.threads,
            "trust_remote_code": self.trust_remote_code,
            "plugins": self.plugins,
        }
        if self.data is not None:
            data["data"] = self.data.to_dict()
        if self.recorded is not None:
            data["recorded"] = asdict(self.recorded)
        return data | {"versions": dict(self.versions)}

    def to_yaml(self) -> str:
        """The text of the file. Every number and text comes back as it is."""
        import yaml

        from autotune.space.yaml_text import read_scalar

        class Dumper(yaml.SafeDumper):
            pass

        def text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
            plain = value.isprintable() and read_scalar(value) == value
            return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if plain else '"')

        def flow(dumper: yaml.SafeDumper, value: list[Any] | tuple[Any, ...]) -> yaml.Node:
            return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=True)

        Dumper.add_representer(str, text)
        Dumper.add_representer(list, flow)
        Dumper.add_representer(tuple, flow)
        head = f"# Everything that {self.title} was trained with, and what came of it. To train it:  autotune train .\n"
        return head + yaml.dump(self.to_dict(), Dumper=Dumper, sort_keys=False, allow_unicode=True, width=110)


def require_data(file: TrainingFile, where: str) -> TaskFacts:
    """What the file says of its data.

    Raises:
        AutotuneError: nothing.
    """
    if file.data is None:
        raise AutotuneError(f"{where} says nothing of its data (no key 'data')", f"train it: autotune train {where}")
    return file.data
