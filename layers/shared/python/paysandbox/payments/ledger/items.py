"""Convert payments and idempotency records to and from DynamoDB items."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, Final, TypedDict

from paysandbox.aws.schema import DUE_SHARDS, INDEX_SHARDS, PARTITION_KEY, TTL_ATTRIBUTE, shard_key
from paysandbox.core import ids
from paysandbox.core.brand import Brand
from paysandbox.core.idempotency_record import Fingerprint, IdempotencyRecord
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.payments.bank.authentication_result import AuthenticationResult
from paysandbox.payments.bank.card import Card
from paysandbox.payments.bank.response import APPROVED, NOTHING_CHECKED, Check, Checks, Decline, Response, RiskLevel
from paysandbox.payments.operation import AuthorizationBegun, DisputeStep, Operation, Timer
from paysandbox.payments.operations.authentication import Authentication
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.operations.authorization_pending import AuthorizationPending
from paysandbox.payments.operations.capture import Capture
from paysandbox.payments.operations.capture_failed import CaptureFailed
from paysandbox.payments.operations.challenge_requested import ChallengeRequested
from paysandbox.payments.operations.expiry import Expiry
from paysandbox.payments.operations.fraud_warning import FraudWarning
from paysandbox.payments.operations.intent_created import IntentCreated
from paysandbox.payments.operations.intent_updated import IntentUpdated
from paysandbox.payments.operations.notes_updated import Notes, NotesUpdated
from paysandbox.payments.operations.presentment_delayed import PresentmentDelayed
from paysandbox.payments.operations.refund import Refund
from paysandbox.payments.operations.refund_updated import RefundUpdated
from paysandbox.payments.operations.reversal import Reversal
from paysandbox.payments.operations.settlement import Settled, Settlement
from paysandbox.payments.operations.void import Void
from paysandbox.payments.payment import ANNOTATIONS, Annotations, Payment
from paysandbox.payments.refund_status import RefundStatus
from paysandbox.payments.terms import TERM_TEXTS, IntentTerms, Method

Item = dict[str, Any]
"""An item, or a value in one, in DynamoDB's typed JSON: `{"S": "…"}`, `{"N": "12"}`, `{"M": {…}}`, `{"L": […]}`."""

DUE: Final = "open"
"""Index partition of all payments that something is left to do with, without the shard. They are due from their
creation on, whatever is left to do, so that a capture moves no entry."""

_REFERENCE_BYTES: Final = 6
"""Of a digest. References with the same digest are compared when their payments are read."""

UNREADABLE: Final = (ValueError, TypeError, LookupError, AttributeError, AssertionError, StopIteration, OverflowError)
"""Errors that parsing or folding a malformed item may raise."""

_KINDS: Final[Mapping[type[Operation], str]] = {
    IntentCreated: "open",
    IntentUpdated: "revise",
    Authorization: "authorize",
    Capture: "capture",
    Void: "void",
    Expiry: "expire",
    Refund: "refund",
    Settlement: "settle",
    NotesUpdated: "note",
    ChallengeRequested: "challenge",
    AuthorizationPending: "pend",
    Authentication: "authenticate",
    RefundUpdated: "refund_update",
    CaptureFailed: "capture_fail",
    PresentmentDelayed: "delay",
    Reversal: "reverse",
    FraudWarning: "warn",
}


_OF_THE_PAYMENT: Final[Mapping[str, str]] = {"id": PARTITION_KEY, "at": "created_at"}
"""What the first operation has in common with its payment, by the payment's attribute. It is stored once, because
every write is billed by size."""

_NOTES: Final = tuple(each.name for each in fields(Notes))


def text(value: str) -> Item:
    """Encode a string value."""
    return {"S": value}


def number(value: int) -> Item:
    """Encode an integer value."""
    return {"N": str(value)}


def key(item_id: str) -> Item:
    """Return the primary key of a payment or idempotency record."""
    return {PARTITION_KEY: text(item_id)}


def payment_item(payment: Payment) -> Item:
    """Build the item of a new payment."""
    due_shard = ids.shard_of(payment.id, DUE_SHARDS)
    item: Item = {
        **key(payment.id),
        "merchant": text(payment.merchant),
        "currency": text(payment.currency),
        "authorized": number(payment.authorized),
        "capture_before": text(format_timestamp(payment.capture_before)),
        "created_at": text(format_timestamp(payment.created_at)),
        "body_hash": text(payment.fingerprint.body_hash),
        "key_version": number(payment.fingerprint.key_version),
        "refundable": number(payment.refundable),
        "captures": amounts_entry(payment.captures),
        "amounts": amounts_entry(payment.amounts),
        "version": number(payment.version),
        "listed_at": text(listed_at(payment)),
        "merchant_key": text(shard_key(payment.merchant, ids.shard_of(payment.id, INDEX_SHARDS))),
        "due_key": text(shard_key(DUE, due_shard)),
        TTL_ATTRIBUTE: number(payment.purge_at),
    }
    if payment.last_card is not None:
        item["card_key"] = text(card_key(payment.id, payment.last_card))
    if (reference := payment.annotations.reference) is not None:
        named = reference_partition(payment.merchant, reference)
        item["ref_key"] = text(shard_key(named, ids.shard_of(payment.id, INDEX_SHARDS)))
    if payment.remaining is not None:
        item["remaining"] = number(payment.remaining)
    if payment.due_at is not None:
        item["due_at"] = text(format_timestamp(payment.due_at))
    if payment.unsettled_since is not None:
        item["unsettled_since"] = text(format_timestamp(payment.unsettled_since))
    if payment.automatic:
        item["automatic"] = {"BOOL": True}
    item["operations"] = {"L": _operation_items(payment, item)}
    return item | _rare_attributes(payment) | {name: text(value) for name, value in payment.annotations.noted().items()}


def _operation_items(payment: Payment, item: Item) -> list[Item]:
    """Encode the operations, the first without what it has in common with the payment's item."""
    entries = [operation_item(operation) for operation in payment.operations]
    if entries:
        first = entries[0]["M"]
        for name, of_payment in _OF_THE_PAYMENT.items():
            if first[name] == item[of_payment]:
                del first[name]
    return entries


def operation_entries(item: Item) -> list[Item]:
    """Return the attributes of each operation in a payment's item, with what the first has from the payment."""
    entries = [entry["M"] for entry in item["operations"]["L"]]
    if entries:
        entries[0] = {name: item[of_payment] for name, of_payment in _OF_THE_PAYMENT.items()} | entries[0]
    return entries


def _rare_attributes(payment: Payment) -> Item:
    """Encode what few payments have."""
    item: Item = {}
    if payment.pending_refunds is not None:
        item["pending_refunds"] = amounts_entry(payment.pending_refunds)
    if payment.open_until is not None:
        item["open_until"] = text(format_timestamp(payment.open_until))
    if payment.plan is not None:
        item["plan"] = text(payment.plan)
    if payment.dispute is not None:
        item["dispute"] = text(payment.dispute)
    if payment.presented_until is not None:
        item["presented_until"] = text(format_timestamp(payment.presented_until))
    return item


def payment_from(item: Item) -> Payment:
    """Parse a payment from its item."""
    return Payment(
        id=item[PARTITION_KEY]["S"],
        merchant=item["merchant"]["S"],
        currency=item["currency"]["S"],
        authorized=int(item["authorized"]["N"]),
        capture_before=parse_timestamp(item["capture_before"]["S"]),
        created_at=parse_timestamp(item["created_at"]["S"]),
        fingerprint=_fingerprint(item),
        operations=tuple(map(_operation, operation_entries(item))),
        version=int(item["version"]["N"]),
        purge_at=int(item[TTL_ATTRIBUTE]["N"]),
        remaining=_optional_number(item, "remaining"),
        refundable=int(item["refundable"]["N"]),
        captures=_numbers(item["captures"]),
        amounts=_numbers(item["amounts"]),
        unallocated_refund=_optional_number(item, "unallocated_refund"),
        due_at=_optional_instant(item, "due_at"),
        unsettled_since=_optional_instant(item, "unsettled_since"),
        automatic="automatic" in item,
        annotations=Annotations(**{name: _optional_text(item, name) for name in ANNOTATIONS}),
        pending_refunds=_numbers(item["pending_refunds"]) if "pending_refunds" in item else None,
        open_until=_optional_instant(item, "open_until"),
        plan=_optional_text(item, "plan"),
        dispute=_optional_text(item, "dispute"),
        presented_until=_optional_instant(item, "presented_until"),
    )


def payment_in(item: Item | None) -> Payment | None:
    """Parse the payment in an item. None if there is no item, or if it is an idempotency record."""
    return None if item is None or is_idempotency_record(item) else payment_from(item)


def is_idempotency_record(item: Item) -> bool:
    """Whether an item is an idempotency record, whatever its ID. Any other item is a payment, possibly malformed."""
    return "claimed_at" in item and "operations" not in item


def idempotency_record_item(record: IdempotencyRecord) -> Item:
    """Build the item of an idempotency record.

    It has no operations and no index attributes, so lists and stream consumers ignore it, and no merchant, so the
    condition of a payment update never passes for it.
    """
    item: Item = {
        **key(record.id),
        "operation_id": text(record.operation_id),
        "body_hash": text(record.fingerprint.body_hash),
        "key_version": number(record.fingerprint.key_version),
        "claimed_at": text(format_timestamp(record.claimed_at)),
    }
    if record.endpoint is not None:
        item["endpoint"] = text(record.endpoint)
    return item | ({TTL_ATTRIBUTE: number(record.purge_at)} if record.purge_at is not None else {})


def idempotency_record_from(item: Item) -> IdempotencyRecord:
    """Parse an idempotency record from its item."""
    return IdempotencyRecord(
        id=item[PARTITION_KEY]["S"],
        operation_id=item["operation_id"]["S"],
        fingerprint=_fingerprint(item),
        claimed_at=parse_timestamp(item["claimed_at"]["S"]),
        purge_at=int(item[TTL_ATTRIBUTE]["N"]) if TTL_ATTRIBUTE in item else None,
        endpoint=_optional_text(item, "endpoint"),
    )


def _shared_entry(operation: Operation) -> Item:
    entry: Item = {
        "kind": text(_KINDS.get(type(operation), "")),
        "id": text(operation.id),
        "request_id": text(operation.request_id),
        "at": text(format_timestamp(operation.at)),
        "contract": number(operation.contract),
    }
    if operation.trace is not None:
        entry["trace"] = text(operation.trace)
    if operation.idempotency_key is not None:
        entry["idempotency_key"] = text(operation.idempotency_key)
    if operation.source is not None:
        entry["source"] = text(operation.source)
    if operation.timers:
        entry["timers"] = {"L": [_timer_entry(timer) for timer in operation.timers]}
    return entry


def operation_item(operation: Operation) -> Item:
    """Encode an operation as an entry of `operations`."""
    entry = _shared_entry(operation)
    match operation:
        case IntentCreated() | IntentUpdated():
            entry["terms"] = _terms_entry(operation.terms)
        case Authorization():
            entry["card"] = card_entry(operation.card)
            entry |= _response_entry(operation.response)
            entry |= {"requested": number(operation.requested)} if operation.requested is not None else {}
            entry |= {"method_id": text(operation.method_id)} if operation.method_id is not None else {}
            entry |= {"terms": _terms_entry(operation.terms)} if operation.terms is not None else {}
            entry |= {"authentication": text(operation.authentication)} if operation.authentication is not None else {}
        case Capture():
            entry |= {"final": {"BOOL": True}} if operation.final else {}
            entry |= {"terms": _terms_entry(operation.terms)} if operation.terms is not None else {}
        case Refund():
            entry |= _refund_entry(operation)
        case Void() if operation.reason is not None:
            entry["reason"] = text(operation.reason)
        case Settlement():
            entry["batch"] = text(operation.batch)
            entry["settled"] = {"L": [_settled_entry(settled) for settled in operation.settled]}
        case NotesUpdated():
            entry["of"] = text(operation.of)
            noted = {name: value for name in _NOTES if (value := getattr(operation.notes, name)) is not None}
            entry |= {name: text(value) for name, value in noted.items()}
        case _:
            entry |= _later_step_entry(operation)
    return {"M": entry}


def _later_step_entry(operation: Operation) -> Item:
    """Encode what a step of the bank, the network or the cardholder has of its own."""
    match operation:
        case AuthorizationBegun():
            return _attempt_entry(operation)
        case Authentication():
            failed: Item = {"failed": {"BOOL": True}} if operation.failed else {}
            return {"challenge_id": text(operation.challenge_id), "result": text(operation.result)} | failed
        case RefundUpdated():
            reason = {"reason": text(operation.reason)} if operation.reason is not None else {}
            return {"refund_id": text(operation.refund_id), "status": text(operation.status)} | reason
        case PresentmentDelayed():
            until = format_timestamp(operation.until)
            return {"capture_id": text(operation.capture_id), "until": text(until)}
        case CaptureFailed() | FraudWarning():
            return {"capture_id": text(operation.capture_id)}
        case DisputeStep():
            from paysandbox.payments.ledger.dispute_items import dispute_entry  # few payments have a dispute

            return dispute_entry(operation)
        case _:
            return {}


def _attempt_entry(operation: AuthorizationBegun) -> Item:
    entry: Item = {
        "card": card_entry(operation.card),
        "amount": number(operation.amount),
        "approved": number(operation.approved),
        **_response_entry(operation.response),
    }
    entry |= {"method_id": text(operation.method_id)} if operation.method_id is not None else {}
    entry |= {"terms": _terms_entry(operation.terms)} if operation.terms is not None else {}
    if isinstance(operation, ChallengeRequested):
        entry["base_url"] = text(operation.base_url)
        entry |= {"return_url": text(operation.return_url)} if operation.return_url is not None else {}
        entry |= {} if operation.proceeds_if_unavailable else {"declines_if_unavailable": {"BOOL": True}}
    return entry


def _timer_entry(timer: Timer) -> Item:
    entry: Item = {"step": text(timer.step), "at": text(format_timestamp(timer.at))}
    entry |= {"of": text(timer.of)} if timer.of is not None else {}
    entry |= {"value": text(timer.value)} if timer.value is not None else {}
    return {"M": entry}


def _timer(entry: Item) -> Timer:
    of, value = _optional_text(entry, "of"), _optional_text(entry, "value")
    return Timer(step=entry["step"]["S"], at=parse_timestamp(entry["at"]["S"]), of=of, value=value)


def _refund_entry(operation: Refund) -> Item:
    entry: Item = {}
    if operation.capture_id is not None:
        entry["capture_id"] = text(operation.capture_id)
    if operation.reason is not None:
        entry["reason"] = text(operation.reason)
    if operation.spread:
        entry["spread"] = {"L": [{"L": [text(of), number(part)]} for of, part in operation.spread]}
    if operation.metadata is not None:
        entry["metadata"] = text(operation.metadata)
    if operation.pending:
        entry["pending"] = {"BOOL": True}
    return entry


def card_key(payment_id: str, card: Card) -> str:
    """Return the index partition of the card's payments that this payment belongs to."""
    return shard_key(card.card_id, ids.shard_of(payment_id, INDEX_SHARDS))


def reference_partition(merchant: str, reference: str) -> str:
    """Return the index partition of a merchant's payments with this reference, without the shard: a digest.

    It is short, because a payment with an order's texts and its capture fit into a kilobyte, which is a write unit.
    """
    digest = hashlib.sha256(f"{merchant}#{reference}".encode()).digest()
    return base64.urlsafe_b64encode(digest[:_REFERENCE_BYTES]).decode().rstrip("=")


def listed_at(payment: Payment) -> str:
    """Return the sort key for lists: the creation time, made unique by the ID."""
    return f"{format_timestamp(payment.created_at)}#{payment.id}"


class SharedFields(TypedDict):
    """Fields that all operations have."""

    id: str
    request_id: str
    at: datetime
    contract: int
    trace: str | None
    idempotency_key: str | None
    source: str | None
    timers: tuple[Timer, ...]


def _operation(entry: Item) -> Operation:
    shared: SharedFields = {
        "id": entry["id"]["S"],
        "request_id": entry["request_id"]["S"],
        "at": parse_timestamp(entry["at"]["S"]),
        "contract": int(entry["contract"]["N"]),
        "trace": _optional_text(entry, "trace"),
        "idempotency_key": _optional_text(entry, "idempotency_key"),
        "source": _optional_text(entry, "source"),
        "timers": tuple(_timer(timer["M"]) for timer in entry["timers"]["L"]) if "timers" in entry else (),
    }
    match entry["kind"]["S"]:
        case "open":
            return IntentCreated(**shared, terms=_terms(entry["terms"]["M"]))
        case "revise":
            return IntentUpdated(**shared, terms=_terms(entry["terms"]["M"]))
        case "authorize":
            return Authorization(
                **shared,
                card=card_from(entry["card"]["M"]),
                response=_response(entry),
                requested=_optional_number(entry, "requested"),
                method_id=_optional_text(entry, "method_id"),
                terms=_optional_terms(entry),
                authentication=_optional_result(entry),
            )
        case "capture":
            return Capture(**shared, final="final" in entry, terms=_optional_terms(entry))
        case "void":
            return Void(**shared, reason=_optional_text(entry, "reason"))
        case "expire":
            return Expiry(**shared)
        case "refund":
            return Refund(
                **shared,
                capture_id=_optional_text(entry, "capture_id"),
                reason=_optional_text(entry, "reason"),
                spread=tuple((part["L"][0]["S"], int(part["L"][1]["N"])) for part in entry["spread"]["L"])
                if "spread" in entry
                else (),
                metadata=_optional_text(entry, "metadata"),
                pending="pending" in entry,
            )
        case "settle":
            return Settlement(**shared, batch=entry["batch"]["S"], settled=tuple(map(_settled, entry["settled"]["L"])))
        case "note":
            notes = Notes(**{name: _optional_text(entry, name) for name in _NOTES})
            return NotesUpdated(**shared, of=entry["of"]["S"], notes=notes)
        case _:
            return _later_step(entry, shared)


def _later_step(entry: Item, shared: SharedFields) -> Operation:
    """Parse a step of the bank, the network or the cardholder."""
    match entry["kind"]["S"]:
        case "challenge":
            return ChallengeRequested(
                **shared,
                **_attempt(entry),
                base_url=entry["base_url"]["S"],
                return_url=_optional_text(entry, "return_url"),
                proceeds_if_unavailable="declines_if_unavailable" not in entry,
            )
        case "pend":
            return AuthorizationPending(**shared, **_attempt(entry))
        case "authenticate":
            return Authentication(
                **shared,
                challenge_id=entry["challenge_id"]["S"],
                result=AuthenticationResult(entry["result"]["S"]),
                failed="failed" in entry,
            )
        case "refund_update":
            return RefundUpdated(
                **shared,
                refund_id=entry["refund_id"]["S"],
                status=RefundStatus(entry["status"]["S"]),
                reason=_optional_text(entry, "reason"),
            )
        case "capture_fail":
            return CaptureFailed(**shared, capture_id=entry["capture_id"]["S"])
        case "delay":
            until = parse_timestamp(entry["until"]["S"])
            return PresentmentDelayed(**shared, capture_id=entry["capture_id"]["S"], until=until)
        case "reverse":
            return Reversal(**shared)
        case "warn":
            return FraudWarning(**shared, capture_id=entry["capture_id"]["S"])
        case _:
            from paysandbox.payments.ledger.dispute_items import dispute_step  # few payments have a dispute

            return dispute_step(entry, shared)


class _Attempt(TypedDict):
    """Fields that all attempts without an answer have."""

    card: Card
    response: Response
    amount: int
    approved: int
    method_id: str | None
    terms: IntentTerms | None


def _attempt(entry: Item) -> _Attempt:
    return {
        "card": card_from(entry["card"]["M"]),
        "response": _response(entry),
        "amount": int(entry["amount"]["N"]),
        "approved": int(entry["approved"]["N"]),
        "method_id": _optional_text(entry, "method_id"),
        "terms": _optional_terms(entry),
    }


def _settled_entry(settled: Settled) -> Item:
    return {"M": {"id": text(settled.id), "fee": number(settled.fee)}}


def _settled(entry: Item) -> Settled:
    return Settled(entry["M"]["id"]["S"], int(entry["M"]["fee"]["N"]))


def _response_entry(response: Response) -> Item:
    """Encode the bank's response, omitting default values, because every write is billed by size."""
    entry: Item = {}
    if response.code is not None and response.code != APPROVED:
        entry["response_code"] = text(response.code)
    if response.decline:
        entry["decline_code"] = text(response.decline.decline_code)
        entry["advice_code"] = text(response.decline.advice_code)
    if response.checks != NOTHING_CHECKED:
        checks = response.checks
        entry["checks"] = {"L": [text(check) for check in (checks.cvc, checks.zip, checks.line1)]}
    if response.risk_level is not RiskLevel.NORMAL:
        entry["risk_level"] = text(response.risk_level)
    return entry


def _checks(entry: list[Item]) -> Checks:
    cvc, zip_code, line1 = (Check(check["S"]) for check in entry)
    return Checks(cvc=cvc, zip=zip_code, line1=line1)


def _response(entry: Item) -> Response:
    decline = (
        Decline(decline_code=entry["decline_code"]["S"], advice_code=entry["advice_code"]["S"])
        if "decline_code" in entry
        else None
    )
    return Response(
        # Without an attribute, the code is that of an approval; a decline without one was blocked before the bank.
        code=_optional_text(entry, "response_code") or (None if decline else APPROVED),
        decline=decline,
        checks=_checks(entry["checks"]["L"]) if "checks" in entry else NOTHING_CHECKED,
        risk_level=RiskLevel(entry["risk_level"]["S"]) if "risk_level" in entry else RiskLevel.NORMAL,
    )


def _terms_entry(terms: IntentTerms) -> Item:
    entry: Item = {"amount": number(terms.amount)}
    if terms.method is not None:
        entry["method"] = {"M": method_entry(terms.method)}
    return {"M": entry | {name: text(value) for name, value in terms.texts().items()}}


def _terms(entry: Item) -> IntentTerms:
    method = method_from(entry["method"]["M"]) if "method" in entry else None
    texts = {name: _optional_text(entry, name) for name in TERM_TEXTS}
    return IntentTerms(amount=int(entry["amount"]["N"]), method=method, **texts)


def _optional_result(entry: Item) -> AuthenticationResult | None:
    return AuthenticationResult(entry["authentication"]["S"]) if "authentication" in entry else None


def _optional_terms(entry: Item) -> IntentTerms | None:
    return _terms(entry["terms"]["M"]) if "terms" in entry else None


def method_entry(method: Method) -> Item:
    """Encode the payment method of an intent."""
    entry: Item = {"card": card_entry(method.card)}
    if method.given:
        entry["given"] = {"L": [text(name) for name in method.given]}
    if method.id is not None:
        entry["id"] = text(method.id)
    if method.allow_redisplay is not None:
        entry["allow_redisplay"] = text(method.allow_redisplay)
    return entry


def method_from(entry: Item) -> Method:
    """Parse the payment method of an intent."""
    given = tuple(name["S"] for name in entry["given"]["L"]) if "given" in entry else ()
    return Method(
        card_from(entry["card"]["M"]), given, _optional_text(entry, "id"), _optional_text(entry, "allow_redisplay")
    )


def card_entry(card: Card) -> Item:
    """Encode the stored data of a card."""
    return {
        "M": {
            "card_id": text(card.card_id),
            "brand": text(card.brand),
            "last4": text(card.last4),
            "exp_month": number(card.exp_month),
            "exp_year": number(card.exp_year),
        }
    }


def card_from(entry: Item) -> Card:
    """Parse the stored data of a card."""
    return Card(
        card_id=entry["card_id"]["S"],
        brand=Brand(entry["brand"]["S"]),
        last4=entry["last4"]["S"],
        exp_month=int(entry["exp_month"]["N"]),
        exp_year=int(entry["exp_year"]["N"]),
    )


def _fingerprint(item: Item) -> Fingerprint:
    return Fingerprint(item["body_hash"]["S"], int(item["key_version"]["N"]))


def amounts_entry(amounts: Mapping[str, int]) -> Item:
    """Encode a map of amounts."""
    return {"M": {name: number(amount) for name, amount in amounts.items()}}


def _numbers(entry: Item) -> dict[str, int]:
    return {name: int(value["N"]) for name, value in entry["M"].items()}


def _optional_number(item: Item, name: str) -> int | None:
    return int(item[name]["N"]) if name in item else None


def _optional_text(item: Item, name: str) -> str | None:
    return item[name]["S"] if name in item else None


def _optional_instant(item: Item, name: str) -> datetime | None:
    return parse_timestamp(item[name]["S"]) if name in item else None
