"""Mask bodies of requests and responses for the log. Pure, and never raises.

PCI DSS 3.3.1 and 3.4.1: no security code, no track data, no full card number. Only fields that are known to be harmless
are shown of a card, whatever its object is named, and of a `bank_account`, whose number has to be unreadable where it
is stored (Nacha, "Supplementing Data Security Requirements"). Elsewhere, card numbers are masked in field names and
values, and so are a person's name, e-mail address, street and postal code. API keys, signing secrets, client secrets,
e-mail addresses and the secret parts of links are masked everywhere: a caller may send them in any field by mistake,
live ones too, and a response may contain them in any text.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from typing import Any, Final, cast
from urllib.parse import parse_qsl

from paysandbox.core.cards.brand import Brand
from paysandbox.core.cards.card_numbers import without_card_numbers
from paysandbox.core.merchant import MERCHANT_PATTERN
from paysandbox.core.record import record

MAX_BYTES: Final = 2_048
"""Limit for a masked body, because log storage is billed by size."""

_MAX_READ: Final = 32_768
_MAX_DEPTH: Final = 8
_MAX_NAME: Final = 100

_encode: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode

_HIDDEN: Final = "***"

_KEY: Final = re.compile(r"([espro]k_(?:live|test)|whsec)_[A-Za-z0-9_+/=-]+")
_SHORTEST_SECRET: Final = len("a@b.cd")
# The least that a card number has. Most texts have fewer digits, and looking for card numbers takes longest.
_FEWEST_DIGITS: Final = 12
_TWELVE_DIGITS: Final = re.compile(r"(?:\D*+\d){12}")
# Timestamps have as many digits, but no card number: half of an answer's texts with many digits are timestamps.
_TIMESTAMP: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z")
_LEAST_CARD_NUMBER: Final = 10**11
"""The least number of twelve digits."""
_CLIENT_SECRET: Final = re.compile(r"(_secret)_[A-Za-z0-9]+")
_EMAIL: Final = re.compile(r"[^\s@\"'<>(),;:/=&?]+@[^\s@\"'<>(),;:/=&?]+\.[A-Za-z]{2,}")
# Signatures and client secrets are in the query of a link, and whoever has the address of a 3-D Secure challenge can
# complete it (payments/routes.py).
_QUERY: Final = re.compile(r"(https?://[^\s\"'<>?#]+)[?#][^\s\"'<>]*")
_CHALLENGE: Final = re.compile(r"(/authenticate/(?:setup/[^\s/]+/)?[^\s/]+/|/c/pay/[^\s/]+/[^\s/]+/)[A-Za-z0-9]+")
# Whoever has the address of an inbox can send to it (inbox/address.py).
_INBOX: Final = re.compile(rf"(/inbox/{MERCHANT_PATTERN}_)[a-z2-7]+")
_GROUPED: Final = re.compile(r"[0-9](?:[ -]?[0-9]){11,18}")
_MARKS: Final = re.compile(r"[^a-z0-9]")
# What every text has of which `_clean` masks more than card numbers; an escape may be any of them.
_TEXT_MARKS: Final = (
    "k_live_",
    "k_test_",
    "whsec_",
    "://",
    "/authenticate/",
    "/c/pay/",
    "/inbox/",
    "_secret_",
    "@",
    "\\",
)

_SHOWN_OF_CARD: Final = frozenset({"exp_month", "exp_year"})
_BRANDS: Final = frozenset(Brand)
_LAST4: Final = re.compile(r"[0-9]{4}")
_NUMBERS: Final = frozenset({"number", "cardnumber", "ccnumber", "pan"})
_ACCOUNT_NUMBERS: Final = frozenset({"accountnumber", "bankaccountnumber", "acctnumber", "accountno", "acctno"})
_BANK_ACCOUNT: Final = "bankaccount"
_SHOWN_OF_ACCOUNT: Final = {
    "routingnumber": re.compile(r"[0-9]{9}"),
    "last4": re.compile(r"[0-9]{4}"),
    "accounttype": re.compile("checking|savings"),
}
_ACCOUNT_NUMBER: Final = re.compile(r"[0-9](?:[ -]?[0-9]){8,16}")
"""With fewer digits, four shown ones would reveal most of them."""
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
        "secret",
        "apikey",
        "secretkey",
        "password",
        "accesstoken",
        "idtoken",
        "refreshtoken",
    }
)
_PERSONAL: Final = frozenset(
    {
        "name",
        "firstname",
        "lastname",
        "fullname",
        "nameoncard",
        "cardholder",
        "cardholdername",
        "holder",
        "holdername",
        "accountholder",
        "accountholdername",
        "address",
        "addressline1",
        "addressline2",
        "billingaddress",
        "billingdetails",
        "line1",
        "line2",
        "street",
        "streetaddress",
        "addresszip",
        "addresspostalcode",
        "postalcode",
        "postcode",
        "zip",
        "zipcode",
        "phone",
        "email",
        "emailaddress",
        "customeremail",
        "customeremailaddress",
        "receiptemail",
        "evidence",
        "idnumber",
        "ssnlast4",
        "taxid",
        "vatid",
        "dob",
    }
)
_HIDDEN_NAMES: Final = _SECRETS | _PERSONAL
_CARD: Final = "card"
_SPECIAL_NAMES: Final = _HIDDEN_NAMES | _NUMBERS | _ACCOUNT_NUMBERS | {_CARD, _BANK_ACCOUNT}
# Fields that only a card has. A `number` identifies a card only if its value looks like a card number.
_OF_CARD: Final = frozenset({"expmonth", "expyear", "cvc", "cvc2", "cvv", "cvv2", "csc", "securitycode"})
_CARD_NAMES: Final = _OF_CARD | _NUMBERS

_BRACKET: Final = re.compile(r"\[|\]|%5[BD]", re.IGNORECASE)
_FORM_NAME: Final = re.compile(r"[A-Za-z0-9_\[\]%.-]+")
_NAME_HIDDEN: Final = "[name]"


def masked_body(text: str) -> str:
    """Mask a body as JSON of at most MAX_BYTES. If it is too long or not JSON, return only its length."""
    if len(text) > _MAX_READ:
        return f"[too long to be shown: {len(text)} characters]"
    try:
        shown = _encode(_masked(json.loads(text), 0, _cleaner(text)))
    except (ValueError, RecursionError):
        return f"[not JSON: {len(text)} characters]"
    return cut(shown, MAX_BYTES)


def masked_answer(text: str) -> str:
    """Mask a response's body as `masked_body` does, but only as much of it as is shown: a list may be long."""
    if len(text) < MAX_BYTES:  # all of it is shown
        return masked_body(text)
    if len(text) > _MAX_READ:
        return f"[too long to be shown: {len(text)} characters]"
    try:
        beginning, left = _beginning(json.loads(text), MAX_BYTES)
        shown = _encode(_masked(beginning, 0, _cleaner(text)))
    except (ValueError, RecursionError):
        return f"[not JSON: {len(text)} characters]"
    return cut(shown if left > 0 else f"{shown}…", MAX_BYTES)


def _beginning(value: Any, left: int) -> tuple[Any, int]:
    """Return the members of a value that begin within `left` characters, and what is left of them."""
    match value:
        case dict():
            first: dict[str, Any] = {}
            for name, entry in cast("dict[str, Any]", value).items():
                if left <= 0:
                    break
                first[name], left = _beginning(entry, left - len(name) - 4)
            return first, left
        case list():
            members: list[Any] = []
            for member in cast("list[Any]", value):
                if left <= 0:
                    break
                shortened, left = _beginning(member, left - 1)
                members.append(shortened)
            return members, left
        case str():
            return value, left - len(value) - 2
        case _:
            return value, left - 1


def masked_form(text: str) -> str:
    """Mask a form-encoded body as JSON of at most MAX_BYTES: its values by their names, as they were sent."""
    if len(text) > _MAX_READ:
        return f"[too long to be shown: {len(text)} characters]"
    if text.lstrip()[:1] in ("{", "["):  # JSON sent as a form by mistake: parsed as a form, it would be one long name
        return masked_body(text)
    shown: dict[str, Any] = {}
    pairs = parse_qsl(text, keep_blank_values=True, errors="replace")
    fields = [(_form_name(name), value) for name, value in pairs]
    cards = {name.parts[:-1] for name, value in fields if _is_card_entry(name.plain[-1], value)}
    for name, value in fields:
        entry = _field(name, value, cards) if name.well_formed else _HIDDEN
        shown[name.shown] = entry if name.shown not in shown else f"{shown[name.shown]}, {entry}"
    return cut(_encode(shown), MAX_BYTES)


def masked_text(text: str, max_bytes: int) -> str:
    """Mask a caller's free text, such as an idempotency key, for the log."""
    return cut(_clean(text), max_bytes)


def masked_webhook(text: str, max_bytes: int) -> str:
    """Mask a webhook for the inbox that received it. The URL of an inbox stays: its `endpoint_ping` contains it."""
    return cut(_clean(text, of_inbox=True), max_bytes)


def cut(text: str, max_bytes: int) -> str:
    """Truncate text to `max_bytes` of UTF-8, and replace characters that UTF-8 cannot encode."""
    encoded = text.encode(errors="replace")
    if len(encoded) <= max_bytes:
        return encoded.decode()
    return encoded[: max_bytes - len("…".encode())].decode(errors="ignore") + "…"


def without_api_keys(text: str) -> str:
    """Mask what looks like an API key or a signing secret, of whatever merchant: `sk_test_***`."""
    return _KEY.sub(r"\1_***", text)


def without_secrets(text: str) -> str:
    """Mask API keys, signing secrets and client secrets in a text that is shown otherwise."""
    return _CLIENT_SECRET.sub(r"\1_***", without_api_keys(text))


def _cleaner(text: str) -> Callable[[str], str]:
    """Return what masks the strings of a JSON text: less, if it has none of the marks of what else is masked."""
    return _clean if any(map(text.__contains__, _TEXT_MARKS)) else _without_card_numbers


def _clean(text: str, *, of_inbox: bool = False) -> str:
    if len(text) < _SHORTEST_SECRET:
        return text
    if "/inbox/" in text and not of_inbox:
        text = _INBOX.sub(r"\1***", text)
    if "k_live_" in text or "k_test_" in text or "whsec_" in text:
        text = without_api_keys(text)
    if "://" in text:
        text = _QUERY.sub(r"\1?***", text)
    if "/authenticate/" in text or "/c/pay/" in text:
        text = _CHALLENGE.sub(r"\1***", text)
    if "_secret_" in text:
        text = _CLIENT_SECRET.sub(r"\1_***", text)
    if "@" in text:
        text = _EMAIL.sub(_HIDDEN, text)
    return text if len(text) < _FEWEST_DIGITS else _without_card_numbers(text)


def _without_card_numbers(text: str) -> str:
    if len(text) < _FEWEST_DIGITS or _TIMESTAMP.fullmatch(text) or not _TWELVE_DIGITS.match(text):
        return text
    return without_card_numbers(text)


def _masked(value: Any, depth: int, clean: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return clean(value)
    if value is None or isinstance(value, bool) or (isinstance(value, int) and abs(value) < _LEAST_CARD_NUMBER):
        return value
    if isinstance(value, (dict, list)):
        if depth == _MAX_DEPTH:
            return "[…]"
        if isinstance(value, dict):
            return _object(cast("dict[str, Any]", value), depth, clean)
        return [_masked(member, depth + 1, clean) for member in cast("list[Any]", value)]
    encoded = json.dumps(value)
    shown = _clean(encoded)
    return value if shown == encoded else shown


def _object(entries: dict[str, Any], depth: int, clean: Callable[[str], str]) -> Any:
    names = _names(tuple(entries))
    # The body itself is never treated as a card, even if it has fields of one.
    if depth and names.may_be_of_card and any(map(_is_card_entry, names.plain, entries.values())):
        return _card(entries)
    shown: dict[str, Any] = {}
    for name, special, value in zip(names.shown, names.special, entries.values(), strict=True):
        if special:
            shown[name] = _special(special, value)
        elif isinstance(value, str):
            shown[name] = value if len(value) < _SHORTEST_SECRET else clean(value)
        elif value is None or (isinstance(value, int) and abs(value) < _LEAST_CARD_NUMBER):
            shown[name] = value
        else:
            shown[name] = _masked(value, depth + 1, clean)
    return shown


@record
class _Names:
    """The names of an object, in their order: as they are shown, and plain (only letters and digits, in lower case).

    `special` has the plain names of which the value is not shown as any other's, and "" for the others.
    """

    shown: tuple[str, ...]
    plain: tuple[str, ...]
    special: tuple[str, ...]
    may_be_of_card: bool


@lru_cache(maxsize=64)
def _names(names: tuple[str, ...]) -> _Names:
    """Look at the names of an object. Cached, because responses, and most requests, have the same."""
    plain = tuple(_plain_names(names))
    return _Names(
        shown=tuple(_clean(name)[:_MAX_NAME] for name in names),
        plain=plain,
        special=tuple(name if name in _SPECIAL_NAMES else "" for name in plain),
        may_be_of_card=not _CARD_NAMES.isdisjoint(plain),
    )


def _special(plain: str, value: Any) -> Any:
    if plain in _NUMBERS:
        return _last4(value)
    if plain == _BANK_ACCOUNT:
        return _bank_account(value)
    if plain in _ACCOUNT_NUMBERS:
        return _last4_of_account(value)
    return _card(value) if plain == _CARD else _HIDDEN


@record
class _FormName:
    """The name of a form value, as it is shown, and its parts (of `a[b][c]`: a, b, c) as sent and plain.

    Of a name that is not `well_formed`, neither is the value shown.
    """

    well_formed: bool
    shown: str
    parts: tuple[str, ...]
    plain: tuple[str, ...]


@lru_cache(maxsize=256)
def _form_name(name: str) -> _FormName:
    """Look at the name of a form value. Cached, because most requests have the same."""
    well_formed = _FORM_NAME.fullmatch(name) is not None
    shown = _clean(name)[:_MAX_NAME] if well_formed else _NAME_HIDDEN
    parts = tuple(part for part in _BRACKET.split(name) if part) or (name,)
    return _FormName(well_formed, shown, parts, tuple(_plain(part) for part in parts))


def _field(name: _FormName, value: str, cards: Collection[tuple[str, ...]]) -> str:
    """Mask a form value by all parts of its name. `cards` are the name prefixes of card objects."""
    if not _NUMBERS.isdisjoint(name.plain):
        return _last4(value)
    if not _ACCOUNT_NUMBERS.isdisjoint(name.plain) or _BANK_ACCOUNT in name.plain:
        return _of_account(name.plain[-1], value)
    if not _HIDDEN_NAMES.isdisjoint(name.plain):
        return _HIDDEN
    if _CARD in name.plain or (cards and any(card and card == name.parts[: len(card)] for card in cards)):
        harmless = name.parts[-1] in _SHOWN_OF_CARD and re.fullmatch(r"[0-9]{1,4}", value)
        return value if harmless else _HIDDEN
    return _clean(value)


def _card(value: Any) -> Any:
    """Mask a card. Shows only fields known to be harmless, because a caller may put anything in the others."""
    if not isinstance(value, dict):
        return _HIDDEN
    shown: dict[str, Any] = {}
    entries = cast("dict[str, Any]", value)
    names = _names(tuple(entries))
    for (name, entry), plain, shown_name in zip(entries.items(), names.plain, names.shown, strict=True):
        if plain in _NUMBERS:
            shown[name] = _last4(entry)
        elif _is_harmless(name, entry):
            shown[name] = entry
        else:
            shown[shown_name] = _HIDDEN
    return shown


def _is_harmless(name: str, entry: Any) -> bool:
    """Whether an entry of a card may be shown."""
    if name in _SHOWN_OF_CARD:
        return isinstance(entry, int) and abs(entry) < 10_000
    if name == "brand":
        return isinstance(entry, str) and entry in _BRANDS
    return name == "last4" and isinstance(entry, str) and _LAST4.fullmatch(entry) is not None


def _is_card_entry(plain: str, value: Any) -> bool:
    """Whether an object with this entry is a card, whatever its name."""
    return plain in _OF_CARD or (plain in _NUMBERS and _last4(value) != _HIDDEN)


def _plain(name: str) -> str:
    return _plain_names((name,))[0]


def _plain_names(names: Iterable[str]) -> list[str]:
    """Return names in lower case, without anything but letters and digits."""
    plain = [name.lower().replace("_", "") for name in names]
    together = "".join(plain)
    return plain if together.isascii() and together.isalnum() else [_MARKS.sub("", name) for name in plain]


def _last4(value: Any) -> str:
    """Mask all but the last four digits: `************4242`. Hides a value that is not a card number."""
    if isinstance(value, str) and _GROUPED.fullmatch(value):
        return "************" + value[-4:] if value[-4:].isdigit() else _HIDDEN
    return _HIDDEN


def _bank_account(value: Any) -> Any:
    """Mask a bank account as `_card` does a card. Anything but an object may be the account's number."""
    if value is None:
        return None
    if not isinstance(value, dict):
        return _last4_of_account(value)
    entries = cast("dict[str, Any]", value)
    names = _names(tuple(entries))
    return dict(zip(names.shown, map(_of_account, names.plain, entries.values()), strict=True))


def _of_account(plain: str, entry: Any) -> str:
    """Mask an entry of a bank account: only its number's last digits, and what is known to be harmless, is shown."""
    harmless = _SHOWN_OF_ACCOUNT.get(plain)
    if harmless is not None:
        return entry if isinstance(entry, str) and harmless.fullmatch(entry) else _HIDDEN
    return _last4_of_account(entry) if plain in _ACCOUNT_NUMBERS or plain == _BANK_ACCOUNT else _HIDDEN


def _last4_of_account(value: Any) -> str:
    """Mask all but the last four digits: `********6789`. Hides a value that is not an account number."""
    if isinstance(value, str) and _ACCOUNT_NUMBER.fullmatch(value):
        return "********" + value[-4:] if value[-4:].isdigit() else _HIDDEN
    return _HIDDEN
