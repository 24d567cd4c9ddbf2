"""``autotune compare`` and the refusals of ``autotune dashboard``."""

import csv
import io
import json

import pytest
from helpers.crowd import fill

from autotune.cli.app import main


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    path = tmp_path_factory.mktemp("compare") / "store.db"
    fill(path, 30, name="one")
    fill(path, 60, name="two", seed=1)
    return str(path)


def run(capsys, *arguments) -> tuple[int, str, str]:
    code = main(list(arguments))
    said = capsys.readouterr()
    return code, said.out, said.err


def test_studies_side_by_side(store, capsys):
    code, out, _ = run(capsys, "compare", "one", "two", "--store", store)
    assert code == 0
    header, one, two, *_ = out.splitlines()
    assert header.split()[:3] == ["study", "trials", "in"]
    assert one.split()[:2] == ["one", "33"]
    assert two.split()[:2] == ["two", "63"]


def test_json_and_csv_tell_the_same(store, capsys):
    told = json.loads(run(capsys, "compare", "one", "two", "--store", store, "--json")[1])
    assert told["same_data"]
    by_name = {s["study"]: s for s in told["studies"]}
    assert told["then_device_seconds"] == by_name["one"]["device_seconds"]
    assert by_name["one"]["hypervolume_then"] == by_name["one"]["hypervolume"]
    assert by_name["two"]["hypervolume_then"] <= by_name["two"]["hypervolume"] <= 1
    assert by_name["two"]["controls"] < by_name["two"]["hypervolume"]
    rows = list(csv.DictReader(io.StringIO(run(capsys, "compare", "one", "two", "--store", store, "--csv")[1])))
    assert [float(r["hypervolume"]) for r in rows if r["study"] == "two"] == pytest.approx(
        [r["hypervolume"] for r in told["progress"]["two"]]
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["compare", "one"], "takes two studies"),
        (["compare", "one", "tow"], "did you mean two"),
        (["compare", "one", "two", "--json", "--csv"], "exclude each other"),
        (["dashboard", "--study", "tow"], "did you mean two"),
        (["dashboard", "--token", "short"], "fewer than 8"),
    ],
)
def test_refusals(store, capsys, arguments, told):
    code, _, err = run(capsys, *arguments, "--store", store)
    assert code == 2
    assert told in err
