"""Stripe's search query language ("Search query language"): a query becomes a predicate on rendered objects.

    query = search_query("charges", "metadata['order']:'7' AND amount>1000")
    query.matches(body)

A query is up to MAX_CLAUSES clauses, joined by AND (a space means the same) or by OR. A clause is a field, an operator
and a value, and `-` before it negates it. Each field has a type, which decides its operators: a token is compared
exactly, without regard to case; a string also by a part of it; a number also by size.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from paysandbox.core.cards.card_numbers import without_card_numbers
from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import record
from paysandbox.stripe_api.lists.field_type import FieldType

MAX_CLAUSES: Final = 10
MIN_PART: Final = 3
"""Characters of the part of a string that is searched."""

_PARAM: Final = "query"
_METADATA: Final = "metadata"
_MAX_NAMED: Final = 64
_DOCS: Final = "https://docs.stripe.com/search#query-fields-for-"
_UNPARSED: Final = (
    'We were unable to parse your search query. Try using the format `metadata["key"]:"value"` to query for '
    'metadata or key:"value" to query for other fields.'
)

_QUOTED: Final = r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
_CLAUSE: Final = re.compile(
    rf"""(?P<negated>-?)
    (?P<field>[A-Za-z_][A-Za-z0-9_.]*)(?:\[(?P<key>{_QUOTED})\])?
    (?P<operator>:|~|>=|<=|>|<)
    (?P<value>{_QUOTED}|-?[0-9]+(?:\.[0-9]+)?|[Nn][Uu][Ll][Ll])
    (?=\s|$)""",
    re.VERBOSE | re.DOTALL,
)
_JOIN: Final = re.compile(r"\s+(?:(AND|OR)\s+)?", re.IGNORECASE)
_WHOLE: Final = re.compile(r"-?[0-9]{1,18}")
_NULL: Final = "null"


_OPERATORS: Final[Mapping[FieldType, tuple[str, ...]]] = {
    FieldType.TOKEN: (":",),
    FieldType.STRING: (":", "~"),
    FieldType.NUMERIC: (":", ">", "<", ">=", "<="),
}
_COMPARED: Final[Mapping[str, Callable[[int, int], bool]]] = {
    ":": lambda value, other: value == other,
    ">": lambda value, other: value > other,
    "<": lambda value, other: value < other,
    ">=": lambda value, other: value >= other,
    "<=": lambda value, other: value <= other,
}
_BOTH: Final[Mapping[str, FieldType]] = {
    "amount": FieldType.NUMERIC,
    "created": FieldType.NUMERIC,
    "currency": FieldType.TOKEN,
    "customer": FieldType.TOKEN,
    _METADATA: FieldType.TOKEN,
    "status": FieldType.TOKEN,
}
_OF_SOURCE: Final = ("last4", "exp_month", "exp_year", "brand", "fingerprint")

FIELDS: Final[Mapping[str, Mapping[str, FieldType]]] = {
    "payment_intents": _BOTH,
    "charges": {
        **_BOTH,
        "billing_details.address.postal_code": FieldType.TOKEN,
        "disputed": FieldType.TOKEN,
        **{
            f"payment_method_details.{source}.{name}": FieldType.TOKEN
            for source in ("card", "card_present", "interac_present")
            for name in _OF_SOURCE
        },
        "refunded": FieldType.TOKEN,
    },
}
"""The fields that can be searched, by resource, and their types ("Supported query fields for each resource").
Declared resources have their own."""


@record(kw_only=True)
class Clause:
    """A condition on one field. `value` None is `null`: the object has no such value. `key` is that of metadata."""

    field: str
    operator: str
    value: str | int | None
    key: str | None = None
    negated: bool = False

    def matches(self, body: Mapping[str, Any]) -> bool:
        """Whether an object fulfils it."""
        return self._matches_value(_value_of(body, self)) is not self.negated

    def _matches_value(self, value: Any) -> bool:
        if self.value is None:
            return value is None
        if value is None:
            return False
        if isinstance(self.value, int):
            return _COMPARED[self.operator](int(value), self.value)
        text, part = str(value).casefold(), self.value.casefold()
        return part in text if self.operator == "~" else text == part


@record
class SearchQuery:
    """Clauses, of which an object must fulfil all, or with `any_of` one."""

    clauses: tuple[Clause, ...]
    any_of: bool = False

    def matches(self, body: Mapping[str, Any]) -> bool:
        """Whether an object is found."""
        fulfilled = (clause.matches(body) for clause in self.clauses)
        return any(fulfilled) if self.any_of else all(fulfilled)


def search_query(resource: str, text: str, fields: Mapping[str, FieldType] | None = None) -> SearchQuery:
    """Parse a query for a resource (`payment_intents`, `charges`), with its `fields` if they are not in FIELDS.

    Raises Refused(parameter_invalid): for text that is no query, a field or an operator that Stripe does not support
    there, and AND with OR.
    """
    text, place, known = text.strip(), 0, FIELDS[resource] if fields is None else fields
    clauses: list[Clause] = []
    joins: set[str] = set()
    while True:
        match = _CLAUSE.match(text, place)
        if match is None:
            raise _refused(_UNPARSED)
        clauses.append(_clause(resource, known, match))
        place = match.end()
        if place == len(text):
            break
        join = _JOIN.match(text, place)
        if join is None:
            raise AssertionError("a clause ends before a space or with the query")
        joins.add((join[1] or "AND").upper())
        place = join.end()
    if len(joins) > 1:
        raise _refused("We were unable to parse your search query. AND and OR cannot be combined in one query.")
    if len(clauses) > MAX_CLAUSES:
        raise _refused(f"A search query can have at most {MAX_CLAUSES} clauses.")
    return SearchQuery(tuple(clauses), any_of="OR" in joins)


def _clause(resource: str, fields: Mapping[str, FieldType], match: re.Match[str]) -> Clause:
    field, key, operator, value = match["field"], match["key"], match["operator"], match["value"]
    named = without_card_numbers(field)[:_MAX_NAMED]
    kind = fields.get(field)
    if kind is None:
        raise _refused(
            f"Field `{named}` is an unsupported search field for resource `{resource}`. "
            f"See {_DOCS}{resource.replace('_', '-')} for a list of supported fields."
        )
    if (key is None) is (field == _METADATA):
        raise _refused(_UNPARSED)
    is_null = value.lower() == _NULL
    if operator not in _OPERATORS[kind] or (is_null and operator != ":"):
        operators = " ".join(_OPERATORS[kind])
        raise _refused(f"Field `{named}` is a {kind} field, which supports the operators {operators} only.")
    if operator == "~" and len(_unquoted(value)) < MIN_PART:
        raise _refused(f"Field `{named}` is searched by a part of at least {MIN_PART} characters.")
    return Clause(
        field=field,
        key=None if key is None else _unquoted(key),
        operator=operator,
        value=None if is_null else _number(named, value) if kind is FieldType.NUMERIC else _unquoted(value),
        negated=bool(match["negated"]),
    )


def _number(named: str, value: str) -> int:
    text = _unquoted(value).strip()
    if not _WHOLE.fullmatch(text):
        raise _refused(f"Field `{named}` is a numeric field: compare it with a whole number.")
    return int(text)


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL) if value[0] in "\"'" else value


def _value_of(body: Mapping[str, Any], clause: Clause) -> Any:
    """Return the value of a field, None if the object has none. Text of booleans is that of JSON."""
    if clause.key is not None:
        return body[_METADATA].get(clause.key)
    if clause.field == "refunded":  # "true" is fully, "false" is partially refunded, and null is not refunded
        return None if not body["amount_refunded"] else _text(body["refunded"])
    value: Any = body
    for name in clause.field.split("."):
        value = cast("Mapping[str, Any]", value).get(name) if isinstance(value, Mapping) else None
    return _text(value)


def _text(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _refused(detail: str) -> Refused:
    return Refused(Code.PARAMETER_INVALID, detail, _PARAM)
