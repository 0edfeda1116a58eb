"""Donation events and their rendering, with only the public data of a donation."""

from typing import Annotated, Literal

from pydantic import Field

from paysandbox.aws.events.topic import Message
from paysandbox.core.event_type import EventType
from paysandbox.core.timestamps import format_timestamp
from paysandbox.donations.event import DonationEvent
from paysandbox.http.answer import Body
from paysandbox.http.answer_shape import Answer
from paysandbox.http.event_envelope import rendered


class DonationSucceededData(Answer):
    """The donation right after the event. It never contains the donor's e-mail address or message."""

    donation_id: Annotated[str, Field(description="Id of the donation.")]
    status: Annotated[Literal["SUCCEEDED", "FAILED", "REFUNDED"], Field(description="Status right after the event.")]
    amount: Annotated[int, Field(description="Amount in minor units.")]
    currency: Annotated[str, Field(description="ISO 4217 code, lower case, as at Stripe.")]
    refunded: Annotated[int, Field(description="Total refunded, in minor units.")]
    donor_name: Annotated[str, Field(description="The donor's name, or `Anonymous`.")]
    payment_intent: Annotated[str | None, Field(description="Id of the Stripe PaymentIntent, if there is one.")] = None
    created_at: Annotated[str, Field(description="When the donation was created.")]


class DonationFailedData(DonationSucceededData):
    """A donation whose payment failed or was abandoned. It can still succeed."""

    failure: Annotated[str | None, Field(description="Stripe's failure code, if there is one.")] = None


class DonationRefundedData(DonationSucceededData):
    """A donation after a refund."""

    refund_amount: Annotated[int, Field(description="Amount of this refund, in minor units.")]


def render_donation_event(event: DonationEvent) -> str:
    """Render a donation event, byte for byte as it is sent. It does not identify an anonymous donor."""
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
    """Return the event as a message for the topic."""
    return Message(id=event.id, merchant=event.merchant, type=event.type, body=render_donation_event(event))
