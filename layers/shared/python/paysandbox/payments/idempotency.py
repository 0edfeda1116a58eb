"""Idempotency keys of requests that move money: per merchant and route, for 24 hours.

A payment is itself the record of the key that created it: its ID is a hash of merchant, route and key, and one
conditional write creates both. So an authorization needs no other record. A record of its own would be a second write
before it, and a crash between the two would leave a key that does not know whether its payment exists.

For an operation on a payment, Powertools' idempotency binds the key to a request body and an operation ID first
(aws/idempotency.py), and the conditional update of the payment applies that ID once.

In the Stripe-compatible API, a key is shared by all routes. So its idempotency record has the ID that a payment under
the key would have: whichever is written first prevents the other.
"""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final, TypeVar

from botocore.exceptions import ClientError

from paysandbox.aws import runtime
from paysandbox.aws.dynamodb.contention import is_contention
from paysandbox.aws.hashing_keys import canonical, fingerprint, same_body
from paysandbox.aws.idempotency import run_bound
from paysandbox.core import ids
from paysandbox.core.errors import KeyInUse, KeyReused
from paysandbox.core.idempotency_record import KEY_LIFETIME, Fingerprint, IdempotencyRecord, key_is_free
from paysandbox.core.record import record
from paysandbox.http.request import AnyCall
from paysandbox.http.route import Api
from paysandbox.payments.ledger.store import extend_retention, put_idempotency_record, put_payment
from paysandbox.payments.payment import Payment

_INTENTS: Final = "/v1/payment_intents"
_CHARGES: Final = "/v1/charges"
"""The routes of the Stripe-compatible API whose keys are those of payments."""

_Effect = TypeVar("_Effect")


@record
class IdempotentResult:
    """The payment that a key resulted in, and whether an earlier request made it (a replay): the one with this ID."""

    payment: Payment
    replayed: bool
    first_request: str


def create_idempotent(call: AnyCall, decide: Callable[[str, Fingerprint], Payment]) -> IdempotentResult:
    """Create the payment that `decide` returns for a payment ID, once per key.

    Takes one write, or up to four if the key is used again after its 24 hours. Raises Refused(idempotency_key_reused)
    if the key was used with another body or path.
    """
    key = _Key(call)

    def put(payment_id: str) -> Payment:
        decided = decide(payment_id, key.fingerprint)
        with _key_in_use():
            return put_payment(runtime.ledger(), decided)[0]

    payment = put(key.payment_id)
    if key_is_free(payment.created_at, call.now):
        if not _outlives_record(payment, call):
            extend_retention(runtime.ledger(), payment, _purge_at(call) + int(KEY_LIFETIME.total_seconds()))
        # The suffix of the record's operation ID is random, so the payment ID differs each time the key is free again.
        record = key.bind_separately(ids.operation_id(ids.CLAIM, payment.id, runtime.random_suffix()))
        payment = put(ids.payment_id(record.operation_id, call.key))
    if not key.is_of(payment.fingerprint):
        raise KeyReused(endpoint=_created_by(payment))
    first = payment.operations[0].request_id
    return IdempotentResult(payment, replayed=first != call.request_id, first_request=first)


def apply_idempotent(
    call: AnyCall, kind: str, payment_id: str, act: Callable[[str], Payment]
) -> tuple[IdempotentResult, str]:
    """Run `act` with an operation ID of `kind` for a payment, once per key. Also returns that ID.

    Raises Refused(idempotency_key_reused) if the key was used with another body.
    """
    candidate = ids.operation_id(kind, payment_id, runtime.random_suffix())
    payment, record = _run_bound(_Key(call), candidate, lambda bound: act(bound.operation_id))
    operation = next(o for o in payment.operations if o.id == record.operation_id)
    first = operation.request_id
    return IdempotentResult(payment, replayed=first != call.request_id, first_request=first), operation.id


def run_idempotent(call: AnyCall, kind: str, effect: Callable[[str, datetime], _Effect]) -> tuple[_Effect, bool]:
    """Run `effect` with an operation ID of `kind` and the time at which the key was bound to it.

    A repeated request runs the effect again with the same ID, so the effect itself must be idempotent by that ID: for
    24 hours, or for ever if the route keeps keys. Also returns whether an earlier request had bound the key. Raises
    Refused(idempotency_key_reused) if the key was used with another body or path.
    """
    key = _Key(call)
    candidate = ids.effect_id(kind, key.record_id, runtime.random_suffix())
    result, record = _run_bound(key, candidate, lambda bound: effect(bound.operation_id, bound.claimed_at))
    return result, record.operation_id != candidate


class _Key:
    """The idempotency key of a request, and the content of the request that it is bound to."""

    def __init__(self, call: AnyCall) -> None:
        self.call = call
        scope = call.merchant, _scope(call), call.key
        self.record_id, self.payment_id = ids.idempotency_record_id(*scope), ids.payment_id(*scope)
        self.canonical = canonical(_request_content(call))
        self.fingerprint = fingerprint(self.canonical)

    def is_of(self, stored: Fingerprint) -> bool:
        """Whether this request's body matches a stored fingerprint."""
        return same_body(self.canonical, self.fingerprint, stored)

    def bind(self, candidate: str) -> IdempotencyRecord:
        """Bind the key to the operation ID `candidate`, or return the record that already binds it.

        Raises KeyReused if the key is bound with another body, or to a payment. A payment blocks its key for 24 hours,
        and again when it will be purged before a new record would: the record is found through it.
        """
        if self.call.route.api is not Api.V1:
            return self.bind_separately(candidate)
        current = self._put_record_at(self.payment_id, candidate)
        if (
            isinstance(current, Payment)
            and key_is_free(current.created_at, self.call.now)
            and _outlives_record(current, self.call)
        ):
            return self.bind_separately(candidate)
        return self._matching(current)

    def bind_separately(self, candidate: str) -> IdempotencyRecord:
        """Bind the key under the record's own ID: for a key of one route, or one that is free although its payment
        still exists."""
        return self._matching(self._put_record_at(self.record_id, candidate))

    def _put_record_at(self, record_id: str, candidate: str) -> IdempotencyRecord | Payment:
        idempotency = self.call.route.idempotency
        record = IdempotencyRecord(
            id=record_id,
            operation_id=candidate,
            fingerprint=self.fingerprint,
            claimed_at=self.call.now,
            purge_at=None if idempotency and idempotency.keeps_keys else _purge_at(self.call),
            endpoint=_endpoint(self.call),
        )
        with _key_in_use():
            return put_idempotency_record(runtime.ledger(), record)

    def _matching(self, current: IdempotencyRecord | Payment) -> IdempotencyRecord:
        if isinstance(current, Payment):
            raise KeyReused(endpoint=_created_by(current))
        if not self.is_of(current.fingerprint):
            raise KeyReused(endpoint=current.endpoint)
        return current


def _run_bound(
    key: _Key, candidate: str, effect: Callable[[IdempotencyRecord], _Effect]
) -> tuple[_Effect, IdempotencyRecord]:
    """Bind a key to an operation ID, and run an effect with the record that is in force."""
    return run_bound(key.record_id, key.call.request.context, lambda: key.bind(candidate), effect)


def _scope(call: AnyCall) -> str:
    """Return the scope of a key: its route, or the whole Stripe-compatible API, as Stripe documents."""
    return str(call.route.api) if call.route.api is Api.V1 else call.route.name


def _endpoint(call: AnyCall) -> str | None:
    """Return the path of a request whose key is shared by several routes, as KeyReused names it."""
    return f"/v1{call.route.path.format(**call.path)}" if call.route.api is Api.V1 else None


def _created_by(payment: Payment) -> str:
    """Return the path of the request that created a payment, as KeyReused names it."""
    return _CHARGES if payment.is_charge else _INTENTS


@contextmanager
def _key_in_use() -> Generator[None]:
    """Refuse a request whose first write meets another one at the same item: both have the same key."""
    try:
        yield
    except ClientError as error:
        if is_contention(error.response):
            raise KeyInUse from error
        raise


def _request_content(call: AnyCall) -> Mapping[str, Any]:
    """Return the request content that a key is bound to: the body as sent, and the path parameters if there are any.

    If keys are shared by all routes, also the route.
    """
    if call.route.api is Api.V1:
        return {"route": call.route.name, "path": dict(call.path), "body": dict(call.sent)}
    return {"path": dict(call.path), "body": dict(call.sent)} if call.path else call.sent


def _purge_at(call: AnyCall) -> int:
    """Return when a record created now is purged: 24 hours after it ends, so that clock skew cannot purge it early."""
    return int((call.now + 2 * KEY_LIFETIME).timestamp())


def _outlives_record(payment: Payment, call: AnyCall) -> bool:
    """Whether a payment outlives an idempotency record created now, which is found through the key's payment."""
    return payment.purge_at >= _purge_at(call)
