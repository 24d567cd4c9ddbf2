"""Fronts as files."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from autotune.cli.app import main
from autotune.errors import AutotuneError
from autotune.objectives import COSTS, Objective
from autotune.pictures.canvas import save
from autotune.pictures.front import draw

ACCURACY, PARAMS = Objective("f1_accuracy", "maximize"), COSTS["trainable_params"]


@pytest.mark.parametrize(("suffix", "begins"), [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")])
def test_every_form_is_written(found, tmp_path: Path, suffix, begins):
    for _ in range(2):
        save(draw(found.results, PARAMS, ACCURACY, "x"), tmp_path / f"front{suffix}")
    assert (tmp_path / f"front{suffix}").read_bytes().startswith(begins)


def test_the_picture_shows_every_configuration_where_it_stands(found):
    figure = draw(found.results, PARAMS, ACCURACY, "x")
    axes = figure.axes[0]
    shown = {tuple(point) for group in axes.collections for point in getattr(group, "get_offsets", list)().tolist()}
    wanted = {(e.known["trainable_params"], e.values["f1_accuracy"].mean) for e in found.results.entries}
    assert wanted <= shown
    low, high = axes.get_xlim()
    assert all(low <= x <= high for x, _ in wanted)
    low, high = axes.get_ylim()
    assert all(low <= y <= high for _, y in wanted)
    assert axes.get_xscale() in ("log", "symlog")
    assert axes.get_yscale() == "linear"
    texts = {t.get_text() for t in axes.texts}
    assert f"trial {found.results.winner.trial}" in texts
    assert set(found.results.controls) <= texts


def test_the_staircase_has_the_whole_front_on_it(found):
    axes = draw(found.results, PARAMS, ACCURACY, "x").axes[0]
    corners = {tuple(p) for p in axes.lines[0].get_xydata().tolist()}
    assert {(e.known["trainable_params"], e.values["f1_accuracy"].mean) for e in found.results.front} <= corners


@pytest.mark.parametrize(("x", "y"), [(ACCURACY, PARAMS), (COSTS["stored_bytes"], Objective("loss", "minimize"))])
def test_any_two_objectives_can_be_drawn(found, x, y, tmp_path):
    save(draw(found.results, x, y, "x"), tmp_path / "x.svg")


def test_an_unknown_form_is_refused(found, tmp_path):
    with pytest.raises(AutotuneError, match="no known form"):
        save(draw(found.results, PARAMS, ACCURACY, "x"), tmp_path / "front.bmp")


def test_without_matplotlib_the_extra_is_named(found, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(AutotuneError, match="pictures need matplotlib") as refused:
        draw(found.results, PARAMS, ACCURACY, "x")
    assert "autotune[report]" in refused.value.remedy


def test_the_command_draws_and_refuses(searched, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    store = ("--store", str(searched))
    file = tmp_path / "front.svg"
    assert main(["pareto", "made-up", "--plot", str(file), *store]) == 0
    assert capsys.readouterr().out == f"{file}\n"
    assert file.is_file()
    for arguments, said in (
        (("--x", "loss"), "none was asked for"),
        (("--plot", "a.svg", "--x", "f1_accuracy"), "on both axes"),
        (("--plot", "a.svg", "--x", "nonsense"), "unknown objective"),
        (("--plot", "a.svg", "--x", "latency_ms"), "has a value of latency_ms"),
        (("--plot", str(tmp_path / "a.txt")), "no known form"),
    ):
        assert main(["pareto", "made-up", *arguments, *store]) == 2
        assert said in capsys.readouterr().err


def test_the_report_command_chooses_the_form_by_the_file(searched, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    store = ("--store", str(searched))
    for name, begins in (("r.html", "<!doctype html>"), ("r.md", "# made-up")):
        assert main(["report", "made-up", "--out", str(tmp_path / name), *store]) == 0
        assert (tmp_path / name).read_text().startswith(begins)
    assert main(["report", "made-up", "--out", str(tmp_path / "r.md"), *store]) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert main(["report", "made-up", "--format", "pdf", *store]) == 2
    assert main(["report", "made-up", *store]) == 0
    assert capsys.readouterr().out.startswith("# made-up")
