"""First sentences of docstrings, with the names that give their library away masked."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

ALIASES: Mapping[str, tuple[str, ...]] = {
    "numpy": ("np",),
    "scipy": ("sp",),
    "pandas": ("pd",),
    "scikit-learn": ("sklearn", "sk"),
    "sympy": (),
    "torch": ("pytorch", "th"),
    "networkx": ("nx",),
    "transformers": ("huggingface",),
    "optuna": (),
    "sqlalchemy": ("sa",),
}
"""Libraries by name, with the other names that texts and code call them."""
SHORTEST, LONGEST = 25, 300
"""Characters of a sentence that is taken."""
MASK = "lib"
"""Stands for any library's name."""

_LONG = sorted({n for name, others in ALIASES.items() for n in (name, *others) if len(n) > 2}, key=len, reverse=True)
_NAMES = re.compile("|".join([*map(re.escape, _LONG), "sci[- ]?kit([- ]learn)?"]), re.I)
_SHORT = re.compile(rf"(?<![\w.])({'|'.join(n for o in ALIASES.values() for n in o if len(n) == 2)})\.")
_ROLE = re.compile(r":[a-z:]+:`[~.!]*([^`<]*?)(?:\s*<[^`>]*>)?`")
_NOISE = re.compile(r"\s*(\.\.|>>>|:|@|-{3}|={3}|\*{3}|#|\$)|.*\b(doc-?string|todo|fixme)\b", re.I | re.S)
_SIGNATURE = re.compile(r"[\w.]+\([^\n]*\)(\s*->[^\n]*)?(\n|$)")
_UNDERLINE = re.compile(r"^\s*([=\-~*^#.])\1{2,}\s*$", re.M)
_SENTENCE = re.compile(r"(.*?(?<!e\.g)(?<!i\.e)(?<!vs)(?<!etc)[.!?])(?=\s+[A-Z`:*(]|$)")


def docstrings(tree: ast.Module) -> Iterator[str]:
    """The docstrings of a module and of its public classes, functions and methods."""
    if isinstance(text := ast.get_docstring(tree, clean=True), str):
        yield text
    waiting: list[ast.AST] = [tree]
    while waiting:
        for node in ast.iter_child_nodes(waiting.pop(0)):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith(
                "_"
            ):
                text = ast.get_docstring(node, clean=True)
                if text:
                    yield text
                if isinstance(node, ast.ClassDef):
                    waiting.append(node)


def first_sentence(docstring: str) -> str | None:
    """The first sentence, on one line and without markup and names of libraries; None where there is no good one."""
    body = docstring.strip()
    while match := _SIGNATURE.match(body):
        body = body[match.end() :].strip()
    paragraph = _UNDERLINE.split(body.split("\n\n")[0])[0]
    if _NOISE.match(paragraph):
        return None
    text = " ".join(paragraph.split())
    match = _SENTENCE.match(text)
    text = mask(plain(match[1] if match else text))
    words = re.findall(r"[A-Za-z]{2,}", text)
    return text if SHORTEST <= len(text) <= LONGEST and len(words) >= 4 else None


def plain(text: str) -> str:
    """The text without reStructuredText markup."""
    text = _ROLE.sub(r"\1", text)
    text = re.sub(r"`+([^`]*)`+_{0,2}", r"\1", text)
    text = re.sub(r"\*{1,2}([^*\s][^*]*?)\*{1,2}", r"\1", text)
    return " ".join(text.split())


def mask(text: str) -> str:
    """The text with every library's name, and ``np.`` and the like, replaced."""
    return _SHORT.sub(f"{MASK}.", _NAMES.sub(MASK, text))
