"""Disbursement events and their rendering: one for each status that a disbursement gets."""

from typing import Annotated, Literal

from pydantic import Field

from paysandbox.aws.events.topic import Message
from paysandbox.core.timestamps import format_timestamp
from paysandbox.disbursements.event import DisbursementEvent
from paysandbox.http.answer import Body
from paysandbox.http.answer_shape import Answer
from paysandbox.http.event_envelope import rendered


class DisbursementData(Answer):
    """The disbursement right after the event. It never contains the customer's e-mail address."""

    payment_id: Annotated[str, Field(description="Id of the disbursement.")]
    customer_id: Annotated[str, Field(description="Your id for the customer.")]
    status: Annotated[str, Field(description="Status right after the event.")]
    amount: Annotated[int, Field(description="Amount in minor units.")]
    currency: Annotated[str, Field(description="ISO 4217 code.")]
    fee: Annotated[int, Field(description="Your fee for it, in minor units.")]
    payment_method: Annotated[str, Field(description="How it is paid, such as `paypal`.")]
    source: Annotated[
        Literal["api", "worker", "provider", "timer", "simulated", "operator"],
        Field(description="Source of the status."),
    ]
    code: Annotated[
        str | None, Field(description="The provider's reason for the status or for a correction, if it has one.")
    ] = None
    reference: Annotated[str | None, Field(description="The provider's id of its batch, once it is known.")] = None
    batch_id: Annotated[str, Field(description="The id that the provider receives. It never changes.")]
    created_at: Annotated[str, Field(description="When it was requested (RFC 3339, UTC).")]


def render_disbursement_event(event: DisbursementEvent) -> str:
    """Render an event, byte for byte as it is sent."""
    disbursement, change = event.disbursement, event.change
    data: Body = {
        "payment_id": disbursement.id,
        "customer_id": disbursement.customer_id,
        "status": str(change.status),
        "amount": disbursement.amount,
        "currency": disbursement.currency,
        "fee": disbursement.fee,
        "payment_method": disbursement.method,
        "source": str(change.source),
        "batch_id": disbursement.batch_id,
        "created_at": format_timestamp(disbursement.created_at),
    }
    optional = {"code": change.code, "reference": disbursement.reference}
    data |= {name: text for name, text in optional.items() if text is not None}
    return rendered(event.type, data, event.id, change.at, event.sequence + 1)


def disbursement_message(event: DisbursementEvent) -> Message:
    """Return the event as a message for the topic."""
    merchant = event.disbursement.merchant
    return Message(id=event.id, merchant=merchant, type=event.type, body=render_disbursement_event(event))
