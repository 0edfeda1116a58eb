"""Fields of pydantic shapes as rows of a table: name, type, description."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from pydantic import BaseModel

Json = dict[str, Any]

_TYPES = {"object": "map", "integer": "integer", "number": "number", "string": "string", "boolean": "boolean"}


def fields_of(model: type[BaseModel]) -> Iterator[tuple[str, str, str]]:
    """The fields of a shape, with nested shapes named in code."""
    return rows(model.model_json_schema(), lambda name: f"`{name}`")


def rows(schema: Json, link: Callable[[str], str], *, request: bool = False) -> Iterator[tuple[str, str, str]]:
    """Name, type and description of each property. `link` renders the name of a nested shape.

    In a request, required fields and defaults are marked; in a response, fields that can be absent.
    """
    required = schema.get("required", [])
    for name, shape in schema.get("properties", {}).items():
        marks: list[str] = []
        if request and name in required:
            marks.append("Required.")
        if not request and name not in required:
            marks.append("Optional.")
        marks.append(shape.get("description", ""))
        if shape.get("default") is not None:
            marks.append(f"Default: `{json.dumps(shape['default'])}`.")
        yield f"`{name}`", kind(shape, link), " ".join(filter(None, marks))


def kind(shape: Json, link: Callable[[str], str]) -> str:
    """The type of a property, in words."""
    if "$ref" in shape:
        return link(shape["$ref"].rpartition("/")[2])
    if "enum" in shape:
        return " or ".join(f"`{value}`" for value in shape["enum"])
    if "const" in shape:
        return f"`{json.dumps(shape['const']) if isinstance(shape['const'], bool) else shape['const']}`"
    if "anyOf" in shape:
        options = [kind(option, link) for option in shape["anyOf"] if option.get("type") != "null"]
        nullable = any(option.get("type") == "null" for option in shape["anyOf"]) and "default" not in shape
        return " or ".join([*options, *(["null"] if nullable else [])])
    if shape.get("type") == "array":
        return f"array of {kind(shape['items'], link)}"
    return _TYPES.get(shape.get("type", ""), "any")
