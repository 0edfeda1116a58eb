"""What an ID of either API names. Each object is read by its key."""

from collections.abc import Callable, Iterator
from typing import Final

from paysandbox.aws.runtime import ledger
from paysandbox.core import ids
from paysandbox.customers.customer import is_customer_id
from paysandbox.customers.customers_table import find_customer
from paysandbox.customers.tables import customers
from paysandbox.disbursements.store.disbursements_table import find_by_id
from paysandbox.disbursements.store.tables import disbursements
from paysandbox.payments.ledger.store import get_payment
from paysandbox.request_log.request_record import is_request_id, native_request_id
from paysandbox.request_log.table import get_record
from paysandbox.request_log.tables import request_log
from paysandbox.search.found import (
    found_customer,
    found_disbursement,
    found_dispute,
    found_payment,
    found_request,
    found_stripe_object,
)
from paysandbox.search.schemas import Found, Kind, Matched
from paysandbox.settlement.business_day import BatchName, NotABatchError
from paysandbox.settlement.lists import get_settled
from paysandbox.settlement.tables import batches
from paysandbox.stripe_api import ids as stripe_ids
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.ephemeral.key import EPHEMERAL_KEY
from paysandbox.stripe_api.resource_kit.objects_table import get_object
from paysandbox.stripe_api.resource_kit.tables import objects_table
from paysandbox.stripe_api.resources.customer_sessions import CUSTOMER_SESSION
from paysandbox.stripe_api.resources.links_for_accounts import ACCOUNT_LINK, LOGIN_LINK
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.deliveries.lists import get_delivery
from paysandbox.webhooks.endpoints.endpoints import get_endpoints
from paysandbox.webhooks.events.event_store import get_event

_NEVER_SHOWN: Final = (EPHEMERAL_KEY, CUSTOMER_SESSION.object, ACCOUNT_LINK.object, LOGIN_LINK.object)
"""Stripe's objects that no route retrieves, because they are secrets."""


def find_named(merchant: str, name: str, matched: Matched = Matched.ID) -> list[Found]:
    """Return the merchant's objects that an ID names, the nearest first: of a dispute, also its payment."""
    return find_issued(merchant, name, matched) or find_chosen(merchant, name, matched)


def find_issued(merchant: str, name: str, matched: Matched = Matched.ID) -> list[Found]:
    """Return what an ID names that the sandbox issued: its form is that of one kind of object."""
    found = ([*find(merchant, name, matched)] for find in _ISSUED)
    return next(filter(None, found), [])


def find_chosen(merchant: str, name: str, matched: Matched = Matched.ID) -> list[Found]:
    """Return what an ID names that a caller may have chosen, of any form: several objects can have the same."""
    return [found for find in _CHOSEN for found in find(merchant, name, matched)]


def payment_of(name: str) -> str | None:
    """Return the payment that an ID is of: its own, in either API, or that of one of its operations."""
    converted = (
        ids.payment_of(name),
        stripe_ids.payment_of_intent(name),
        stripe_ids.payment_of_charge(name),
        ids.payment_of(stripe_ids.operation_of_refund(name) or ""),
        ids.payment_of(stripe_ids.operation_of_fraud_warning(name) or ""),
        stripe_ids.payment_of_balance_transaction(name),
        stripe_ids.payment_of_method(name),
    )
    return next(filter(None, converted), None)


def _payment(merchant: str, name: str, matched: Matched) -> Iterator[Found]:
    payment_id = payment_of(name)
    payment = get_payment(ledger(), payment_id) if payment_id is not None else None
    if payment is None or payment.merchant != merchant:
        return
    dispute = found_dispute(payment, name, matched)
    if dispute is not None:
        yield dispute
    yield found_payment(payment, matched)


def _event(merchant: str, name: str, matched: Matched) -> Iterator[Found]:
    event_id = ids.event_of(name)
    if event_id is None:
        return
    event = get_event(webhook_tables.event_store(), merchant, event_id)
    if event is not None:
        yield Found(
            kind=Kind.EVENT, id=event.id, path=f"/events/{event.id}", matched=matched, type=event.type, at=event.at
        )


def _endpoint(merchant: str, name: str, matched: Matched) -> Iterator[Found]:
    if not ids.has_form(ids.ENDPOINT, name):
        return
    endpoint = get_endpoints(webhook_tables.endpoints(), merchant).get(name)
    if endpoint is not None:
        yield Found(
            kind=Kind.ENDPOINT,
            id=name,
            path=f"/webhooks/endpoints/{name}",
            matched=matched,
            text=endpoint.url,
            at=endpoint.created_at,
        )


def _delivery(merchant: str, name: str, matched: Matched) -> Iterator[Found]:
    if not ids.has_form(ids.DELIVERY, name):
        return
    delivery = get_delivery(webhook_tables.deliveries(), merchant, name)
    if delivery is not None:
        yield Found(
            kind=Kind.DELIVERY,
            id=name,
            path=f"/webhooks/deliveries/{name}",
            matched=matched,
            type=delivery.event_type,
            text=delivery.endpoint_id,
            at=delivery.event_at,
        )


def _settlement(merchant: str, name: str, matched: Matched) -> Iterator[Found]:
    try:
        batch = str(BatchName.read((stripe_ids.payout_of_transaction(name) or (name,))[0]))
    except NotABatchError:
        return
    settled = get_settled(batches(), merchant, batch)
    if settled is not None:
        stored = settled.stored
        yield Found(
            kind=Kind.SETTLEMENT,
            id=stored.name,
            path=f"/settlements/{stored.name}",
            matched=matched,
            status=str(stored.status),
            at=stored.opened_at,
        )


def _disbursement(merchant: str, name: str, matched: Matched) -> Iterator[Found]:
    disbursement = find_by_id(disbursements(), merchant, name)
    if disbursement is not None:
        yield found_disbursement(disbursement, matched)


def _request(merchant: str, name: str, matched: Matched) -> Iterator[Found]:
    request_id = native_request_id(name)
    record = get_record(request_log(), merchant, request_id) if is_request_id(request_id) else None
    if record is not None:
        yield found_request(record, matched)


def _stripe_object(merchant: str, name: str, matched: Matched) -> Iterator[Found]:
    name = stripe_ids.intent_of_setup_attempt(name) or name
    kinds = {
        resource.shown.form_of or resource.object
        for resource in RESOURCES.values()
        if resource.object not in _NEVER_SHOWN and (resource.rules.id_chosen or name.startswith(f"{resource.prefix}_"))
    }
    for kind in sorted(kinds):
        stored = get_object(objects_table(), kind, merchant, name)
        if stored is not None and not stored.deleted:
            yield found_stripe_object(stored, matched)


def _customer(merchant: str, name: str, matched: Matched) -> Iterator[Found]:
    customer = find_customer(customers(), merchant, name) if is_customer_id(name) else None
    if customer is not None:
        yield found_customer(customer, matched)


_Find = Callable[[str, str, Matched], Iterator[Found]]

_ISSUED: Final[tuple[_Find, ...]] = (_payment, _event, _endpoint, _delivery, _settlement, _disbursement)
_CHOSEN: Final[tuple[_Find, ...]] = (_request, _stripe_object, _customer)
"""A client may choose the ID of its request too, locally."""
