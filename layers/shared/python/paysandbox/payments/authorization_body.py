"""Read the body of an authorization without pydantic, whose import would take a quarter of a cold start.

`requests.AuthorizePayment` is the shape that is documented. What is read here is only a body that it accepts, with the
same values; a test compares both for many bodies. Any other body is left to it, to say what is wrong, or to accept what
is not known here: an annotation that has no rule in `_BODY` works, and its payments start with pydantic.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import field
from typing import Any, Final, cast

from paysandbox.core.currency import is_known
from paysandbox.core.record import record
from paysandbox.payments.attempts.return_url import fault_of
from paysandbox.payments.limits import (
    CARD_NUMBER,
    CONTROL,
    CURRENCY,
    EXPIRY_MONTHS,
    EXPIRY_YEARS,
    MAX_AMOUNT,
    MAX_METADATA_BYTES,
    MAX_METADATA_KEY,
    MAX_METADATA_KEYS,
    MAX_METADATA_VALUE,
    MAX_SHORT_TEXT,
    MAX_TEXT,
    MAX_TEXT_BYTES,
    SECURITY_CODE,
    metadata_text,
)
from paysandbox.payments.payment import ANNOTATIONS, NO_ANNOTATIONS, Annotations


@record(kw_only=True)
class CardDetails:
    """The card as sent. The number, the security code, the name and the address are never stored."""

    number: str = field(repr=False)
    exp_month: int
    exp_year: int
    cvc: str | None = field(default=None, repr=False)
    name: str | None = field(default=None, repr=False)
    address_line1: str | None = field(default=None, repr=False)
    address_zip: str | None = field(default=None, repr=False)


@record(kw_only=True)
class ThreeDSecureOptions:
    """3-D Secure options."""

    request: str = "automatic"
    if_unavailable: str = "proceed"


@record(kw_only=True)
class AuthorizationBody:
    """A payment to authorize: `amount` in minor units, the currency in upper case, `annotations` as they are stored."""

    card: CardDetails
    amount: int
    currency: str = "USD"
    capture_method: str = "manual"
    allow_partial: bool = False
    return_url: str | None = None
    three_d_secure: ThreeDSecureOptions | None = None
    metadata: dict[str, str] | None = None
    annotations: Annotations = NO_ANNOTATIONS


def read_authorization(sent: Mapping[str, Any]) -> AuthorizationBody:
    """Read a body. Raises Refused with all faults."""
    if not _fits(sent, _BODY, required=("card", "amount")):
        _check(sent)
    read = {name: value for name, value in sent.items() if name == "metadata" or name not in ANNOTATIONS}
    read["card"] = CardDetails(**sent["card"])
    if "currency" in sent:
        read["currency"] = sent["currency"].upper()
    if sent.get("three_d_secure") is not None:
        read["three_d_secure"] = ThreeDSecureOptions(**sent["three_d_secure"])
    return AuthorizationBody(**read, annotations=_annotations(sent))


def _annotations(sent: Mapping[str, Any]) -> Annotations:
    """Return the annotations of a body, as they are stored."""
    noted = {name: sent[name] for name in ANNOTATIONS if sent.get(name) is not None}
    if "metadata" in noted:
        noted["metadata"] = metadata_text(noted["metadata"])
    return Annotations(**noted) if noted else NO_ANNOTATIONS


def _check(sent: Mapping[str, Any]) -> None:
    """Raise Refused with all faults of a body, unless its documented shape accepts it all the same."""
    from paysandbox.http.shapes import shaped  # pydantic, only for bodies that are refused
    from paysandbox.payments.requests import AuthorizePayment  # pydantic, only for bodies that are refused

    shaped(AuthorizePayment, sent)


_Check = Callable[[Any], bool]


def _fits(sent: Any, checks: Mapping[str, _Check], required: Collection[str] = ()) -> bool:
    return (
        isinstance(sent, dict)
        and all(name in sent for name in required)
        and all(name in checks and checks[name](value) for name, value in cast("dict[str, Any]", sent).items())
    )


def _number_in(numbers: range) -> _Check:
    return lambda value: type(value) is int and value in numbers


def _one_of(*words: str) -> _Check:
    return lambda value: value in words


def _matching(pattern: str) -> _Check:
    fullmatch = re.compile(pattern).fullmatch
    return lambda value: isinstance(value, str) and fullmatch(value) is not None


def _text(least: int, most: int, max_bytes: int | None = None, *, controls: bool = False) -> _Check:
    def check(value: Any) -> bool:
        if not (isinstance(value, str) and least <= len(value) <= most and _is_unicode(value)):
            return False
        return (controls or not CONTROL.search(value)) and (max_bytes is None or len(value.encode()) <= max_bytes)

    return check


def _or_null(check: _Check) -> _Check:
    return lambda value: value is None or check(value)


def _is_unicode(text: str) -> bool:
    """Return whether UTF-8 can encode a text: JSON may have half a character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_currency(value: Any) -> bool:
    return _CURRENCY(value) and is_known(value.upper())


def _is_metadata(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    entries = cast("dict[str, Any]", value)
    return (
        len(entries) <= MAX_METADATA_KEYS
        and all(_KEY(key) and _VALUE(entry) for key, entry in entries.items())
        and len(metadata_text(entries).encode()) <= MAX_METADATA_BYTES
    )


_CURRENCY: Final = _matching(CURRENCY)
_KEY: Final = _text(1, MAX_METADATA_KEY)
_VALUE: Final = _text(0, MAX_METADATA_VALUE, controls=True)
_SHORT_TEXT: Final = _or_null(_text(1, MAX_SHORT_TEXT))
_CARD: Final[Mapping[str, _Check]] = {
    "number": _matching(CARD_NUMBER),
    "exp_month": _number_in(EXPIRY_MONTHS),
    "exp_year": _number_in(EXPIRY_YEARS),
    "cvc": _or_null(_matching(SECURITY_CODE)),
    "name": _SHORT_TEXT,
    "address_line1": _SHORT_TEXT,
    "address_zip": _SHORT_TEXT,
}
_THREE_D_SECURE: Final[Mapping[str, _Check]] = {
    "request": _one_of("automatic", "any"),
    "if_unavailable": _one_of("proceed", "decline"),
}
_BODY: Final[Mapping[str, _Check]] = {
    "card": lambda value: _fits(value, _CARD, required=("number", "exp_month", "exp_year")),
    "amount": _number_in(range(1, MAX_AMOUNT + 1)),
    "currency": _is_currency,
    "capture_method": _one_of("manual", "automatic"),
    "allow_partial": lambda value: isinstance(value, bool),
    "return_url": _or_null(lambda value: isinstance(value, str) and fault_of(value) is None),
    "three_d_secure": _or_null(lambda value: _fits(value, _THREE_D_SECURE)),
    "description": _or_null(_text(1, MAX_TEXT, MAX_TEXT_BYTES)),
    "reference": _SHORT_TEXT,
    "metadata": _or_null(_is_metadata),
}
