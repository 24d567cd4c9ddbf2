"""``--merge``: the whole model with the adapter folded in, as transformers loads it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from autotune.errors import AutotuneError
from autotune.export.chosen import Chosen
from autotune.export.rehearsal import made_up
from autotune.export.staging import README, check_space, explained
from autotune.methods.quiet import quiet

if TYPE_CHECKING:
    import torch
    from torch import nn

    from autotune.methods import Base

TOLERANCE = 1e-4
"""Between the logits of the merged model and those of the adapter."""
CONFIG = "config.json"
_TOKENIZER = {
    *("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.txt"),
    *("vocab.json", "merges.txt", "spm.model", "sentencepiece.bpe.model", "spiece.model", "tokenizer.model"),
}
_USE = """# {title}: {method} folded into `{model}`

```python
from transformers import AutoModelForSequenceClassification, AutoTokenizer

model = AutoModelForSequenceClassification.from_pretrained({folder!r})
tokenizer = AutoTokenizer.from_pretrained({folder!r})
```

In fp32. Its logits differ from the adapter's by at most {difference:.1e} (on made-up inputs).
"""


class Merged:
    """A plain transformers model; refused where the method does not fold."""

    writes = frozenset({CONFIG, "model.safetensors", README, *_TOKENIZER})
    mark = CONFIG

    def write(self, chosen: Chosen, folder: Path, out: Path) -> None:
        """See ``Target``."""
        name = chosen.recipe.method
        if not chosen.method.mergeable and name not in ("head", "full"):
            raise AutotuneError(
                f"{name} does not merge: what it adds is no change of the base's weights",
                f"export the adapter: autotune export {chosen.title} --out DIR",
            )
        chosen.require_trained()
        base = chosen.base()
        check_space(folder, 4.2 * chosen.facts.total_params)
        with chosen.attached(base) as attachment:
            before = _logits(attachment.module, base)
            state = attachment.merged()
        model = base.model
        model.load_state_dict(state, strict=False)
        difference = float((_logits(model, base) - before).abs().max())
        if not difference <= TOLERANCE:
            raise AutotuneError(
                f"merged, {chosen.title} answers otherwise than its adapter: a logit differs by {difference:.1e}",
                f"export the adapter: autotune export {chosen.title} --out DIR",
            )
        told = {"title": chosen.title, "method": name, "model": chosen.file.model, "folder": str(out)}
        with explained(out), quiet():
            model.save_pretrained(folder)  # type: ignore[operator]
            base.tokenizer.save_pretrained(folder)
            (folder / README).write_text(_USE.format(**told, difference=difference), encoding="utf-8")


def _logits(module: nn.Module, base: Base) -> torch.Tensor:
    import torch

    with torch.inference_mode():
        logits: torch.Tensor = module.eval()(**made_up(base)).logits
    return logits.float()


TARGET = Merged()
