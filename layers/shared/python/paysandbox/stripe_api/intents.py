# pyright: standard
"""What the routes of intents share: to find one, its terms from a body, its answer as of an operation."""

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from paysandbox.aws.runtime import ledger
from paysandbox.core.errors import Code, Refused
from paysandbox.http.request import AnyCall
from paysandbox.payments.acquirer import Answer
from paysandbox.payments.operation import Authorization, IntentTerms, Method
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


def payment_id_of(call: AnyCall) -> str:
    """The payment that the path names as an intent. Raises Refused(resource_not_found) for a text that names none."""
    name = call.path.get("intent", "")
    payment_id = payment_of_intent(name)
    if payment_id is None:
        raise no_intent(name)
    return payment_id


def find_intent(call: AnyCall, payment_id: str) -> Payment:
    """The payment as it is now. Raises Refused(resource_not_found)."""
    payment = get_payment(ledger(), payment_id)
    if payment is None or payment.merchant != call.merchant:
        raise no_intent(call.path.get("intent", ""))
    return payment


def authorize_with_bank(call: AnyCall, terms: IntentTerms) -> Answer:
    """What the bank says of the terms. Raises Refused: payment_method_required, and what `bank_answer` refuses."""
    if terms.method is None:
        raise Refused(Code.PAYMENT_METHOD_REQUIRED, "Name a payment method to confirm it with.", "payment_method")
    return bank_answer(terms.method, call.merchant, terms.amount, metadata=terms.metadata)


def no_intent(name: str) -> Refused:
    """The one answer for an unknown, malformed or foreign id of an intent in a path."""
    return no_such("payment_intent", name, "intent")


@contextmanager
def translate_not_found(kind: str, name: str, param: str) -> Iterator[None]:
    """Whoever names what is not there is told so by the name and the parameter that were sent, as of any other."""
    try:
        yield
    except Refused as refused:
        if refused.code is not Code.RESOURCE_NOT_FOUND:
            raise
        raise no_such(kind, name, param) from None


def answered(payment: Payment, until: str, *, expand: Collection[str], replayed: bool, outcome: str) -> StripeAnswer:
    """The intent as it stood after an operation. A decline of that operation is a refusal of the card."""
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
    """The last operation that was recorded in the write that recorded this one: of the same request, right after it."""
    ids = [one.id for one in payment.operations]
    first = ids.index(operation_id)
    request_id = payment.operations[first].request_id
    last = first
    while last + 1 < len(ids) and payment.operations[last + 1].request_id == request_id:
        last += 1
    return ids[last]


def first_terms(body: CreatePaymentIntent, method: Method | None) -> IntentTerms:
    """The terms of a new intent."""
    return IntentTerms(
        amount=body.amount,
        method=method,
        description=body.description or None,
        metadata=_merged(None, body.metadata),
        receipt_email=body.receipt_email or None,
        statement_descriptor_suffix=body.statement_descriptor_suffix or None,
    )


def next_terms(before: IntentTerms, body: UpdatePaymentIntent, method: Method | None) -> IntentTerms:
    """The terms after a change; what the body does not name stays, and an empty text takes away."""
    said = {
        name: getattr(body, name) or None
        for name in ("description", "receipt_email", "statement_descriptor_suffix")
        if getattr(body, name) is not None
    }
    return replace(
        before,
        amount=before.amount if body.amount is None else body.amount,
        method=method or before.method,
        metadata=_merged(before.metadata, body.metadata),
        **said,
    )


def _merged(kept: str | None, given: Mapping[str, str] | str | None) -> str | None:
    """Metadata after a change: entries are put beside those that are there, an empty one is taken away."""
    if given is None:
        return kept
    if isinstance(given, str):
        return None
    entries: dict[str, str] = {**(json.loads(kept) if kept else {}), **given}
    left = {name: value for name, value in entries.items() if value != ""}
    if len(left) > MAX_METADATA_KEYS:
        raise Refused(Code.PARAMETER_INVALID, f"Metadata may have {MAX_METADATA_KEYS} entries in all.", "metadata")
    text = metadata_text(left)
    if len(text.encode()) > MAX_METADATA_BYTES:
        raise Refused(Code.PARAMETER_INVALID, "Metadata may be 8,192 bytes of JSON in all.", "metadata")
    return text if left else None
