"""The shapes of the inbox's answers."""

from typing import Annotated, Literal

from pydantic import Field

from paysandbox.http.answer_shape import Answer

AnswerName = Literal["200", "500", "410", "hang"]


class InboxSignature(Answer):
    """The check of a signature when the webhook was received."""

    valid: Annotated[bool, Field(description="Whether it verifies with the secret of one of your endpoints.")]
    reason: Annotated[
        Literal[
            "headers_missing",
            "header_invalid",
            "timestamp_invalid",
            "timestamp_stale",
            "no_endpoint",
            "signature_wrong",
        ]
        | None,
        Field(
            description="Why it does not verify. `headers_missing`, `header_invalid`: there is no complete signature. "
            "`timestamp_invalid`, `timestamp_stale`: the time of the signature is unreadable, or more than five "
            "minutes away. `no_endpoint`: you have no endpoint. `signature_wrong`: it was made with another secret or "
            "for another body. `null` if it verifies."
        ),
    ]
    endpoint_id: Annotated[str | None, Field(description="Id of the endpoint whose secret verifies it.")]
    secret: Annotated[
        Literal["current", "previous"] | None,
        Field(description="Which of the endpoint's secrets. Both verify for 24 hours after a rotation."),
    ]
    base_string_prefix: Annotated[
        str | None,
        Field(
            description="The signed text is this prefix, followed by the body. `null` without the headers that it has."
        ),
    ]


class InboxWebhook(Answer):
    """A webhook that the inbox received. Card numbers and keys in it are masked after its signature was checked."""

    id: Annotated[str, Field(description="`Request-Id` of the inbox's response.")]
    received_at: Annotated[str, Field(description="When it arrived, by the wall clock.")]
    status: Annotated[
        int | None, Field(description="HTTP status that it was answered with. `null` if there was no answer (`hang`).")
    ]
    headers: Annotated[dict[str, str], Field(description="Its headers, with names in lower case.")]
    body: Annotated[str, Field(description="Its body.")]
    event_id: Annotated[str | None, Field(description="Id of the event.")]
    event_type: Annotated[str | None, Field(description="Type of the event.")]
    signature: Annotated[
        InboxSignature, Field(description="The signature in `webhook-signature`, of Standard Webhooks.")
    ]
    stripe_signature: Annotated[
        InboxSignature | None,
        Field(description="The signature in `stripe-signature`, which Stripe's libraries verify. `null` without it."),
    ]


class InboxSwitch(Answer):
    """The URL of your inbox, and how it answers webhooks."""

    url: Annotated[
        str, Field(description="URL to register as a webhook endpoint. It is a secret: anyone who has it can use it.")
    ]
    answer: Annotated[AnswerName, Field(description="How the inbox answers webhooks.")]


class Inbox(InboxSwitch):
    """Your inbox: its URL, its answer, and a page of the webhooks that it received, newest first.

    It holds the newest 100 webhooks of the last 24 hours, of at most 65,536 bytes each.
    """

    data: Annotated[list[InboxWebhook], Field(description="Webhooks, newest first.")]
    next_cursor: Annotated[
        str | None, Field(description="Pass it as `cursor` to get the next page. `null` on the last page.")
    ]
