"""Convert records to and from entries of an item, as their fields declare (`payments/stored.py`)."""

from collections.abc import Callable, Iterable
from dataclasses import MISSING, fields
from functools import cache
from typing import Any, TypeVar, assert_never

from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.payments.bank.response import APPROVED, NOTHING_CHECKED, Check, Checks, Decline, Response, RiskLevel
from paysandbox.payments.stored import TEXT, Form, Stored

Item = dict[str, Any]
"""An item, or a value in one, in DynamoDB's typed JSON: `{"S": "…"}`, `{"N": "12"}`, `{"M": {…}}`, `{"L": […]}`."""

_Record = TypeVar("_Record")


def record_entry(instance: object) -> Item:
    """Encode the fields of a record that do not have their default or usual value."""
    entry: Item = {}
    for each in _stored_fields(type(instance)):
        value = getattr(instance, each.name)
        if value == each.default:
            continue
        if each.write is None:
            entry |= _inline_entry(value)
        else:
            entry[each.attribute] = each.write(value)
    return entry


def record_from(cls: Callable[..., _Record], entry: Item) -> _Record:
    """Parse a record. Raises LookupError if a field without a default is missing, and ValueError."""
    values: dict[str, Any] = {}
    for each in _stored_fields(cls):
        if each.write is None:
            values[each.name] = _inline_from(each.of, entry)
        elif each.attribute in entry or each.default is MISSING:
            values[each.name] = each.read(entry[each.attribute])
        else:
            values[each.name] = each.default
    return cls(**values)


@record(kw_only=True)
class _Field:
    """A field with what writes and reads it. `write` is None for a record among the other fields.

    `default` is what is not stored: the field's default, or its usual value.
    """

    name: str
    attribute: str
    default: Any
    of: Callable[..., Any]
    write: Callable[[Any], Item] | None
    read: Callable[[Item], Any]


@cache
def _stored_fields(cls: Callable[..., Any]) -> Iterable[_Field]:
    found: list[_Field] = []
    for each in fields(cls):  # pyright: ignore[reportArgumentType] - a record is a dataclass
        stored: Stored = each.metadata.get("stored", TEXT)
        default = each.default if stored.usual is None else stored.usual
        write, read = _codec(stored, default)
        found.append(
            _Field(
                name=each.name,
                attribute=stored.name or each.name,
                default=default,
                of=stored.of,
                write=write,
                read=read,
            )
        )
    return tuple(found)


def _codec(stored: Stored, default: Any) -> tuple[Callable[[Any], Item] | None, Callable[[Item], Any]]:
    """Return what writes and what reads a field."""
    of = stored.of
    match stored.form:
        case Form.TEXT:
            return lambda text: {"S": text}, lambda entry: of(entry["S"])
        case Form.TEXTS:
            return lambda values: {"L": [{"S": text} for text in values]}, lambda entry: tuple(
                member["S"] for member in entry["L"]
            )
        case Form.NUMBER:
            return lambda number: {"N": str(number)}, lambda entry: int(entry["N"])
        case Form.TIME:
            return lambda at: {"S": format_timestamp(at)}, lambda entry: parse_timestamp(entry["S"])
        case Form.FLAG:
            return lambda _: {"BOOL": True}, lambda _: not default
        case Form.PARTS:
            return _parts_entry, _parts
        case Form.RECORD:
            return lambda part: {"M": record_entry(part)}, lambda entry: record_from(of, entry["M"])
        case Form.RECORDS:
            return (
                lambda records: {"L": [{"M": record_entry(part)} for part in records]},
                lambda entry: tuple(record_from(of, member["M"]) for member in entry["L"]),
            )
        case Form.INLINE:
            return None, dict
        case _:
            assert_never(stored.form)


def _parts_entry(parts: Iterable[tuple[str, int]]) -> Item:
    return {"L": [{"L": [{"S": of}, {"N": str(part)}]} for of, part in parts]}


def _parts(entry: Item) -> tuple[tuple[str, int], ...]:
    return tuple((part["L"][0]["S"], int(part["L"][1]["N"])) for part in entry["L"])


def _inline_entry(value: object) -> Item:
    return _response_entry(value) if isinstance(value, Response) else record_entry(value)


def _inline_from(of: Callable[..., Any], entry: Item) -> object:
    return _response(entry) if of is Response else record_from(of, entry)


def _response_entry(response: Response) -> Item:
    """Encode the bank's response. That it approved goes without saying, and so does the code of an approval."""
    entry: Item = {}
    if response.code is not None and response.code != APPROVED:
        entry["response_code"] = {"S": response.code}
    if response.decline:
        entry["decline_code"] = {"S": response.decline.decline_code}
        entry["advice_code"] = {"S": response.decline.advice_code}
    if response.checks != NOTHING_CHECKED:
        checks = response.checks
        entry["checks"] = {"L": [{"S": check} for check in (checks.cvc, checks.zip, checks.line1)]}
    if response.risk_level is not RiskLevel.NORMAL:
        entry["risk_level"] = {"S": response.risk_level}
    return entry


def _response(entry: Item) -> Response:
    decline = (
        Decline(decline_code=entry["decline_code"]["S"], advice_code=entry["advice_code"]["S"])
        if "decline_code" in entry
        else None
    )
    return Response(
        # Without an attribute, the code is that of an approval; a decline without one was blocked before the bank.
        code=entry["response_code"]["S"] if "response_code" in entry else None if decline else APPROVED,
        decline=decline,
        checks=_checks(entry["checks"]["L"]) if "checks" in entry else NOTHING_CHECKED,
        risk_level=RiskLevel(entry["risk_level"]["S"]) if "risk_level" in entry else RiskLevel.NORMAL,
    )


def _checks(entry: list[Item]) -> Checks:
    cvc, zip_code, line1 = [Check(check["S"]) for check in entry]
    return Checks(cvc=cvc, zip=zip_code, line1=line1)
