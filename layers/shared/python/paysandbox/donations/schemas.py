"""Bodies and answers of the donations' routes, and how they are rendered."""

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, RootModel
from pydantic_core import PydanticCustomError

from paysandbox.core.errors import Code, Refused
from paysandbox.core.timestamps import format_timestamp
from paysandbox.donations.donation import MAX_MESSAGE, Donation
from paysandbox.http.answer import Answer, Body
from paysandbox.http.queries import Query
from paysandbox.http.reading import read_object
from paysandbox.payments.requests import Amount, Currency

MAX_AGE_S: Final = 5
"""For how long whoever reads recent donations and the total may keep them."""

_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
# JSON may hold these two, and a queue takes no message with them (Amazon SQS, SendMessage).
_UNQUEUED: Final = re.compile("[\ufffe\uffff]")

DonationStatusShown = Literal["PENDING", "SUCCEEDED", "FAILED", "REFUNDED"]


def _lines(text: str) -> str:
    if _CONTROL.search(text):
        raise PydanticCustomError("control_character", "Control characters are not taken here, but for line breaks.")
    return text


Message = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_MESSAGE,
        # For the document: checked by `_lines`, which says it in words.
        json_schema_extra={"pattern": rf"^[^{_CONTROL.pattern[1:-1]}]*$"},
    ),
    AfterValidator(_lines),
]


class CreateDonationIntent(BaseModel):
    """What a donor gives, and says. Who it is says the token."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    amount: Amount
    currency: Annotated[Currency, Field(description="ISO 4217, in any case; shown in lower case, as at Stripe.")] = (
        "USD"
    )
    message: Annotated[Message | None, Field(description="To whoever the donation is for; the receipt repeats it.")] = (
        None
    )
    anonymous: Annotated[bool, Field(description="Show no name to others.")] = False


class DonationIntent(Answer):
    """What the donor's browser confirms at Stripe with. The secret is neither kept nor logged here."""

    client_secret: str
    donation_id: str


class DonationBody(Answer):
    """A donation as everybody may see it."""

    donor_name: str
    amount: int
    currency: str
    created_at: str


class RecentDonations(RootModel[list[DonationBody]]):
    """A bare array, newest first."""


class CurrencyTotal(Answer):
    """Minor units of a currency (lower case)."""

    currency: str
    amount: int


class DonationTotal(Answer):
    """What was given and not given back. Dollars are those of USD alone, exact to the cent."""

    # Any: what the text is read as is its reader's affair, and none of Python's floats is made here.
    total_amount_dollars: Annotated[Any, Field(json_schema_extra={"type": "number"})]
    totals: list[CurrencyTotal]


class ListMyDonations(Query):
    """Which page."""


class MyDonation(Answer):
    """A donation as its donor sees it."""

    donation_id: str
    amount: int
    currency: str
    status: DonationStatusShown
    refunded: int
    message: str | None = None
    anonymous: bool
    receipt: Literal["none", "due", "sending", "sent", "refused"]
    created_at: str


class MyDonationList(Answer):
    """A page of donations, newest first."""

    data: list[MyDonation]
    next_cursor: str | None


class StripeEventReceived(Answer):
    """The event waits to be worked on."""

    received: Literal[True]


def render_recent(donations: Iterable[Donation]) -> list[Body]:
    """Each with no more of its donor than may be seen."""
    return [
        {
            "donor_name": donation.shown_name,
            "amount": donation.amount,
            "currency": donation.currency,
            "created_at": format_timestamp(donation.created_at),
        }
        for donation in donations
    ]


def render_total(totals: Mapping[str, int]) -> str:
    """The JSON text itself: no number of Python's is written as 1250.50, and none is exact to the cent in all cases."""
    dollars, cents = divmod(abs(totals.get("usd", 0)), 100)
    sign = "-" if totals.get("usd", 0) < 0 else ""
    rows = ",".join(f'{{"currency":"{currency}","amount":{totals[currency]}}}' for currency in sorted(totals))
    return f'{{"total_amount_dollars":{sign}{dollars}.{cents:02},"totals":[{rows}]}}'


def render_mine(donation: Donation) -> Body:
    """A donation to its donor."""
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
    """An event of Stripe's as a queue takes it: as it came. Raises Refused(request_invalid) for what is none."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise Refused(Code.REQUEST_INVALID, "The body is not UTF-8.") from None
    event = read_object(text)
    named = all(isinstance(event.get(name), str) for name in ("id", "type"))
    if event.get("object") != "event" or not named or not isinstance(event.get("data"), dict):
        raise Refused(Code.REQUEST_INVALID, "The body is not an event of Stripe's API v1.")
    return _UNQUEUED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
