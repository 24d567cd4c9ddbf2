"""A study as a document."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from helpers.chromium import headless

from autotune.report import document, gather, to_html, to_markdown
from autotune.report.blocks import Document, Section, Table, Text
from autotune.report.found import scores
from autotune.report.repeating import study_file
from autotune.settings import resolve
from autotune.spec import StudySpec
from autotune.store import Store

TITLES = ["What was asked", "What was spent", "The front", "The winner against the controls", "Curves"]
TITLES += ["What mattered", "Environment", "Repeat it"]


@pytest.fixture(scope="module")
def page(found) -> str:
    return to_html(document(found))


class Balanced(HTMLParser):
    """Notes every element that is not closed."""

    VOID = ("meta", "br", "use", "path", "rect", "img")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.outside: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)
        self.outside += [v for k, v in attrs if k in ("src", "href", "xlink:href") and v and not v.startswith("#")]

    def handle_startendtag(self, tag, attrs):
        self.outside += [v for k, v in attrs if k in ("src", "href", "xlink:href") and v and not v.startswith("#")]

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag


def test_the_page_is_well_formed_and_asks_for_nothing_outside(page):
    parser = Balanced()
    parser.feed(page)
    assert parser.open == []
    assert parser.outside == []
    assert "@import" not in page
    assert "url(http" not in page
    assert "<script" not in page


def test_the_page_has_every_section_and_picture(page, found):
    assert re.findall(r"<h2>(.*?)</h2>", page) == TITLES
    assert page.count("<svg") == 3
    assert f"trial {found.results.winner.trial}" in page


def test_pictures_follow_the_page_s_colours(page):
    assert "prefers-color-scheme:dark" in page
    drawn = page[page.index("<svg") :]
    assert "var(--ink)" in drawn
    assert "#1b1b1f" not in drawn
    assert "width=" not in drawn[: drawn.index(">")]


def test_ids_of_pictures_do_not_meet(page):
    ids = re.findall(r'<clipPath id="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_the_same_study_gives_the_same_page(page, found):
    assert to_html(document(found)) == page


def test_markdown_says_the_same_without_pictures(found):
    text = to_markdown(document(found, pictures=False))
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == [t for t in TITLES if t != "Curves"]
    assert "<svg" not in text
    widths = {line.count("|") for line in text.splitlines() if line.startswith("| winner")}
    assert len(widths) <= 1


def test_the_verdict_names_winner_score_and_costs(found):
    said = document(found).summary[0].text
    winner, primary = found.results.winner, found.results.primary.name
    assert f"{winner.held_out[primary].mean:.4f}" in said
    assert f"{winner.known['trainable_params']:,.0f} params" in said


def test_the_study_file_is_the_same_study(found, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for name in ("AUTOTUNE_DATA_DIR", "AUTOTUNE_MODEL", "AUTOTUNE_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    spec = replace(found.spec, seed=7, constraints=("trainable_params<=100000",), max_epochs=2.0)
    (tmp_path / "again.yaml").write_text(study_file(spec))
    assert resolve({}, (), tmp_path / "again.yaml") == spec


@pytest.mark.slow
def test_winner_and_controls_are_compared_on_the_same_examples(real):
    with Store.open(real.url, read_only=True) as store:
        found = gather(store, "reviews")
    assert set(found.predictions) == {0, 1, 4}
    table = scores(found)[-2]
    assert isinstance(table, Table)
    assert [row[0] for row in table.rows] == ["winner − head"]
    assert "95 % interval" in table.header


def test_a_study_without_a_full_training_has_a_report_too(tmp_path):
    from helpers.studies import INFO, spec

    with Store.open(tmp_path / "x.db") as store:
        made = spec("young")
        store.create_study("young", made.to_dict(), facts=INFO, levels=(10, 90), environment={}, space_digest="x")
        found = gather(store, "young")
    page = to_html(document(found))
    assert "there is no winner yet" in page
    assert "no winner yet" in to_markdown(document(found, pictures=False))


def test_names_are_no_markup():
    bad = "<script>alert(1)</script> | *x*"
    made = Document(bad, [Text(bad)], [Section("S", [Table(("a", bad), [(bad, "1")])])])
    assert "<script" not in to_html(made)
    text = to_markdown(made)
    assert re.search(r"(?<!\\)<", text) is None
    row = next(line for line in text.splitlines() if line.startswith("| \\<script"))
    assert len(re.findall(r"(?<!\\)\|", row)) == 3


@pytest.mark.slow
def test_the_page_opens_offline_in_light_and_dark(page, tmp_path: Path):
    (tmp_path / "x.html").write_text(page)
    with headless() as window:
        papers = []
        for scheme in ("light", "dark"):
            context = window.new_context(color_scheme=scheme, offline=True, viewport={"width": 900, "height": 700})
            view = context.new_page()
            asked: list[str] = []
            errors: list[str] = []
            view.on("request", lambda request, asked=asked: asked.append(request.url))
            view.on("console", lambda message, errors=errors: errors.append(message.text))
            view.goto(f"file://{tmp_path}/x.html")
            assert asked == [f"file://{tmp_path}/x.html"]
            assert errors == []
            papers.append(view.evaluate("getComputedStyle(document.body).backgroundColor"))
            width = view.evaluate("document.documentElement.scrollWidth")
            assert width <= 900
            text = view.evaluate("getComputedStyle(document.querySelector('svg text')).fill")
            assert text == view.evaluate("getComputedStyle(document.body).color")
        assert papers[0] != papers[1]


def test_the_defaults_of_a_study_file_are_left_out(found):
    text = study_file(StudySpec.from_dict(found.row.spec))
    assert "max_length" not in text
    assert "seed" not in text
