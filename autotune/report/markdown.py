"""A document as Markdown, without pictures: a pull request shows none that is not uploaded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autotune.report.blocks import Block, Code, Document, Table, Text

_BAR = 20


def to_markdown(document: Document) -> str:
    """The text of a report in GitHub's Markdown."""
    parts = [f"# {_escaped(document.title)}", *_blocks(document.summary)]
    for section in document.sections:
        found = list(_blocks(section.blocks))
        if found:
            parts += [f"## {section.title}", *found]
    return "\n\n".join([*parts, f"*{document.foot}*"]) + "\n"


def _blocks(blocks: Sequence[Block]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Text):
            yield f"**{_escaped(block.text)}**" if block.loud else _escaped(block.text)
        elif isinstance(block, Table):
            yield "\n".join(_table(block))
        elif isinstance(block, Code):
            fenced = f"```\n{block.text.rstrip()}\n```"
            yield (
                f"<details><summary>{_escaped(block.title)}</summary>\n\n{fenced}\n\n</details>"
                if block.title
                else fenced
            )


def _table(table: Table) -> Iterator[str]:
    yield f"| {' | '.join(map(_escaped, table.header))} |"
    yield f"|{'|'.join('---:' if name in table.right else '---' for name in table.header)}|"
    for i, row in enumerate(table.rows):
        cells = [_escaped(cell) for cell in row]
        if i == table.strong:
            cells = [f"**{cell}**" if cell else cell for cell in cells]
        yield f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    """Nothing of a name or a message is markup."""
    for sign in "\\`*_{}[]<>|":
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\n", " ")
