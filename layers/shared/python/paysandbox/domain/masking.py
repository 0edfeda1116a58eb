"""A body as it may be logged: what was sent, without what may not be kept of a card. Pure, and never raises.

PCI DSS 3.3.1 and 3.4.1: no security code, no track, no full number. Of a card only what is known to be harmless is
shown; everywhere else what looks like a card number is masked, in names and values alike.
"""

import json
import re
from typing import Any, Final, cast
from urllib.parse import parse_qsl

MAX_BYTES: Final = 2_048
"""Of a masked body: a log line costs by its length."""

_MAX_READ: Final = 32_768
_MAX_DEPTH: Final = 8
_MAX_NAME: Final = 100

_encode: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode

_HIDDEN: Final = "***"
_NUMBER: Final = "[number]"

# 12 to 19 digits with at most three marks between any two of them, percent-encoded ones included. Not : and , which
# stand between the numbers of a time and of a list.
_CARD_LIKE: Final = re.compile(r"\d(?:(?:%[0-9A-Fa-f]{2}|[^\w:,]){0,3}\d){11,18}")
_GROUPED: Final = re.compile(r"[0-9](?:[ -]?[0-9]){11,18}")
_MARKS: Final = re.compile(r"[^a-z0-9]")

_SHOWN_OF_CARD: Final = frozenset({"exp_month", "exp_year"})
_NUMBERS: Final = frozenset({"number", "cardnumber", "ccnumber", "pan"})
_SECRETS: Final = frozenset(
    {
        "cvc",
        "cvc2",
        "cvv",
        "cvv2",
        "csc",
        "securitycode",
        "verificationcode",
        "track",
        "track1",
        "track2",
        "trackdata",
        "pin",
        "pinblock",
        "clientsecret",
    }
)

_BRACKET: Final = re.compile(r"\[|\]|%5[BD]", re.IGNORECASE)
_FORM_NAME: Final = re.compile(r"[A-Za-z0-9_\[\]%.-]+")
_NAME_UNSHOWN: Final = "[name]"
# Of a form also who pays: a bank may compare it, and nobody keeps it.
_UNSHOWN_OF_FORM: Final = _SECRETS | {"billingdetails"}


def masked_body(text: str) -> str:
    """A body as JSON text of at most MAX_BYTES, or how long it is where nobody can tell what it is."""
    if len(text) > _MAX_READ:
        return f"[too long to be shown: {len(text)} characters]"
    try:
        shown = _encode(_masked(json.loads(text), 0))
    except (ValueError, RecursionError):
        return f"[not JSON: {len(text)} characters]"
    return cut(shown, MAX_BYTES)


def masked_form(text: str) -> str:
    """A form-encoded body as JSON text of at most MAX_BYTES: its values by their names as they were sent."""
    if len(text) > _MAX_READ:
        return f"[too long to be shown: {len(text)} characters]"
    if text.lstrip()[:1] in ("{", "["):  # sent as a form by mistake: a name of it would be all of it
        return masked_body(text)
    shown: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True, errors="replace"):
        known = _FORM_NAME.fullmatch(name)
        place = _CARD_LIKE.sub(_NUMBER, name)[:_MAX_NAME] if known else _NAME_UNSHOWN
        entry = _field(name, value) if known else _HIDDEN
        shown[place] = entry if place not in shown else f"{shown[place]}, {entry}"
    return cut(_encode(shown), MAX_BYTES)


def masked_text(text: str, max_bytes: int) -> str:
    """A text that a caller made up, such as an idempotency key, as it may be logged."""
    return cut(_CARD_LIKE.sub(_NUMBER, text), max_bytes)


def cut(text: str, max_bytes: int) -> str:
    """The text in at most so many bytes of UTF-8, and such that UTF-8 can be written of it at all."""
    encoded = text.encode(errors="replace")
    if len(encoded) <= max_bytes:
        return encoded.decode()
    return encoded[: max_bytes - len("…".encode())].decode(errors="ignore") + "…"


def _masked(value: Any, depth: int) -> Any:
    match value:
        case str():
            return _CARD_LIKE.sub(_NUMBER, value)
        case bool() | None:
            return value
        case dict() | list() if depth == _MAX_DEPTH:
            return "[…]"
        case dict():
            entries = cast("dict[str, Any]", value)
            return {
                _CARD_LIKE.sub(_NUMBER, name)[:_MAX_NAME]: _entry(name, entry, depth) for name, entry in entries.items()
            }
        case list():
            members = cast("list[Any]", value)
            return [_masked(member, depth + 1) for member in members]
        case _:
            return _NUMBER if _CARD_LIKE.search(json.dumps(value)) else value


def _entry(name: str, value: Any, depth: int) -> Any:
    plain = _MARKS.sub("", name.lower())
    if plain in _NUMBERS:
        return _last4(value)
    if plain in _SECRETS:
        return _HIDDEN
    if plain == "card":
        return _card(value)
    return _masked(value, depth + 1)


def _field(name: str, value: str) -> str:
    """A value of a form, by all the names that lead to it."""
    around = [_MARKS.sub("", part.lower()) for part in _BRACKET.split(name)]
    if _NUMBERS.intersection(around):
        return _last4(value)
    if _UNSHOWN_OF_FORM.intersection(around):
        return _HIDDEN
    if "card" in around:
        harmless = _SHOWN_OF_CARD.intersection(_BRACKET.split(name)) and re.fullmatch(r"[0-9]{1,4}", value)
        return value if harmless else _HIDDEN
    return _CARD_LIKE.sub(_NUMBER, value)


def _card(value: Any) -> Any:
    """Of a card what is known to be harmless: of the rest nobody knows what a caller put there."""
    if not isinstance(value, dict):
        return _HIDDEN
    shown: dict[str, Any] = {}
    for name, entry in cast("dict[str, Any]", value).items():
        if name == "number":
            shown[name] = _last4(entry)
        else:
            harmless = name in _SHOWN_OF_CARD and isinstance(entry, int) and abs(entry) < 10_000
            shown[_CARD_LIKE.sub(_NUMBER, name)[:_MAX_NAME]] = entry if harmless else _HIDDEN
    return shown


def _last4(value: Any) -> str:
    """`************4242`; a text that is no card number is hidden whole."""
    if isinstance(value, str) and _GROUPED.fullmatch(value):
        return "************" + value[-4:] if value[-4:].isdigit() else _HIDDEN
    return _HIDDEN
