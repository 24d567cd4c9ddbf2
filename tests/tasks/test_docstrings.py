"""The demo's sentences: what is taken from a docstring, and the task made of them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from autotune.errors import AutotuneError
from autotune.spec import TaskSpec
from autotune.tasks import docstrings, load
from autotune.tasks.docstring_text import ALIASES, LONGEST, SHORTEST, first_sentence, mask


@pytest.mark.parametrize(
    ("docstring", "sentence"),
    [
        ("Return the sum of all elements.\n\nMore text.", "Return the sum of all elements."),
        ("Return the sum of\n    all elements. And more.", "Return the sum of all elements."),
        ("Fit the model, e.g. On data, to X and y.", "Fit the model, e.g. On data, to X and y."),
        ("sum(a, axis=None) -> array\n\nReturn the sum of all elements.", "Return the sum of all elements."),
        ("Routines for sparse graphs\n=====\n\nText", "Routines for sparse graphs"),
        ("Apply `numpy.linalg.norm` to each ``np.ndarray`` given.", "Apply lib.linalg.norm to each lib.ndarray given."),
        ("See :class:`~pandas.DataFrame` or :ref:`the guide <x>` first.", "See lib.DataFrame or the guide first."),
        ("A :obj:`~.FiniteSet` of *all* the symbols.", "A FiniteSet of all the symbols."),
        (".. deprecated:: 1.0\n   Use something else instead.", None),
        ("This docstring should be overwritten by something.", None),
        ("Too short.", None),
        ("x" * 400, None),
    ],
)
def test_first_sentence(docstring: str, sentence: str | None) -> None:
    assert first_sentence(docstring) == sentence


def test_masks_hide_every_name_of_a_library() -> None:
    text = mask(
        "PyTorch, torch.nn, to_numpy, SymPyError, scikit-learn, sklearn.svm, pd.NA, np.pi, sp.fft, SciKit, SQLAlchemy"
    )
    assert text == "lib, lib.nn, to_lib, libError, lib, lib.svm, lib.NA, lib.pi, lib.fft, lib, lib"
    assert mask("the gap between inputs and the grasp.x") == "the gap between inputs and the grasp.x"


def test_only_public_docstrings_are_read() -> None:
    source = """
"M."
class A:
    "A."
    def f(self):
        "f."
        def inner(): "inner"
    def _g(self): "g"
class _B: "B"
"""
    assert list(docstrings.docstrings(ast.parse(source))) == ["M.", "A.", "f."]


@pytest.fixture(scope="module")
def extracted() -> dict[str, list[str]]:
    return docstrings.extract(list(docstrings._versions()))


def test_sentences_are_balanced_distinct_and_without_names(extracted: dict[str, list[str]]) -> None:
    assert len(extracted) == docstrings.LIBRARIES
    assert {len(texts) for texts in extracted.values()} == {docstrings.PER_LIBRARY}
    every = [t for texts in extracted.values() for t in texts]
    assert len({t.casefold() for t in every}) == len(every)
    assert all(SHORTEST <= len(t) <= LONGEST for t in every)
    names = [n for library, others in ALIASES.items() for n in (library, *others) if len(n) > 2]
    assert not [t for t in every if re.search("|".join(names), t, re.IGNORECASE)]


def test_the_task_is_cached_and_the_same_without_the_cache(
    extracted: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(docstrings, "extract", lambda libraries: extracted)
    task = load(TaskSpec("demo/docstrings"))
    assert len(task.all_training()) + task.facts.held_out == docstrings.LIBRARIES * docstrings.PER_LIBRARY
    assert 0.2 < task.facts.held_out / (6 * docstrings.PER_LIBRARY) < 0.3
    keys = [set(s.keys()) for s in (task.train, task.selection, task.held_out)]
    assert sum(map(len, keys)) == len(set.union(*keys))
    (cached,) = (tmp_path / "cache" / "autotune").iterdir()

    monkeypatch.setattr(docstrings, "extract", lambda libraries: pytest.fail("the cache was not read"))
    assert load(TaskSpec("demo/docstrings")).facts == task.facts

    cached.write_text('{"numpy": [', "utf-8")
    monkeypatch.setattr(docstrings, "extract", lambda libraries: extracted)
    assert load(TaskSpec("demo/docstrings")).facts == task.facts

    (tmp_path / "file").write_text("", "utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert load(TaskSpec("demo/docstrings")).facts == task.facts


def test_without_libraries_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docstrings, "_versions", lambda: {"numpy": "2"})
    with pytest.raises(AutotuneError, match="at least two") as caught:
        load(TaskSpec("demo/docstrings"))
    assert "pip install" in str(caught.value.remedy)


def test_another_library_stands_in_for_a_missing_one(monkeypatch: pytest.MonkeyPatch) -> None:
    real = docstrings.version

    def version(name: str) -> str:
        if name == "sympy":
            raise docstrings.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(docstrings, "version", version)
    assert "networkx" in docstrings._versions()
    assert "sympy" not in docstrings._versions()
