"""IDs: a prefix and a body of 26 lower-case base32 characters (130 bits).

`auth_<body>` identifies a payment and its authorization. An operation on it is `cap_<body><10 more characters>`, so the
ID of a capture, void or refund contains that of its payment. An ID that does not parse identifies nothing.
"""

import hashlib
import json
import re
from datetime import UTC, datetime
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
AUTHENTICATION: Final = "tds"
CAPTURE_FAILURE: Final = "cpf"
PRESENTMENT: Final = "prs"
REVERSAL: Final = "rvl"
INCREMENT: Final = "inc"
FRAUD_WARNING: Final = "efw"
REFUND_UPDATE: Final = "rfu"
DISPUTE: Final = "du"
DISPUTE_OPENING: Final = "dop"
EVIDENCE: Final = "dev"
DISPUTE_DECISION: Final = "dcs"
DISPUTE_WITHDRAWAL: Final = "dwd"
DISPUTE_ESCALATION: Final = "des"
ADJUSTMENT: Final = "adj"
FEE_REFUND: Final = "ffr"
TRANSFER: Final = "trf"
TRANSFER_REVERSAL: Final = "trv"
TIMER: Final = "tmr"
CLAIM: Final = "clm"
EVENT: Final = "evt"
ENDPOINT: Final = "we"
DELIVERY: Final = "wd"
ROTATION: Final = "wrot"
ENABLING: Final = "wenb"
PING: Final = "wpng"
RESEND: Final = "wrs"
REPLAY: Final = "wrp"
SIMULATION: Final = "sim"
FAULT_RULE: Final = "flt"
PAYOUT: Final = "stl"
FUNDING: Final = "fnd"
OPENING: Final = "opn"
DISBURSEMENT: Final = "dsb"
BREAK: Final = "brk"

_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"  # RFC 4648, section 6, in lower case
_PAIRS: Final = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
_DISBURSEMENT_ID = re.compile(rf"\d{{8}}T\d{{6}}\.\d{{6}}Z-[a-z2-7]{{{SUFFIX_LENGTH}}}")
_NAMES_EVENT = re.compile(rf"({EVENT}_[a-z2-7]{{{BODY_LENGTH}}})[a-z]?")
_PAYMENT_ID = re.compile(rf"{AUTHORIZATION}_([a-z2-7]{{{BODY_LENGTH}}})")
_OF_PAYMENTS: Final = (
    CAPTURE,
    VOID,
    REFUND,
    EXPIRY,
    SETTLEMENT,
    ATTEMPT,
    REVISION,
    AUTHENTICATION,
    CAPTURE_FAILURE,
    PRESENTMENT,
    REVERSAL,
    INCREMENT,
    FRAUD_WARNING,
    REFUND_UPDATE,
    DISPUTE,
    DISPUTE_OPENING,
    EVIDENCE,
    DISPUTE_DECISION,
    DISPUTE_WITHDRAWAL,
    DISPUTE_ESCALATION,
    ADJUSTMENT,
    FEE_REFUND,
    TRANSFER,
    TRANSFER_REVERSAL,
)
_OPERATION_ID = re.compile(rf"({'|'.join(_OF_PAYMENTS)})_([a-z2-7]{{{BODY_LENGTH}}})[a-z2-7]{{{SUFFIX_LENGTH}}}")


def base32(digest: bytes, length: int) -> str:
    """Encode the first `5 * length` bits of `digest` as `length` characters."""
    # Two characters at a time, and only as many as requested: takes a third of the time of base64.b32encode.
    pairs = (length + 1) // 2
    bits = int.from_bytes(digest) << 10 >> 8 * len(digest) + 10 - 10 * pairs
    return "".join([_PAIRS[bits >> 10 * place & 0x3FF] for place in reversed(range(pairs))])[:length]


@lru_cache(maxsize=4)
def derive(*parts: str, length: int = BODY_LENGTH) -> str:
    """Derive an ID body from its parts. Part boundaries count: `("ab", "c")` and `("a", "bc")` differ.

    Cached, because a payment and the idempotency record of its key have the same body.
    """
    return base32(hashlib.sha256(json.dumps(parts).encode()).digest(), length)


def payment_id(*parts: str) -> str:
    """Derive a payment ID from merchant, route and idempotency key, or from an idempotency record's ID and the key."""
    return f"{AUTHORIZATION}_{derive(*parts)}"


def idempotency_record_id(merchant: str, route: str, key: str) -> str:
    """Derive the ID of the idempotency record for a merchant, route and key."""
    return f"{CLAIM}_{derive(merchant, route, key)}"


def effect_id(kind: str, record_id: str, suffix: str) -> str:
    """Derive the ID of an operation on a resource other than a payment.

    `suffix` distinguishes it from other operations under the same idempotency record.
    """
    return f"{kind}_{derive(record_id, suffix)}"


def operation_id(kind: str, payment: str, suffix: str) -> str:
    """Build the ID of an operation on a payment; `suffix` has `SUFFIX_LENGTH` characters."""
    return f"{kind}_{payment.removeprefix(AUTHORIZATION + '_')}{suffix}"


def first_id(kind: str, payment: str) -> str:
    """Derive the ID of the one operation of a kind that is recorded in the write that creates the payment."""
    return operation_id(kind, payment, derive(kind, payment, length=SUFFIX_LENGTH))


def step_id(kind: str, payment: str, key: str) -> str:
    """Derive the ID of the one operation of a kind that a step records. `key` identifies the step."""
    return operation_id(kind, payment, derive(kind, payment, key, length=SUFFIX_LENGTH))


def settlement_id(payment: str, batch: str, merchant: str | None = None) -> str:
    """Derive the ID of the one operation that settles a payment in a batch, for its merchant.

    For the other merchant that a payment is shared with, it is named.
    """
    parts = (SETTLEMENT, payment, batch, merchant) if merchant else (SETTLEMENT, payment, batch)
    return operation_id(SETTLEMENT, payment, derive(*parts, length=SUFFIX_LENGTH))


def dispute_id(payment: str, number: int) -> str:
    """Derive the ID of a payment's dispute. `number` counts its disputes from 1, so that each is opened once."""
    return operation_id(DISPUTE, payment, derive(DISPUTE, payment, str(number), length=SUFFIX_LENGTH))


def adjustment_id(operation: str, kind: str) -> str:
    """Derive the ID of the settlement line of this kind that a step of a dispute brings about, or a share."""
    payment = payment_of(operation)
    if payment is None:
        raise AssertionError(f"{operation} is not the ID of an operation on a payment")
    return operation_id(ADJUSTMENT, payment, derive(ADJUSTMENT, operation, kind, length=SUFFIX_LENGTH))


def timer_id(operation: str, step: str) -> str:
    """Derive the ID of the timer that an operation starts for a step. An operation has one timer for each step."""
    return f"{TIMER}_{derive(TIMER, operation, step)}"


def payout_id(batch: str, merchant: str, currency: str) -> str:
    """Derive the ID of a batch's one payout to a merchant in a currency."""
    return f"{PAYOUT}_{derive(PAYOUT, batch, merchant, currency)}"


def break_id(*parts: str) -> str:
    """Derive the ID of a reconciliation break from its subject, so that repeated runs report the same ID."""
    return f"{BREAK}_{derive(BREAK, *parts)}"


def event_id(operation: str, *of: str) -> str:
    """Derive the ID of an operation's event. Deriving it again always gives the same ID.

    If an operation has several events, `of` distinguishes them: the ID of the settled capture or refund.
    """
    return f"{EVENT}_{derive(EVENT, operation, *of)}"


def endpoint_id(*parts: str) -> str:
    """Derive the ID of a webhook endpoint from `parts`."""
    return f"{ENDPOINT}_{derive(ENDPOINT, *parts)}"


def delivery_id(event: str, endpoint: str) -> str:
    """Derive the ID of the one delivery of an event to an endpoint."""
    return f"{DELIVERY}_{derive(DELIVERY, event, endpoint)}"


def has_form(prefix: str, text: str) -> bool:
    """Whether `text` is a well-formed ID with this prefix and no suffix (`evt_…`, `we_…`, `wd_…`)."""
    return re.fullmatch(rf"{prefix}_[a-z2-7]{{{BODY_LENGTH}}}", text) is not None


def event_of(text: str) -> str | None:
    """Return the event that an ID names: its own, or that of one of Stripe's events for it, which has a letter more."""
    match = _NAMES_EVENT.fullmatch(text)
    return match[1] if match else None


def expiry_id(payment: str) -> str:
    """Derive the ID of a payment's expiry. A payment expires at most once, so repeated sweeps use the same ID."""
    return operation_id(EXPIRY, payment, derive(payment, EXPIRY, length=SUFFIX_LENGTH))


def disabled_event_id(endpoint: str, generation: int) -> str:
    """Derive the ID of an endpoint's disabled event; `generation` counts how often the endpoint was enabled."""
    return f"{EVENT}_{derive(EVENT, endpoint, str(generation))}"


def completed_event_id(batch: str, merchant: str) -> str:
    """Derive the ID of the one event for a batch's completed settlement to a merchant."""
    return f"{EVENT}_{derive(EVENT, 'settlement', batch, merchant)}"


def donation_event_id(donation: str, version: int, kind: str) -> str:
    """Derive the ID of a donation's event. One version may have several events, each of a different type (`kind`)."""
    return f"{EVENT}_{derive(EVENT, 'donation', donation, str(version), kind)}"


def disbursement_id(at: datetime, operation: str) -> str:
    """Build the ID of a disbursement: the time at which it was requested, then what makes it unique.

    `20261122T114703.123456Z-abcdefghij` starts with a time in ISO 8601's basic format, so IDs sort by time. The rest is
    derived from `operation`, the ID that the request was given or that its idempotency key is bound to.
    """
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%S.%f}Z-{derive(DISBURSEMENT, operation, length=SUFFIX_LENGTH)}"


def is_disbursement_id(text: str) -> bool:
    """Whether `text` is a well-formed ID of a disbursement."""
    return _DISBURSEMENT_ID.fullmatch(text) is not None


def provider_batch_id(merchant: str, customer: str, disbursement: str) -> str:
    """Derive the ID under which a provider gets a disbursement. Deriving it again always gives the same ID."""
    return f"{DISBURSEMENT}_{derive(DISBURSEMENT, merchant, customer, disbursement)}"


def disbursement_event_id(batch: str, place: int) -> str:
    """Derive the ID of the event of a disbursement's status change. `place` counts its changes from 0."""
    return f"{EVENT}_{derive(EVENT, 'disbursement', batch, str(place))}"


def object_event_id(object_key: str, version: int, *of: str) -> str:
    """Derive the ID of the event of a change of a Stripe object. `version` counts the writes of the object.

    If a write has several events, `of` distinguishes all but the first.
    """
    return f"{EVENT}_{derive(EVENT, 'object', object_key, str(version), *of)}"


def is_payment_id(text: str) -> bool:
    """Whether `text` is a well-formed payment ID."""
    return _PAYMENT_ID.fullmatch(text) is not None


def kind_of(text: str) -> str | None:
    """Return the prefix of a payment or operation ID (`auth`, `cap`, …), or None if `text` is neither."""
    if is_payment_id(text):
        return AUTHORIZATION
    match = _OPERATION_ID.fullmatch(text)
    return match[1] if match else None


def payment_of(text: str) -> str | None:
    """Return the payment ID that a payment or operation ID refers to, or None if `text` is neither."""
    if is_payment_id(text):
        return text
    match = _OPERATION_ID.fullmatch(text)
    return f"{AUTHORIZATION}_{match[2]}" if match else None


def without_payment(operation: str, payment: str) -> str:
    """Return an operation's ID without the payment's, or the whole ID if it is of another payment."""
    if payment_of(operation) != payment:
        return operation
    return operation.replace(payment.removeprefix(f"{AUTHORIZATION}_"), "", 1)


def with_payment(short: str, payment: str) -> str:
    """Return the ID of which `without_payment` returned this."""
    kind, _, rest = short.partition("_")
    return operation_id(kind, payment, rest) if len(rest) == SUFFIX_LENGTH else short


def shard_of(payment: str, shards: int) -> int:
    """Return the index shard of a payment. IDs are hashes, so any of their bits are evenly distributed."""
    return (_ALPHABET.index(payment[-1]) * 32 + _ALPHABET.index(payment[-2])) % shards
