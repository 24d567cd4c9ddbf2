"""A document as one HTML file: nothing is loaded from anywhere, light and dark follow the system, and it prints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from autotune.report.blocks import Block, Code, Document, Picture, Section, Table, Text
from autotune.report.css import CSS


def to_html(document: Document) -> str:
    """The text of a report's page.

    Raises:
        AutotuneError: matplotlib, which draws its pictures, is not installed.
    """
    pictures = iter(f"picture{i}" for i in range(1000))
    title = escape(document.title)
    parts = [
        "<!doctype html>",
        '<html lang="en">',
        f"<head><meta charset='utf-8'><title>{title}</title>",
        "<meta name='viewport' content='width=device-width, initial-scale=1'>",
        "<meta name='color-scheme' content='light dark'>",
        f"<style>{CSS}</style></head>",
        "<body><main>",
        f"<h1>{title}</h1>",
        *_blocks(document.summary, pictures),
        _contents(document.sections),
    ]
    for section in document.sections:
        name = _anchor(section)
        parts += [f"<section id='{name}'><h2>{escape(section.title)}</h2>", *_blocks(section.blocks, pictures)]
        parts.append("</section>")
    parts += [f"<footer>{escape(document.foot)}</footer>", "</main></body></html>"]
    return "\n".join(parts) + "\n"


def _contents(sections: Sequence[Section]) -> str:
    links = " · ".join(f"<a href='#{_anchor(s)}'>{escape(s.title)}</a>" for s in sections)
    return f"<nav>{links}</nav>"


def _anchor(section: Section) -> str:
    return section.title.lower().replace(" ", "-")


def _blocks(blocks: Sequence[Block], pictures: Iterator[str]) -> Iterator[str]:
    from autotune.pictures.canvas import svg

    for block in blocks:
        if isinstance(block, Text):
            yield f"<p{' class=loud' if block.loud else ''}>{escape(block.text)}</p>"
        elif isinstance(block, Table):
            yield _table(block)
        elif isinstance(block, Picture):
            drawn = svg(block.draw(), next(pictures))
            caption = escape(block.caption)
            yield f"<figure role='img' aria-label='{caption}'>{drawn}<figcaption>{caption}</figcaption></figure>"
        else:
            yield _code(block)


def _table(table: Table) -> str:
    sides = ["r" if name in table.right else "l" for name in table.header]
    head = "".join(f"<th class={side}>{escape(name)}</th>" for name, side in zip(table.header, sides, strict=True))
    rows = []
    for i, row in enumerate(table.rows):
        cells = "".join(
            f"<td class={side}>{_cell(table, name, cell)}</td>"
            for name, cell, side in zip(table.header, row, sides, strict=True)
        )
        rows.append(f"<tr{' class=strong' if i == table.strong else ''}>{cells}</tr>")
    return f"<div class=wide><table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"


def _cell(table: Table, name: str, cell: str) -> str:
    if name != table.bars:
        return escape(cell)
    try:
        share = min(1.0, max(0.0, float(cell)))
    except ValueError:
        return escape(cell)
    return f"<span class=bar><i style='width:{100 * share:.1f}%'></i></span>{escape(cell)}"


def _code(code: Code) -> str:
    found = f"<pre><code>{escape(code.text.rstrip())}</code></pre>"
    return f"<details><summary>{escape(code.title)}</summary>{found}</details>" if code.title else found
