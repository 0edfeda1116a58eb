"""The plan of what an agent does with an MCP server: what is set up first, and the tools that are called then.

It is a TOML file:

    [[setup]]
    name = "payment"
    request = "POST /v1/payment_intents"
    body = { amount = 10000, currency = "usd" }

    [[call]]
    tool = "create_refund"
    arguments = { payment_intent = "{payment.id}", amount = 3000 }
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cli.terminal.written_files import WRITTEN

RUN: Final = "run"
"""`{run}` is the text of PAYSANDBOX_RUN."""

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_REQUEST: Final = re.compile(r"(GET|POST|PUT|PATCH|DELETE) (/[!-~]*)", re.ASCII)
_REFERENCE: Final = re.compile(r"\{([a-z][a-z0-9_]*)((?:\.[A-Za-z0-9_]+)*)\}")


class PlanUnreadable(ValueError):  # noqa: N818 - the text is wrong, not the program
    """The file is no plan. The message says where."""


class NotMade(ValueError):  # noqa: N818 - the text is wrong, not the program
    """A reference names a field that the answer to a request of the set-up does not have."""


@dataclass(frozen=True)
class SetupRequest:
    """A request that is sent before the server is started. Its answer is known by `name`, if it has one."""

    name: str
    method: str
    path: str
    body: Mapping[str, Any]


@dataclass(frozen=True)
class PlannedCall:
    """A call of a tool. Its arguments may refer to what the set-up made."""

    tool: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Plan:
    """What is set up, and the calls, each in order. There is at least one call."""

    setup: Sequence[SetupRequest]
    calls: Sequence[PlannedCall]


def read_plan(file: Path) -> Plan:
    """Return the plan of a file. Raises PlanUnreadable."""
    try:
        value = tomllib.loads(file.read_text(encoding=WRITTEN))
    except OSError as error:
        raise PlanUnreadable(error.strerror or str(error)) from error
    except ValueError as error:
        raise PlanUnreadable(f"it is not TOML: {error}") from error
    _refuse_unknown("the file", value, {"setup", "call"})
    setup = [_setup(number, each) for number, each in enumerate(_tables(value, "setup"))]
    calls = [_call(number, each) for number, each in enumerate(_tables(value, "call"))]
    if not calls:
        raise PlanUnreadable("it has no [[call]]")
    known = {RUN}
    for number, request in enumerate(setup):
        _refuse_unmade(f"setup[{number}]", (request.path, request.body), known)
        if request.name in known:
            raise PlanUnreadable(f"setup[{number}].name {request.name!r} is taken")
        known |= {request.name} - {""}
    for number, call in enumerate(calls):
        _refuse_unmade(f"call[{number}]", call.arguments, known)
    return Plan(setup, calls)


def filled(value: Any, made: Mapping[str, Any]) -> Any:
    """Return a value with its references replaced. One that is a whole text keeps the type. Raises NotMade."""
    if isinstance(value, Mapping):
        texts: Mapping[str, Any] = value
        return {name: filled(each, made) for name, each in texts.items()}
    if isinstance(value, (list, tuple)):
        values: Sequence[Any] = value
        return [filled(each, made) for each in values]
    if not isinstance(value, str):
        return value
    if whole := _REFERENCE.fullmatch(value):
        return _found(whole, made)
    return _REFERENCE.sub(lambda reference: str(_found(reference, made)), value)


def _found(reference: re.Match[str], made: Mapping[str, Any]) -> Any:
    value = made[reference[1]]
    for part in reference[2].split(".")[1:]:
        if isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        elif isinstance(value, dict) and part in value:
            value = value[part]
        else:
            raise NotMade(f"{reference[0]}: there is no {part!r}")
    return value


def _tables(value: Mapping[str, Any], name: str) -> list[Any]:
    tables = value.get(name, [])
    if not isinstance(tables, list):
        raise PlanUnreadable(f"{name} is not a list of tables: write [[{name}]]")
    return tables


def _setup(number: int, value: Any) -> SetupRequest:
    where = f"setup[{number}]"
    _refuse_unknown(where, value, {"name", "request", "body"})
    name, body = value.get("name", ""), value.get("body", {})
    request = _REQUEST.fullmatch(str(value.get("request", "")))
    if request is None:
        raise PlanUnreadable(f'{where}.request is not a method and a path, such as "POST /v1/payment_intents"')
    if not isinstance(name, str) or (name and not _NAME.fullmatch(name)):
        raise PlanUnreadable(f"{where}.name is not a word of a-z, 0-9 and _")
    if not isinstance(body, dict):
        raise PlanUnreadable(f"{where}.body is not a table")
    return SetupRequest(name, request[1], request[2], body)


def _call(number: int, value: Any) -> PlannedCall:
    where = f"call[{number}]"
    _refuse_unknown(where, value, {"tool", "arguments"})
    tool, arguments = value.get("tool"), value.get("arguments", {})
    if not isinstance(tool, str) or not tool:
        raise PlanUnreadable(f"{where}.tool is not the name of a tool")
    if not isinstance(arguments, dict):
        raise PlanUnreadable(f"{where}.arguments is not a table")
    return PlannedCall(tool, arguments)


def _refuse_unknown(where: str, value: Any, known: set[str]) -> None:
    if not isinstance(value, dict):
        raise PlanUnreadable(f"{where} is not a table")
    names: set[str] = value.keys() - known
    if names:
        raise PlanUnreadable(f"{where} has an unknown field {min(names)!r}")


def _refuse_unmade(where: str, value: Any, known: set[str]) -> None:
    """Refuse references to what no request before it makes, and values that JSON does not have."""
    if isinstance(value, Mapping):
        texts: Mapping[str, Any] = value
        value = [*texts.values()]
    if isinstance(value, (list, tuple)):
        values: Sequence[Any] = value
        for each in values:
            _refuse_unmade(where, each, known)
    elif isinstance(value, str):
        for reference in _REFERENCE.finditer(value):
            if reference[1] not in known:
                raise PlanUnreadable(f"{where} refers to {reference[0]}, which no [[setup]] before it makes")
    elif not isinstance(value, (bool, int, float)):
        raise PlanUnreadable(f"{where} has a date or time: write it as a text")
