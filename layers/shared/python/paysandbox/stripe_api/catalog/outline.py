"""Stripe's parameters of an operation as a tree, from the catalog's lines. Loaded by the few requests that need it."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, cast

from pydantic_core import InitErrorDetails

from paysandbox.stripe_api.catalog.operations import parameter_lines

Known = dict[str, Any]
"""Stripe's parameters by name: the parameters within one, and under VALUES the values of an enumeration."""

VALUES: Final = ""


@cache
def known_parameters(operation: str) -> Known:
    """Return Stripe's parameters of an operation (`POST /v1/payment_intents`), or none if Stripe has no such one."""
    known: Known = {}
    levels: list[Known] = [known]
    for line in parameter_lines(operation):
        name, _, values = line.lstrip(" ").partition(" = ")
        del levels[len(line) - len(line.lstrip(" ")) :]
        entry: Known = {VALUES: values.split()} if values else {}
        levels[-1][name] = entry
        levels.append(entry)
    return known


def unlike_stripes(operation: str, param: str, sent: Mapping[str, Any]) -> list[InitErrorDetails]:
    """Return what is wrong with the maps within a parameter of maps: a name that Stripe does not have, or no map."""
    return [*_unlike(known_parameters(operation)[param], sent, ())]


def _unlike(known: Known, sent: Mapping[str, Any], inside: tuple[str, ...]) -> Iterator[InitErrorDetails]:
    for name, value in sent.items():
        place = (*inside, name)
        if name not in known:
            yield {"type": "extra_forbidden", "loc": place, "input": value}
        elif isinstance(value, Mapping):
            yield from _unlike(known[name], cast("Mapping[str, Any]", value), place)
        elif value and not inside:  # an empty text clears a map
            yield {"type": "dict_type", "loc": place, "input": value}
