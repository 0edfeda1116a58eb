"""What a search shows of the objects that it finds."""

from paysandbox.customers.customer import Customer
from paysandbox.disbursements.disbursement import Disbursement
from paysandbox.payments.ledger.search_terms import reference_of
from paysandbox.payments.payment import Payment, state_of
from paysandbox.request_log.request_record import RequestRecord
from paysandbox.search.schemas import Found, Kind, Matched
from paysandbox.search_index.tables import reference_keys
from paysandbox.search_index.terms import reference_in
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.ids import charge_id, intent_id
from paysandbox.stripe_api.objects.stored_object import StoredObject, email_of
from paysandbox.stripe_api.resource_kit.search_terms import number_of


def found_payment(payment: Payment, matched: Matched) -> Found:
    """Return a payment, under its ID in the native API."""
    state = state_of(payment)
    return Found(
        kind=Kind.PAYMENT,
        id=payment.id,
        path=f"/payments/{payment.id}",
        matched=matched,
        stripe_id=_stripe_id(payment),
        text=reference_of(payment, state, reference_keys()),
        payment_id=payment.id,
        status=str(state.status),
        amount=state.authorized or payment.authorized,
        currency=payment.currency,
        at=payment.created_at,
    )


def _stripe_id(payment: Payment) -> str | None:
    """Return what Stripe's API calls a payment that it made: by its intent, or as a charge without one."""
    if payment.is_charge:
        return charge_id(payment.operations[0].id)
    return intent_id(payment.id) if payment.is_intent else None


def found_dispute(payment: Payment, dispute_id: str, matched: Matched) -> Found | None:
    """Return a dispute of a payment, or None if the payment has none with this ID."""
    dispute = state_of(payment).disputes.get(dispute_id)
    if dispute is None:
        return None
    return Found(
        kind=Kind.DISPUTE,
        id=dispute_id,
        path=f"/disputes/{dispute_id}",
        matched=matched,
        payment_id=payment.id,
        status=str(dispute.status),
        amount=dispute.amount,
        currency=payment.currency,
        at=dispute.opened_at,
    )


def found_disbursement(disbursement: Disbursement, matched: Matched) -> Found:
    """Return a disbursement."""
    return Found(
        kind=Kind.DISBURSEMENT,
        id=disbursement.id,
        path=f"/v1/api/payment/{disbursement.customer_id}/{disbursement.id}",
        matched=matched,
        text=disbursement.email,
        status=str(disbursement.status),
        amount=disbursement.amount,
        currency=disbursement.currency,
        at=disbursement.created_at,
    )


def found_customer(customer: Customer, matched: Matched) -> Found:
    """Return a customer of the native API."""
    return Found(
        kind=Kind.CUSTOMER,
        id=customer.id,
        path=f"/v1/api/customer/{customer.id}",
        matched=matched,
        text=customer.email,
        at=customer.created_at,
    )


def found_request(record: RequestRecord, matched: Matched) -> Found:
    """Return a request. Its payment is that of its operation."""
    return Found(
        kind=Kind.REQUEST,
        id=record.request_id,
        path=f"/requests/{record.request_id}",
        matched=matched,
        text=f"{record.method} {record.path or record.route}",
        status=str(record.status),
        at=record.at,
    )


def found_stripe_object(stored: StoredObject, matched: Matched) -> Found:
    """Return an object of the Stripe-compatible API, which its name, number, address or reference tells apart."""
    attributes = stored.attributes
    named: str | None = attributes.get("name") or attributes.get("client_reference_id") or number_of(stored)
    referred = reference_in(attributes.get("metadata") or {}, reference_keys())
    text = named or email_of(attributes) or referred or attributes.get("description")
    return Found(
        kind=Kind.STRIPE_OBJECT,
        id=stored.id,
        path=f"/v1{RESOURCES[stored.object].path}/{stored.id}",
        matched=matched,
        type=stored.object,
        text=text,
        at=stored.created_at,
    )
