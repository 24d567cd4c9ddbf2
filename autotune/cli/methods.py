"""``autotune methods``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autotune.cli.options import Json
from autotune.cli.output import echo, echo_json, echo_table
from autotune.errors import AutotuneError
from autotune.words import si

if TYPE_CHECKING:
    from autotune.facts import ModelFacts
    from autotune.methods import Method

Which = Annotated[
    str | None, typer.Argument(metavar="NAME", help="One method, or several in one model as lora+prefix; all without.")
]
Model = Annotated[
    str | None, typer.Option("--model", help="Count parameters for this model.  [default: builtin/minilm]")
]
Offline = Annotated[bool, typer.Option("--offline", help="Do not ask the Hub.")]


def command(name: Which = None, model: Model = None, offline: Offline = False, as_json: Json = False) -> None:
    """List the fine-tuning methods, or describe one.

    Parameters are those that a method's defaults train, without the classification head.
    """
    from autotune import methods

    chosen = [methods.get(name)] if name else list(methods.catalogue().values())
    facts = _facts(model, offline)
    data = [record(method, facts) for method in chosen]
    if as_json:
        echo_json(data[0] if name else data)
    elif name:
        _print_one(chosen[0], data[0], facts)
    else:
        _print_all(chosen, data, facts)


def record(method: Method, facts: ModelFacts | None) -> dict[str, Any]:
    """A method as JSON-able data; costs are null where no model's shape is at hand, or the defaults do not fit it."""
    from autotune import methods

    config = {"method": method.name}
    refused = None if facts is None else methods.refuse(config, facts)
    costs = {} if facts is None or refused else methods.costs(config, facts)
    params = costs.get("trainable_params")
    return {
        "name": method.name,
        "family": method.family,
        "origin": method.origin,
        "paper": vars(method.paper),
        "trainable_params": None if params is None else int(params),
        "mergeable": method.mergeable,
        "experimental": method.experimental,
        "summary": method.summary,
        "layers": any(domain.by_layer for domain in method.hyperparameters.values()),
        "needs": list(method.needs),
        "touches": method.touches or None,
        "composable": method.composable,
        "refused": refused,
        "costs": {n: int(v) for n, v in costs.items()} or None,
        "lr": method.lr.to_dict(),
        "hyperparameters": {n: domain.to_dict() for n, domain in method.hyperparameters.items()},
    }


def _facts(model: str | None, offline: bool) -> ModelFacts | None:
    """The shape of the model asked for; of the small one that ships with the demo, if it is installed, otherwise."""
    from autotune.methods import model_facts
    from autotune.settings.machine import offline as machine_offline
    from autotune.settings.resolving import DEMO_MODEL

    try:
        return model_facts(model or DEMO_MODEL, 2, offline=offline or machine_offline())
    except AutotuneError:
        if model is not None:
            raise
        return None


def _print_all(methods: Sequence[Method], data: list[dict[str, Any]], facts: ModelFacts | None) -> None:
    rows = [
        [d["name"], d["family"], d["origin"], _count(d), "yes" if d["mergeable"] else "no", _brief(m)]
        for d, m in zip(data, methods, strict=True)
    ]
    echo_table(["method", "family", "origin", "parameters", "merges", "what it does"], rows, right=["parameters"])
    if facts is not None:
        echo(f"parameters at the default settings on {facts.model}, without the classification head")
    if any(d["refused"] for d in data):
        echo("-: the default settings do not fit this model; autotune methods NAME says why")
    echo("composable methods can stand in one model: method: lora+prefix; one method in full: autotune methods lora")


def _brief(method: Method) -> str:
    return f"(experimental) {method.summary}" if method.experimental else method.summary


def _print_one(method: Method, data: dict[str, Any], facts: ModelFacts | None) -> None:
    from autotune.methods.recipes import qualified

    echo(f"{method.name}: {_brief(method)}")
    echo(f"family {method.family}, from {method.origin}; {', '.join(_traits(method, data))}")
    for part in method.parts or (method,):
        paper = part.paper
        where = paper.arxiv if "://" in paper.arxiv else f"arXiv:{paper.arxiv}"
        echo(f"{paper.authors} ({paper.year}): {paper.title}, {where}")
    if data["refused"]:
        echo(f"its default settings do not fit this model: {data['refused']}")
    elif facts is not None:
        echo(f"at its defaults on {facts.model}: {_costs(data['costs'])}")
    echo()
    named = [(qualified(method, n), domain) for n, domain in method.hyperparameters.items()]
    named.append((f"{method.name}.lr", method.lr))
    rows = [[name, d.type, _range(d.to_dict()), _default(d)] for name, d in named]
    echo_table(["setting", "type", "range", "default"], rows)


def _traits(method: Method, data: dict[str, Any]) -> list[str]:
    traits = ["merges into the base" if method.mergeable else "does not merge"]
    traits += ["any layers"] if data["layers"] else []
    traits += [f"needs {' and '.join(method.needs)}"] if method.needs else []
    traits += [f"changes copies of {method.touches}"] if method.touches else []
    return traits


def _costs(costs: dict[str, int]) -> str:
    told = f"{costs['trainable_params']:,} parameters without the classification head, "
    told += f"{si(costs['stored_bytes'], 'B')} stored, "
    told += f"{si(costs['checkpoint_bytes'], 'B')} in a checkpoint"
    flops = costs["added_flops"]
    return f"{told}, {flops / 1e6:,.1f} MFLOP more for an input of 128 tokens" if flops else told


def _range(domain: dict[str, Any]) -> str:
    options = ", ".join(str(option) for option in domain.get("options", ()))
    if domain["type"] == "per_layer":
        return f"for each layer one of {options}"
    if options:
        return options
    if "low" in domain:
        return f"{domain['low']:g} to {domain['high']:g}" + (", log" if domain.get("log") else "")
    return "any of the model's" if domain.get("type") == "layers" else "true, false"


def _default(domain: Any) -> str:
    from autotune.space.domain import spell

    value = domain.to_dict().get("default", "-")
    return "none" if value == [] else spell(value)


def _count(data: dict[str, Any]) -> str:
    return "-" if data["trainable_params"] is None else f"{data['trainable_params']:,}"
