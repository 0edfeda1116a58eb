"""Customers: routes that read their payment methods and cards, and the one that detaches a card."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.ids import SOURCE
from paysandbox.stripe_api.objects.source import source_body
from paysandbox.stripe_api.objects.stored_method import is_source_object
from paysandbox.stripe_api.objects.stored_object import Cause
from paysandbox.stripe_api.payment_methods.attaching import detach
from paysandbox.stripe_api.payment_methods.listed_methods import list_methods, list_sources
from paysandbox.stripe_api.payment_methods.lookup import find_method
from paysandbox.stripe_api.payment_methods.sources import source_answer, source_of_customer
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import ListCustomerPaymentMethods, ListCustomerSources, Retrieve
from paysandbox.stripe_api.resource_kit.tables import objects_table
from paysandbox.stripe_api.routes import (
    DELETE_CUSTOMER_SOURCE,
    GET_CUSTOMER_PAYMENT_METHOD,
    GET_CUSTOMER_SOURCE,
    LIST_CUSTOMER_PAYMENT_METHODS,
    LIST_CUSTOMER_SOURCES,
)


@stripe_endpoint(LIST_CUSTOMER_PAYMENT_METHODS)
def list_customer_payment_methods(call: StripeCall[None, ListCustomerPaymentMethods]) -> StripeAnswer:
    """GET /v1/customers/{id}/payment_methods: list the payment methods of a customer, newest first.

    A read of the customer, and one of all payment methods.
    """
    customer = call.path["id"]
    return list_methods(call, customer, f"/v1/customers/{customer}/payment_methods", param="id")


@stripe_endpoint(GET_CUSTOMER_PAYMENT_METHOD)
def get_customer_payment_method(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """GET /v1/customers/{id}/payment_methods/{method}: retrieve a payment method of a customer.

    A read of the payment method, and one of its customer.
    """
    name = call.path["method"]
    found = find_method(call, name)
    if found["customer"] != call.path["id"]:
        raise no_such("PaymentMethod", name, "id")
    return StripeAnswer(body=found, transaction_id=name, outcome="shown")


@stripe_endpoint(LIST_CUSTOMER_SOURCES)
def list_customer_sources(call: StripeCall[None, ListCustomerSources]) -> StripeAnswer:
    """GET /v1/customers/{id}/sources: list the cards of a customer that were saved by a token, newest first.

    A read of the customer, and one of all cards.
    """
    return list_sources(call, call.path["id"])


@stripe_endpoint(GET_CUSTOMER_SOURCE)
def get_customer_source(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """GET /v1/customers/{id}/sources/{source}: retrieve a card of a customer.

    A read of the card, and one of its customer.
    """
    stored = source_of_customer(call.merchant, call.path["id"], call.path["source"])
    return source_answer(call, stored, outcome="shown")


@stripe_endpoint(DELETE_CUSTOMER_SOURCE)
def delete_customer_source(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """DELETE /v1/customers/{id}/sources/{source}: detach a card from its customer, for ever.

    Reads of the card and its customer, and one transaction.
    """
    name = call.path["source"]
    cause = Cause(operation_id=call.request_id, request_id=call.request_id, at=call.now)
    stored = detach(objects_table(), call.merchant, name, cause, source_of=call.path["id"])
    # Stripe deletes cards, and shows a source that was created by itself as consumed (Sources.d.ts, `detach`).
    body = source_body(stored) if is_source_object(name) else {"id": name, "object": SOURCE, "deleted": True}
    return StripeAnswer(body=body, transaction_id=name, outcome="deleted")
