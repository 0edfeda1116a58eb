# pyright: standard
"""The routes of the Stripe-compatible API, under the stage `v1`. They translate: the payments are the same."""

from typing import Any, Final

from paysandbox.aws.resources import (
    BIND_SHARED_KEY,
    DELIVERIES,
    DISPUTES,
    ENDPOINTS,
    EVENTS,
    LEDGER,
    MERCHANT_FUNDS,
    READ_HASHING_KEYS,
    READ_WEBHOOK_SECRET,
    SETTLEMENT_BATCHES,
    SETTLEMENT_ENTRIES,
    STRIPE_OBJECTS,
    Grant,
)
from paysandbox.aws.schema import (
    BATCHES_BY_MERCHANT,
    BY_MERCHANT,
    DISPUTES_BY_MERCHANT,
    EVENTS_BY_MERCHANT,
    STRIPE_OBJECTS_BY_MERCHANT,
)
from paysandbox.aws.settings import AcceptanceSettings, ReferenceSettings, TargetSettings
from paysandbox.core.errors import Code
from paysandbox.core.headers import OUTCOME_HEADER
from paysandbox.http.answer import Documented
from paysandbox.http.html import HTML
from paysandbox.http.route import BY_KEY, Access, Api, BodyFormat, Route, Traffic
from paysandbox.stripe_api import requests
from paysandbox.stripe_api.checkout.rules import PAGE_PATH
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.objects.expand import grants_to_expand
from paysandbox.stripe_api.resource_kit.declaration import BANK_CODES, CARD_CODES, SAVE_CARD
from paysandbox.stripe_api.resource_kit.routes import READ_STRIPE_OBJECTS, WRITE_STRIPE_OBJECTS, routes_of
from paysandbox.stripe_api.resources.sources import SOURCE_OBJECTS
from paysandbox.stripe_api.setup_intents.rules import SETUP_CHALLENGE_PATH
from paysandbox.stripe_api.setup_intents.setup_intent_resource import SETUP_INTENT

GROUP: Final = "stripe_api"
BASE_PATH: Final = "v1"
"""The prefix of every path: the API's stage, and its base path under a custom domain."""

_READS: Final[dict[str, Any]] = {"group": GROUP, "api": Api.V1, "access": Access.V1_KEY, "answer": None}
_WRITES: Final[dict[str, Any]] = {**_READS, "idempotency": BY_KEY}

_ENDED: Final = (Code.PAYMENT_DECLINED, Code.ALREADY_VOIDED, Code.ALREADY_CAPTURED, Code.AUTHORIZATION_EXPIRED)

NAME_CUSTOMER: Final = Grant(STRIPE_OBJECTS, ("GetItem",))
STORE_SHARED: Final = Grant(STRIPE_OBJECTS, ("PutItem",))
"""Of what captures and refunds: the transfer and the application fee of the charge are stored with it."""
# Functions that several routes with the same permissions share.
CHANGE_STRIPE_PAYMENTS: Final = "change_stripe_payments"
READ_STRIPE_PAYMENTS: Final = "read_stripe_payments"
MANAGE_STRIPE_OBJECTS: Final = "manage_stripe_objects"
CHANGE_PAYMENT_METHODS: Final = "change_payment_methods"
SERVE_SETUP_CHALLENGES: Final = "serve_setup_challenges"
STORE_STRIPE_CARDS: Final = "store_stripe_cards"
READ_BY_PAGES: Final = "get_setup_intent"
"""What pages read of the objects table. The API of the last release calls it by this name."""
CHANGE_BY_PAGES: Final = "confirm_setup_intent"
"""What pages change in the objects table. The API of the last release calls it by this name."""


def _route(*, shows: str, grants: tuple[Grant, ...] = (), **row: Any) -> Route:
    """Return the row of a route that shows objects of a kind, with the rights to read what can be expanded in them."""
    return Route(shows=shows, grants=tuple(dict.fromkeys((*grants, *grants_to_expand(shows)))), **row)


CREATE_PAYMENT_INTENT: Final = _route(
    name="create_payment_intent",
    shows="payment_intent",
    function=CHANGE_STRIPE_PAYMENTS,
    method="POST",
    path="/payment_intents",
    summary="Create a payment intent, optionally confirming it",
    body=requests.CreatePaymentIntent,
    accepts_headers=(OUTCOME_HEADER,),
    grants=(
        Grant(LEDGER, ("GetItem", "PutItem", "UpdateItem")),
        Grant(STRIPE_OBJECTS, ("GetItem", "PutItem", "UpdateItem")),
        READ_HASHING_KEYS,
    ),
    needs=(AcceptanceSettings,),
    refusals=(*CARD_CODES, *BANK_CODES, Code.PAYMENT_LIMIT_REACHED, Code.TOO_MANY_CHANGES),
    **_WRITES,
)
LIST_PAYMENT_INTENTS: Final = _route(
    name="list_payment_intents",
    shows="payment_intent",
    function=READ_STRIPE_PAYMENTS,
    method="GET",
    path="/payment_intents",
    summary="List payment intents",
    query=requests.ListPaymentIntents,
    grants=(
        Grant(LEDGER, ("GetItem", "BatchGetItem")),
        Grant(LEDGER, ("Query",), BY_MERCHANT),
        READ_HASHING_KEYS,
        NAME_CUSTOMER,
    ),
    refusals=(Code.RESOURCE_NOT_FOUND,),
    **_READS,
)
SEARCH_PAYMENT_INTENTS: Final = _route(
    name="search_payment_intents",
    shows="payment_intent",
    function=READ_STRIPE_PAYMENTS,
    method="GET",
    path="/payment_intents/search",
    summary="Search payment intents",
    query=requests.Search,
    grants=(
        Grant(LEDGER, ("BatchGetItem",)),
        Grant(LEDGER, ("Query",), BY_MERCHANT),
        READ_HASHING_KEYS,
    ),
    refusals=(),
    **_READS,
)
GET_PAYMENT_INTENT: Final = _route(
    name="get_payment_intent",
    shows="payment_intent",
    method="GET",
    path="/payment_intents/{intent}",
    summary="Get a payment intent",
    query=requests.GetPaymentIntent,
    grants=(Grant(LEDGER, ("GetItem",)), READ_HASHING_KEYS),
    refusals=(Code.RESOURCE_NOT_FOUND,),
    **{**_READS, "access": Access.V1_KEY_OR_CLIENT},
)
UPDATE_PAYMENT_INTENT: Final = _route(
    name="update_payment_intent",
    shows="payment_intent",
    function=CHANGE_STRIPE_PAYMENTS,
    method="POST",
    path="/payment_intents/{intent}",
    summary="Update a payment intent",
    body=requests.UpdatePaymentIntent,
    grants=(
        Grant(LEDGER, ("GetItem", "PutItem", "UpdateItem")),
        Grant(STRIPE_OBJECTS, ("UpdateItem",)),
        READ_HASHING_KEYS,
        NAME_CUSTOMER,
    ),
    needs=(AcceptanceSettings,),
    refusals=(*CARD_CODES, Code.INTENT_STATE_UNEXPECTED, Code.TOO_MANY_CHANGES),
    **_WRITES,
)
CONFIRM_PAYMENT_INTENT: Final = _route(
    name="confirm_payment_intent",
    shows="payment_intent",
    method="POST",
    path="/payment_intents/{intent}/confirm",
    summary="Confirm a payment intent",
    body=requests.ConfirmPaymentIntent,
    accepts_headers=(OUTCOME_HEADER,),
    grants=(
        Grant(LEDGER, ("GetItem", "PutItem", "UpdateItem")),
        Grant(STRIPE_OBJECTS, ("GetItem", "PutItem", "UpdateItem")),
        READ_HASHING_KEYS,
    ),
    needs=(AcceptanceSettings,),
    refusals=(*CARD_CODES, *BANK_CODES, Code.INTENT_STATE_UNEXPECTED, Code.INTENT_CHANGED, Code.TOO_MANY_CHANGES),
    **{**_WRITES, "access": Access.V1_KEY_OR_CLIENT},
)
CAPTURE_PAYMENT_INTENT: Final = _route(
    name="capture_payment_intent",
    shows="payment_intent",
    function=CHANGE_STRIPE_PAYMENTS,
    method="POST",
    path="/payment_intents/{intent}/capture",
    summary="Capture a payment intent",
    body=requests.CapturePaymentIntent,
    grants=(Grant(LEDGER, ("PutItem", "UpdateItem")), STORE_SHARED, READ_HASHING_KEYS),
    refusals=(
        Code.RESOURCE_NOT_FOUND,
        Code.PAYMENT_PENDING,
        *_ENDED,
        Code.CAPTURE_EXCEEDS_AUTHORIZED,
        Code.CAPTURE_DECLINED,
        Code.TOO_MANY_CAPTURES,
        Code.TOO_MANY_CHANGES,
    ),
    **_WRITES,
)
INCREMENT_AUTHORIZATION: Final = _route(
    name="increment_authorization",
    shows="payment_intent",
    function=CHANGE_STRIPE_PAYMENTS,
    method="POST",
    path="/payment_intents/{intent}/increment_authorization",
    summary="Increment the authorization of a payment intent",
    body=requests.IncrementAuthorization,
    accepts_headers=(OUTCOME_HEADER,),
    grants=(Grant(LEDGER, ("PutItem", "UpdateItem")), READ_HASHING_KEYS),
    refusals=(
        Code.RESOURCE_NOT_FOUND,
        Code.PAYMENT_PENDING,
        *_ENDED,
        Code.PARTIALLY_CAPTURED,
        Code.INCREMENT_UNAVAILABLE,
        Code.TOO_MANY_INCREMENTS,
        Code.TOO_MANY_CHANGES,
        Code.OUTCOME_INVALID,
    ),
    **_WRITES,
)
CANCEL_PAYMENT_INTENT: Final = _route(
    name="cancel_payment_intent",
    shows="payment_intent",
    function=CHANGE_STRIPE_PAYMENTS,
    method="POST",
    path="/payment_intents/{intent}/cancel",
    summary="Cancel a payment intent",
    body=requests.CancelPaymentIntent,
    grants=(Grant(LEDGER, ("PutItem", "UpdateItem")), READ_HASHING_KEYS),
    refusals=(Code.RESOURCE_NOT_FOUND, Code.INTENT_STATE_UNEXPECTED, *_ENDED),
    **_WRITES,
)
_SETUP_WRITES: Final[dict[str, Any]] = {**_WRITES, "function": WRITE_STRIPE_OBJECTS}

GET_SETUP_INTENT: Final = _route(
    name="get_setup_intent",
    shows="setup_intent",
    function=READ_BY_PAGES,
    method="GET",
    path=f"{SETUP_INTENT.path}/{{id}}",
    summary="Get a setup intent",
    query=requests.GetSetupIntent,
    grants=(Grant(STRIPE_OBJECTS, ("GetItem",)),),
    refusals=(Code.RESOURCE_NOT_FOUND,),
    **{**_READS, "access": Access.V1_KEY_OR_CLIENT},
)
CONFIRM_SETUP_INTENT: Final = _route(
    name="confirm_setup_intent",
    shows="setup_intent",
    function=CHANGE_BY_PAGES,
    method="POST",
    path=f"{SETUP_INTENT.path}/{{id}}/confirm",
    summary="Confirm a setup intent",
    body=requests.ConfirmSetupIntent,
    accepts_headers=(OUTCOME_HEADER,),
    grants=SAVE_CARD,
    needs=(AcceptanceSettings,),
    refusals=(*CARD_CODES, *BANK_CODES, Code.INTENT_STATE_UNEXPECTED, Code.TOO_MANY_CHANGES),
    **{**_WRITES, "access": Access.V1_KEY_OR_CLIENT},
)

# The native API serves it, as it does the page of a payment's challenge.
_CHALLENGE: Final[dict[str, Any]] = {
    "group": GROUP,
    "function": SERVE_SETUP_CHALLENGES,
    "path": SETUP_CHALLENGE_PATH,
    "path_examples": {"challenge_id": "setatt_fwvoazk5zn3y3swp5vpl4t2kqjq6m2tzg5xw"},
    "access": Access.PUBLIC,
    "traffic": Traffic.PAGES,
}
SHOW_SETUP_CHALLENGE: Final = Route(
    name="show_setup_challenge",
    method="GET",
    summary="Show the page of a setup intent's 3-D Secure challenge",
    answer=None,
    media_types=(HTML,),
    grants=(Grant(STRIPE_OBJECTS, ("GetItem",)),),
    refusals=(Code.RESOURCE_NOT_FOUND,),
    **_CHALLENGE,
)
COMPLETE_SETUP_CHALLENGE: Final = Route(
    name="complete_setup_challenge",
    method="POST",
    summary="Complete a setup intent's 3-D Secure challenge as the cardholder",
    body=Documented("paysandbox.payments.requests", "CompleteChallenge"),
    body_format=BodyFormat.FORM,
    answer=Documented("paysandbox.stripe_api.setup_intents.schemas", "SetupChallengeCompleted"),
    grants=(Grant(STRIPE_OBJECTS, ("GetItem", "PutItem")),),
    refusals=(Code.RESOURCE_NOT_FOUND, Code.SIMULATION_NOT_ALLOWED),
    **_CHALLENGE,
)

_ON_PAGE: Final = (
    Grant(LEDGER, ("GetItem",)),
    Grant(STRIPE_OBJECTS, ("GetItem", "PutItem", "BatchGetItem")),
    READ_HASHING_KEYS,
)
_CHECKOUT_PAGE: Final[dict[str, Any]] = {
    "group": GROUP,
    "path": PAGE_PATH,
    "path_examples": {"session": "cs_test_fwvoazk5zn3y3swp5vpl4t2kqj"},
    "access": Access.PUBLIC,
    "needs": (AcceptanceSettings, ReferenceSettings),
    "traffic": Traffic.PAGES,
    "same_origin": True,
}
SHOW_CHECKOUT_PAGE: Final = Route(
    name="show_checkout_page",
    method="GET",
    summary="Show the page of a Checkout session",
    answer=Documented("paysandbox.stripe_api.checkout.schemas", "CheckoutState"),
    media_types=(HTML,),
    grants=_ON_PAGE,
    refusals=(Code.RESOURCE_NOT_FOUND,),
    **_CHECKOUT_PAGE,
)
PAY_CHECKOUT_SESSION: Final = Route(
    name="pay_checkout_session",
    method="POST",
    summary="Pay a Checkout session as its payer",
    body=Documented("paysandbox.stripe_api.checkout.form", "CheckoutForm"),
    body_format=BodyFormat.FORM,
    answer=Documented("paysandbox.stripe_api.checkout.schemas", "CheckoutState"),
    grants=(*_ON_PAGE, Grant(LEDGER, ("PutItem", "UpdateItem"))),
    refusals=(
        *CARD_CODES,
        Code.AMOUNT_TOO_LARGE,
        Code.AMOUNT_TOO_SMALL,
        Code.OUTCOME_INVALID,
        Code.SIMULATION_NOT_ALLOWED,
        Code.TOO_MANY_CHANGES,
    ),
    **_CHECKOUT_PAGE,
)
SHOW_OAUTH_PAGE: Final = Route(
    name="show_oauth_page",
    group=GROUP,
    function=SERVE_SETUP_CHALLENGES,
    method="GET",
    path="/oauth/authorize",
    summary="Show the page on which an account is connected to a platform",
    access=Access.PUBLIC,
    query=Documented("paysandbox.stripe_api.connect.oauth_page", "AuthorizeAccount"),
    answer=None,
    media_types=(HTML,),
    refusals=(Code.PARAMETER_MISSING, Code.URL_NOT_ALLOWED),
    traffic=Traffic.PAGES,
)

NATIVE_ROUTES: Final = (
    SHOW_SETUP_CHALLENGE,
    COMPLETE_SETUP_CHALLENGE,
    SHOW_CHECKOUT_PAGE,
    PAY_CHECKOUT_SESSION,
    SHOW_OAUTH_PAGE,
)
"""Routes of this feature that the native API has."""

GET_PAYMENT_PAGE: Final = _route(
    name="get_payment_page",
    shows="payment_page",
    function=READ_BY_PAGES,
    method="GET",
    path="/payment_pages/{id}",
    summary="Find the page of a Checkout session, as Stripe.js does",
    query=requests.GetPaymentPage,
    grants=(Grant(STRIPE_OBJECTS, ("GetItem", "BatchGetItem")),),
    refusals=(Code.RESOURCE_NOT_FOUND,),
    **{**_READS, "access": Access.V1_KEY_OR_CLIENT},
)
GET_ELEMENTS_SESSION: Final = _route(
    name="get_elements_session",
    shows="elements_session",
    function=READ_BY_PAGES,
    method="GET",
    path="/elements/sessions",
    summary="Read what a customer session lets a Payment Element show, as Stripe.js does",
    query=requests.GetElementsSession,
    grants=(Grant(STRIPE_OBJECTS, ("GetItem", "BatchGetItem")),),
    refusals=(Code.RESOURCE_NOT_FOUND,),
    **{**_READS, "access": Access.V1_KEY_OR_CLIENT},
)
_FIND_METHOD: Final = (Grant(LEDGER, ("GetItem",)), Grant(STRIPE_OBJECTS, ("GetItem",)))
CREATE_PAYMENT_METHOD: Final = _route(
    name="create_payment_method",
    shows="payment_method",
    function=STORE_STRIPE_CARDS,
    method="POST",
    path="/payment_methods",
    summary="Create a payment method, or clone one to a connected account",
    body=requests.CreatePaymentMethod,
    grants=(BIND_SHARED_KEY, Grant(STRIPE_OBJECTS, ("GetItem", "PutItem", "UpdateItem")), READ_HASHING_KEYS),
    needs=(AcceptanceSettings,),
    refusals=CARD_CODES,
    **{**_WRITES, "access": Access.V1_ANY_KEY},
)
LIST_PAYMENT_METHODS: Final = _route(
    name="list_payment_methods",
    shows="payment_method",
    function=MANAGE_STRIPE_OBJECTS,
    method="GET",
    path="/payment_methods",
    summary="List payment methods, of a customer or all",
    query=requests.ListPaymentMethods,
    grants=(
        Grant(STRIPE_OBJECTS, ("GetItem", "BatchGetItem")),
        Grant(STRIPE_OBJECTS, ("Query",), STRIPE_OBJECTS_BY_MERCHANT),
    ),
    refusals=(Code.RESOURCE_NOT_FOUND,),
    **_READS,
)
GET_PAYMENT_METHOD: Final = _route(
    name="get_payment_method",
    shows="payment_method",
    function=MANAGE_STRIPE_OBJECTS,
    method="GET",
    path="/payment_methods/{id}",
    summary="Get a payment method",
    query=requests.Retrieve,
    grants=_FIND_METHOD,
    refusals=(Code.RESOURCE_NOT_FOUND,),
    **_READS,
)
_CHANGE_METHOD: Final = (BIND_SHARED_KEY, Grant(STRIPE_OBJECTS, ("GetItem", "PutItem")), READ_HASHING_KEYS)
_CHANGES_METHOD: Final[dict[str, Any]] = {
    "function": CHANGE_PAYMENT_METHODS,
    "method": "POST",
    "refusals": (Code.RESOURCE_NOT_FOUND, Code.TOO_MANY_CHANGES),
    **_WRITES,
}
_SAVES_CARD: Final[dict[str, Any]] = {**_CHANGES_METHOD, "refusals": (*CARD_CODES, Code.TOO_MANY_CHANGES)}
UPDATE_PAYMENT_METHOD: Final = _route(
    name="update_payment_method",
    shows="payment_method",
    path="/payment_methods/{id}",
    summary="Update a payment method of a customer",
    body=requests.UpdatePaymentMethod,
    grants=_CHANGE_METHOD,
    **_CHANGES_METHOD,
)
ATTACH_PAYMENT_METHOD: Final = _route(
    name="attach_payment_method",
    shows="payment_method",
    path="/payment_methods/{id}/attach",
    summary="Attach a payment method to a customer",
    body=requests.AttachPaymentMethod,
    grants=(*_CHANGE_METHOD, Grant(LEDGER, ("GetItem",))),
    needs=(AcceptanceSettings,),
    **_CHANGES_METHOD,
)
DETACH_PAYMENT_METHOD: Final = _route(
    name="detach_payment_method",
    shows="payment_method",
    path="/payment_methods/{id}/detach",
    summary="Detach a payment method from its customer",
    body=requests.DetachPaymentMethod,
    grants=_CHANGE_METHOD,
    **_CHANGES_METHOD,
)
REMOVE_SAVED_METHOD: Final = _route(
    name="remove_saved_method",
    shows="payment_method",
    path="/elements/payment_methods/{id}/detach",
    summary="Detach a payment method as a customer session allows, as Stripe.js does",
    body=requests.RemoveSavedMethod,
    grants=_CHANGE_METHOD,
    **{**_CHANGES_METHOD, "function": CHANGE_BY_PAGES, "access": Access.V1_KEY_OR_CLIENT},
)
LIST_CUSTOMER_PAYMENT_METHODS: Final = _route(
    name="list_customer_payment_methods",
    shows="payment_method",
    function=MANAGE_STRIPE_OBJECTS,
    method="GET",
    path="/customers/{id}/payment_methods",
    summary="List the payment methods of a customer by its path",
    query=requests.ListCustomerPaymentMethods,
    grants=(Grant(STRIPE_OBJECTS, ("GetItem", "BatchGetItem")),),
    refusals=(Code.RESOURCE_NOT_FOUND,),
    **_READS,
)
GET_CUSTOMER_PAYMENT_METHOD: Final = _route(
    name="get_customer_payment_method",
    shows="payment_method",
    function=MANAGE_STRIPE_OBJECTS,
    method="GET",
    path="/customers/{id}/payment_methods/{method}",
    summary="Get a payment method of a customer",
    query=requests.Retrieve,
    grants=_FIND_METHOD,
    refusals=(Code.RESOURCE_NOT_FOUND,),
    **_READS,
)
LIST_CUSTOMER_SOURCES: Final = _route(
    name="list_customer_sources",
    shows="card",
    function=MANAGE_STRIPE_OBJECTS,
    method="GET",
    path="/customers/{id}/sources",
    summary="List the saved cards of a customer as sources",
    query=requests.ListCustomerSources,
    grants=(Grant(STRIPE_OBJECTS, ("GetItem", "BatchGetItem")),),
    refusals=(Code.RESOURCE_NOT_FOUND,),
    **_READS,
)
CREATE_CUSTOMER_SOURCE: Final = _route(
    name="create_customer_source",
    shows="card",
    path="/customers/{id}/sources",
    summary="Save a card for a customer, by its token, its source or its number",
    body=requests.CreateCustomerSource,
    grants=_CHANGE_METHOD,
    needs=(AcceptanceSettings,),
    **_SAVES_CARD,
)
CREATE_CUSTOMER_CARD: Final = _route(
    name="create_customer_card",
    shows="card",
    path="/customers/{id}/cards",
    summary="Save a card for a customer, by the older path of its sources",
    body=requests.CreateCustomerSource,
    grants=_CHANGE_METHOD,
    needs=(AcceptanceSettings,),
    **_SAVES_CARD,
)
GET_CUSTOMER_SOURCE: Final = _route(
    name="get_customer_source",
    shows="card",
    function=MANAGE_STRIPE_OBJECTS,
    method="GET",
    path="/customers/{id}/sources/{source}",
    summary="Get a saved card of a customer",
    query=requests.Retrieve,
    grants=(Grant(STRIPE_OBJECTS, ("GetItem",)),),
    refusals=(Code.RESOURCE_NOT_FOUND,),
    **_READS,
)
UPDATE_CUSTOMER_SOURCE: Final = _route(
    name="update_customer_source",
    shows="card",
    path="/customers/{id}/sources/{source}",
    summary="Update a saved card of a customer",
    body=requests.UpdateCustomerSource,
    grants=_CHANGE_METHOD,
    **_CHANGES_METHOD,
)
DELETE_CUSTOMER_SOURCE: Final = _route(
    name="delete_customer_source",
    shows="card",
    function=MANAGE_STRIPE_OBJECTS,
    method="DELETE",
    path="/customers/{id}/sources/{source}",
    summary="Delete a saved card of a customer",
    query=requests.Retrieve,
    grants=(Grant(STRIPE_OBJECTS, ("GetItem", "PutItem")),),
    refusals=(Code.RESOURCE_NOT_FOUND, Code.TOO_MANY_CHANGES),
    **_READS,
)
CREATE_TOKEN: Final = _route(
    name="create_token",
    shows="token",
    function=STORE_STRIPE_CARDS,
    method="POST",
    path="/tokens",
    summary="Create a token of a card or a security code",
    body=requests.CreateToken,
    grants=(BIND_SHARED_KEY, Grant(STRIPE_OBJECTS, ("PutItem",)), READ_HASHING_KEYS),
    needs=(AcceptanceSettings,),
    refusals=CARD_CODES,
    **{**_WRITES, "access": Access.V1_ANY_KEY},
)
CREATE_SOURCE: Final = _route(
    name="create_source",
    shows="source",
    function=STORE_STRIPE_CARDS,
    method="POST",
    path=SOURCE_OBJECTS.path,
    summary="Create a source of a card",
    body=requests.CreateSource,
    grants=(BIND_SHARED_KEY, Grant(STRIPE_OBJECTS, ("PutItem", "UpdateItem")), READ_HASHING_KEYS),
    needs=(AcceptanceSettings,),
    refusals=CARD_CODES,
    **{**_WRITES, "access": Access.V1_ANY_KEY},
)
GET_SOURCE: Final = _route(
    name="get_source",
    shows="source",
    function=READ_BY_PAGES,
    method="GET",
    path=f"{SOURCE_OBJECTS.path}/{{id}}",
    summary="Get a source",
    query=requests.GetSource,
    grants=(Grant(STRIPE_OBJECTS, ("GetItem",)),),
    refusals=(Code.RESOURCE_NOT_FOUND,),
    **{**_READS, "access": Access.V1_KEY_OR_CLIENT},
)
UPDATE_SOURCE: Final = _route(
    name="update_source",
    shows="source",
    path=f"{SOURCE_OBJECTS.path}/{{id}}",
    summary="Update a source",
    body=requests.UpdateSource,
    grants=_CHANGE_METHOD,
    **_CHANGES_METHOD,
)
CREATE_CONFIRMATION_TOKEN_OF_PAGE: Final = _route(
    name="create_confirmation_token_of_page",
    shows="confirmation_token",
    function=STORE_STRIPE_CARDS,
    method="POST",
    path="/confirmation_tokens",
    summary="Create a confirmation token on a page",
    body=requests.CreateConfirmationTokenOfPage,
    grants=(BIND_SHARED_KEY, Grant(STRIPE_OBJECTS, ("GetItem", "PutItem", "UpdateItem")), READ_HASHING_KEYS),
    needs=(AcceptanceSettings,),
    refusals=(*CARD_CODES, Code.URL_NOT_ALLOWED),
    **{**_WRITES, "access": Access.V1_ANY_KEY},
)
LIST_CHARGES: Final = _route(
    name="list_charges",
    shows="charge",
    function=READ_STRIPE_PAYMENTS,
    method="GET",
    path="/charges",
    summary="List charges",
    query=requests.ListCharges,
    grants=(
        Grant(LEDGER, ("GetItem", "BatchGetItem")),
        Grant(LEDGER, ("Query",), BY_MERCHANT),
        READ_HASHING_KEYS,
        NAME_CUSTOMER,
    ),
    refusals=(Code.RESOURCE_NOT_FOUND,),
    **_READS,
)
SEARCH_CHARGES: Final = _route(
    name="search_charges",
    shows="charge",
    function=READ_STRIPE_PAYMENTS,
    method="GET",
    path="/charges/search",
    summary="Search charges",
    query=requests.Search,
    grants=(
        Grant(LEDGER, ("BatchGetItem",)),
        Grant(LEDGER, ("Query",), BY_MERCHANT),
        READ_HASHING_KEYS,
    ),
    refusals=(),
    **_READS,
)
GET_CHARGE: Final = _route(
    name="get_charge",
    shows="charge",
    function=READ_STRIPE_PAYMENTS,
    method="GET",
    path="/charges/{charge}",
    summary="Get a charge",
    query=requests.Retrieve,
    grants=(Grant(LEDGER, ("GetItem",)), Grant(STRIPE_OBJECTS, ("GetItem",)), READ_HASHING_KEYS),
    refusals=(Code.RESOURCE_NOT_FOUND,),
    **_READS,
)
CREATE_CHARGE: Final = _route(
    name="create_charge",
    shows="charge",
    function=CHANGE_STRIPE_PAYMENTS,
    method="POST",
    path="/charges",
    summary="Charge a card by its token or its source, or a customer's",
    body=requests.CreateCharge,
    accepts_headers=(OUTCOME_HEADER,),
    grants=(
        Grant(LEDGER, ("GetItem", "PutItem", "UpdateItem")),
        Grant(STRIPE_OBJECTS, ("GetItem", "PutItem", "UpdateItem")),
        READ_HASHING_KEYS,
    ),
    needs=(AcceptanceSettings,),
    refusals=(*CARD_CODES, Code.OUTCOME_INVALID, Code.PAYMENT_LIMIT_REACHED),
    **_WRITES,
)
CAPTURE_CHARGE: Final = _route(
    name="capture_charge",
    shows="charge",
    function=CHANGE_STRIPE_PAYMENTS,
    method="POST",
    path="/charges/{charge}/capture",
    summary="Capture a charge",
    body=requests.CaptureCharge,
    grants=(Grant(LEDGER, ("GetItem", "PutItem", "UpdateItem")), STORE_SHARED, READ_HASHING_KEYS),
    refusals=(
        Code.RESOURCE_NOT_FOUND,
        *_ENDED,
        Code.CAPTURE_EXCEEDS_AUTHORIZED,
        Code.CAPTURE_DECLINED,
        Code.TOO_MANY_CHANGES,
    ),
    **_WRITES,
)
UPDATE_CHARGE: Final = _route(
    name="update_charge",
    shows="charge",
    function=CHANGE_STRIPE_PAYMENTS,
    method="POST",
    path="/charges/{charge}",
    summary="Update a charge",
    body=requests.UpdateCharge,
    grants=(Grant(LEDGER, ("GetItem", "PutItem", "UpdateItem")), READ_HASHING_KEYS),
    refusals=(Code.RESOURCE_NOT_FOUND, Code.TOO_MANY_CHANGES),
    **_WRITES,
)
CREATE_REFUND: Final = _route(
    name="create_refund",
    shows="refund",
    function=CHANGE_STRIPE_PAYMENTS,
    method="POST",
    path="/refunds",
    summary="Create a refund",
    body=requests.CreateRefund,
    accepts_headers=(OUTCOME_HEADER,),
    grants=(Grant(LEDGER, ("GetItem", "PutItem", "UpdateItem")), STORE_SHARED, READ_HASHING_KEYS),
    refusals=(
        Code.RESOURCE_NOT_FOUND,
        Code.NOT_CAPTURED,
        Code.CHARGE_DISPUTED,
        Code.ALREADY_REFUNDED,
        Code.REFUND_EXCEEDS_CAPTURED,
        Code.CHARGE_DISPUTED,
        Code.TOO_MANY_REFUNDS,
    ),
    **_WRITES,
)
_REFUNDS: Final[dict[str, Any]] = {
    "function": CHANGE_STRIPE_PAYMENTS,
    "method": "POST",
    "body": requests.RefundCharge,
    "accepts_headers": (OUTCOME_HEADER,),
    "grants": (Grant(LEDGER, ("GetItem", "PutItem", "UpdateItem")), STORE_SHARED, READ_HASHING_KEYS),
    "refusals": (
        Code.RESOURCE_NOT_FOUND,
        Code.NOT_CAPTURED,
        Code.CHARGE_DISPUTED,
        Code.ALREADY_REFUNDED,
        Code.REFUND_EXCEEDS_CAPTURED,
        Code.CHARGE_DISPUTED,
        Code.TOO_MANY_REFUNDS,
    ),
    **_WRITES,
}
CREATE_CHARGE_REFUND: Final = _route(
    name="create_charge_refund",
    shows="refund",
    path="/charges/{charge}/refunds",
    summary="Create a refund of a charge",
    **_REFUNDS,
)
LIST_CHARGE_REFUNDS: Final = _route(
    name="list_charge_refunds",
    shows="refund",
    function=READ_STRIPE_PAYMENTS,
    method="GET",
    path="/charges/{charge}/refunds",
    summary="List the refunds of a charge",
    query=requests.ListChargeRefunds,
    grants=(Grant(LEDGER, ("GetItem",)), READ_HASHING_KEYS),
    refusals=(Code.RESOURCE_NOT_FOUND,),
    **_READS,
)
GET_CHARGE_REFUND: Final = _route(
    name="get_charge_refund",
    shows="refund",
    function=READ_STRIPE_PAYMENTS,
    method="GET",
    path="/charges/{charge}/refunds/{refund}",
    summary="Get a refund of a charge",
    query=requests.Retrieve,
    grants=(Grant(LEDGER, ("GetItem",)), READ_HASHING_KEYS),
    refusals=(Code.RESOURCE_NOT_FOUND,),
    **_READS,
)
REFUND_CHARGE: Final = _route(
    name="refund_charge",
    shows="charge",
    path="/charges/{charge}/refund",
    summary="Refund a charge",
    **_REFUNDS,
)
LIST_REFUNDS: Final = _route(
    name="list_refunds",
    shows="refund",
    function=READ_STRIPE_PAYMENTS,
    method="GET",
    path="/refunds",
    summary="List refunds",
    query=requests.ListRefunds,
    grants=(
        Grant(LEDGER, ("GetItem",)),
        Grant(EVENTS, ("GetItem", "BatchGetItem")),
        Grant(EVENTS, ("Query",), EVENTS_BY_MERCHANT),
        READ_HASHING_KEYS,
    ),
    refusals=(Code.RESOURCE_NOT_FOUND,),
    **_READS,
)
GET_REFUND: Final = _route(
    name="get_refund",
    shows="refund",
    function=READ_STRIPE_PAYMENTS,
    method="GET",
    path="/refunds/{refund}",
    summary="Get a refund",
    query=requests.Retrieve,
    grants=(Grant(LEDGER, ("GetItem",)), Grant(STRIPE_OBJECTS, ("GetItem",)), READ_HASHING_KEYS),
    refusals=(Code.RESOURCE_NOT_FOUND,),
    **_READS,
)
UPDATE_REFUND: Final = _route(
    name="update_refund",
    shows="refund",
    function=CHANGE_STRIPE_PAYMENTS,
    method="POST",
    path="/refunds/{refund}",
    summary="Update a refund",
    body=requests.UpdateRefund,
    grants=(Grant(LEDGER, ("GetItem", "PutItem", "UpdateItem")), READ_HASHING_KEYS),
    refusals=(Code.RESOURCE_NOT_FOUND, Code.TOO_MANY_CHANGES),
    **_WRITES,
)
CANCEL_REFUND: Final = _route(
    name="cancel_refund",
    shows="refund",
    function=CHANGE_STRIPE_PAYMENTS,
    method="POST",
    path="/refunds/{refund}/cancel",
    summary="Cancel a refund that requires an action",
    body=requests.CancelRefund,
    grants=(Grant(LEDGER, ("GetItem", "PutItem", "UpdateItem")), READ_HASHING_KEYS),
    refusals=(Code.RESOURCE_NOT_FOUND, Code.REQUEST_INVALID),
    **_WRITES,
)
LIST_STRIPE_DISPUTES: Final = _route(
    name="list_stripe_disputes",
    shows="dispute",
    function=READ_STRIPE_PAYMENTS,
    method="GET",
    path="/disputes",
    summary="List disputes",
    query=requests.ListDisputes,
    grants=(
        Grant(LEDGER, ("GetItem", "BatchGetItem")),
        Grant(DISPUTES, ("BatchGetItem",)),
        Grant(DISPUTES, ("Query",), DISPUTES_BY_MERCHANT),
        READ_HASHING_KEYS,
    ),
    refusals=(Code.RESOURCE_NOT_FOUND,),
    **_READS,
)
EXPIRE_REFUND: Final = _route(
    name="expire_refund",
    shows="refund",
    function=CHANGE_STRIPE_PAYMENTS,
    method="POST",
    path="/test_helpers/refunds/{refund}/expire",
    summary="Expire a refund that requires an action",
    body=requests.ExpireRefund,
    grants=(Grant(LEDGER, ("GetItem", "PutItem", "UpdateItem")), READ_HASHING_KEYS),
    refusals=(Code.RESOURCE_NOT_FOUND, Code.REQUEST_INVALID),
    **_WRITES,
)
LIST_EARLY_FRAUD_WARNINGS: Final = _route(
    name="list_early_fraud_warnings",
    shows="radar.early_fraud_warning",
    function=READ_STRIPE_PAYMENTS,
    method="GET",
    path="/radar/early_fraud_warnings",
    summary="List early fraud warnings",
    query=requests.ListEarlyFraudWarnings,
    grants=(
        Grant(LEDGER, ("GetItem",)),
        Grant(EVENTS, ("GetItem", "BatchGetItem")),
        Grant(EVENTS, ("Query",), EVENTS_BY_MERCHANT),
        READ_HASHING_KEYS,
    ),
    refusals=(Code.RESOURCE_NOT_FOUND,),
    **_READS,
)
GET_STRIPE_DISPUTE: Final = _route(
    name="get_stripe_dispute",
    shows="dispute",
    function=READ_STRIPE_PAYMENTS,
    method="GET",
    path="/disputes/{dispute}",
    summary="Get a dispute",
    query=requests.Retrieve,
    grants=(Grant(LEDGER, ("BatchGetItem",)), Grant(DISPUTES, ("BatchGetItem",)), READ_HASHING_KEYS),
    refusals=(Code.RESOURCE_NOT_FOUND,),
    **_READS,
)
UPDATE_STRIPE_DISPUTE: Final = _route(
    name="update_stripe_dispute",
    shows="dispute",
    function=CHANGE_STRIPE_PAYMENTS,
    method="POST",
    path="/disputes/{dispute}",
    summary="Save evidence of a dispute, and submit it",
    body=requests.UpdateDispute,
    grants=(
        Grant(LEDGER, ("GetItem", "BatchGetItem", "PutItem", "UpdateItem")),
        Grant(DISPUTES, ("BatchGetItem", "UpdateItem")),
        READ_HASHING_KEYS,
    ),
    refusals=(
        Code.RESOURCE_NOT_FOUND,
        Code.DISPUTE_STATE_UNEXPECTED,
        Code.EVIDENCE_PAST_DUE,
        Code.TOO_MANY_CHANGES,
    ),
    **_WRITES,
)
CLOSE_STRIPE_DISPUTE: Final = _route(
    name="close_stripe_dispute",
    shows="dispute",
    function=CHANGE_STRIPE_PAYMENTS,
    method="POST",
    path="/disputes/{dispute}/close",
    summary="Accept a dispute, which is lost",
    body=requests.CloseDispute,
    grants=(
        Grant(LEDGER, ("BatchGetItem", "PutItem", "UpdateItem")),
        Grant(DISPUTES, ("BatchGetItem",)),
        READ_HASHING_KEYS,
    ),
    refusals=(Code.RESOURCE_NOT_FOUND, Code.DISPUTE_STATE_UNEXPECTED),
    **_WRITES,
)
GET_EARLY_FRAUD_WARNING: Final = _route(
    name="get_early_fraud_warning",
    shows="radar.early_fraud_warning",
    function=READ_STRIPE_PAYMENTS,
    method="GET",
    path="/radar/early_fraud_warnings/{early_fraud_warning}",
    summary="Get an early fraud warning",
    query=requests.Retrieve,
    grants=(Grant(LEDGER, ("GetItem",)), READ_HASHING_KEYS),
    refusals=(Code.RESOURCE_NOT_FOUND,),
    **_READS,
)
GET_BALANCE: Final = _route(
    name="get_balance",
    shows="balance",
    function=MANAGE_STRIPE_OBJECTS,
    method="GET",
    path="/balance",
    summary="Get the balance",
    query=requests.Retrieve,
    grants=(Grant(MERCHANT_FUNDS, ("Query",)), Grant(STRIPE_OBJECTS, ("GetItem",))),
    refusals=(),
    **_READS,
)
LIST_BALANCE_TRANSACTIONS: Final = _route(
    name="list_balance_transactions",
    shows="balance_transaction",
    function=READ_STRIPE_PAYMENTS,
    method="GET",
    path="/balance_transactions",
    summary="List balance transactions",
    query=requests.ListBalanceTransactions,
    grants=(
        Grant(LEDGER, ("BatchGetItem", "GetItem")),
        Grant(STRIPE_OBJECTS, ("GetItem",)),
        Grant(MERCHANT_FUNDS, ("BatchGetItem", "GetItem", "Query")),
        Grant(DISPUTES, ("BatchGetItem",)),
        Grant(SETTLEMENT_BATCHES, ("GetItem", "BatchGetItem")),
        Grant(SETTLEMENT_BATCHES, ("Query",), BATCHES_BY_MERCHANT),
        Grant(SETTLEMENT_ENTRIES, ("Query",)),
        READ_HASHING_KEYS,
    ),
    refusals=(Code.RESOURCE_NOT_FOUND,),
    **_READS,
)
GET_BALANCE_TRANSACTION: Final = _route(
    name="get_balance_transaction",
    shows="balance_transaction",
    function=READ_STRIPE_PAYMENTS,
    method="GET",
    path="/balance_transactions/{balance_transaction}",
    summary="Get a balance transaction",
    query=requests.Retrieve,
    grants=(
        Grant(LEDGER, ("GetItem",)),
        Grant(MERCHANT_FUNDS, ("BatchGetItem", "GetItem", "Query")),
        Grant(DISPUTES, ("BatchGetItem",)),
        Grant(SETTLEMENT_BATCHES, ("GetItem",)),
        READ_HASHING_KEYS,
    ),
    refusals=(Code.RESOURCE_NOT_FOUND,),
    **_READS,
)
_OLDER_HISTORY: Final[dict[str, Any]] = {"function": READ_STRIPE_PAYMENTS, "method": "GET", **_READS}
LIST_BALANCE_HISTORY: Final = _route(
    name="list_balance_history",
    shows="balance_transaction",
    path="/balance/history",
    summary="List balance transactions, at the older path",
    query=requests.ListBalanceTransactions,
    grants=LIST_BALANCE_TRANSACTIONS.grants,
    refusals=LIST_BALANCE_TRANSACTIONS.refusals,
    **_OLDER_HISTORY,
)
GET_BALANCE_HISTORY: Final = _route(
    name="get_balance_history",
    shows="balance_transaction",
    path="/balance/history/{balance_transaction}",
    summary="Get a balance transaction, at the older path",
    query=requests.Retrieve,
    grants=GET_BALANCE_TRANSACTION.grants,
    refusals=GET_BALANCE_TRANSACTION.refusals,
    **_OLDER_HISTORY,
)
LIST_STRIPE_EVENTS: Final = _route(
    name="list_stripe_events",
    shows="event",
    function=READ_STRIPE_PAYMENTS,
    method="GET",
    path="/events",
    summary="List events in Stripe's format",
    query=requests.ListStripeEvents,
    grants=(
        Grant(LEDGER, ("GetItem",)),
        Grant(EVENTS, ("GetItem", "BatchGetItem")),
        Grant(EVENTS, ("Query",), EVENTS_BY_MERCHANT),
        Grant(DELIVERIES, ("BatchGetItem",)),
        READ_HASHING_KEYS,
    ),
    refusals=(Code.RESOURCE_NOT_FOUND,),
    **_READS,
)
GET_STRIPE_EVENT: Final = _route(
    name="get_stripe_event",
    shows="event",
    function=READ_STRIPE_PAYMENTS,
    method="GET",
    path="/events/{event}",
    summary="Get an event in Stripe's format",
    query=requests.Retrieve,
    grants=(
        Grant(LEDGER, ("GetItem",)),
        Grant(EVENTS, ("BatchGetItem",)),
        Grant(DELIVERIES, ("BatchGetItem",)),
        READ_HASHING_KEYS,
    ),
    refusals=(Code.RESOURCE_NOT_FOUND,),
    **_READS,
)
CREATE_WEBHOOK_ENDPOINT: Final = _route(
    name="create_webhook_endpoint",
    shows="webhook_endpoint",
    method="POST",
    path="/webhook_endpoints",
    summary="Create a webhook endpoint that receives events in Stripe's format",
    body=requests.CreateWebhookEndpoint,
    grants=(BIND_SHARED_KEY, Grant(ENDPOINTS, ("PutItem", "UpdateItem")), READ_HASHING_KEYS, READ_WEBHOOK_SECRET),
    needs=(TargetSettings,),
    refusals=(Code.URL_NOT_ALLOWED, Code.ENDPOINT_LIMIT_REACHED),
    **_WRITES,
)
LIST_WEBHOOK_ENDPOINTS: Final = _route(
    name="list_webhook_endpoints",
    shows="webhook_endpoint",
    function=MANAGE_STRIPE_OBJECTS,
    method="GET",
    path="/webhook_endpoints",
    summary="List webhook endpoints",
    query=requests.ListWebhookEndpoints,
    grants=(Grant(ENDPOINTS, ("GetItem",)),),
    refusals=(Code.RESOURCE_NOT_FOUND,),
    **_READS,
)
GET_WEBHOOK_ENDPOINT: Final = _route(
    name="get_webhook_endpoint",
    shows="webhook_endpoint",
    function=MANAGE_STRIPE_OBJECTS,
    method="GET",
    path="/webhook_endpoints/{endpoint}",
    summary="Get a webhook endpoint",
    query=requests.Retrieve,
    grants=(Grant(ENDPOINTS, ("GetItem",)),),
    refusals=(Code.RESOURCE_NOT_FOUND,),
    **_READS,
)
UPDATE_WEBHOOK_ENDPOINT: Final = _route(
    name="update_webhook_endpoint",
    shows="webhook_endpoint",
    function=MANAGE_STRIPE_OBJECTS,
    method="POST",
    path="/webhook_endpoints/{endpoint}",
    summary="Update a webhook endpoint",
    body=requests.UpdateWebhookEndpoint,
    grants=(Grant(ENDPOINTS, ("GetItem", "UpdateItem")),),
    needs=(TargetSettings,),
    refusals=(Code.RESOURCE_NOT_FOUND, Code.URL_NOT_ALLOWED),
    **_READS,
)
DELETE_WEBHOOK_ENDPOINT: Final = Route(
    name="delete_webhook_endpoint",
    function=MANAGE_STRIPE_OBJECTS,
    method="DELETE",
    path="/webhook_endpoints/{endpoint}",
    summary="Delete a webhook endpoint",
    grants=(Grant(ENDPOINTS, ("UpdateItem",)),),
    refusals=(Code.RESOURCE_NOT_FOUND,),
    **_READS,
)
GET_ACCOUNT: Final = _route(
    name="get_account",
    shows="account",
    function=MANAGE_STRIPE_OBJECTS,
    method="GET",
    path="/account",
    summary="Get the account of the key",
    query=requests.Retrieve,
    refusals=(),
    **_READS,
)
GET_OWN_ACCOUNT: Final = _route(
    name="get_own_account",
    shows="account",
    function=MANAGE_STRIPE_OBJECTS,
    method="GET",
    path="/accounts/{id}",
    summary="Get the account of the key, or a connected account, by its ID",
    query=requests.Retrieve,
    grants=(Grant(STRIPE_OBJECTS, ("GetItem",)),),
    refusals=(Code.FORBIDDEN,),
    **_READS,
)

_OF_ACCOUNT: Final = "/accounts/{id}"
_READS_OBJECT: Final[dict[str, Any]] = {
    "function": READ_STRIPE_OBJECTS,
    "method": "GET",
    "grants": (Grant(STRIPE_OBJECTS, ("GetItem",)),),
    **_READS,
}
_CHANGES_OBJECT: Final[dict[str, Any]] = {"method": "POST", "grants": _CHANGE_METHOD, **_SETUP_WRITES}


# Stripe has these at another host, which clients name apart from that of the API.
CREATE_OAUTH_TOKEN: Final = Route(
    name="create_oauth_token",
    path="/oauth/token",
    summary="Exchange an authorization code for the account that was connected",
    body=requests.CreateOAuthToken,
    refusals=(Code.FORBIDDEN,),
    **_CHANGES_OBJECT,
)
DEAUTHORIZE_ACCOUNT: Final = Route(
    name="deauthorize_account",
    path="/oauth/deauthorize",
    summary="Disconnect an account from the platform",
    body=requests.DeauthorizeAccount,
    refusals=(Code.FORBIDDEN,),
    **_CHANGES_OBJECT,
)

GET_TAX_CODE: Final = _route(
    name="get_tax_code",
    shows="tax_code",
    function=MANAGE_STRIPE_OBJECTS,
    method="GET",
    path="/tax_codes/{id}",
    summary="Get a tax code, one of the nine that are known here",
    query=requests.Retrieve,
    refusals=(Code.RESOURCE_NOT_FOUND,),
    **_READS,
)

ANY_OTHER_URL: Final = tuple(
    Route(
        name=f"{method.lower()}_any_other_url",
        function=MANAGE_STRIPE_OBJECTS,
        method=method,
        path="/{proxy+}",
        summary="Refuse any other URL",
        refusals=(Code.RESOURCE_NOT_FOUND,),
        **_READS,
    )
    for method in ("DELETE", "GET", "PATCH", "POST", "PUT")
)
"""What refuses the URLs of no route, and methods that a URL does not have. One module answers all."""

RESOURCE_ROUTES: Final = tuple(route for each in RESOURCES.values() for route in routes_of(each, RESOURCES))
"""The routes of declared resources."""
RESOURCE_ROUTE: Final = {each.route.name: each.route for each in RESOURCE_ROUTES}
"""The same, by name."""

ROUTES: Final = (
    CREATE_PAYMENT_INTENT,
    LIST_PAYMENT_INTENTS,
    SEARCH_PAYMENT_INTENTS,
    GET_PAYMENT_INTENT,
    UPDATE_PAYMENT_INTENT,
    CONFIRM_PAYMENT_INTENT,
    CAPTURE_PAYMENT_INTENT,
    INCREMENT_AUTHORIZATION,
    CANCEL_PAYMENT_INTENT,
    CREATE_PAYMENT_METHOD,
    LIST_PAYMENT_METHODS,
    GET_PAYMENT_METHOD,
    UPDATE_PAYMENT_METHOD,
    ATTACH_PAYMENT_METHOD,
    DETACH_PAYMENT_METHOD,
    REMOVE_SAVED_METHOD,
    LIST_CUSTOMER_PAYMENT_METHODS,
    GET_CUSTOMER_PAYMENT_METHOD,
    LIST_CUSTOMER_SOURCES,
    CREATE_CUSTOMER_SOURCE,
    CREATE_CUSTOMER_CARD,
    GET_CUSTOMER_SOURCE,
    UPDATE_CUSTOMER_SOURCE,
    DELETE_CUSTOMER_SOURCE,
    GET_PAYMENT_PAGE,
    GET_ELEMENTS_SESSION,
    GET_SETUP_INTENT,
    CONFIRM_SETUP_INTENT,
    CREATE_TOKEN,
    CREATE_SOURCE,
    GET_SOURCE,
    UPDATE_SOURCE,
    CREATE_CONFIRMATION_TOKEN_OF_PAGE,
    LIST_CHARGES,
    SEARCH_CHARGES,
    GET_CHARGE,
    CREATE_CHARGE,
    CAPTURE_CHARGE,
    UPDATE_CHARGE,
    CREATE_REFUND,
    CREATE_CHARGE_REFUND,
    LIST_CHARGE_REFUNDS,
    GET_CHARGE_REFUND,
    REFUND_CHARGE,
    LIST_REFUNDS,
    GET_REFUND,
    UPDATE_REFUND,
    CANCEL_REFUND,
    LIST_STRIPE_DISPUTES,
    GET_STRIPE_DISPUTE,
    UPDATE_STRIPE_DISPUTE,
    CLOSE_STRIPE_DISPUTE,
    EXPIRE_REFUND,
    LIST_EARLY_FRAUD_WARNINGS,
    GET_EARLY_FRAUD_WARNING,
    GET_BALANCE,
    LIST_BALANCE_TRANSACTIONS,
    GET_BALANCE_TRANSACTION,
    LIST_BALANCE_HISTORY,
    GET_BALANCE_HISTORY,
    LIST_STRIPE_EVENTS,
    GET_STRIPE_EVENT,
    CREATE_WEBHOOK_ENDPOINT,
    LIST_WEBHOOK_ENDPOINTS,
    GET_WEBHOOK_ENDPOINT,
    UPDATE_WEBHOOK_ENDPOINT,
    DELETE_WEBHOOK_ENDPOINT,
    GET_ACCOUNT,
    GET_OWN_ACCOUNT,
    CREATE_OAUTH_TOKEN,
    DEAUTHORIZE_ACCOUNT,
    GET_TAX_CODE,
    *(each.route for each in RESOURCE_ROUTES),
)
OUTSIDE_DOCUMENT: Final = (
    GET_PAYMENT_PAGE,
    GET_ELEMENTS_SESSION,
    REMOVE_SAVED_METHOD,
    CREATE_OAUTH_TOKEN,
    DEAUTHORIZE_ACCOUNT,
)
"""Routes that Stripe's OpenAPI document does not have: what the stand-in for its browser library calls, and OAuth."""

DEPLOYED: Final = (*ROUTES, *ANY_OTHER_URL)
"""What API Gateway is given."""
