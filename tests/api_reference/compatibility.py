"""Changes between two contracts (contract.py) that can break a client of the first.

A client sends requests as the earlier contract allows them, and reads answers and webhooks as it describes them. So
nothing may be removed, requests may not be limited further, and answers may not go beyond what was described. New
fields of answers are compatible: docs/how-to/upgrade.md asks clients to ignore fields that they do not know.

Source of the rules: JSON Schema 2020-12, "Validation"; https://json-schema.org/draft/2020-12/json-schema-validation.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

Json = Mapping[str, Any]

LOWER_BOUNDS = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
UPPER_BOUNDS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
KNOWN = frozenset(
    {
        "$ref", "type", "enum", "const", "anyOf", "oneOf", "properties", "required", "additionalProperties", "items",
        "default", *LOWER_BOUNDS, *UPPER_BOUNDS,
        "title", "description", "examples",
    }
)  # fmt: skip
"""What is compared by its meaning or is prose. Of any other keyword (`pattern`, `format`), every change counts."""


def breaking_changes(before: Json, now: Json) -> list[str]:
    """Return the changes from one contract to another that can break a client: where, and what."""
    documents = (before, now)
    return [*_operations(documents), *_webhooks(documents)]


# --- operations -------------------------------------------------------------------------------------------------------


def _operations(documents: tuple[Json, Json]) -> Iterator[str]:
    before, now = (
        {
            f"{method.upper()} {path}": operation
            for path, operations in document.get("paths", {}).items()
            for method, operation in operations.items()
        }
        for document in documents
    )
    yield from _removed(before, now)
    for name in _in_both(before, now):
        was, is_now = before[name], now[name]
        request, answer = (_Comparison(documents, name, is_request=is_request) for is_request in (True, False))
        if was.get("operationId") != is_now.get("operationId"):
            yield f"{name}: operationId {was.get('operationId')} is removed"
        if _security(is_now) - _security(was) and frozenset() not in _security(is_now):
            yield f"{name}: other credentials are required"
        yield from _parameters(was, is_now, request)
        yield from _bodies(was.get("requestBody"), is_now.get("requestBody"), request)
        yield from _responses(was.get("responses", {}), is_now.get("responses", {}), answer)


def _security(operation: Json) -> set[frozenset[str]]:
    """Return the alternatives of an operation, each a set of credentials; none are the empty set."""
    return {frozenset(one) for one in operation.get("security") or [{}]}


def _parameters(before: Json, now: Json, at: "_Comparison") -> Iterator[str]:
    was, is_now = ({f"{one['in']} {one['name']}": one for one in of.get("parameters", [])} for of in (before, now))
    yield from _removed(was, is_now, at.where)
    for name, parameter in is_now.items():
        if parameter.get("required") and not was.get(name, {}).get("required"):
            yield f"{at.where}: {name} is required"
    for name in _in_both(was, is_now):
        yield from _schemas(was[name]["schema"], is_now[name]["schema"], at.below(name))


def _bodies(was: Json | None, is_now: Json | None, at: "_Comparison") -> Iterator[str]:
    if is_now is not None and is_now.get("required") and not (was or {}).get("required"):
        yield f"{at.where}: a body is required"
    if was is None:
        return
    if is_now is None:
        yield f"{at.where}: the body is removed"
        return
    yield from _contents(was["content"], is_now["content"], at)


def _responses(was: Json, is_now: Json, at: "_Comparison") -> Iterator[str]:
    yield from _removed(was, is_now, at.where)
    for status in _in_both(was, is_now):
        below = at.below(status)
        before, now = was[status], is_now[status]
        yield from _removed(before.get("headers", {}), now.get("headers", {}), below.where)
        yield from _contents(before.get("content", {}), now.get("content", {}), below)


def _contents(was: Json, is_now: Json, at: "_Comparison") -> Iterator[str]:
    yield from _removed(was, is_now, at.where)
    for media_type in _in_both(was, is_now):
        # Of a contract, the examples are the codes of problems.
        yield from _removed(was[media_type].get("examples", []), is_now[media_type].get("examples", []), at.where)
        yield from _schemas(was[media_type].get("schema", {}), is_now[media_type].get("schema", {}), at)


def _webhooks(documents: tuple[Json, Json]) -> Iterator[str]:
    before, now = (document.get("webhooks", {}) for document in documents)
    yield from _removed(before, now, "webhooks")
    for name in _in_both(before, now):
        # What the sandbox sends is read by the client, as an answer is.
        at = _Comparison(documents, f"webhook {name}", is_request=False)
        for method in _in_both(before[name], now[name]):
            was, is_now = (of[name][method]["requestBody"]["content"] for of in (before, now))
            yield from _contents(was, is_now, at)


# --- schemas ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Comparison:
    """Where two schemas are compared, of which documents, and in which direction."""

    documents: tuple[Json, Json]
    where: str
    is_request: bool
    inside: frozenset[tuple[str, str]] = field(default_factory=frozenset[tuple[str, str]])
    """The references that are being followed: a schema may contain itself."""

    def below(self, name: str) -> "_Comparison":
        return replace(self, where=f"{self.where} {name}")

    def directed(self, before: Any, now: Any) -> tuple[Any, Any]:
        """Return what may occur, and what must allow it: requests as before now, answers of now as before."""
        return (before, now) if self.is_request else (now, before)


def _schemas(before: Json, now: Json, at: _Comparison) -> Iterator[str]:
    names = (before.get("$ref", ""), now.get("$ref", ""))
    if any(names):
        if names in at.inside:
            return
        at = replace(at, inside=at.inside | {names})
        before, now = (_resolved(*both) for both in zip((before, now), at.documents, strict=True))
    many, many_now = _alternatives(before), _alternatives(now)
    if len(many) == len(many_now) == 1:
        yield from _single(many[0], many_now[0], at)
        return
    some, others = at.directed(many, many_now)
    for one in some:
        found = [at.directed(one, other) for other in others]
        yield from min((_of_alternatives(*both, at) for both in found), key=lambda each: each[0])[1]


def _of_alternatives(before: Json, now: Json, at: _Comparison) -> tuple[tuple[bool, bool, int], list[str]]:
    """Return what breaks between two alternatives, after its rank: nothing, that of one type, and that of another."""
    has_reference = "$ref" in before or "$ref" in now
    found = [*(_schemas if has_reference else _single)(before, now, at)]
    kinds = {_resolved(*both).get("type") for both in zip((before, now), at.documents, strict=True)}
    return (bool(found), len(kinds) > 1, len(found)), found


def _resolved(schema: Json, document: Json) -> Json:
    while "$ref" in schema:
        found: Any = document
        for name in schema["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        schema = found
    return schema


def _alternatives(schema: Json) -> list[Json]:
    """Return the schemas of which a value satisfies one: those of `anyOf`, or a schema for each of its types."""
    nested = [one for keyword in ("anyOf", "oneOf") for one in schema.get(keyword, [])]
    if nested:
        return nested
    types = schema.get("type")
    return [{**schema, "type": one} for one in types] if isinstance(types, list) else [schema]


def _single(before: Json, now: Json, at: _Comparison) -> Iterator[str]:
    some, others = at.directed(before, now)
    kind, allowed = some.get("type"), others.get("type")
    if allowed is not None and kind != allowed and (kind, allowed) != ("integer", "number"):
        yield f"{at.where}: {before.get('type')} is {now.get('type')}"
        return  # the rest has another meaning
    yield from _values(some, others, at)
    yield from _bounds(some, others, at)
    for keyword in sorted(({*before, *now}) - KNOWN):
        # What is not limited any more allows as much as before.
        if keyword in others and some.get(keyword) != others[keyword]:
            yield f"{at.where}: {keyword} is {now.get(keyword)!r}"
    if at.is_request and "default" in before and before["default"] != now.get("default"):
        yield f"{at.where}: default is {now.get('default')!r}"
    yield from _members(before, now, at)
    if "items" in before or "items" in now:
        yield from _schemas(before.get("items", {}), now.get("items", {}), at.below("[]"))


def _values(some: Json, others: Json, at: _Comparison) -> Iterator[str]:
    values, allowed = (_listed(schema) for schema in (some, others))
    if allowed is None:
        return
    if values is None:
        yield f"{at.where}: only {allowed} {'are allowed' if at.is_request else 'were described'}"
        return
    for value in values:
        if value not in allowed:
            yield f"{at.where}: {value!r} is {'removed' if at.is_request else 'new'}"


def _listed(schema: Json) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _bounds(some: Json, others: Json, at: _Comparison) -> Iterator[str]:
    for keyword in (*LOWER_BOUNDS, *UPPER_BOUNDS):
        if keyword not in others:
            continue
        sign = 1 if keyword in LOWER_BOUNDS else -1
        if keyword not in some or sign * some[keyword] < sign * others[keyword]:
            is_now = others if at.is_request else some
            yield f"{at.where}: {keyword} is {is_now.get(keyword)}"


def _members(before: Json, now: Json, at: _Comparison) -> Iterator[str]:
    was, is_now = before.get("properties", {}), now.get("properties", {})
    yield from _removed(was, is_now, at.where)
    some, others = at.directed(before, now)
    for name in sorted({*others.get("required", [])} - {*some.get("required", [])}):
        if at.is_request or name in is_now:
            yield f"{at.where}: {name} is {'required' if at.is_request else 'optional'}"
    for name in _in_both(was, is_now):
        yield from _schemas(was[name], is_now[name], at.below(name))
    more, more_now = (schema.get("additionalProperties", True) for schema in (before, now))
    if isinstance(more, Mapping) and isinstance(more_now, Mapping):
        yield from _schemas(more, more_now, at.below("*"))
    elif at.is_request and more is not False and more_now is not True and more != more_now:
        yield f"{at.where}: other members are limited"


def _removed(before: Iterable[str], now: Iterable[str], where: str | None = None) -> Iterator[str]:
    for name in sorted({*before} - {*now}):
        yield f"{where}: {name} is removed" if where else f"{name} is removed"


def _in_both(before: Iterable[str], now: Iterable[str]) -> list[str]:
    return sorted({*before} & {*now})
