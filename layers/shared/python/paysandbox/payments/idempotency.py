"""Idempotency on Powertools, over ids that follow from the key (per merchant and route, 24 hours).

Powertools orchestrates; what makes an effect happen once is in the ledger's own conditions. A payment is the record of
the key that made it: its id is a hash of merchant, route and key. For an operation on a payment a claim binds the key
to a body and an operation id, and the update is once by that id. So there is no lock that could be left behind, and a
crash between any two calls is healed by the retry.

Of the Stripe-compatible API a key is of all routes, so what it is bound to lies in one place, whatever it is: a claim
has the id that a payment under its key would have, and of the two the first keeps the other out.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, Protocol, TypeVar

from aws_lambda_powertools.utilities.idempotency import BasePersistenceLayer, IdempotencyConfig, idempotent_function
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyItemNotFoundError,
    IdempotencyPersistenceLayerError,
    IdempotencyValidationError,
)
from aws_lambda_powertools.utilities.idempotency.persistence.datarecord import DataRecord
from aws_lambda_powertools.utilities.idempotency.serialization.custom_dict import CustomDictSerializer

from paysandbox.aws import runtime
from paysandbox.aws.hashing_keys import canonical, fingerprint, same_body
from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.core.idempotency_record import KEY_LIFETIME, Fingerprint, IdempotencyRecord, key_is_free
from paysandbox.http.request import AnyCall
from paysandbox.http.route import Api
from paysandbox.payments.idempotency_records import put_idempotency_record
from paysandbox.payments.payment import Payment
from paysandbox.payments.store import extend_retention, put_payment

DISABLED_VARIABLE: Final = "POWERTOOLS_IDEMPOTENCY_DISABLED"

_Effect = TypeVar("_Effect")
_Result = TypeVar("_Result", bound="_Named")


@dataclass(frozen=True, slots=True)
class IdempotentResult:
    """What a key led to: the payment, and whether an earlier request had done it."""

    payment: Payment
    replayed: bool


class _IdempotentRequest(BasePersistenceLayer):
    """One request's idempotency key and body, as Powertools asks for them. One object per request."""

    def __init__(self, call: AnyCall) -> None:
        super().__init__()
        self.call = call
        scope = call.merchant, _scope(call), call.key
        self.idempotency_record_id, self.payment_id = ids.idempotency_record_id(*scope), ids.payment_id(*scope)
        self.canonical = canonical(_request_content(call))
        self.fingerprint = fingerprint(self.canonical)

    def is_of(self, stored: Fingerprint) -> bool:
        """Whether this request's body is the one that made a stored fingerprint."""
        return same_body(self.canonical, self.fingerprint, stored)

    def _put_record(self, data_record: DataRecord) -> None:
        """Nothing to bind: the payment itself is the record."""

    def _update_record(self, data_record: DataRecord) -> None:
        """Nothing to complete: the answer is a fold over the ledger."""

    def _delete_record(self, data_record: DataRecord) -> None:
        """Nothing to release: a claim is no lock."""

    def _get_record(self, idempotency_key: str) -> DataRecord:  # noqa: ARG002 - Powertools' signature
        """Powertools keeps no record here: what a key stands for lies in the ledger."""
        raise IdempotencyItemNotFoundError

    def bind(self, candidate: str) -> IdempotencyRecord:
        """Bind the key to `candidate`, or learn what it stands for already.

        Raises IdempotencyValidationError where it was bound with another body, or to a payment: for 24 hours, and in
        the last two days of a payment, through which no way to a claim would lead any more.
        """
        if self.call.route.api is not Api.V1:
            return self.bind_beside(candidate)
        current = self._put_record_at(self.payment_id, candidate)
        if (
            isinstance(current, Payment)
            and key_is_free(current.created_at, self.call.now)
            and _is_kept(current, self.call)
        ):
            return self.bind_beside(candidate)
        return self._own(current)

    def bind_beside(self, candidate: str) -> IdempotencyRecord:
        """The same where no payment lies: a key of one route, or one that is free again though its payment is kept."""
        return self._own(self._put_record_at(self.idempotency_record_id, candidate))

    def _put_record_at(self, place: str, candidate: str) -> IdempotencyRecord | Payment:
        claim = IdempotencyRecord(
            id=place,
            operation_id=candidate,
            fingerprint=self.fingerprint,
            claimed_at=self.call.now,
            purge_at=_purge_at(self.call),
        )
        return put_idempotency_record(runtime.ledger(), claim)

    def _own(self, current: IdempotencyRecord | Payment) -> IdempotencyRecord:
        if isinstance(current, Payment) or not self.is_of(current.fingerprint):
            raise IdempotencyValidationError
        return current


class _OperationRequest(_IdempotentRequest):
    """A key that stands for an operation on a payment: bound by a claim before the operation is done."""

    def __init__(self, call: AnyCall, candidate: str) -> None:
        super().__init__(call)
        self.operation_id = candidate

    def _put_record(self, data_record: DataRecord) -> None:  # noqa: ARG002 - Powertools' signature
        self.operation_id = self.bind(self.operation_id).operation_id


class _EffectRequest(_OperationRequest):
    """A key that stands for an effect on something that is no payment."""

    def __init__(self, call: AnyCall, kind: str) -> None:
        super().__init__(call, "")
        self.operation_id = ids.effect_id(kind, self.idempotency_record_id, runtime.random_suffix())
        self.claimed_at = call.now
        self.bound_before = False

    def _put_record(self, data_record: DataRecord) -> None:  # noqa: ARG002 - Powertools' signature
        held = self.bind(self.operation_id)
        self.bound_before = held.operation_id != self.operation_id
        self.operation_id, self.claimed_at = held.operation_id, held.claimed_at


@dataclass(frozen=True, slots=True)
class _Done(Generic[_Effect]):
    """What an effect on no payment came to."""

    id: str
    effect: _Effect


class _Named(Protocol):
    """What an effect comes to: it has an id."""

    @property
    def id(self) -> str: ...


def run_idempotent(call: AnyCall, kind: str, effect: Callable[[str, datetime], _Effect]) -> tuple[_Effect, bool]:
    """Do what `effect` does with an operation id of `kind` and the time at which the key was bound to it.

    The effect is done again under the same id by whoever repeats the request, so it must be once by that id. Also
    returns whether an earlier request had bound the key. Raises Refused(idempotency_key_reused) for another body or
    another path under the key.
    """
    idempotent = _EffectRequest(call, kind)
    done = _run(
        idempotent, lambda: _Done(idempotent.operation_id, effect(idempotent.operation_id, idempotent.claimed_at))
    )
    return done.effect, idempotent.bound_before


def create_idempotent(call: AnyCall, decide: Callable[[str, Fingerprint], Payment]) -> IdempotentResult:
    """Put the payment that `decide` makes for a payment id, once per key. One call; three where a key is used again.

    Raises Refused(idempotency_key_reused) for another body or another path under the key.
    """
    idempotent = _IdempotentRequest(call)

    def put(payment_id: str) -> Payment:
        payment, _ = put_payment(runtime.ledger(), decide(payment_id, idempotent.fingerprint))
        return payment

    def make() -> Payment:
        payment = put(idempotent.payment_id)
        if not key_is_free(payment.created_at, call.now):
            return payment
        if not _is_kept(payment, call):
            extend_retention(runtime.ledger(), payment, _purge_at(call) + int(KEY_LIFETIME.total_seconds()))
        # The own part of a claim's id is random, so this payment's id is another each time the key is free again.
        held = idempotent.bind_beside(ids.operation_id(ids.CLAIM, payment.id, runtime.random_suffix()))
        return put(ids.payment_id(held.operation_id, call.key))

    done = _run(idempotent, make)
    if not idempotent.is_of(done.fingerprint):
        raise Refused(Code.IDEMPOTENCY_KEY_REUSED, "Use a fresh key for another request.")
    return IdempotentResult(done, replayed=done.first.request_id != call.request_id)


def apply_idempotent(
    call: AnyCall, kind: str, payment_id: str, act: Callable[[str], Payment]
) -> tuple[IdempotentResult, str]:
    """Do what `act` does with an operation id of `kind` on a payment, once per key. Also returns that id.

    Raises Refused(idempotency_key_reused) for another body under the key.
    """
    idempotent = _OperationRequest(call, ids.operation_id(kind, payment_id, runtime.random_suffix()))
    payment = _run(idempotent, lambda: act(idempotent.operation_id))
    operation = next(o for o in payment.operations if o.id == idempotent.operation_id)
    return IdempotentResult(payment, replayed=operation.request_id != call.request_id), operation.id


def _recorded(result: "_Named") -> dict[str, Any]:
    """What Powertools would record of a result, if we let it. The result itself goes through it unchanged."""
    return {"id": result.id}


def _as_recorded(record: dict[str, Any]) -> dict[str, Any]:
    return record


_BY_ID: Final = CustomDictSerializer(_recorded, _as_recorded)


def _run(idempotent: _IdempotentRequest, effect: Callable[[], _Result]) -> _Result:
    """Run an effect under Powertools' orchestration."""
    if os.environ.get(DISABLED_VARIABLE):
        raise RuntimeError(f"{DISABLED_VARIABLE} is set: money moves at most once here, or not at all")

    @idempotent_function(
        data_keyword_argument="request",
        persistence_store=idempotent,
        config=IdempotencyConfig(lambda_context=idempotent.call.context),
        key_prefix=idempotent.call.route.name,
        output_serializer=_BY_ID,
    )
    def once_done(*, request: str) -> _Result:  # noqa: ARG001 - read by Powertools
        return effect()

    try:
        # Powertools copies and hashes what it is given: the claim's id stands for key and body.
        return once_done(request=idempotent.idempotency_record_id)
    except IdempotencyValidationError:
        raise Refused(Code.IDEMPOTENCY_KEY_REUSED, "Use a fresh key for another request.") from None
    except IdempotencyPersistenceLayerError as error:
        raise error.__cause__ or error from None


def _scope(call: AnyCall) -> str:
    """Where a key has one meaning: a route; of the Stripe-compatible API all of it, as Stripe documents it."""
    return str(call.route.api) if call.route.api is Api.V1 else call.route.name


def _request_content(call: AnyCall) -> Mapping[str, Any]:
    """What a key stands for: the body as it was sent and, where the path names what it is about, that too.

    Where a key is of all routes, so is the route.
    """
    if call.route.api is Api.V1:
        return {"route": call.route.name, "path": dict(call.path), "body": dict(call.sent)}
    return {"path": dict(call.path), "body": dict(call.sent)} if call.path else call.sent


def _purge_at(call: AnyCall) -> int:
    """When a claim of now is removed: past its 24 hours by as much again, so that no clock's error does it early."""
    return int((call.now + 2 * KEY_LIFETIME).timestamp())


def _is_kept(payment: Payment, call: AnyCall) -> bool:
    """Whether a payment outlives a claim that is made now. The way to such a claim leads through the key's payment."""
    return payment.purge_at >= _purge_at(call)
