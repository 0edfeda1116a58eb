# pyright: standard
"""Code common to the intent routes: find an intent, read its terms from a body, render it as of an operation."""

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import TypedDict

from paysandbox.aws.runtime import ledger
from paysandbox.core.errors import Code, Refused
from paysandbox.http.request import AnyCall
from paysandbox.payments.acquirer import Answer
from paysandbox.payments.operation import CONTRACT, Authorization, IntentTerms, Method
from paysandbox.payments.payment import Payment
from paysandbox.payments.requests import MAX_METADATA_BYTES, metadata_text
from paysandbox.payments.store import get_payment
from paysandbox.stripe_api.bank import bank_answer
from paysandbox.stripe_api.client_secrets import client_secret_of
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.ids import payment_of_intent
from paysandbox.stripe_api.objects import render_intent
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.requests import MAX_METADATA_KEYS, CreatePaymentIntent, UpdatePaymentIntent


class OperationFields(TypedDict):
    """The fields that every operation of a request has."""

    id: str
    request_id: str
    at: datetime
    contract: int
    idempotency_key: str | None


def operation_fields(call: AnyCall, operation_id: str) -> OperationFields:
    """Return the fields that every operation of this request has."""
    return {
        "id": operation_id,
        "request_id": call.request_id,
        "at": call.now,
        "contract": CONTRACT,
        "idempotency_key": call.caller_key,
    }


def payment_id_of(call: AnyCall) -> str:
    """Return the payment of the intent in the path. Raises Refused(resource_not_found) for a malformed ID."""
    name = call.path.get("intent", "")
    payment_id = payment_of_intent(name)
    if payment_id is None:
        raise no_intent(name)
    return payment_id


def find_intent(call: AnyCall, payment_id: str) -> Payment:
    """Return the payment as of now. Raises Refused(resource_not_found)."""
    payment = get_payment(ledger(), payment_id)
    if payment is None or payment.merchant != call.merchant:
        raise no_intent(call.path.get("intent", ""))
    return payment


def authorize_with_bank(call: AnyCall, terms: IntentTerms) -> Answer:
    """Return the bank's answer to the terms. Raises Refused: payment_method_required, and as `bank_answer` does."""
    if terms.method is None:
        raise Refused(Code.PAYMENT_METHOD_REQUIRED, "Send a payment_method to confirm the intent.", "payment_method")
    return bank_answer(terms.method, call.merchant, terms.amount, metadata=terms.metadata)


def no_intent(name: str) -> Refused:
    """Return the same error for an unknown or malformed ID of an intent in a path, and for another merchant's."""
    return no_such("payment_intent", name, "intent")


@contextmanager
def translate_not_found(kind: str, name: str, param: str) -> Iterator[None]:
    """Replace a not-found error by the one with the ID and the parameter that the caller sent."""
    try:
        yield
    except Refused as refused:
        if refused.code is not Code.RESOURCE_NOT_FOUND:
            raise
        raise no_such(kind, name, param) from None


def answered(payment: Payment, until: str, *, expand: Collection[str], replayed: bool, outcome: str) -> StripeAnswer:
    """Return the intent as of an operation. If that operation is a decline, the answer is a card error."""
    body = render_intent(payment, client_secret=client_secret_of(payment.id), until=until, expand=expand)
    last = next(one for one in payment.operations if one.id == until)
    declined = isinstance(last, Authorization) and last.decline is not None
    return StripeAnswer(
        body=body,
        replayed=replayed,
        transaction_id=payment.id,
        outcome="declined" if declined else outcome,
        declined=declined,
    )


def last_of(payment: Payment, operation_id: str) -> str:
    """Return the last operation of the same write: those of the same request, right after this one."""
    ids = [one.id for one in payment.operations]
    first = ids.index(operation_id)
    request_id = payment.operations[first].request_id
    last = first
    while last + 1 < len(ids) and payment.operations[last + 1].request_id == request_id:
        last += 1
    return ids[last]


def first_terms(body: CreatePaymentIntent, method: Method | None) -> IntentTerms:
    """Return the terms of a new intent."""
    return IntentTerms(
        amount=body.amount,
        method=method,
        description=body.description or None,
        metadata=merged_metadata(None, body.metadata),
        receipt_email=body.receipt_email or None,
        statement_descriptor_suffix=body.statement_descriptor_suffix or None,
    )


def next_terms(before: IntentTerms, body: UpdatePaymentIntent, method: Method | None) -> IntentTerms:
    """Return the terms after an update. Omitted fields are unchanged, an empty string clears one."""
    texts = {
        name: getattr(body, name) or None
        for name in ("description", "receipt_email", "statement_descriptor_suffix")
        if getattr(body, name) is not None
    }
    return replace(
        before,
        amount=before.amount if body.amount is None else body.amount,
        method=method or before.method,
        metadata=merged_metadata(before.metadata, body.metadata),
        **texts,
    )


def merged_metadata(stored: str | None, given: Mapping[str, str] | str | None) -> str | None:
    """Merge metadata: entries are added or replaced, an empty value removes one, an empty string removes all."""
    if given is None:
        return stored
    if isinstance(given, str):
        return None
    entries: dict[str, str] = {**(json.loads(stored) if stored else {}), **given}
    left = {name: value for name, value in entries.items() if value != ""}
    if len(left) > MAX_METADATA_KEYS:
        raise Refused(Code.PARAMETER_INVALID, f"Metadata can have at most {MAX_METADATA_KEYS} entries.", "metadata")
    text = metadata_text(left)
    if len(text.encode()) > MAX_METADATA_BYTES:
        raise Refused(Code.PARAMETER_INVALID, "Metadata can have at most 8,192 bytes of JSON.", "metadata")
    return text if left else None
