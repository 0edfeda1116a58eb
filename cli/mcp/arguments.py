"""The arguments of a tool: their JSON Schema, their check, and the words of the command line that they become.

Schemas come from the command's own options, so each is described once. Only what the table of tools uses of JSON Schema
is checked here; the command checks the rest, as it does for a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from cli.lose.signatures import leaves
from cli.mcp.tools import Form, Shape, Tool
from paysandbox.core.suggestion import did_you_mean

_MARKUP: Final = re.compile(r"\[/?bold\]")
_OPTION: Final = re.compile(r"(?<![\w-])--([a-z][a-z-]*[a-z])")
_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}
_NUMBERS: Final = {"int": "integer", "int range": "integer", "float": "number", "float range": "number"}
# What the server passes to every command that has it.
_CONNECTION: Final = ("env", "merchant")


class BadArgument(ValueError):  # noqa: N818 - a mistake of the caller's
    """An argument is missing, unknown or not valid. `name` is the argument's."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


def schema_of(tool: Tool, command: Any) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a tool's arguments. `command` is the command of the program.

    Raises AssertionError if the table names an option that the command lacks.
    """
    parameters = _taken(tool, command)
    properties: dict[str, Any] = {}
    for name in tool.arguments:
        if name not in parameters:
            raise AssertionError(f"{tool.name}: `{tool.command}` has no option {name}")
        shape = tool.shape(name)
        properties[name] = dict(shape.schema) if shape is not None else _property(parameters[name])
    schema: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    return schema | ({"required": tool.required.split()} if tool.required else {})


def words_of(tool: Tool, command: Any, arguments: Mapping[str, Any], connection: Mapping[str, str]) -> list[str]:
    """Return the words after `paysandbox` that perform a call. Raises BadArgument.

    `connection` has the values of --env and --merchant, for commands that have them. A printed command has no --json,
    since a person reads what it prints.
    """
    arguments = {name: value for name, value in arguments.items() if value is not None}
    _check("", arguments, schema_of(tool, command))
    parameters = _taken(tool, command)
    options: list[str] = tool.given.split()
    if not tool.printed:
        options.append("--json")
    options += [f"--{name}={connection[name]}" for name in _CONNECTION if name in connection and name in parameters]
    operands: list[str] = []
    # In the order of the command's own parameters: positional arguments have no name.
    for name in sorted(arguments, key=[*parameters].index):
        parameter, shape = parameters[name], tool.shape(name)
        texts = [*_texts(arguments[name], shape)]
        if shape is not None and shape.form is Form.QUERY:
            operands[-1] += f"?{urlencode([*leaves('', arguments[name])])}" if arguments[name] else ""
        elif parameter.param_type_name == "argument":
            operands += texts
        elif parameter.is_flag:
            options += _flag(parameter, arguments[name])
        else:
            options += [f"{_option(parameter)}={text}" for text in texts]
    # A text that begins with a hyphen is no option behind this.
    return [*tool.command.split(), *options, *(["--", *operands] if operands else [])]


def as_arguments(text: str) -> str:
    """Return a text about options as one about arguments: `--key-file` is `key_file`."""
    return _OPTION.sub(lambda option: option[1].replace("-", "_"), text)


def _taken(tool: Tool, command: Any) -> dict[str, Any]:
    """Return the parameters of a command in its order, by the names of the tool's arguments."""
    named = {shape.option: name for name, shape in tool.shapes.items() if shape.option}
    return {named.get(name, name): each for each in command.params if (name := _name(each)) != "help"}


def _name(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return str(parameter.name)
    return _option(parameter).removeprefix("--").replace("-", "_")


def _option(parameter: Any) -> str:
    """Return the long name of an option."""
    return next(name for name in parameter.opts if name.startswith("--"))


def _property(parameter: Any) -> dict[str, Any]:
    member = _type(parameter)
    several = getattr(parameter, "multiple", False) or parameter.nargs == -1
    schema = {"type": "array", "items": member} if several else member
    words = " ".join(_MARKUP.sub("", parameter.help or "").split())
    return {**schema, "description": as_arguments(words)}


def _type(parameter: Any) -> dict[str, Any]:
    kind = parameter.type
    if getattr(parameter, "is_flag", False):
        return {"type": "boolean"}
    if kind.name == "choice":
        return {"type": "string", "enum": [str(getattr(choice, "value", choice)) for choice in kind.choices]}
    if kind.name not in _NUMBERS:
        return {"type": "string"}
    limits = {"minimum": getattr(kind, "min", None), "maximum": getattr(kind, "max", None)}
    return {"type": _NUMBERS[kind.name]} | {name: value for name, value in limits.items() if value is not None}


def _flag(parameter: Any, wanted: bool) -> list[str]:
    if wanted:
        return [_option(parameter)]
    return [name for name in parameter.secondary_opts if name.startswith("--")]


def _texts(value: Any, shape: Shape | None) -> Iterator[str]:
    """Iterate over the texts of a value on the command line."""
    if shape is not None and shape.form is Form.PAIRS:
        yield from (f"{name}={_text(each)}" for name, each in value.items())
    elif shape is not None and shape.form is Form.FIELDS:
        yield from (f"{name}={each}" for name, each in leaves("", value) if value)
    elif isinstance(value, list):
        yield from map(_text, value)
    else:
        yield _text(value)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _check(name: str, value: Any, schema: Mapping[str, Any]) -> None:
    """Raise BadArgument unless a value has the schema. `name` is "" for the arguments as a whole."""
    where = name or "arguments"
    kinds: Any = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    # A boolean is an integer to Python, and to nobody else.
    if kinds and not any(isinstance(value, _TYPES[kind]) and _is_bool(value) is (kind == "boolean") for kind in kinds):
        raise BadArgument(name, f"{where} is not of type {' or '.join(kinds)}.")
    if value not in schema.get("enum", [value]):
        known = schema["enum"]
        raise BadArgument(name, f"{where} is none of: {', '.join(known)}. {did_you_mean(value, known)}".rstrip())
    if isinstance(value, dict):
        _check_object(name, value, schema)
    elif isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            raise BadArgument(name, f"{where} is empty.")
        for each in value:
            _check(name, each, schema.get("items", {}))
    elif isinstance(value, str):
        _check_text(where, value, schema)
    elif not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        least, most = schema.get("minimum", "any"), schema.get("maximum", "any")
        raise BadArgument(name, f"{where} is not within {least} to {most}.")


def _check_text(where: str, value: str, schema: Mapping[str, Any]) -> None:
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise BadArgument(where, f"{where} has a character that no text has: U+0000, or half of a pair.")
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        raise BadArgument(where, f"{where} has {len(value)} characters.")
    # Every pattern of the table is anchored, and a line break at the end is no match.
    if "pattern" in schema and re.fullmatch(schema["pattern"].strip("^$"), value) is None:
        raise BadArgument(where, f"{where} does not match {schema['pattern']}.")


def _check_object(name: str, value: Mapping[str, Any], schema: Mapping[str, Any]) -> None:
    properties: Mapping[str, Any] = schema.get("properties", {})
    for missing in schema.get("required", ()):
        if missing not in value:
            raise BadArgument(missing, f"{missing} is missing.")
    others = schema.get("additionalProperties", {})
    for inner, each in value.items():
        if inner in properties:
            _check(inner, each, properties[inner])
        elif others is False:
            hint = did_you_mean(inner, properties) or f"It takes: {', '.join(properties) or 'none'}."
            raise BadArgument(inner, f"There is no argument {inner}. {hint}")
        else:
            _check(f"{name}.{inner}", each, others)


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)
