"""The shape of a JSON body: which parameters must be there, which may be, and the JSON type of each.

API Gateway checks it before it invokes the function of a route that is `validated_by_gateway`, and the handlers refuse
the same bodies with the same words, for a gateway that does not check it (the local engine).

It comes from the pydantic model and leaves out everything that has an error code of its own: patterns, lengths and
ranges. API Gateway's response has neither a code nor a parameter to choose: its only variable with the reason
(`$context.error.validationErrorString`) quotes values of the request, and is not escaped for JSON.
"""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel

from paysandbox.core.errors import Code, Fault, Refused

WRONG_SHAPE: Final = "The body is not a JSON object with the parameters of this request, each of its JSON type."

# JSON Schema distinguishes integers by their value, and validators disagree on 12.0.
_WITHOUT_INTEGERS: Final = {"integer": "number"}
_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


def shape_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return the shape as a JSON schema of draft 4 that is also one of OpenAPI 3.0, which API Gateway imports.

    A parameter that may be null, or of several types, has no type: OpenAPI 3.0 has no list of types.
    """
    schema = model.model_json_schema()
    return {
        "type": "object",
        "properties": {name: _type_of(field) for name, field in schema.get("properties", {}).items()},
        "additionalProperties": False,
        # Draft 4 requires that the list has an element.
        **({"required": schema["required"]} if schema.get("required") else {}),
    }


def fits(shape: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Return whether a body has this shape."""
    return (
        all(name in body for name in shape.get("required", ()))
        and all(name in shape["properties"] for name in body)
        and all(_is_of(body[name], field) for name, field in shape["properties"].items() if name in body)
    )


def wrong_shape(refused: Refused) -> Refused:
    """Return the refusal of a body of another shape. `errors` lists all faults, which the gateway cannot do."""
    faults = refused.errors or (Fault(refused.code, refused.detail, refused.param),)
    return Refused(Code.REQUEST_INVALID, WRONG_SHAPE, errors=faults)


def _type_of(field: Mapping[str, Any]) -> dict[str, Any]:
    alternatives = [alternative.get("type") for alternative in field.get("anyOf", [field])]
    kinds = {_WITHOUT_INTEGERS.get(kind, kind) if kind else None for kind in alternatives}
    only = kinds.pop() if len(kinds) == 1 else None
    return {"type": only} if only else {}


def _is_of(value: object, field: Mapping[str, Any]) -> bool:
    if "type" not in field:
        return True
    if isinstance(value, bool):
        return field["type"] == "boolean"
    return isinstance(value, _TYPES[field["type"]])
