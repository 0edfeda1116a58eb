"""A seed file: what to create in a sandbox, as TOML. Reading it sends nothing.

    clock = 2026-12-01T09:00:00Z

    [customers.ada]
    email = "ada@example.com"

    [payments.first_order]
    amount = 1250
    customer = "ada"

A table has a kind and a name. Its keys are the parameters of Stripe's request that creates such an object, in Stripe's
units (minor units). Instead of an ID, a parameter may have the name of another table of the file. Payments have two
more keys, `card` (a test card's number) and `outcome` (the sandbox's forced outcomes).
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from cli.terminal.failure import Failure
from paysandbox.core.suggestion import did_you_mean

_APPROVED: Final = "pm_card_visa"
_EXPIRY: Final = {"exp_month": 12, "exp_year": 2040}


@dataclass(frozen=True)
class Kind:
    """A kind of table: where its objects are created, and the parameters that name an object of another kind.

    One within a table, or within each table of a list, is a path: `items.price`.
    """

    path: str
    refers: Mapping[str, str] = field(default_factory=dict[str, str])


KINDS: Final[Mapping[str, Kind]] = {
    "webhook_endpoints": Kind("/v1/webhook_endpoints"),
    "customers": Kind("/v1/customers"),
    "products": Kind("/v1/products"),
    "prices": Kind("/v1/prices", {"product": "products"}),
    "payments": Kind("/v1/payment_intents", {"customer": "customers"}),
    "refunds": Kind("/v1/refunds", {"payment_intent": "payments"}),
    "subscriptions": Kind("/v1/subscriptions", {"customer": "customers", "items.price": "prices"}),
}
"""In the order in which they are created. Endpoints are first, so they get the events of what follows."""

_OF_PAYMENTS: Final = ("card", "outcome")


@dataclass(frozen=True)
class Entry:
    """A table of the file: its kind, its name and its parameters, those with names of other tables included."""

    kind: str
    name: str
    params: Mapping[str, Any]

    @property
    def place(self) -> str:
        """The table's header in the file."""
        return f"[{self.kind}.{self.name}]"

    def resolved(self, ids: Mapping[tuple[str, str], str]) -> dict[str, Any]:
        """Return Stripe's parameters, given the IDs of the objects that were created, by kind and name."""
        params = dict(self.params)
        for path, kind in KINDS[self.kind].refers.items():
            params = _with_each(params, path.split("."), lambda name, kind=kind: ids.get((kind, name), name))
        return _as_stripe(params) if self.kind == "payments" else params


@dataclass(frozen=True)
class SeedFile:
    """What a file describes: the time that the sandbox's clock shall have reached (UTC), and its tables in order."""

    clock: datetime | None
    entries: Sequence[Entry]


def read_seed(text: str) -> SeedFile:
    """Read a file. Raises Failure with the line or the table that is wrong."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Failure(f"The file is not TOML: {error}.") from None
    clock = _time(tables.pop("clock", None))
    for kind in tables:
        if kind not in KINDS:
            raise Failure(
                f"[{kind}]: there is no such kind. {did_you_mean(kind, KINDS)}".rstrip(), f"Kinds: {', '.join(KINDS)}."
            )
    entries = [entry for kind in KINDS if kind in tables for entry in _entries(kind, tables[kind])]
    names = {(entry.kind, entry.name) for entry in entries}
    for entry in entries:
        _refuse_dangling(entry, names)
    return SeedFile(clock, entries)


def idempotency_key(entry: Entry, params: Mapping[str, Any]) -> str:
    """Return the key under which these parameters of a table are sent: another one if any of them is changed."""
    text = json.dumps([entry.kind, entry.name, params], sort_keys=True)
    return f"seed-{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def form(params: Mapping[str, Any]) -> str:
    """Return parameters as Stripe's forms have them: `a[b]=c` for a table, `a[0]=c` for a list."""
    return urlencode([pair for name, value in params.items() for pair in _pairs(name, value)])


def _pairs(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _pairs(f"{name}[{key}]", inner)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _pairs(f"{name}[{place}]", inner)
    else:
        yield name, json.dumps(value) if isinstance(value, bool) else str(value)


def _time(value: Any) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise Failure(
            f"clock: {value} is not a time with a zone.", "Use a form like 2026-12-01T09:00:00Z, without quotes."
        )
    return value.astimezone(UTC)


def _entries(kind: str, tables: Any) -> Iterator[Entry]:
    if not isinstance(tables, dict):
        raise Failure(f"{kind}: this is not a table.", f"Begin each object with its name, as in [{kind}.first].")
    for name, params in tables.items():
        if not isinstance(params, dict):
            raise Failure(
                f"[{kind}] {name}: this is not a table.", f"Begin each object with its name, as in [{kind}.{name}]."
            )
        entry = Entry(kind, name, params)
        for key, value in params.items():
            _refuse_unsendable(entry, key, value)
        yield entry


def _refuse_unsendable(entry: Entry, key: str, value: Any) -> None:
    """Refuse a value that a form cannot have: TOML's times, and lists within lists."""
    if isinstance(value, dict):
        for name, inner in value.items():
            _refuse_unsendable(entry, f"{key}.{name}", inner)
    elif isinstance(value, list):
        for inner in value:
            _refuse_unsendable(entry, key, inner)
    elif not isinstance(value, str | int | float):
        raise Failure(f"{entry.place} {key}: {value} is a time of TOML.", "Stripe's times are seconds since 1970.")
    if key in _OF_PAYMENTS and entry.kind == "payments" and not isinstance(value, str):
        raise Failure(f"{entry.place} {key}: {value} is not a text.", f'Put it into quotes: {key} = "{value}".')


def _refuse_dangling(entry: Entry, names: set[tuple[str, str]]) -> None:
    for path, kind in KINDS[entry.kind].refers.items():
        known = [name for of, name in names if of == kind]
        _with_each(entry.params, path.split("."), partial(_reference, f"{entry.place} {path}", kind, known))


def _reference(place: str, kind: str, known: Sequence[str], value: str) -> str:
    """Return a reference, unless it is neither the name of a table of the file nor an ID: that is refused."""
    if value in known or _is_id(value):
        return value
    raise Failure(
        f"{place}: there is no [{kind}.{value}] in the file. {did_you_mean(value, known)}".rstrip(),
        "Use the name of a table, or the ID of an object that exists.",
    )


def _with_each(value: Any, path: Sequence[str], change: Callable[[str], str]) -> Any:
    """Return parameters in which each text at a path is changed. On its way, a list stands for each of its values."""
    if isinstance(value, list):
        return [_with_each(inner, path, change) for inner in value]
    if not path:
        return change(value) if isinstance(value, str) else value
    name, *rest = path
    if not isinstance(value, Mapping) or name not in value:
        return value
    return {**value, name: _with_each(value[name], rest, change)}


def _is_id(text: str) -> bool:
    return text.startswith(("cus_", "prod_", "price_", "pi_"))


def _as_stripe(params: dict[str, Any]) -> dict[str, Any]:
    """Return a payment's parameters with what a paid one needs, and with the sandbox's two keys in Stripe's words."""
    card, outcome = params.pop("card", None), params.pop("outcome", None)
    sent = {"currency": "usd", "confirm": True, **params}
    if card is not None:
        sent["payment_method_data"] = {"type": "card", "card": {"number": card, **_EXPIRY}}
    elif sent["confirm"] and not sent.keys() & {"payment_method", "payment_method_data", "confirmation_token"}:
        sent["payment_method"] = _APPROVED
    if outcome is not None:
        sent["metadata"] = {**sent.get("metadata", {}), "sandbox_outcome": outcome}
    return sent
