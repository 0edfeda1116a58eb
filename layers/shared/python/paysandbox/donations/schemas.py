"""Request and response bodies of the donation routes, and their rendering."""

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, RootModel, field_validator
from pydantic_core import PydanticCustomError

from paysandbox.core.errors import Code, Refused
from paysandbox.core.timestamps import format_timestamp
from paysandbox.donations.donation import MAX_MESSAGE, Donation
from paysandbox.http.answer import Body
from paysandbox.http.answer_shape import Answer
from paysandbox.http.queries import Instant, OrderedQuery, Query, later_than
from paysandbox.http.reading import read_object
from paysandbox.payments.requests import Amount, Currency

MAX_AGE_S: Final = 5
"""Maximum time in seconds for which clients may cache recent donations and the total."""

_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
# JSON allows these two characters, but SQS rejects messages with them (Amazon SQS, SendMessage).
_UNQUEUED: Final = re.compile("[\ufffe\uffff]")

DonationStatusShown = Literal["PENDING", "SUCCEEDED", "FAILED", "REFUNDED"]
ReceiptShown = Literal["none", "due", "sending", "sent", "refused"]

_RECEIPT: Final = "Status of the e-mail receipt. `refused`: SES rejected the address."


def _lines(text: str) -> str:
    if _CONTROL.search(text):
        raise PydanticCustomError("control_character", "Control characters other than line breaks are not allowed.")
    return text


Message = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_MESSAGE,
        # For the OpenAPI document only: `_lines` validates it, with a readable message.
        json_schema_extra={"pattern": rf"^[^{_CONTROL.pattern[1:-1]}]*$"},
    ),
    AfterValidator(_lines),
]


class CreateDonationIntent(BaseModel):
    """A donation to create. The identity token identifies the donor."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    amount: Amount
    currency: Annotated[
        Currency, Field(description="ISO 4217 code, in upper or lower case. Responses use lower case, as Stripe does.")
    ] = "USD"
    message: Annotated[Message | None, Field(description="Message to the recipient. The receipt repeats it.")] = None
    anonymous: Annotated[bool, Field(description="Hide the donor's name from the public.")] = False


class DonationIntent(Answer):
    """A donation to confirm with Stripe.js. This service never stores or logs the client secret."""

    client_secret: Annotated[
        str, Field(description="Client secret of the Stripe PaymentIntent. Shown only in this response.")
    ]
    donation_id: Annotated[str, Field(description="Id of the donation.")]


class DonationBody(Answer):
    """A donation, as the public sees it."""

    donor_name: Annotated[str, Field(description="The donor's name, or `Anonymous`.")]
    amount: Annotated[int, Field(description="Amount in minor units.")]
    currency: Annotated[str, Field(description="ISO 4217 code, lower case.")]
    created_at: Annotated[str, Field(description="When the donation was created.")]


class RecentDonations(RootModel[list[DonationBody]]):
    """The ten most recent successful donations, newest first."""


class ListDonations(OrderedQuery):
    """Filters and page."""

    status: Annotated[DonationStatusShown, Field(description="Donations with this current status.")] = "SUCCEEDED"
    created_from: Annotated[Instant | None, Field(description="Donations created at or after this time.")] = None
    created_to: Annotated[Instant | None, Field(description="Donations created before this time.")] = None

    _later = field_validator("created_to")(later_than("created_from", "created_to must be later than created_from."))


class ListedDonation(DonationBody):
    """A donation, as its merchant sees it. It never contains the donor's e-mail address or message."""

    donation_id: Annotated[str, Field(description="Id of the donation.")]
    status: Annotated[DonationStatusShown, Field(description="Current status.")]
    refunded: Annotated[int, Field(description="Amount refunded so far, in minor units.")]
    receipt: Annotated[ReceiptShown, Field(description=_RECEIPT)]
    payment_intent: Annotated[str | None, Field(description="Id of the Stripe PaymentIntent, if there is one.")] = None
    failure: Annotated[str | None, Field(description="Stripe's code of a failed attempt, if there is one.")] = None


class DonationList(Answer):
    """A page of donations, newest first. `next_cursor` is null on the last page.

    All donations are those of the merchant `donate-now`: the list of another merchant is empty. A change appears after
    a moment.
    """

    data: Annotated[list[ListedDonation], Field(description="Donations, newest first.")]
    next_cursor: Annotated[
        str | None, Field(description="Pass it as `cursor` to get the next page. `null` on the last page.")
    ]


class CurrencyTotal(Answer):
    """Total of one currency."""

    currency: Annotated[str, Field(description="ISO 4217 code, lower case.")]
    amount: Annotated[int, Field(description="Total in minor units.")]


class DonationTotal(Answer):
    """Total of successful donations, net of refunds."""

    # Any: `render_total` writes the number as text, without a Python float, and clients parse it as they like.
    total_amount_dollars: Annotated[
        Any, Field(description="Total in USD, in dollars.", json_schema_extra={"type": "number"})
    ]
    totals: Annotated[list[CurrencyTotal], Field(description="Totals by currency, in minor units.")]


class ListMyDonations(Query):
    """Page."""


class MyDonation(Answer):
    """A donation, as its donor sees it."""

    donation_id: Annotated[str, Field(description="Id of the donation.")]
    amount: Annotated[int, Field(description="Amount in minor units.")]
    currency: Annotated[str, Field(description="ISO 4217 code, lower case.")]
    status: Annotated[DonationStatusShown, Field(description="Current status.")]
    refunded: Annotated[int, Field(description="Amount refunded so far, in minor units.")]
    message: Annotated[str | None, Field(description="The donor's message.")] = None
    anonymous: Annotated[bool, Field(description="Whether the donor's name is hidden.")]
    receipt: Annotated[ReceiptShown, Field(description=_RECEIPT)]
    created_at: Annotated[str, Field(description="When the donation was created.")]


class MyDonationList(Answer):
    """A page of the donor's donations, newest first. `next_cursor` is null on the last page."""

    data: Annotated[list[MyDonation], Field(description="The donor's donations, newest first.")]
    next_cursor: Annotated[
        str | None, Field(description="Pass it as `cursor` to get the next page. `null` on the last page.")
    ]


class StripeEventReceived(Answer):
    """The event is queued for processing."""

    received: Annotated[Literal[True], Field(description="Always `true`.")]


def render_recent(donations: Iterable[Donation]) -> list[Body]:
    """Render donations with only their public data."""
    return [_render_public(donation) for donation in donations]


def render_listed(donation: Donation) -> Body:
    """Render a donation for its merchant. It does not identify an anonymous donor."""
    shown: Body = _render_public(donation) | {
        "donation_id": donation.id,
        "status": str(donation.status),
        "refunded": donation.refunded,
        "receipt": str(donation.receipt),
    }
    optional = {"payment_intent": donation.intent_id, "failure": donation.failure}
    return shown | {name: value for name, value in optional.items() if value is not None}


def _render_public(donation: Donation) -> Body:
    return {
        "donor_name": donation.shown_name,
        "amount": donation.amount,
        "currency": donation.currency,
        "created_at": format_timestamp(donation.created_at),
    }


def render_total(totals: Mapping[str, int]) -> str:
    """Render the totals as JSON text: Python writes no number as 1250.50, and a float may not be exact to the cent."""
    dollars, cents = divmod(abs(totals.get("usd", 0)), 100)
    sign = "-" if totals.get("usd", 0) < 0 else ""
    rows = ",".join(f'{{"currency":"{currency}","amount":{totals[currency]}}}' for currency in sorted(totals))
    return f'{{"total_amount_dollars":{sign}{dollars}.{cents:02},"totals":[{rows}]}}'


def render_mine(donation: Donation) -> Body:
    """Render a donation for its donor."""
    shown: Body = {
        "donation_id": donation.id,
        "amount": donation.amount,
        "currency": donation.currency,
        "status": str(donation.status),
        "refunded": donation.refunded,
        "anonymous": donation.anonymous,
        "receipt": str(donation.receipt),
        "created_at": format_timestamp(donation.created_at),
    }
    return shown | {"message": donation.message} if donation.message is not None else shown


def event_text(body: bytes) -> str:
    """Return a Stripe event as a queue message, unchanged except for escapes of characters that SQS rejects.

    Raises Refused(request_invalid) if it is not an event.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise Refused(Code.REQUEST_INVALID, "The body is not UTF-8.") from None
    event = read_object(text)
    named = all(isinstance(event.get(name), str) for name in ("id", "type"))
    if event.get("object") != "event" or not named or not isinstance(event.get("data"), dict):
        raise Refused(Code.REQUEST_INVALID, "The body is not a Stripe event (API v1).")
    return _UNQUEUED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
