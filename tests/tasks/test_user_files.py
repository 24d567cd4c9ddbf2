"""A user's own files: what is accepted, how it is read, and how it is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from helpers.examples import csv_text, jsonl_text

from autotune.errors import AutotuneError
from autotune.tasks import Task

Write = Callable[[str, str | bytes], Path]
Open = Callable[..., Task]


def test_a_single_file_is_split_three_ways_the_same_way_each_time(write: Write, open_path: Open) -> None:
    path = write("mine.csv", csv_text(200))
    task = open_path(path)
    assert (task.facts.train, task.facts.selection, task.facts.held_out) == (128, 32, 40)
    parts = [set(s.texts) for s in (task.train, task.selection, task.held_out)]
    assert len(set.union(*parts)) == 200
    assert task.facts.labels == ("a", "b")
    assert list(task.facts.metrics) == ["accuracy", "f1", "loss"]
    assert open_path(path).facts == task.facts
    assert open_path(path, split_seed=1).facts.digest != task.facts.digest


def test_duplicates_stand_in_one_part_only(write: Write, open_path: Open) -> None:
    rows = "".join(f"hello {i % 50},{'ab'[i % 2]}\n" for i in range(200))
    task = open_path(write("mine.csv", "text,label\n" + rows))
    parts = [set(s.texts) for s in (task.train, task.selection, task.held_out)]
    assert sum(map(len, parts)) == len(set.union(*parts)) == 50


def test_csv_quoting_by_the_standard(write: Write, open_path: Open) -> None:
    text = csv_text(20) + '"a ""quoted"" word, a comma\nand a line end",a\n'
    task = open_path(write("mine.csv", "\ufeff" + text.replace("\n", "\r\n")))
    texts = task.all_training().texts + task.held_out.texts
    assert 'a "quoted" word, a comma\r\nand a line end' in texts


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_csv_file_may_use_another_delimiter(write: Write, open_path: Open, delimiter: str) -> None:
    assert open_path(write("mine.csv", csv_text().replace(",", delimiter))).facts.labels == ("a", "b")


def test_tsv_with_bare_quotation_marks_and_tsv_with_quoted_fields(write: Write, open_path: Open) -> None:
    bare = "text\tlabel\n" + "".join(f'"he said {i}\t{i % 2}\n' for i in range(40))
    assert open_path(write("bare.tsv", bare)).train.texts[0].startswith('"he said')
    quoted = "text\tlabel\n" + "".join(f'"he ""said"" {i}"\t{i % 2}\n' for i in range(40))
    assert open_path(write("quoted.tsv", quoted)).train.texts[0].startswith('he "said"')
    inner = "text\tlabel\n" + "".join(f'"he\tsaid {i}"\t{i % 2}\n' for i in range(40))
    assert open_path(write("inner.tsv", inner)).train.texts[0].startswith("he\tsaid")


def test_json_lines_and_json_lists(write: Write, open_path: Open) -> None:
    records = [{"premise": f"it is {i}", "hypothesis": f"is it {i}", "label": bool(i % 2)} for i in range(40)]
    first = open_path(write("a.jsonl", jsonl_text(records)))
    assert first.facts.labels == ("False", "True")
    assert first.train.pairs is not None
    for name, text in (
        ("b.json", json.dumps(records, indent=1)),
        ("c.json", json.dumps({"data": records})),
        ("d.json", jsonl_text(records)),
    ):
        assert open_path(write(name, text)).facts.digest == first.facts.digest


def test_parquet(tmp_path: Path, open_path: Open) -> None:
    import pandas as pd

    frame = pd.DataFrame({"text": [f"t {i}" for i in range(40)], "label": [1.0, 2.0] * 20})
    frame["label"] = frame["label"].astype("category")
    frame.iloc[::-1].to_parquet(tmp_path / "mine.parquet")
    task = open_path(tmp_path / "mine.parquet")
    assert task.facts.labels == ("1", "2")


def test_a_folder_holds_out_validation_else_a_labelled_test_else_a_fifth(write: Write, open_path: Open) -> None:
    folder = write("d/train.csv", csv_text(100)).parent
    assert open_path(folder).facts.held_out == 20
    write("d/test.csv", csv_text(30, word="test").replace(",a", ",").replace(",b", ","))
    assert open_path(folder).facts.held_out == 20
    write("d/test.csv", csv_text(30, word="test"))
    task = open_path(folder)
    assert task.facts.held_out == 30
    assert any("'test' is held out" in n for n in task.notes)
    write("d/dev.csv", csv_text(24, word="dev"))
    assert open_path(folder).facts.held_out == 24


def test_shards_of_one_split_are_joined(write: Write, open_path: Open) -> None:
    write("d/train-00000-of-00002.csv", csv_text(30))
    write("d/train-00001-of-00002.csv", csv_text(30, word="more"))
    folder = write("d/validation.csv", csv_text(10, word="dev")).parent
    assert len(open_path(folder).all_training()) == 60


def test_files_that_nothing_tells_apart_are_listed(write: Write, open_path: Open) -> None:
    write("d/one.csv", csv_text())
    folder = write("d/two.csv", csv_text()).parent
    with pytest.raises(AutotuneError, match="one, two"):
        open_path(folder)
    write("d/train.csv", csv_text())
    write("d/train.jsonl", "{}")
    with pytest.raises(AutotuneError, match="several forms"):
        open_path(folder)
    empty = write("e/notes.md", "x").parent
    with pytest.raises(AutotuneError, match=r"no data files \(it holds notes.md\)"):
        open_path(empty)


def test_kind_follows_the_labels_unless_named(write: Write, open_path: Open) -> None:
    scores = "text,score\n" + "".join(f"t {i},{i / 7:.3f}\n" for i in range(60))
    task = open_path(write("scores.csv", scores))
    assert (task.facts.kind, task.facts.rank_metric) == ("regression", "pearson_spearman")
    many = "text,stars\n" + "".join(f"t {i},{i % 40}\n" for i in range(400))
    assert open_path(write("many.csv", many)).facts.kind == "regression"
    assert len(open_path(write("many.csv", many), kind="classification").facts.labels) == 40
    few = "text,stars\n" + "".join(f"t {i},{i % 12}\n" for i in range(240))
    stars = open_path(write("few.csv", few))
    assert stars.facts.labels == tuple(map(str, range(12)))
    assert list(stars.facts.metrics) == ["accuracy", "f1_macro", "loss"]
    assert open_path(write("few.csv", few), kind="regression").train.labels.dtype == np.float32


def test_columns_by_name_by_flag_and_by_content(write: Write, open_path: Open) -> None:
    rows = "".join(f"{i},short {i},a much longer sentence {i},{'xy'[i % 2]},{'pqr'[i % 3]}\n" for i in range(60))
    path = write("mine.csv", "id,head,story,mood,kind of\n" + rows)
    with pytest.raises(AutotuneError, match="'mood', 'kind of' may be") as caught:
        open_path(path)
    assert "--label-column" in str(caught.value.remedy)
    task = open_path(path, label_column="MOOD")
    assert task.train.texts[0].startswith("a much longer")
    task = open_path(path, text_columns=("head", "story"), label_column="kind of")
    assert task.train.pairs is not None
    assert task.facts.labels == ("p", "q", "r")


def test_rows_without_text_are_left_out_and_counted(write: Write, open_path: Open) -> None:
    task = open_path(write("mine.csv", csv_text(40) + " ,a\n"))
    assert any("1 of 41 rows" in note for note in task.notes)


def test_lopsided_labels_and_overlap_are_noted(write: Write, open_path: Open) -> None:
    folder = write("d/train.csv", csv_text(100, labels="aaaaaaaaab")).parent
    write("d/dev.csv", csv_text(10, labels="aaaaaaaaab"))
    notes = " ".join(open_path(folder).notes)
    assert "90% of the labels are 'a'" in notes
    assert "10 of 10 held-out examples" in notes


def test_scores_far_from_unit_size_are_noted(write: Write, open_path: Open) -> None:
    prices = "text,score\n" + "".join(f"house {i},{i * 1000 + 0.5}\n" for i in range(60))
    assert any("easier on scores scaled" in n for n in open_path(write("p.csv", prices)).notes)


REFUSED = {
    "empty.csv": ("", "is empty"),
    "empty.jsonl": ("", "is empty"),
    "header.csv": ("text,label\n", "no examples"),
    "one-class.csv": (csv_text(labels="a"), "two classes"),
    "no-labels.csv": (csv_text(labels=" "), "has no labels"),
    "hidden.csv": (csv_text().replace(",a", ",-1").replace(",b", ",-1"), "-1 throughout"),
    "missing.csv": (csv_text() + "x y z,\n", "1 of 41 labels"),
    "nan.jsonl": (
        jsonl_text([{"text": f"t{i}", "label": i % 2} for i in range(20)]) + '{"text": "x", "label": NaN}\n',
        "first in row 21",
    ),
    "latin.csv": (csv_text().encode() + b"caf\xe9,a\n", r"line 42, byte \d+ \(0xe9\)"),
    "utf16.csv": (csv_text().encode("utf-16"), "UTF-16"),
    "ragged.csv": (csv_text() + "a,b,c\n", "line 42: 3 fields"),
    "quote.csv": (csv_text() + '"open,a\nfoo,b\n', "line 42"),
    "twice.csv": ("text,text,label\n", "two columns 'text'"),
    "rare.csv": (csv_text() + "foo,c\n", "class 'c' .* has 1 distinct"),
    "few.csv": (csv_text(8), "8 distinct training examples"),
    "no-header.csv": (csv_text().split("\n", 1)[1], "looks like an example"),
    "broken.jsonl": ('{"text": "a", "label": 1}\n{oops\n', "line 2: no valid JSON"),
    "list.jsonl": ("[1, 2]\n", "no JSON object"),
    "mine.xlsx": ("x", "no kind that can be read"),
    "bad.parquet": ("x", "cannot be read as parquet"),
    "same.csv": ("text,score\n" + "".join(f"t{i},0.5\n" for i in range(40)), "has the score 0.5"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_data_that_cannot_carry_a_search_are_refused_with_a_remedy(write: Write, open_path: Open, name: str) -> None:
    content, said = REFUSED[name]
    with pytest.raises(AutotuneError, match=said) as caught:
        open_path(write(name, content))
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("settings", "said", "remedy"),
    [
        ({"label_column": "gold"}, "no column 'gold'; it has 'text', 'label'", "--label-column"),
        ({"text_columns": ("body",)}, "no column 'body'", "--text-column"),
        ({"text_columns": ("text", "label", "text")}, "3 text columns", "--text-column"),
        ({"text_columns": ("text",), "label_column": "text"}, "as text and as label", "different"),
        ({"kind": "ranking"}, "unknown kind", "--task-kind"),
        ({"kind": "regression"}, "row 1: 'a' in column 'label' is no number", "--task-kind"),
        ({"metric": "pearson"}, "does not fit", "--metric"),
        ({"max_train": 3}, "max_train=3", "at least 10"),
    ],
)
def test_settings_that_do_not_fit_are_refused(
    write: Write, open_path: Open, settings: dict[str, object], said: str, remedy: str
) -> None:
    with pytest.raises(AutotuneError, match=said) as caught:
        open_path(write("mine.csv", csv_text()), **settings)
    assert remedy in str(caught.value.remedy)


def test_a_validation_label_that_training_lacks_is_named(write: Write, open_path: Open) -> None:
    folder = write("d/train.csv", csv_text()).parent
    write("d/dev.csv", csv_text(10, labels="abc"))
    with pytest.raises(AutotuneError, match=r"label 'c' \(3 times\)"):
        open_path(folder)
