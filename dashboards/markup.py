"""HTML as text. A page of Dash components costs the browser a thousand times what the same page of text does."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from dash.development.base_component import Component

VOID = ("br", "hr", "img", "input")
_NAMES = {"className": "class", "tabIndex": "tabindex"}
_FLAGS = ("hidden", "disabled", "selected", "open")


def markup(part: Any) -> str:
    """What ``dash.html`` components look like, everything that is not theirs escaped.

    Args:
        part: a component, text, a number, None, or a list of them.

    Raises:
        TypeError: it holds a component that only Dash can draw, such as a graph.
    """
    if part is None:
        return ""
    if isinstance(part, list | tuple):
        return "".join(map(markup, part))
    if not isinstance(part, Component):
        return escape(str(part))
    if part._namespace != "dash_html_components":
        raise TypeError(f"{part._type} is no HTML")
    tag = part._type.lower()
    given = {name: getattr(part, name) for name in part._prop_names if hasattr(part, name)}
    given |= {name: value for name, value in vars(part).items() if name.startswith(("data-", "aria-"))}
    inside = given.pop("children", None)
    opening = f"<{tag}{''.join(_attribute(name, value) for name, value in given.items())}>"
    return opening if tag in VOID else f"{opening}{markup(inside)}</{tag}>"


def _attribute(name: str, value: Any) -> str:
    if value is None or value is False or name == "key":
        return ""
    if name in _FLAGS:
        return f" {name}"
    if isinstance(value, Mapping):
        value = ";".join(f"{key}:{one}" for key, one in value.items())
    return f' {_NAMES.get(name, name)}="{escape(str(value))}"'
