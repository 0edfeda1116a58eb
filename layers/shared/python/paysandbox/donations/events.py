"""Events of donations: their shapes, and how they are rendered. The donation is as the public may see it."""

from typing import Annotated, Literal

from pydantic import Field

from paysandbox.aws.topic import Message
from paysandbox.core.event_type import EventType
from paysandbox.core.timestamps import format_timestamp
from paysandbox.donations.event import DonationEvent
from paysandbox.http.answer import Answer, Body
from paysandbox.http.event_envelope import EventEnvelope, rendered


class DonationSucceededData(Answer):
    """A donation right after the event. The donor's e-mail and message are never in an event.

    Amounts are minor units of its currency.
    """

    donation_id: str
    status: Literal["SUCCEEDED", "FAILED", "REFUNDED"]
    amount: int
    currency: Annotated[str, Field(description="A code of ISO 4217, lower case as Stripe writes it.")]
    refunded: Annotated[int, Field(description="What went back in all.")]
    donor_name: Annotated[str, Field(description="`Anonymous` where the donor asked for that.")]
    payment_intent: Annotated[str | None, Field(description="Stripe's. None where it was never made.")] = None
    created_at: Annotated[str, Field(description="When the donation was opened.")]


class DonationFailedData(DonationSucceededData):
    """A donation of which an attempt failed, or that was given up. It may succeed yet."""

    failure: Annotated[str | None, Field(description="Why, where it was said: Stripe's code.")] = None


class DonationRefundedData(DonationSucceededData):
    """A donation of which something went back."""

    refund_amount: Annotated[int, Field(description="What went back this time.")]


class DonationSucceededEvent(EventEnvelope):
    """A donation was paid. Once for each donation."""

    type: Literal["donation_succeeded"]
    data: DonationSucceededData


class DonationFailedEvent(EventEnvelope):
    """A donation was not paid: the attempt failed, or nobody finished it. It may succeed yet."""

    type: Literal["donation_failed"]
    data: DonationFailedData


class DonationRefundedEvent(EventEnvelope):
    """All or part of a donation went back."""

    type: Literal["donation_refunded"]
    data: DonationRefundedData


def render_donation_event(event: DonationEvent) -> str:
    """An event of a donation as it is sent, byte for byte. Of an anonymous donor nothing is in it."""
    donation = event.donation
    data: Body = {
        "donation_id": donation.id,
        "status": str(donation.status),
        "amount": donation.amount,
        "currency": donation.currency,
        "refunded": donation.refunded,
        "donor_name": donation.shown_name,
        "created_at": format_timestamp(donation.created_at),
    }
    if donation.intent_id:
        data["payment_intent"] = donation.intent_id
    if event.type is EventType.DONATION_FAILED and donation.failure:
        data["failure"] = donation.failure
    if event.refund:
        data["refund_amount"] = event.refund
    return rendered(event.type, data, event.id, event.at, event.sequence)


def donation_message(event: DonationEvent) -> Message:
    """The event as a message of the topic."""
    return Message(id=event.id, merchant=event.merchant, type=event.type, body=render_donation_event(event))
