"""Ids: one body of 26 lower-case base32 characters (130 bits) under every prefix.

`auth_<body>` is a payment and its authorization; an operation on it is `cap_<body><10 of its own>`, so that a capture,
void or refund names its payment. An id that does not parse names nothing.
"""

import hashlib
import json
import re
from functools import lru_cache
from typing import Final

BODY_LENGTH: Final = 26
SUFFIX_LENGTH: Final = 10

AUTHORIZATION: Final = "auth"
ATTEMPT: Final = "att"
REVISION: Final = "rev"
METHOD: Final = "pm"
CAPTURE: Final = "cap"
VOID: Final = "void"
REFUND: Final = "ref"
EXPIRY: Final = "exp"
SETTLEMENT: Final = "set"
CLAIM: Final = "clm"
EVENT: Final = "evt"
ENDPOINT: Final = "we"
DELIVERY: Final = "wd"
ROTATION: Final = "wrot"
ENABLING: Final = "wenb"
PING: Final = "wpng"
RESEND: Final = "wrs"
REPLAY: Final = "wrp"
PAYOUT: Final = "stl"
BREAK: Final = "brk"

_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"  # RFC 4648, section 6, in lower case
_PAIRS: Final = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
_PAYMENT_ID = re.compile(rf"{AUTHORIZATION}_([a-z2-7]{{{BODY_LENGTH}}})")
_OPERATION_ID = re.compile(
    rf"({CAPTURE}|{VOID}|{REFUND}|{EXPIRY}|{SETTLEMENT}|{ATTEMPT}|{REVISION})_([a-z2-7]{{{BODY_LENGTH}}})[a-z2-7]{{{SUFFIX_LENGTH}}}"
)


def base32(digest: bytes, length: int) -> str:
    """The first `5 * length` bits of `digest` as `length` characters."""
    # Two characters at a time, and only those that are asked for: a third of the time of base64.b32encode.
    pairs = (length + 1) // 2
    bits = int.from_bytes(digest) << 10 >> 8 * len(digest) + 10 - 10 * pairs
    return "".join([_PAIRS[bits >> 10 * place & 0x3FF] for place in reversed(range(pairs))])[:length]


@lru_cache(maxsize=4)
def derive(*parts: str, length: int = BODY_LENGTH) -> str:
    """An id body from its parts. Parts are told apart (`("ab", "c")` is not `("a", "bc")`).

    Kept for a moment: a payment and the claim of its key have one body.
    """
    return base32(hashlib.sha256(json.dumps(parts).encode()).digest(), length)


def payment_id(*parts: str) -> str:
    """The payment's id that follows from `parts`: merchant, route and idempotency key, or a claim and that key."""
    return f"{AUTHORIZATION}_{derive(*parts)}"


def idempotency_record_id(merchant: str, route: str, key: str) -> str:
    """The id of the item that binds a key of this merchant on this route."""
    return f"{CLAIM}_{derive(merchant, route, key)}"


def effect_id(kind: str, claim: str, own: str) -> str:
    """The id of an operation on something that is no payment; `own` tells it from others that the claim's key made."""
    return f"{kind}_{derive(claim, own)}"


def operation_id(kind: str, payment: str, own: str) -> str:
    """The id of an operation on `payment`; `own` is its `SUFFIX_LENGTH` characters."""
    return f"{kind}_{payment.removeprefix(AUTHORIZATION + '_')}{own}"


def first_id(kind: str, payment: str) -> str:
    """The id of the operation of that kind that is recorded in the write that makes the payment. There is one."""
    return operation_id(kind, payment, derive(kind, payment, length=SUFFIX_LENGTH))


def settlement_id(payment: str, batch: str) -> str:
    """The id of the one operation that settles what a batch holds of a payment."""
    return operation_id(SETTLEMENT, payment, derive(SETTLEMENT, payment, batch, length=SUFFIX_LENGTH))


def payout_id(batch: str, merchant: str, currency: str) -> str:
    """The id of the one payout that a batch makes to a merchant in a currency."""
    return f"{PAYOUT}_{derive(PAYOUT, batch, merchant, currency)}"


def break_id(*parts: str) -> str:
    """The id of a break that a reconciliation found, from what it is about: found again, it is the same."""
    return f"{BREAK}_{derive(BREAK, *parts)}"


def event_id(operation: str, *of: str) -> str:
    """The id of the event that tells of an operation: the same however often it is derived, by whomever.

    Where an operation is several events, `of` is what each one is about: the id of the operation that was settled.
    """
    return f"{EVENT}_{derive(EVENT, operation, *of)}"


def endpoint_id(*parts: str) -> str:
    """The id of a webhook endpoint that follows from `parts`."""
    return f"{ENDPOINT}_{derive(ENDPOINT, *parts)}"


def delivery_id(event: str, endpoint: str) -> str:
    """The id of the one delivery of an event to an endpoint."""
    return f"{DELIVERY}_{derive(DELIVERY, event, endpoint)}"


def has_form(prefix: str, text: str) -> bool:
    """Whether `text` has the form of an id of that prefix with nothing behind its body (`evt_…`, `we_…`, `wd_…`)."""
    return re.fullmatch(rf"{prefix}_[a-z2-7]{{{BODY_LENGTH}}}", text) is not None


def expiry_id(payment: str) -> str:
    """The id of a payment's expiry. There is one at most, so whoever sweeps twice means the same one."""
    return operation_id(EXPIRY, payment, derive(payment, EXPIRY, length=SUFFIX_LENGTH))


def disabled_event_id(endpoint: str, generation: int) -> str:
    """The id of the event that an endpoint was disabled, once for each time that it had been enabled."""
    return f"{EVENT}_{derive(EVENT, endpoint, str(generation))}"


def completed_event_id(batch: str, merchant: str) -> str:
    """The id of the event that a batch is settled for a merchant. There is one."""
    return f"{EVENT}_{derive(EVENT, 'settlement', batch, merchant)}"


def donation_event_id(donation: str, version: int, kind: str) -> str:
    """The id of the event of that type that a donation's version is. A version may be several, each of another type."""
    return f"{EVENT}_{derive(EVENT, 'donation', donation, str(version), kind)}"


def is_payment_id(text: str) -> bool:
    """Whether `text` has the form of a payment's id."""
    return _PAYMENT_ID.fullmatch(text) is not None


def kind_of(text: str) -> str | None:
    """The prefix of an id of ours (`auth`, `cap`, …), or None for a text that is none."""
    if is_payment_id(text):
        return AUTHORIZATION
    match = _OPERATION_ID.fullmatch(text)
    return match[1] if match else None


def payment_of(text: str) -> str | None:
    """The payment that an id names, its own or an operation's; None for a text that is no id of ours."""
    if is_payment_id(text):
        return text
    match = _OPERATION_ID.fullmatch(text)
    return f"{AUTHORIZATION}_{match[2]}" if match else None


def shard_of(payment: str, shards: int) -> int:
    """The index shard of a payment. Ids are hashes already, so any of their bits spread evenly."""
    return (_ALPHABET.index(payment[-1]) * 32 + _ALPHABET.index(payment[-2])) % shards
