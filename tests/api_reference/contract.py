"""The API's contract: the OpenAPI document without its prose and examples, as lines that each say one fact.

    python -m tests.api_reference.contract     write contract.txt, after a change of the contract that is intended

A line names what it is about, and the fact. `?` is what may be missing, and a schema is written as in an annotation:

    POST /payments/capture  body application/json: CapturePayment
    POST /payments/capture  409 code capture_exceeds_authorized
    CapturePayment.amount?: integer(minimum=1) | null = null

What all operations have in common has a line of `every operation`, and that of webhooks of `every webhook`. So a
difference of contract.txt says which field, type, status or code has changed. The lines have all of the contract:
`read` returns it, and the next release is compared with the lines of the last one (test_compatibility.py).
"""

import ast
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

from api_reference.code_samples import EXTENSION
from api_reference.openapi import document
from api_reference.routes import ROUTES

ROOT: Final = Path(__file__).resolve().parents[2]
COMMITTED: Final = Path(__file__).with_name("contract.txt")
COMMAND: Final = ".venv/bin/python -m tests.api_reference.contract"

PROSE: Final = frozenset({"title", "summary", "description", "example", EXTENSION})
ABOUT: Final = frozenset({"info", "servers", "tags"})
"""Members of the document that describe no request, answer or webhook."""
NAMED: Final = frozenset(
    {"properties", "patternProperties", "schemas", "webhooks", "paths", "headers", "securitySchemes"}
)
"""Members whose own keys are names of the API: a property may be called `description`."""

_PROBLEM: Final = "application/problem+json"
_ENCODING: Final = " encoding: "
_EVERY_OPERATION: Final = "every operation"
_EVERY_WEBHOOK: Final = "every webhook"
_REFERENCE: Final = "#/components/schemas/"
_OF_PROBLEMS: Final = {"$ref": f"{_REFERENCE}Problem"}
"""The schema of problems, which has no line: a code says it."""
_TYPES: Final = frozenset({"any", "array", "boolean", "integer", "null", "number", "object", "string"})
"""The names of types in lines. Any other name is a schema's, and `any` is no type at all."""
_SCHEMA: Final = frozenset({"items", "additionalProperties", "propertyNames"})
_SCHEMAS: Final = frozenset({"anyOf", "oneOf", "allOf"})
_NAMED_SCHEMAS: Final = frozenset({"properties", "patternProperties"})
_CONSTANTS: Final[Mapping[str, Any]] = {"null": None, "true": True, "false": False}

Json = dict[str, Any]


def contract() -> Json:
    """Return the contract of the routes as they are."""
    whole: Json = without_prose(document(ROUTES, title="", version="", server=""))
    return {name: member for name, member in whole.items() if name not in ABOUT}


def without_prose(node: Any, *, names: bool = False) -> Any:
    """Return a document without titles, summaries, descriptions and values of examples. Required names are sorted.

    Of the problems that a route answers, the codes stay: they are the keys of references to shared examples.
    """
    if isinstance(node, list):
        return [without_prose(one) for one in cast("list[Any]", node)]
    if not isinstance(node, dict):
        return node
    rest: Json = {}
    for key, value in cast("Json", node).items():
        if names:
            rest[key] = without_prose(value)
        elif key == "examples":
            if codes := _referenced(value):
                rest[key] = codes
        elif key == "required" and isinstance(value, list):
            rest[key] = sorted(cast("list[str]", value))
        elif key not in PROSE:
            rest[key] = without_prose(value, names=key in NAMED)
    return rest


def _referenced(examples: Any) -> list[str]:
    if not isinstance(examples, dict):
        return []
    named = cast("Json", examples)
    return sorted(name for name, value in named.items() if "$ref" in value)


def differences(before: str, now: str) -> list[str]:
    """Return the lines that were removed (`- …`) and added (`+ …`), sorted by line."""
    was, is_now = (set(text.splitlines()) for text in (before, now))
    return [f"{'-' if line in was else '+'} {line}" for line in sorted(was ^ is_now)]


# --- writing ----------------------------------------------------------------------------------------------------------


def written(contract: Mapping[str, Any]) -> str:
    """Return the lines of a contract, sorted. Raises ValueError if it has a member for which there is no line."""
    return "".join(f"{line}\n" for line in sorted(_lines(dict(contract))))


def _lines(contract: Json) -> Iterator[str]:
    operations = {
        f"{method.upper()} {path}": {*_operation(dict(operation))}
        for path, methods in contract.pop("paths", {}).items()
        for method, operation in methods.items()
    }
    webhooks = {
        f"webhook {name} {method}": {*_operation(dict(operation))}
        for name, methods in contract.pop("webhooks", {}).items()
        for method, operation in methods.items()
    }
    for every, facts_of in ((_EVERY_OPERATION, operations), (_EVERY_WEBHOOK, webhooks)):
        common = set[str].intersection(*facts_of.values()) if len(facts_of) > 1 else set[str]()
        yield from (f"{every}  {fact}" for fact in common)
        yield from (f"{name}  {fact}" for name, facts in facts_of.items() for fact in facts - common)
    components = dict(contract.pop("components", {}))
    for name, schema in components.pop("schemas", {}).items():
        yield from _named(name, dict(schema))
    yield from (f"security {name}: {_json(one)}" for name, one in components.pop("securitySchemes", {}).items())
    yield from (f"document {name}: {_json(value)}" for name, value in contract.items())
    _refuse_the_rest(components, "components")


def _operation(operation: Json) -> Iterator[str]:
    yield f"operation {operation.pop('operationId')}"
    yield from (f"tag {tag}" for tag in operation.pop("tags", []))
    if "security" in operation:
        yield f"security {' or '.join(' and '.join(one) for one in operation.pop('security')) or 'none'}"
    for parameter in operation.pop("parameters", []):
        is_optional = "" if parameter.get("required") else "?"
        yield f"{parameter['in']} {parameter['name']}{is_optional}: {_text(parameter['schema'])}"
        _refuse_the_rest(parameter, "a parameter", but={"in", "name", "required", "schema"})
    if body := operation.pop("requestBody", None):
        yield from _contents("body" if body.get("required") else "body?", body["content"])
        _refuse_the_rest(body, "a body", but={"required", "content"})
    for status, answer in operation.pop("responses", {}).items():
        if not answer:
            yield status
        yield from (
            f"{status} header {name}: {_text(one['schema'])}" for name, one in answer.get("headers", {}).items()
        )
        yield from _contents(status, answer.get("content", {}))
        _refuse_the_rest(answer, "an answer", but={"headers", "content"})
    _refuse_the_rest(operation, "an operation")


def _contents(where: str, contents: Mapping[str, Any]) -> Iterator[str]:
    for media_type, content in contents.items():
        codes = content.get("examples", []) if media_type == _PROBLEM else []
        if not codes or content.get("schema") != _OF_PROBLEMS:
            yield f"{where} {media_type}: {_text(content.get('schema', {}))}"
        yield from (f"{where} code {code}" for code in codes)
        if "encoding" in content:
            yield f"{where} {media_type}{_ENCODING}{_json(content['encoding'])}"
        _refuse_the_rest(content, "a content", but={"schema", "encoding", *(["examples"] if codes else [])})


def _named(name: str, schema: Json) -> Iterator[str]:
    """Yield the line of a schema, and one for each of its properties."""
    properties, required = schema.pop("properties", None), {*schema.get("required", [])}
    if properties is not None and required <= {*properties}:
        schema.pop("required", None)
        yield from (f"{name}.{of}{'' if of in required else '?'}: {_text(one)}" for of, one in properties.items())
    elif properties is not None:
        raise ValueError(f"{name} requires what is no property of it")
    yield f"{name}: {_text(schema)}{' with properties' if properties == {} else ''}"


def _text(schema: Mapping[str, Any]) -> str:
    """Return a schema as an annotation, and its default as an annotation has it."""
    rest = dict(schema)
    default = f" = {_json(rest.pop('default'))}" if "default" in rest else ""
    return f"{_expression(rest)}{default}"


def _expression(schema: Mapping[str, Any]) -> str:
    rest = dict(schema)
    if [*rest] == ["anyOf"] and len(rest["anyOf"]) > 1 and not any([*one] == ["anyOf"] for one in rest["anyOf"]):
        return " | ".join(map(_expression, rest["anyOf"]))
    name = "any"
    if isinstance(target := rest.get("$ref"), str):
        name = target.removeprefix(_REFERENCE)
        del rest["$ref"]
    elif isinstance(rest.get("type"), str):
        name = rest.pop("type")
    keywords = ", ".join(f"{keyword}={_value(keyword, value)}" for keyword, value in sorted(rest.items()))
    return f"{name}({keywords})" if keywords else name


def _value(keyword: str, value: Any) -> str:
    if keyword in _SCHEMA and isinstance(value, Mapping):
        return _expression(cast("Json", value))
    if keyword in _SCHEMAS:
        return f"[{', '.join(_expression(one) for one in value)}]"
    if keyword in _NAMED_SCHEMAS:
        return f"{{{', '.join(f'{_json(name)}: {_expression(one)}' for name, one in value.items())}}}"
    return _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _refuse_the_rest(members: Mapping[str, Any], where: str, but: Iterable[str] = ()) -> None:
    if rest := {*members} - {*but}:
        raise ValueError(f"contract.txt has no line for {sorted(rest)} of {where}")


# --- reading ----------------------------------------------------------------------------------------------------------


_OPERATION: Final = re.compile(r"(?P<method>[A-Z]+) (?P<path>/\S*)  (?P<fact>.+)")
_WEBHOOK: Final = re.compile(r"webhook (?P<name>\S+) (?P<method>[a-z]+)  (?P<fact>.+)")
_OTHER: Final = re.compile(r"(?P<kind>security|document) (?P<name>\S+): (?P<json>.+)")
_PROPERTY: Final = re.compile(r"(?P<schema>\w+)\.(?P<name>\S+?)(?P<optional>\??): (?P<text>.+)")
_ALONE: Final = re.compile(r"(?P<schema>\w+): (?P<text>.+?)(?P<empty> with properties)?")


def read(text: str) -> Json:
    """Return the contract of which these are the lines. Raises ValueError for any other line."""
    found: Json = {"paths": {}, "webhooks": {}, "components": {"schemas": {}, "securitySchemes": {}}}
    properties: dict[str, Json] = {}
    common: dict[str, list[str]] = {_EVERY_OPERATION: [], _EVERY_WEBHOOK: []}
    for line in text.splitlines():
        subject, _, fact = line.partition("  ")
        if subject in common:
            common[subject].append(fact)
        else:
            _read_line(line, found, properties)
    for name, members in properties.items():
        found["components"]["schemas"][name] |= members
    for every, of in ((_EVERY_OPERATION, found["paths"]), (_EVERY_WEBHOOK, found["webhooks"])):
        for operation in (each for methods in of.values() for each in methods.values()):
            _read_common(common[every], operation)
    return found


def _read_line(line: str, found: Json, properties: dict[str, Json]) -> None:
    if match := _OPERATION.fullmatch(line):
        path: Json = found["paths"].setdefault(match["path"], {})
        _read_fact(match["fact"], path.setdefault(match["method"].lower(), {}))
    elif match := _WEBHOOK.fullmatch(line):
        _read_fact(match["fact"], found["webhooks"].setdefault(match["name"], {}).setdefault(match["method"], {}))
    elif match := _OTHER.fullmatch(line):
        of = found["components"]["securitySchemes"] if match["kind"] == "security" else found
        of[match["name"]] = json.loads(match["json"])
    elif match := _PROPERTY.fullmatch(line):
        of = properties.setdefault(match["schema"], {"properties": {}})
        of["properties"][match["name"]] = _schema(match["text"])
        if not match["optional"]:
            of.setdefault("required", []).append(match["name"])
    elif match := _ALONE.fullmatch(line):
        schema = _schema(match["text"]) | ({"properties": {}} if match["empty"] else {})
        found["components"]["schemas"][match["schema"]] = schema
    else:
        raise ValueError(f"this is no line of a contract: {line}")


def _read_common(facts: Iterable[str], operation: Json) -> None:
    """Add what all operations have in common to one. The codes of a status stay sorted."""
    for fact in facts:
        _read_fact(fact, operation)
    for answer in operation["responses"].values():
        answer.get("content", {}).get(_PROBLEM, {}).get("examples", []).sort()


def _read_fact(fact: str, operation: Json) -> None:
    operation.setdefault("responses", {})
    kind, _, rest = fact.partition(" ")
    match kind:
        case "operation":
            operation["operationId"] = rest
        case "tag":
            operation.setdefault("tags", []).append(rest)
        case "security":
            alternatives = [] if rest == "none" else rest.split(" or ")
            operation["security"] = [{name: [] for name in one.split(" and ")} for one in alternatives]
        case "path" | "query" | "header":
            name, schema = rest.split(": ", 1)
            of = {"in": kind, "name": name.removesuffix("?"), "required": name[-1] != "?", "schema": _schema(schema)}
            operation.setdefault("parameters", []).append(of)
        case "body" | "body?":
            body = operation.setdefault("requestBody", {"required": kind == "body", "content": {}})
            _read_content(rest, body)
        case _:
            answer = operation["responses"].setdefault(kind, {})
            if rest.startswith("header "):
                name, schema = rest.removeprefix("header ").split(": ", 1)
                answer.setdefault("headers", {})[name] = {"schema": _schema(schema)}
            elif rest:
                _read_content(rest, answer)


def _read_content(fact: str, of: Json) -> None:
    contents = of.setdefault("content", {})
    if fact.startswith("code "):
        content = contents.setdefault(_PROBLEM, {"schema": {**_OF_PROBLEMS}})
        content.setdefault("examples", []).append(fact.removeprefix("code "))
        return
    if _ENCODING in fact:
        media_type, encoding = fact.split(_ENCODING)
        contents.setdefault(media_type, {})["encoding"] = json.loads(encoding)
        return
    media_type, schema = fact.split(": ", 1)
    contents.setdefault(media_type, {})["schema"] = _schema(schema)


def _schema(text: str) -> Json:
    """Return the schema of an annotation. Raises ValueError if it is none."""
    try:
        [statement] = ast.parse(f"_: {text}").body
    except SyntaxError as error:
        raise ValueError(f"this is no schema: {text}") from error
    match statement:
        case ast.AnnAssign(annotation=annotation, value=None):
            return _schema_of(annotation)
        case ast.AnnAssign(annotation=annotation, value=ast.expr() as default):
            return _schema_of(annotation) | {"default": _json_of(default)}
        case _:
            raise ValueError(f"this is no schema: {text}")


def _schema_of(node: ast.expr) -> Json:
    match node:
        case ast.Name(name):
            if name == "any":
                return {}
            return {"type": name} if name in _TYPES else {"$ref": f"{_REFERENCE}{name}"}
        case ast.BinOp(left, ast.BitOr(), right):
            first = _schema_of(left)
            is_several = isinstance(left, ast.BinOp)
            return {"anyOf": [*(first["anyOf"] if is_several else [first]), _schema_of(right)]}
        case ast.Call(ast.Name() as name, [], [_, *_] as keywords):
            values = {str(each.arg): _value_of(str(each.arg), each.value) for each in keywords}
            return _schema_of(name) | values
        case _:
            raise ValueError(f"this is no schema: {ast.unparse(node)}")


def _value_of(keyword: str, node: ast.expr) -> Any:
    is_constant = isinstance(node, ast.Name) and node.id in {"true", "false"}
    of: Callable[[ast.expr], Any]
    of = _json_of if is_constant or keyword not in _SCHEMA | _SCHEMAS | _NAMED_SCHEMAS else _schema_of
    match node:
        case ast.List(elements) if keyword in _SCHEMAS:
            return [of(each) for each in elements]
        case ast.Dict(keys, values) if keyword in _NAMED_SCHEMAS:
            return {_json_of(key): of(value) for key, value in zip(keys, values, strict=True) if key is not None}
        case _:
            return of(node)


def _json_of(node: ast.expr) -> Any:
    match node:
        case ast.Constant(value):
            return value
        case ast.Name(name) if name in _CONSTANTS:
            return _CONSTANTS[name]
        case ast.UnaryOp(ast.USub(), ast.Constant(int() | float() as value)):
            return -value
        case ast.List(elements):
            return [*map(_json_of, elements)]
        case ast.Dict(keys, values):
            return {_json_of(key): _json_of(value) for key, value in zip(keys, values, strict=True) if key is not None}
        case _:
            raise ValueError(f"this is no JSON: {ast.unparse(node)}")


if __name__ == "__main__":
    COMMITTED.write_text(written(contract()))
