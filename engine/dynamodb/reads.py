"""Reads of items: GetItem, Query and Scan.

Source: Amazon DynamoDB API Reference, the operations of these names; Developer Guide, "Paginating table query results".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from engine.dynamodb.checks import Values
from engine.dynamodb.conditions import Condition, condition_of
from engine.dynamodb.key_conditions import SLOT as _KEY_CONDITION, Bounds, KeyCondition, key_condition_of
from engine.dynamodb.keys import key_in, key_of, position_in
from engine.dynamodb.projections import SLOT as _PROJECTION, Projection, projection_of
from engine.dynamodb.refusals import RefusedError, UnusualRequestError, invalid
from engine.dynamodb.requests import (
    Names,
    Request,
    check_expressions,
    check_parameters,
    flag_in,
    names_in,
    number_in,
    table_of,
    text_in,
    values_in,
)
from engine.dynamodb.store import Index, Item, Keys, Range, Schema, Tables
from engine.dynamodb.values import item_size, kind_of, value_size

PAGE_BYTES_MAX: Final = 1_048_576
SEGMENTS_MAX: Final = 1_000_000

_FILTER: Final = "FilterExpression"
_START: Final = "ExclusiveStartKey"

_OF_GET: Final = frozenset({"TableName", "Key", "ConsistentRead", _PROJECTION, "ExpressionAttributeNames"})
_OF_BOTH: Final = frozenset(
    {
        "TableName",
        "IndexName",
        "ConsistentRead",
        "Limit",
        "Select",
        _START,
        _FILTER,
        _PROJECTION,
        "ExpressionAttributeNames",
        "ExpressionAttributeValues",
    }
)
_OF_QUERY: Final = _OF_BOTH | {_KEY_CONDITION, "ScanIndexForward"}
_OF_SCAN: Final = _OF_BOTH | {"Segment", "TotalSegments"}


def get_item(request: Request, tables: Tables) -> dict[str, Any]:
    """Answer GetItem."""
    check_parameters(request, _OF_GET)
    table = table_of(request.get("TableName"), tables)
    flag_in(request, "ConsistentRead")
    names, projection = projection_in(request)
    check_expressions(names, {}, projection)
    item = table.read(key_of(request.get("Key"), table.schema))
    if item is None:
        return {}
    return {"Item": item if projection is None else projection.of(item)}


def projection_in(request: Request) -> tuple[Names, Projection | None]:
    """Return the placeholders of names in a request, and its projection."""
    names, text = names_in(request), text_in(request, _PROJECTION)
    return names, None if text is None else projection_of(text, names)


@dataclass(frozen=True, slots=True)
class _Page:
    """What of a page a Query or Scan asks for."""

    schema: Schema
    index: Index | None
    limit: int | None
    counts_only: bool
    condition: Condition | None
    projection: Projection | None
    values: Values

    @property
    def keys(self) -> Keys:
        return self.schema.keys if self.index is None else self.index.keys

    def start_of(self, request: Request) -> Item | None:
        """Return the key behind which the page begins, or None. Raises RefusedError if it is none."""
        start = request.get(_START)
        if start is None:
            return None
        if type(start) is not dict:
            raise UnusualRequestError(f"{_START} that is no object")
        types = _types(self.schema.keys) | _types(self.keys)
        if start.keys() != types.keys():
            raise _no_start()
        for name, value in start.items():
            value_size(value)
            if kind_of(value) != types[name]:
                raise _no_start()
        return start

    def of(self, items: Iterable[Item]) -> dict[str, Any]:
        """Return the response, with as many of these items as a page has."""
        selected: list[Item] = []
        count = size = 0
        last: Item | None = None
        for whole in items:
            item = _in_index(whole, self.index)
            size += item_size(item)
            if size > PAGE_BYTES_MAX and count:
                break
            count += 1
            if self.condition is None or self.condition.test(item, self.values):
                selected.append(item)
            last = whole
            if count == self.limit or size >= PAGE_BYTES_MAX:
                break
        else:
            last = None
        return self._response(selected, count, last)

    def _response(self, selected: list[Item], scanned: int, last: Item | None) -> dict[str, Any]:
        response: dict[str, Any] = {"Count": len(selected), "ScannedCount": scanned}
        if not self.counts_only:
            response["Items"] = selected if self.projection is None else [self.projection.of(item) for item in selected]
        if last is not None:
            names = dict.fromkeys((*self.schema.keys.names, *self.keys.names))
            response["LastEvaluatedKey"] = {name: last[name] for name in names}
        return response


def _in_index(item: Item, index: Index | None) -> Item:
    if index is None or index.attributes is None:
        return item
    attributes = index.attributes
    return {name: value for name, value in item.items() if name in attributes}


def _types(keys: Keys) -> dict[str, str]:
    types = {keys.partition: keys.partition_type}
    return types if keys.sort is None else types | {keys.sort: keys.sort_type}


def query(request: Request, tables: Tables) -> dict[str, Any]:
    """Answer Query."""
    check_parameters(request, _OF_QUERY)
    table = table_of(request.get("TableName"), tables)
    text = text_in(request, _KEY_CONDITION)
    if text is None:
        raise UnusualRequestError("a query without a key condition")
    names, values = names_in(request), values_in(request)
    condition = key_condition_of(text, names)
    page = _page_of(request, table.schema, names, values, condition)
    bounds = condition.bounds(page.keys, values)
    _refuse_keys_in_filter(page)
    start = page.start_of(request)
    kind = page.keys.partition_type
    part = Range(
        None if page.index is None else page.index.name,
        bounds.partition[kind],
        bounds.low,
        bounds.low_included,
        bounds.high,
        bounds.high_included,
        None if start is None else position_in(start, page.keys, _start_key(start, page, bounds)),
        flag_in(request, "ScanIndexForward", default=True),
    )
    return page.of(table.query(part))


def _start_key(start: Item, page: _Page, bounds: Bounds) -> tuple[str, str]:
    key, keys = key_in(start, page.schema), page.keys
    if start[keys.partition] != bounds.partition:
        raise invalid("The provided starting key is outside query boundaries based on provided conditions")
    if keys.sort is not None and not bounds.include(position_in(start, keys, key)[0]):
        raise invalid("The provided starting key does not match the range key predicate")
    return key


def _refuse_keys_in_filter(page: _Page) -> None:
    filtered = frozenset[str]() if page.condition is None else page.condition.attributes
    for name in page.keys.names:
        if name in filtered:
            raise invalid(
                "Filter Expression can only contain non-primary key attributes: Primary key attribute: " + name
            )


def scan(request: Request, tables: Tables) -> dict[str, Any]:
    """Answer Scan."""
    check_parameters(request, _OF_SCAN)
    table = table_of(request.get("TableName"), tables)
    names, values = names_in(request), values_in(request)
    page = _page_of(request, table.schema, names, values, None)
    segment, segments = _segment_in(request)
    start = page.start_of(request)
    after = None if start is None else key_in(start, table.schema)
    return page.of(table.scan(None if page.index is None else page.index.name, after, segment, segments))


def _segment_in(request: Request) -> tuple[int, int]:
    segment, segments = number_in(request, "Segment", 0), number_in(request, "TotalSegments", 1)
    if segment is None and segments is None:
        return 0, 1
    if segments is None:
        raise invalid(
            "The TotalSegments parameter is required but was not present in the request when Segment parameter is "
            "present"
        )
    if segment is None:
        raise invalid(
            "The Segment parameter is required but was not present in the request when parameter TotalSegments is "
            "present"
        )
    if segments > SEGMENTS_MAX:
        raise invalid(
            f"1 validation error detected: Value '{segments}' at 'totalSegments' failed to satisfy constraint: Member "
            f"must have value less than or equal to {SEGMENTS_MAX}"
        )
    if segment >= segments:
        raise invalid(
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: "
            f"{segment} is not less than TotalSegments: {segments}"
        )
    return segment, segments


def _page_of(
    request: Request, schema: Schema, names: Names, values: Values, key_condition: KeyCondition | None
) -> _Page:
    index = _index_in(request, schema)
    text = text_in(request, _FILTER)
    condition = None if text is None else condition_of(_FILTER, text, names)
    projection_text = text_in(request, _PROJECTION)
    projection = None if projection_text is None else projection_of(projection_text, names)
    check_expressions(names, values, key_condition, condition, projection)
    if index is not None and index.is_global and flag_in(request, "ConsistentRead"):
        raise invalid("Consistent reads are not supported on global secondary indexes")
    flag_in(request, "ConsistentRead")
    _check_projected(index, projection)
    counts_only = _counts_only(request, has_projection=projection is not None)
    return _Page(schema, index, number_in(request, "Limit", 1), counts_only, condition, projection, values)


def _index_in(request: Request, schema: Schema) -> Index | None:
    name = text_in(request, "IndexName")
    if name is None:
        return None
    index = schema.indexes.get(name)
    if index is None:
        raise invalid(f"The table does not have the specified index: {name}")
    if not index.is_global:
        raise UnusualRequestError("a read of a local secondary index")
    return index


def _check_projected(index: Index | None, projection: Projection | None) -> None:
    if index is None or index.attributes is None or projection is None:
        return
    missing = sorted(projection.attributes - index.attributes)
    if missing:
        raise invalid(
            "One or more parameter values were invalid: Global secondary index "
            f"{index.name} does not project [{', '.join(missing)}]"
        )


def _counts_only(request: Request, *, has_projection: bool) -> bool:
    select = request.get("Select")
    if select is None:
        return False
    if select != "COUNT":
        raise UnusualRequestError(f"Select {select}")
    if has_projection:
        raise invalid("Cannot specify the ProjectionExpression when choosing to get only the Count")
    return True


def _no_start() -> RefusedError:
    return invalid("The provided starting key is invalid")
