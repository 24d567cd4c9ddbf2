"""``--to hf-args``: the training as ``transformers.TrainingArguments``, in JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autotune.errors import AutotuneError
from autotune.export.chosen import Chosen
from autotune.export.rehearsal import own_training, rehearsed
from autotune.export.staging import README, explained

if TYPE_CHECKING:
    from autotune.methods import Attachment

ARGUMENTS = "training_args.json"
_SCHEDULES = {"linear": "linear", "cosine": "cosine", "constant": "constant_with_warmup"}
_USE = """# {title}: the training as TrainingArguments

```python
from transformers import HfArgumentParser, TrainingArguments

(arguments,) = HfArgumentParser(TrainingArguments).parse_json_file("training_args.json")
```

They say how to train, on batches padded to their longest example; give the model, the data and the tokenizer to
`Trainer` as you do for any other. Inputs were cut to {length} tokens. The study trained on {examples:,} examples for
{steps:,} steps; on other data set `max_steps` to -1, and `num_train_epochs` counts.
{adapter}{cpu}
What differs from the study by the Trainer's own ways:

- the order of the data, and the random numbers of dropout
- the learning rate of a step: its beginning's, where the study takes its middle's{bf16}

The score differs by about what another seed changes; `--to script` keeps the study's order and rates.
"""


class Arguments:
    """Every value that the study trained with, by transformers' names."""

    writes = frozenset({ARGUMENTS, README})
    mark = ARGUMENTS

    def write(self, chosen: Chosen, folder: Path, out: Path) -> None:
        """See ``Target``."""
        base, outputs = chosen.base(), 1 if chosen.task.kind == "regression" else len(chosen.task.labels)
        with rehearsed(base, chosen.recipe, chosen.trial.seed, outputs) as attachment:
            if own := [*own_training(attachment), *_otherwise_decayed(attachment)]:
                raise AutotuneError(
                    f"TrainingArguments cannot say how trial {chosen.trial.number} of {chosen.study.name} is trained: "
                    f"{chosen.recipe.method} has {' and '.join(own)}",
                    f"write a script that does: autotune export {chosen.title} --to script --out DIR",
                )
        told = arguments(chosen)
        with explained(out):
            (folder / ARGUMENTS).write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
            (folder / README).write_text(_readme(chosen, told), encoding="utf-8")


def arguments(chosen: Chosen) -> dict[str, Any]:
    """The training by the names of transformers' ``TrainingArguments``."""
    from autotune.training.lending import steps_of

    settings, file, task = chosen.recipe.training, chosen.file, chosen.task
    steps = steps_of(chosen.study.full, task.train, settings.batch_size)
    return {
        "output_dir": f"{chosen.study.name}-{chosen.trial.number}",
        "max_steps": steps,
        "num_train_epochs": file.epochs,
        "per_device_train_batch_size": settings.batch_size,
        "gradient_accumulation_steps": 1,
        "dataloader_drop_last": False,
        "learning_rate": settings.lr,
        "lr_scheduler_type": _SCHEDULES[settings.schedule],
        "warmup_steps": round(settings.warmup * steps),
        "optim": "adamw_torch_fused",
        "adam_beta1": 0.9,
        "adam_beta2": 0.999,
        "adam_epsilon": 1e-8,
        "weight_decay": settings.weight_decay,
        "max_grad_norm": settings.max_grad_norm,
        "label_smoothing_factor": 0.0,
        "bf16": file.precision == "bf16",
        "fp16": False,
        "use_cpu": file.device == "cpu",  # without it transformers refuses bf16 where there is no GPU
        _checkpointing(): False,
        "seed": file.seed,
        "data_seed": file.seed,
        "label_names": ["labels"],
        "eval_strategy": "no",
        "save_strategy": "no",
        "report_to": "none",
    }


def _checkpointing() -> str:
    """The name that the installed transformers has for it."""
    from transformers import TrainingArguments

    new = "activation_checkpointing"
    return new if new in TrainingArguments.__dataclass_fields__ else "gradient_checkpointing"


def _otherwise_decayed(attachment: Attachment) -> list[str]:
    """Whether the Trainer would decay other parameters than the study did."""
    from transformers import Trainer

    from autotune.methods.attachment import plain_name
    from autotune.training.optimizer import decays

    recipe = attachment.recipe
    if recipe is None or not recipe.training.weight_decay:
        return []
    prompts = getattr(attachment.peft, "prompt_encoder", None)
    named = Trainer.get_decay_parameter_names(None, attachment.graft.model)
    named += [f"prompt_encoder.{n}" for n, _ in prompts.named_parameters()] if prompts is not None else []
    theirs = {plain_name(name) for name in named}
    odd = sorted(n for n, p in attachment.trainable.items() if decays(n, p) != (n in theirs))
    return [f"weight decay that the Trainer applies otherwise (to {odd[0]}, say)"] if odd else []


def _readme(chosen: Chosen, told: dict[str, Any]) -> str:
    from autotune.export.snippets import by_peft

    adapter = f"\nThe adapter is a matter of its own: `autotune export {chosen.title} --to peft`.\n"
    if not by_peft(chosen.method):
        adapter = (
            f"\n`{chosen.recipe.method}` is attached by autotune, not by peft: "
            f"`autotune export {chosen.title} --to script` shows how.\n"
        )
    return _USE.format(
        title=chosen.title,
        length=chosen.file.max_length,
        examples=chosen.task.train,
        steps=told["max_steps"],
        adapter=adapter,
        cpu="\nThe study ran on a CPU, so `use_cpu` is set: take it out to train on a GPU.\n"
        if told["use_cpu"]
        else "",
        bf16="\n- frozen weights stay fp32 outside matrix products, where the study rounds them"
        if told["bf16"]
        else "",
    )


TARGET = Arguments()
