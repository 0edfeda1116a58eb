"""The shape of a dispute in answers and events: for documents and tests. No function loads it."""

from typing import Annotated, Literal

from pydantic import Field

from paysandbox.http.answer_shape import Answer

DisputeStatusName = Literal[
    "warning_needs_response",
    "warning_under_review",
    "warning_closed",
    "needs_response",
    "under_review",
    "won",
    "lost",
]
DisputeStageName = Literal["inquiry", "chargeback", "pre_arbitration", "arbitration"]


class DisputeBody(Answer):
    """A dispute: the cardholder contests a payment with the card's bank. Amounts are in minor units."""

    dispute_id: Annotated[str, Field(description="Id of the dispute.")]
    auth_id: Annotated[str, Field(description="Id of the payment.")]
    status: Annotated[
        DisputeStatusName,
        Field(description="Current status. Statuses of inquiries begin with `warning`; inquiries move no money."),
    ]
    stage: Annotated[DisputeStageName, Field(description="Current stage of the dispute.")]
    reason: Annotated[str, Field(description="Why the cardholder disputes the payment, such as `fraudulent`.")]
    program: Annotated[
        Literal["compelling_evidence", "compliance"] | None,
        Field(description="The network's program that it is of, if there is one."),
    ] = None
    amount: Annotated[int, Field(description="Disputed amount: of a chargeback, what it took.")]
    currency: Annotated[str, Field(description="ISO 4217 code, upper case.")]
    fee: Annotated[int, Field(description="Fee that was charged for it and not returned.")]
    withdrawn: Annotated[
        bool, Field(description="The cardholder withdrew the dispute. You still have to submit evidence to win it.")
    ]
    submissions: Annotated[int, Field(description="How often evidence was submitted.")]
    due_by: Annotated[str, Field(description="Evidence must be submitted before this time (RFC 3339, UTC).")]
    decides_at: Annotated[
        str | None, Field(description="Latest time of the bank's decision, while evidence is under review.")
    ] = None
    cause: Annotated[
        Literal["decided", "accepted", "expired", "refunded"] | None,
        Field(
            description="Why it ended: the bank `decided`, you `accepted` it, no one answered or escalated it in time "
            "(`expired`), or you `refunded` the payment during an inquiry."
        ),
    ] = None
    created_at: Annotated[str, Field(description="When it was opened (RFC 3339, UTC).")]
    updated_at: Annotated[str, Field(description="When it changed last.")]


class DisputeSummary(Answer):
    """The latest dispute of a payment."""

    dispute_id: Annotated[str, Field(description="Id of the dispute.")]
    status: Annotated[DisputeStatusName, Field(description="Its status.")]
