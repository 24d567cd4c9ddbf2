"""GLUE as its own TSV folders hold it, as `datasets` saves it, and as the Hub's caches keep it."""

from __future__ import annotations

import csv
import os
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

from autotune.errors import AutotuneError
from autotune.spec import TaskSpec
from autotune.tasks import Task, hub, load
from autotune.tasks.glue import TASKS

Write = Callable[[str, str | bytes], Path]
ROWS = 40


def mrpc_rows(rows: int = ROWS) -> str:
    lines = ["Quality\t#1 ID\t#2 ID\t#1 String\t#2 String"]
    lines += [f'{i % 2}\t{i}\t{i + 1}\t" He said {i} .\tShe said , " {i} " and left .' for i in range(rows)]
    return "\ufeff" + "\n".join(lines)


def glue(name: str, folder: Path, **settings: object) -> Task:
    return load(TaskSpec(f"glue/{name}", data_dir=str(folder), **settings))  # type: ignore[arg-type]


@pytest.fixture
def mrpc(write: Write) -> Path:
    write("MRPC/train.tsv", mrpc_rows())
    return write("MRPC/dev.tsv", mrpc_rows(10).replace("He said", "They said")).parent.parent


def test_bare_quotation_marks_and_the_byte_order_mark_are_no_obstacle(mrpc: Path) -> None:
    task = glue("mrpc", mrpc)
    assert (task.facts.train + task.facts.selection, task.facts.held_out) == (ROWS, 10)
    assert task.held_out.texts[3] == '" They said 3 .'
    assert task.held_out.pairs is not None
    assert task.held_out.pairs[3] == 'She said , " 3 " and left .'
    assert task.held_out.labels.tolist() == [0, 1] * 5
    assert task.held_out.ids[3] == "held_out:3"
    assert task.facts.labels == ("not_equivalent", "equivalent")
    assert list(task.facts.metrics) == ["f1_accuracy", "f1", "accuracy", "loss"]
    assert task.facts.rank_metric == "f1_accuracy"
    assert task.facts.metrics["loss"] == "minimize"


@pytest.mark.parametrize("name", ["mrpc", "glue/mrpc", "GLUE/MRPC", "glue_data/Mrpc"])
def test_the_folder_is_found_whatever_its_case_and_place(write: Write, tmp_path: Path, name: str) -> None:
    write(f"{name}/Train.tsv", mrpc_rows())
    write(f"{name}/DEV.TSV", mrpc_rows(10))
    assert glue("mrpc", tmp_path).facts.held_out == 10
    assert glue("mrpc", tmp_path / name).facts.held_out == 10


def test_cola_has_no_header(write: Write, tmp_path: Path) -> None:
    rows = "".join(f"gj04\t{i % 2}\t{'*' if i % 2 == 0 else ''}\tThe sailor {i} rode.\n" for i in range(ROWS))
    write("CoLA/train.tsv", rows)
    write("CoLA/dev.tsv", rows[:-1].replace("sailor", "weight"))
    task = glue("cola", tmp_path)
    assert task.facts.train + task.facts.selection == ROWS
    assert task.held_out.texts[0] == "The weight 0 rode."
    assert task.held_out.pairs is None
    assert task.facts.rank_metric == "matthews_correlation"


def test_stsb_is_regression(write: Write, tmp_path: Path) -> None:
    header = "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore\n"
    rows = "".join(f'{i}\tg\tf\t2012\t{i}\ta\tb\tA plane {i}.\tA "jet" {i}.\t{i % 26 / 5:.3f}\n' for i in range(ROWS))
    write("STS-B/train.tsv", header + rows)
    write("STS-B/dev.tsv", header + rows)
    task = glue("stsb", tmp_path)
    assert task.facts.kind == "regression"
    assert task.facts.labels == ("",)
    assert task.held_out.labels.dtype == np.float32
    assert task.held_out.labels[7] == pytest.approx(1.4)
    assert task.score(task.held_out.labels[:, None], task.held_out.labels)["pearson_spearman"] == pytest.approx(1.0)


def test_mnli_has_both_validation_sets_and_leaves_out_broken_lines(write: Write, tmp_path: Path) -> None:
    names = TASKS["mnli"].labels
    train = "index\tsentence1\tsentence2\tlabel1\tgold_label\n"
    train += "".join(f"{i}\tText {i}.\tClaim {i}.\tx\t{names[i % 3]}\n" for i in range(ROWS))
    train += "98\tNo gold.\tNone.\tx\t-\n99\tcut short\n"
    dev = "index\tsentence1\tsentence2\tlabel1\tlabel2\tgold_label\n"
    dev += "".join(f"{i}\tDev {i}.\tClaim {i}.\tx\ty\t{names[i % 3]}\n" for i in range(9))
    write("MNLI/train.tsv", train)
    write("MNLI/dev_matched.tsv", dev)
    write("MNLI/dev_mismatched.tsv", dev.replace("Dev", "Other"))
    task = glue("mnli", tmp_path)
    assert task.facts.train + task.facts.selection == ROWS
    assert task.extra["mismatched"].texts[0] == "Other 0."
    assert task.extra["mismatched"].labels.tolist() == [0, 1, 2] * 3
    assert any("2 broken lines of train.tsv" in note for note in task.notes)


@pytest.mark.parametrize("name", [n for n in TASKS if n not in ("mnli", "cola", "stsb", "mrpc")])
def test_every_other_task_reads_its_own_columns(write: Write, tmp_path: Path, name: str) -> None:
    info = TASKS[name]
    header = ["index", *info.tsv.texts, info.tsv.label]
    names = info.labels if name in ("rte", "qnli") else ("0", "1")
    rows = [[str(i), *(f"{c} says {i}" for c in info.tsv.texts), names[i % 2]] for i in range(ROWS)]
    text = "\n".join("\t".join(row) for row in [header, *rows])
    write(f"{info.folder}/train.tsv", text)
    write(f"{info.folder}/dev.tsv", text)
    task = glue(name, tmp_path)
    assert task.facts.task == f"glue/{name}"
    assert task.held_out.labels.tolist() == [0, 1] * (ROWS // 2)
    assert task.facts.rank_metric == info.metrics[0]


def test_what_datasets_saves_gives_the_same_task(mrpc: Path, tmp_path: Path) -> None:
    import datasets

    def rows(file: str) -> list[dict[str, object]]:
        with (mrpc / "MRPC" / file).open(encoding="utf-8-sig") as lines:
            read = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
            return [
                {"sentence1": r["#1 String"], "sentence2": r["#2 String"], "label": int(r["Quality"])} for r in read
            ]

    saved = datasets.DatasetDict(
        train=datasets.Dataset.from_list(rows("train.tsv")), validation=datasets.Dataset.from_list(rows("dev.tsv"))
    )
    expected = glue("mrpc", mrpc).facts
    saved.save_to_disk(tmp_path / "disk" / "mrpc")
    assert glue("mrpc", tmp_path / "disk").facts == expected
    files = tmp_path / "parquet" / "mrpc"
    files.mkdir(parents=True)
    for name, data in saved.items():
        data.to_parquet(files / f"{name}-00000-of-00001.parquet")
    assert glue("mrpc", tmp_path / "parquet").facts == expected
    lines = tmp_path / "lines" / "MRPC"
    lines.mkdir(parents=True)
    for name, data in saved.items():
        data.to_json(lines / f"{name}.jsonl")
    assert glue("mrpc", tmp_path / "lines").facts == expected
    cache = tmp_path / "cache" / "huggingface" / "datasets" / "nyu-mll___glue" / "mrpc" / "0.0.0" / "abc"
    cache.mkdir(parents=True)
    for name in saved:
        (cache / f"glue-{name}.arrow").write_bytes(next((tmp_path / "disk/mrpc" / name).glob("*.arrow")).read_bytes())
    assert load(TaskSpec("glue/mrpc", offline=True)).facts == expected


def test_a_download_from_the_hub_gives_the_same_task(mrpc: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets

    expected = glue("mrpc", mrpc)
    parts = {
        "train": expected.all_training().take(
            np.argsort([int(i.split(":")[1]) for i in expected.all_training().ids]).tolist()
        ),
        "validation": expected.held_out,
    }
    tables = {
        name: datasets.Dataset.from_dict({"sentence1": s.texts, "sentence2": s.pairs, "label": s.labels.tolist()})
        for name, s in parts.items()
    }
    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.setattr(hub, "unreachable", lambda address: None)
    monkeypatch.setattr(datasets, "load_dataset", lambda *names: tables if names == (hub.REPOSITORY, "mrpc") else {})
    assert load(TaskSpec("glue/mrpc")).facts == expected.facts


def test_a_hub_out_of_reach_is_said_within_seconds_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(AutotuneError, match=r"127\.0\.0\.1:9 is out of reach") as caught:
        load(TaskSpec("glue/mrpc"))
    assert "--data-dir FOLDER" in str(caught.value.remedy)


def test_a_hub_that_never_answers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub.urllib.request, "urlopen", lambda *a, **k: nullcontext(time.sleep(30)))
    assert hub.unreachable("http://127.0.0.1:9", patience=0.05) == "no answer within 0.05 s"


@pytest.mark.parametrize("offline", ["spec", "HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE"])
def test_offline_asks_nobody(monkeypatch: pytest.MonkeyPatch, offline: str) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE")
    if offline != "spec":
        monkeypatch.setenv(offline, "1")

    def never(*_: object) -> None:
        raise AssertionError("the Hub was asked")

    monkeypatch.setattr(hub, "unreachable", never)
    with pytest.raises(AutotuneError, match="offline"):
        load(TaskSpec("glue/rte", offline=offline == "spec"))


def test_a_folder_without_the_task_lists_what_it_holds(mrpc: Path) -> None:
    with pytest.raises(AutotuneError, match=r"no folder for glue/rte \(it holds .*MRPC") as caught:
        glue("rte", mrpc)
    assert "RTE/train.tsv" in str(caught.value.remedy)
    with pytest.raises(AutotuneError, match="is no folder"):
        glue("rte", mrpc / "nowhere")


def test_a_missing_file_a_missing_column_and_a_strange_label_are_named(mrpc: Path, write: Write) -> None:
    (mrpc / "MRPC/dev.tsv").unlink()
    with pytest.raises(AutotuneError, match=r"no dev\.tsv"):
        glue("mrpc", mrpc)
    write("MRPC/dev.tsv", "index\tsentence1\tsentence2\n")
    with pytest.raises(AutotuneError, match="no column '#1 String'"):
        glue("mrpc", mrpc)
    write("MRPC/dev.tsv", mrpc_rows(10).replace("\n1\t", "\nmaybe\t", 1))
    with pytest.raises(AutotuneError, match="line 3: unknown label 'maybe'"):
        glue("mrpc", mrpc)


@pytest.mark.parametrize(
    ("setting", "flag"),
    [
        ({"text_columns": ("a",)}, "--text-column"),
        ({"label_column": "b"}, "--label-column"),
        ({"kind": "regression"}, "--task-kind"),
    ],
)
def test_flags_that_would_do_nothing_are_refused(mrpc: Path, setting: dict[str, object], flag: str) -> None:
    with pytest.raises(AutotuneError, match=flag):
        glue("mrpc", mrpc, **setting)


def test_max_train_caps_what_is_trained_on_but_not_the_held_out_part(mrpc: Path) -> None:
    task = glue("mrpc", mrpc, max_train=20)
    assert len(task.all_training()) == 20
    assert task.facts.held_out == 10
    assert task.facts.digest != glue("mrpc", mrpc).facts.digest


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "train", "held_out", "share"),
    [("mrpc", 3667, 408, 0.674), ("rte", 2490, 277, 0.498), ("cola", 8551, 1043, 0.704)],
)
def test_real_glue_has_all_its_rows(name: str, train: int, held_out: int, share: float) -> None:
    task = glue(name, Path(os.environ["AUTOTUNE_REAL_DATA"]))
    assert len(task.all_training()) == train
    assert task.facts.held_out == held_out
    assert task.facts.selection == train // 5
    for split in (task.train, task.selection):
        assert split.labels.mean() == pytest.approx(share, abs=0.002)
    assert not set(task.train.keys()) & set(task.selection.keys())
