"""The text of an exported ``train.py``, for ``string.Template``."""

HEAD = '''"""${title}

${scores}

    python train.py                  # ${duration}; the adapter and metrics.json go to the folder adapter
    python train.py --all            # on the selection part too, for the same number of epochs

${needs}
"""

from __future__ import annotations

import argparse
import json
import math
${import_model}from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
${imports}
HERE = Path(__file__).resolve().parent
MODEL = ${model}
LABELS = ${labels}
REGRESSION = ${regression}
MAX_LENGTH = ${longest}  # tokens; longer inputs lose their end
INPUTS = ${inputs}
HEAD = ${head}  # trained beside the adapter

TRAIN = ${train}  # examples of data/train.jsonl
FULL = ${full}  # examples of a full training, ${epochs} epochs
SEED = ${seed}
BATCH_SIZE = ${batch}
LR = ${rate}
WEIGHT_DECAY = ${decay}
WARMUP = ${warmup}  # share of the training over which the rate rises
SCHEDULE = ${schedule}
MAX_GRAD_NORM = ${norm}
PRECISION = ${precision}
THREADS = ${threads}  # on a CPU
'''
PEFT_LOAD = '''
RATES = ${rates}  # factors of the rate, by a part of a parameter's name
# The first lines are what the study chose, the others peft's defaults: another version may have others.
ADAPTER = ${adapter}


def load(seed, device):
    """The base with a fresh head and the adapter, and its tokenizer."""
    torch.manual_seed(seed)
    tokenizer = AutoTokenizer.from_pretrained(MODEL${remote})
    model = AutoModelForSequenceClassification.from_pretrained(MODEL, num_labels=len(LABELS)${remote})
    for name, parameter in model.named_parameters():
        if name.startswith(tuple(f"{head}." for head in HEAD)):
            start_afresh(name, parameter, model.config)
    model = get_peft_model(model, ADAPTER)
    return model.to(device), tokenizer


def start_afresh(name, parameter, config):
    """Matrices drawn with the model's own deviation, biases 0, weights of norms 1."""
    with torch.no_grad():
        if parameter.ndim > 1:
            parameter.normal_(0.0, getattr(config, "initializer_range", None) or 0.02)
        else:
            parameter.fill_(0.0 if name.endswith("bias") else 1.0)

'''
OWN_LOAD = '''
TASK = ${task}
RECIPE = ${recipe}


def load(seed, device, examples, full):
    """The base with a fresh head and the method's parameters, as autotune attaches them, and its tokenizer."""
    task = TaskFacts.from_dict(TASK)
    base = load_base(MODEL, task, device=str(device), precision=PRECISION, max_length=MAX_LENGTH${remote})
    train = tokens(base.tokenizer, examples)
    lent = Lent(
        batches=lambda: (collate(train, i, base.tokenizer, device) for i in first_batches(train, seed)),
        loss=task_loss,
        steps=steps_of(full, len(examples), BATCH_SIZE),
    )
    return base.attach(Recipe.from_dict(RECIPE), seed, lent), base.tokenizer


def first_batches(train, seed):
    """Those that a method which looks at data looks at."""
    return epoch_batches(train["lengths"], 16, seed, 0)[:4]

'''
DATA = '''
def read(*parts):
    """The examples of parts of the data: texts, perhaps second texts, and a label each."""
    lines = [line for part in parts for line in (HERE / "data" / f"{part}.jsonl").read_text("utf-8").splitlines()]
    return [json.loads(line) for line in lines]


def tokens(tokenizer, examples):
    """Token ids without padding, lengths and labels."""
    texts = [[e["text"] for e in examples]]
    if "text_pair" in examples[0]:
        texts.append([e["text_pair"] for e in examples])
    out = tokenizer(*texts, truncation=True, max_length=MAX_LENGTH)
    kind = np.float32 if REGRESSION else np.int64
    return {
        "inputs": {name: out[name] for name in INPUTS},
        "lengths": np.array([len(ids) for ids in out["input_ids"]]),
        "labels": np.array([e["label"] for e in examples], dtype=kind),
    }


def collate(data, indices, tokenizer, device):
    """A padded batch and its labels."""
    rows = [{name: data["inputs"][name][i] for name in INPUTS} for i in indices]
    batch = tokenizer.pad(rows, pad_to_multiple_of=8 if MAX_LENGTH % 8 == 0 else None, return_tensors="pt")
    return {name: batch[name].to(device) for name in INPUTS}, torch.from_numpy(data["labels"][indices]).to(device)

'''
TRAINING = '''

def optimizer_of(trained${rates_argument}):
    """AdamW; matrices are decayed."""
    groups = {}
    for name, parameter in trained.items():
        factor = ${factor}
        groups.setdefault((decays(name, parameter), factor), []).append(parameter)
    return torch.optim.AdamW(
        [
            {"params": parameters, "weight_decay": WEIGHT_DECAY if decayed else 0.0, "factor": factor}
            for (decayed, factor), parameters in groups.items()
        ],
        lr=LR,
        fused=True,
    )


def task_loss(logits, labels):
    """Cross entropy, or the mean squared error."""
    if REGRESSION:
        return torch.nn.functional.mse_loss(logits.float().squeeze(-1), labels.float())
    return torch.nn.functional.cross_entropy(logits.float(), labels)


def predict(model, data, tokenizer, device):
    """The logits of every example."""
    model.eval()
    order = np.argsort(-data["lengths"], kind="stable")
    parts = []
    with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=PRECISION == "bf16"):
        for start in range(0, len(order), 32):
            inputs, _ = collate(data, order[start : start + 32], tokenizer, device)
            parts.append(model(**inputs).logits.float().cpu())
    logits = torch.cat(parts).numpy()
    answer = np.empty_like(logits)
    answer[order] = logits
    return answer.astype(np.float64)


def score(model, data, tokenizer, device):
    """Every metric on a split."""
    logits = predict(model, data, tokenizer, device)
    labels = data["labels"]
    if REGRESSION:
        logits, labels = logits[:, 0], labels.astype(np.float64)
    return {name: metric(logits, labels) for name, metric in METRICS.items()}


def train(${argument}, data, tokenizer, device, seed, full):
    """Train on ``full`` examples, epoch after epoch."""
    ${model_and}trained = ${trained}
    optimizer = optimizer_of(trained${rates_given})
    model.train()
    seen = epoch = step = 0
    while seen < full:
        losses = []
        for indices in epoch_batches(data["lengths"], BATCH_SIZE, seed, epoch):
            if seen >= full:
                break
            rate = LR * rate_factor(SCHEDULE, WARMUP, seen + len(indices) / 2, full)
            for group in optimizer.param_groups:
                group["lr"] = rate * group["factor"]
            torch.manual_seed(seed * 1_000_003 + step)
            inputs, labels = collate(data, indices, tokenizer, device)
            with torch.autocast(device.type, torch.bfloat16, enabled=PRECISION == "bf16"):
                logits = model(**inputs).logits
            loss = task_loss(logits, labels)
            ${step}
            seen, step = seen + len(indices), step + 1
            losses.append(loss.item())
        epoch += 1
        print(f"epoch {epoch}: {seen:,} of {full:,} examples, loss {np.mean(losses):.4f}", flush=True)


def main():
    """Train, score on the held-out split, save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--all", action="store_true", help="train on the selection part too")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path, default=Path("adapter"), help="folder for the adapter")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options = parser.parse_args()
    device = torch.device(options.device)
    if device.type == "cpu":
        torch.set_num_threads(THREADS)
    examples = read("train", "selection") if options.all else read("train")
    full = round(FULL / TRAIN * len(examples))
    ${main}
    print(json.dumps(scores, indent=2))


if __name__ == "__main__":
    main()
'''
PEFT_STEP = """loss.backward()
            torch.nn.utils.clip_grad_norm_(trained.values(), MAX_GRAD_NORM)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)"""
OWN_STEP = """(loss if attached.penalty is None else loss + attached.penalty()).backward()
            attached.before_step()
            torch.nn.utils.clip_grad_norm_(trained.values(), MAX_GRAD_NORM)
            optimizer.step()
            attached.after_step(step + 1)
            optimizer.zero_grad(set_to_none=True)"""
PEFT_MAIN = """model, tokenizer = load(options.seed, device)
    train(model, tokens(tokenizer, examples), tokenizer, device, options.seed, full)
    splits = ["held_out"] if options.all else ["selection", "held_out"]
    scores = {name: score(model, tokens(tokenizer, read(name)), tokenizer, device) for name in splits}
    model.save_pretrained(options.out)
    tokenizer.save_pretrained(options.out)
    (options.out / "metrics.json").write_text(json.dumps(scores, indent=2), "utf-8")"""
OWN_MAIN = """attached, tokenizer = load(options.seed, device, examples, full)
    train(attached, tokens(tokenizer, examples), tokenizer, device, options.seed, full)
    splits = ["held_out"] if options.all else ["selection", "held_out"]
    scores = {name: score(attached.module, tokens(tokenizer, read(name)), tokenizer, device) for name in splits}
    attached.save(options.out)
    (options.out / "metrics.json").write_text(json.dumps(scores, indent=2), "utf-8")"""
