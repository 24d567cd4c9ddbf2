"""``demo/docstrings``: from which library is a docstring's first sentence? Real text, already on the machine."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from autotune.errors import AutotuneError
from autotune.spec import TaskSpec
from autotune.tasks.build import Raw, build
from autotune.tasks.docstring_text import ALIASES, docstrings, first_sentence
from autotune.tasks.metrics import CLASSIFICATION
from autotune.tasks.types import Split, Task, TaskInfo

FORMAT = 1
"""Raised whenever the same libraries would give other sentences."""
LIBRARIES = 6
PER_LIBRARY = 900
MOST_BYTES = 6_000_000
"""Of source that is parsed for one library."""
LARGEST_FILE = 300_000
HELD_OUT = 64
"""Of 256 hash values whose sentences are held out."""
_MODULES = {"scikit-learn": "sklearn"}
_SKIPPED = {"tests", "test", "testing", "_vendor", "vendor", "externals", "examples", "benchmarks", "node_modules"}

INFO = TaskInfo(
    "demo/docstrings",
    CLASSIFICATION,
    "accuracy",
    "first sentences of docstrings of libraries installed here; no network",
    "BSD and MIT style licences of those libraries",
    "which library does a docstring's first sentence come from",
)


def load_docstrings(spec: TaskSpec) -> Task:
    """The demo task: six libraries with 900 sentences each, a quarter of them held out by a hash of the text.

    Raises:
        AutotuneError: fewer than two of the libraries are installed, or columns or kind are named.
    """
    for given, flag in (
        (spec.text_columns, "--text-column"),
        (spec.label_column, "--label-column"),
        (spec.kind, "--task-kind"),
    ):
        if given:
            raise AutotuneError(f"{spec.name} has columns of its own; {flag} does not apply", f"leave out {flag}")
    versions = _versions()
    if len(versions) < 2:
        raise AutotuneError(
            f"demo/docstrings needs at least two of: {', '.join(ALIASES)}",
            "pip install numpy scipy pandas scikit-learn sympy",
        )
    sentences = _cached(versions)
    held: list[tuple[str, int]] = []
    train: list[tuple[str, int]] = []
    for label, library in enumerate(versions):
        for text in sentences[library]:
            part = held if hashlib.sha256(text.encode()).digest()[0] < HELD_OUT else train
            part.append((text, label))
    names = ", ".join(f"{name} {v}" for name, v in versions.items())
    raw = Raw(
        CLASSIFICATION,
        tuple(versions),
        _split("train", train),
        _split("held_out", held),
        ("accuracy", "f1_macro"),
        notes=(f"docstrings of {names}",),
    )
    return build(spec, raw)


def _split(name: str, examples: Sequence[tuple[str, int]]) -> Split:
    labels = np.array([label for _, label in examples], dtype=np.int64)
    return Split([text for text, _ in examples], None, labels, [f"{name}:{i}" for i in range(len(examples))])


def _versions() -> dict[str, str]:
    """The first six of the libraries that are installed, with their versions."""
    found = {}
    for library in ALIASES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
        if len(found) == LIBRARIES:
            break
    return found


def _cached(versions: dict[str, str]) -> dict[str, list[str]]:
    key = hashlib.sha256(json.dumps([FORMAT, versions]).encode()).hexdigest()[:16]
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "autotune"
    path = folder / f"docstrings-{key}.json"
    try:
        kept: dict[str, list[str]] = json.loads(path.read_text("utf-8"))
        if list(kept) == list(versions):
            return kept
    except (OSError, ValueError):
        pass  # not there yet, or cut short: extract again
    sentences = extract(list(versions))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=folder, delete=False) as file:
            json.dump(sentences, file, ensure_ascii=False)
        Path(file.name).replace(path)
    except OSError:
        pass  # without a cache the next start takes some seconds longer, nothing else
    return sentences


def extract(libraries: Sequence[str], each: int = PER_LIBRARY) -> dict[str, list[str]]:
    """Equally many distinct sentences of each library; none is found in two of them.

    Args:
        libraries: names as on the package index; each must be installed.
        each: sentences wanted of each; fewer where one library has fewer.
    """
    found = {library: _sentences(library, each + each // 4) for library in libraries}
    owners: dict[str, set[str]] = {}
    for library, texts in found.items():
        for text in texts:
            owners.setdefault(text.casefold(), set()).add(library)
    own = {library: [t for t in texts if len(owners[t.casefold()]) == 1] for library, texts in found.items()}
    smallest = min(each, *(len(texts) for texts in own.values()))
    return {library: texts[:smallest] for library, texts in own.items()}


def _sentences(library: str, wanted: int) -> list[str]:
    texts: dict[str, str] = {}
    read = 0
    for path in _files(library):
        source = path.read_bytes()
        read += len(source)
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError):
            continue
        for docstring in docstrings(tree):
            text = first_sentence(docstring)
            if text:
                texts.setdefault(text.casefold(), text)
        if len(texts) >= wanted or read > MOST_BYTES:
            break
    return list(texts.values())[:wanted]


def _files(library: str) -> Iterator[Path]:
    """A library's source files without tests, ordered by a hash of their names: an even spread, the same everywhere."""
    spec = find_spec(_MODULES.get(library, library))
    roots = list(spec.submodule_search_locations or []) if spec else []
    files = []
    for root in map(Path, roots):
        for folder, inner, names in os.walk(root):
            inner[:] = [d for d in inner if d not in _SKIPPED]
            files += [
                Path(folder, n).relative_to(root) for n in names if n.endswith(".py") and not n.startswith("test_")
            ]
        for name in sorted(files, key=lambda p: hashlib.sha256(p.as_posix().encode()).digest()):
            path = root / name
            if 0 < path.stat().st_size <= LARGEST_FILE:
                yield path
