"""Routes of donations: for donors, for the public, for their merchant, and for Stripe's webhook."""

from typing import Final

from paysandbox.aws.resources import (
    DONATIONS,
    PAYMENT_QUEUE,
    STRIPE_PUBLISHABLE_KEY,
    STRIPE_SECRET_KEY,
    STRIPE_WEBHOOK_SECRET,
    Grant,
)
from paysandbox.aws.schema import RECENT_DONATIONS
from paysandbox.aws.settings import DonorPoolSettings
from paysandbox.core.errors import Code
from paysandbox.donations import schemas as shapes
from paysandbox.http.html import CSS, HTML, JAVASCRIPT
from paysandbox.http.route import Access, BodyFormat, Idempotency, Route, Traffic

_GROUP: Final = "donations"

# One function serves the public GET routes, and the merchant's list, which has the index of the public one.
READ_DONATIONS: Final = "read_donations"

CREATE_DONATION_INTENT: Final = Route(
    name="create_donation_intent",
    group=_GROUP,
    method="POST",
    path="/donations/create-intent",
    summary="Create a donation: a Stripe PaymentIntent for the donor's browser to confirm",
    access=Access.DONOR,
    body=shapes.CreateDonationIntent,
    answer=shapes.DonationIntent,
    idempotency=Idempotency(key_optional=True),
    grants=(Grant(DONATIONS, ("GetItem", "PutItem", "UpdateItem")), Grant(STRIPE_SECRET_KEY, ("GetParameter",))),
    refusals=(
        Code.AMOUNT_NOT_WHOLE,
        Code.AMOUNT_TOO_SMALL,
        Code.FORBIDDEN,
        Code.STRIPE_NOT_CONFIGURED,
        Code.STRIPE_UNAVAILABLE,
    ),
)

LIST_DONATIONS: Final = Route(
    name="list_donations",
    group=_GROUP,
    function=READ_DONATIONS,
    method="GET",
    path="/donations",
    summary="List donations by status",
    access=Access.API_KEY,
    query=shapes.ListDonations,
    answer=shapes.DonationList,
    grants=(Grant(DONATIONS, ("Query",), RECENT_DONATIONS),),
    refusals=(Code.CURSOR_INVALID,),
)

LIST_RECENT_DONATIONS: Final = Route(
    name="list_recent_donations",
    group=_GROUP,
    function=READ_DONATIONS,
    method="GET",
    path="/donations/recent",
    summary="List the ten most recent successful donations",
    access=Access.PUBLIC,
    answer=shapes.RecentDonations,
    grants=(Grant(DONATIONS, ("Query",), RECENT_DONATIONS),),
)

GET_DONATION_TOTAL: Final = Route(
    name="get_donation_total",
    group=_GROUP,
    function=READ_DONATIONS,
    method="GET",
    path="/donations/total",
    summary="Get the total donated, net of refunds",
    access=Access.PUBLIC,
    answer=shapes.DonationTotal,
    grants=(Grant(DONATIONS, ("Query",)),),
)

LIST_MY_DONATIONS: Final = Route(
    name="list_my_donations",
    group=_GROUP,
    method="GET",
    path="/donations/mine",
    summary="List the donor's own donations",
    access=Access.DONOR,
    query=shapes.ListMyDonations,
    answer=shapes.MyDonationList,
    grants=(Grant(DONATIONS, ("Query",)),),
    refusals=(Code.CURSOR_INVALID, Code.FORBIDDEN),
)

RECEIVE_STRIPE_EVENT: Final = Route(
    name="receive_stripe_event",
    group=_GROUP,
    method="POST",
    path="/webhooks/stripe",
    summary="Receive a Stripe webhook",
    access=Access.PUBLIC,
    answer=shapes.StripeEventReceived,
    body_format=BodyFormat.RAW,
    grants=(Grant(STRIPE_WEBHOOK_SECRET, ("GetParameter",)), Grant(PAYMENT_QUEUE, ("SendMessage",))),
    refusals=(Code.REQUEST_INVALID, Code.SIGNATURE_INVALID, Code.BODY_TOO_LARGE, Code.STRIPE_NOT_CONFIGURED),
)

SHOW_DONATION_PAGE: Final = Route(
    name="show_donation_page",
    group=_GROUP,
    function=READ_DONATIONS,
    method="GET",
    path="/donate",
    summary="Show the page for donors",
    access=Access.PUBLIC,
    answer=None,
    media_types=(HTML,),
    grants=(Grant(STRIPE_PUBLISHABLE_KEY, ("GetParameter",)),),
    needs=(DonorPoolSettings,),
    traffic=Traffic.PAGES,
    same_origin=True,
)

GET_DONATION_PAGE_FILE: Final = Route(
    name="get_donation_page_file",
    group=_GROUP,
    function=READ_DONATIONS,
    method="GET",
    path="/donate/{file}",
    path_examples={"file": "donate.js"},
    summary="Get the script or the style sheet of the page for donors",
    access=Access.PUBLIC,
    answer=None,
    media_types=(JAVASCRIPT, CSS),
    refusals=(Code.RESOURCE_NOT_FOUND,),
    traffic=Traffic.PAGES,
    same_origin=True,
)

ROUTES: Final = (
    SHOW_DONATION_PAGE,
    GET_DONATION_PAGE_FILE,
    CREATE_DONATION_INTENT,
    LIST_DONATIONS,
    LIST_RECENT_DONATIONS,
    GET_DONATION_TOTAL,
    LIST_MY_DONATIONS,
    RECEIVE_STRIPE_EVENT,
)
