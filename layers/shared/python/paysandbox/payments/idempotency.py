"""Idempotency with Powertools, based on IDs that are derived from the key (per merchant and route, for 24 hours).

Powertools orchestrates; the ledger's conditional writes make an effect happen once. A payment is itself the record of
the key that created it: its ID is a hash of merchant, route and key. For an operation on a payment, an idempotency
record binds the key to a request body and an operation ID, and the conditional update applies that ID once. There are
no locks to leave behind, and a retry completes the work after a crash between any two calls.

In the Stripe-compatible API, a key is shared by all routes. So its idempotency record has the ID that a payment under
the key would have: whichever is written first prevents the other.
"""

import os
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
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
from botocore.exceptions import ClientError

from paysandbox.aws import runtime
from paysandbox.aws.contention import is_contention
from paysandbox.aws.hashing_keys import canonical, fingerprint, same_body
from paysandbox.core import ids
from paysandbox.core.errors import KeyInUse, KeyReused
from paysandbox.core.idempotency_record import KEY_LIFETIME, Fingerprint, IdempotencyRecord, key_is_free
from paysandbox.core.record import record
from paysandbox.http.request import AnyCall
from paysandbox.http.route import Api
from paysandbox.payments.ledger.idempotency_records import put_idempotency_record
from paysandbox.payments.ledger.store import extend_retention, put_payment
from paysandbox.payments.payment import Payment

_CREATES_PAYMENTS: Final = "/v1/payment_intents"
"""The only route of the Stripe-compatible API whose keys are those of payments."""

DISABLED_VARIABLE: Final = "POWERTOOLS_IDEMPOTENCY_DISABLED"

_Effect = TypeVar("_Effect")
_Result = TypeVar("_Result", bound="_Named")


@record
class IdempotentResult:
    """The payment that a key resulted in, and whether an earlier request made it (a replay): the one with this ID."""

    payment: Payment
    replayed: bool
    first_request: str


class _NoRecords(BasePersistenceLayer):
    """A Powertools persistence layer that stores nothing: a payment is itself the record of the key that created it."""

    def _put_record(self, data_record: DataRecord) -> None:
        """Does nothing: the payment itself is the record."""

    def _update_record(self, data_record: DataRecord) -> None:
        """Does nothing: the response is rendered from the ledger."""

    def _delete_record(self, data_record: DataRecord) -> None:
        """Does nothing: an idempotency record is not a lock."""

    def _get_record(self, idempotency_key: str) -> DataRecord:  # noqa: ARG002 - Powertools' signature
        """Always raises: Powertools stores no record of its own; the ledger has it."""
        raise IdempotencyItemNotFoundError


class _BindFirst(_NoRecords):
    """A persistence layer for an operation on a resource: its own record binds the key before the operation runs."""

    def __init__(self, bind: Callable[[], None]) -> None:
        super().__init__()
        self._bind = bind

    def _put_record(self, data_record: DataRecord) -> None:  # noqa: ARG002 - Powertools' signature
        self._bind()


class _IdempotentRequest:
    """The idempotency key and body of one request."""

    def __init__(self, call: AnyCall) -> None:
        self.call = call
        self.first_endpoint: str | None = None
        scope = call.merchant, _scope(call), call.key
        self.idempotency_record_id, self.payment_id = ids.idempotency_record_id(*scope), ids.payment_id(*scope)
        self.canonical = canonical(_request_content(call))
        self.fingerprint = fingerprint(self.canonical)

    def is_of(self, stored: Fingerprint) -> bool:
        """Whether this request's body matches a stored fingerprint."""
        return same_body(self.canonical, self.fingerprint, stored)

    def run_once(self) -> Callable[..., Any]:
        """Return the function that runs an effect under Powertools' orchestration."""
        return _WITHOUT_RECORD

    def bind(self, candidate: str) -> IdempotencyRecord:
        """Bind the key to the operation ID `candidate`, or return the record that already binds it.

        Raises IdempotencyValidationError if the key is bound with another body, or to a payment. A payment blocks its
        key for 24 hours, and again when it will be purged before a new record would: the record is found through it.
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
        return self._matching(self._put_record_at(self.idempotency_record_id, candidate))

    def _put_record_at(self, record_id: str, candidate: str) -> IdempotencyRecord | Payment:
        record = IdempotencyRecord(
            id=record_id,
            operation_id=candidate,
            fingerprint=self.fingerprint,
            claimed_at=self.call.now,
            purge_at=None if self.call.route.keeps_keys else _purge_at(self.call),
            endpoint=_endpoint(self.call),
        )
        with _key_in_use():
            return put_idempotency_record(runtime.ledger(), record)

    def _matching(self, current: IdempotencyRecord | Payment) -> IdempotencyRecord:
        if isinstance(current, Payment) or not self.is_of(current.fingerprint):
            self.first_endpoint = _CREATES_PAYMENTS if isinstance(current, Payment) else current.endpoint
            raise IdempotencyValidationError
        return current


class _OperationRequest(_IdempotentRequest):
    """A key for an operation on a payment. An idempotency record binds it before the operation runs."""

    def __init__(self, call: AnyCall, candidate: str) -> None:
        super().__init__(call)
        self.operation_id = candidate

    def run_once(self) -> Callable[..., Any]:
        """Return the function that binds the key and then runs an effect."""
        return _orchestrated(_BindFirst(self.bind_operation))

    def bind_operation(self) -> None:
        """Bind the key to an operation ID."""
        self.operation_id = self.bind(self.operation_id).operation_id


class _EffectRequest(_OperationRequest):
    """A key for an operation on a resource other than a payment."""

    def __init__(self, call: AnyCall, kind: str) -> None:
        super().__init__(call, "")
        self.operation_id = ids.effect_id(kind, self.idempotency_record_id, runtime.random_suffix())
        self.claimed_at = call.now
        self.bound_before = False

    def bind_operation(self) -> None:
        """Bind the key to an operation ID and a time."""
        record = self.bind(self.operation_id)
        self.bound_before = record.operation_id != self.operation_id
        self.operation_id, self.claimed_at = record.operation_id, record.claimed_at


@record
class _EffectResult(Generic[_Effect]):
    """The result of an operation on a resource other than a payment."""

    id: str
    effect: _Effect


class _Named(Protocol):
    """A result that has an ID."""

    @property
    def id(self) -> str: ...


def run_idempotent(call: AnyCall, kind: str, effect: Callable[[str, datetime], _Effect]) -> tuple[_Effect, bool]:
    """Run `effect` with an operation ID of `kind` and the time at which the key was bound to it.

    A repeated request runs the effect again with the same ID, so the effect itself must be idempotent by that ID: for
    24 hours, or for ever if the route keeps keys. Also returns whether an earlier request had bound the key. Raises
    Refused(idempotency_key_reused) if the key was used with another body or path.
    """
    idempotent = _EffectRequest(call, kind)
    result = _run(
        idempotent,
        lambda: _EffectResult(idempotent.operation_id, effect(idempotent.operation_id, idempotent.claimed_at)),
    )
    return result.effect, idempotent.bound_before


def create_idempotent(call: AnyCall, decide: Callable[[str, Fingerprint], Payment]) -> IdempotentResult:
    """Create the payment that `decide` returns for a payment ID, once per key.

    Takes one write, or up to four if the key is used again after its 24 hours. Raises Refused(idempotency_key_reused)
    if the key was used with another body or path.
    """
    idempotent = _IdempotentRequest(call)

    def put(payment_id: str) -> Payment:
        decided = decide(payment_id, idempotent.fingerprint)
        with _key_in_use():
            return put_payment(runtime.ledger(), decided)[0]

    def create() -> Payment:
        payment = put(idempotent.payment_id)
        if not key_is_free(payment.created_at, call.now):
            return payment
        if not _outlives_record(payment, call):
            extend_retention(runtime.ledger(), payment, _purge_at(call) + int(KEY_LIFETIME.total_seconds()))
        # The suffix of the record's operation ID is random, so the payment ID differs each time the key is free again.
        record = idempotent.bind_separately(ids.operation_id(ids.CLAIM, payment.id, runtime.random_suffix()))
        return put(ids.payment_id(record.operation_id, call.key))

    payment = _run(idempotent, create)
    if not idempotent.is_of(payment.fingerprint):
        raise KeyReused(endpoint=_CREATES_PAYMENTS)
    first = payment.operations[0].request_id
    return IdempotentResult(payment, replayed=first != call.request_id, first_request=first)


def apply_idempotent(
    call: AnyCall, kind: str, payment_id: str, act: Callable[[str], Payment]
) -> tuple[IdempotentResult, str]:
    """Run `act` with an operation ID of `kind` for a payment, once per key. Also returns that ID.

    Raises Refused(idempotency_key_reused) if the key was used with another body.
    """
    idempotent = _OperationRequest(call, ids.operation_id(kind, payment_id, runtime.random_suffix()))
    payment = _run(idempotent, lambda: act(idempotent.operation_id))
    operation = next(o for o in payment.operations if o.id == idempotent.operation_id)
    first = operation.request_id
    return IdempotentResult(payment, replayed=first != call.request_id, first_request=first), operation.id


def _recorded(result: "_Named") -> dict[str, Any]:
    """Return what Powertools would store of a result. Nothing is stored; the result itself is passed through."""
    return {"id": result.id}


def _as_recorded(record: dict[str, Any]) -> dict[str, Any]:
    return record


_BY_ID: Final = CustomDictSerializer(_recorded, _as_recorded)
_CONFIG: Final = IdempotencyConfig()


def _orchestrated(layer: BasePersistenceLayer) -> Callable[..., Any]:
    """Return a function that runs an effect under Powertools' orchestration."""

    @idempotent_function(
        data_keyword_argument="request", persistence_store=layer, config=_CONFIG, output_serializer=_BY_ID
    )
    def run_once(*, request: str, effect: Callable[[], _Result]) -> _Result:  # noqa: ARG001 - read by Powertools
        return effect()

    return run_once


# A new payment needs no record of its own, so one function serves all of them.
_WITHOUT_RECORD: Final = _orchestrated(_NoRecords())


def _run(idempotent: _IdempotentRequest, effect: Callable[[], _Result]) -> _Result:
    """Run an effect under Powertools' orchestration."""
    if os.environ.get(DISABLED_VARIABLE):
        raise RuntimeError(f"Unset {DISABLED_VARIABLE}: payments require idempotency.")
    _CONFIG.register_lambda_context(idempotent.call.context)
    try:
        # Powertools copies and hashes its argument, so it gets only the ID of the idempotency record.
        return idempotent.run_once()(request=idempotent.idempotency_record_id, effect=effect)
    except IdempotencyValidationError:
        raise KeyReused(endpoint=idempotent.first_endpoint) from None
    except IdempotencyPersistenceLayerError as error:
        raise error.__cause__ or error from None


def _scope(call: AnyCall) -> str:
    """Return the scope of a key: its route, or the whole Stripe-compatible API, as Stripe documents."""
    return str(call.route.api) if call.route.api is Api.V1 else call.route.name


def _endpoint(call: AnyCall) -> str | None:
    """Return the path of a request whose key is shared by several routes, as KeyReused names it."""
    return f"/v1{call.route.path.format(**call.path)}" if call.route.api is Api.V1 else None


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
