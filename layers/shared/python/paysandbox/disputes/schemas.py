"""The shapes of the answers of disputes' routes: for documents and tests. No function loads them."""

from typing import Annotated

from pydantic import Field

from paysandbox.http.answer_shape import Answer
from paysandbox.payments.disputes.schemas import DisputeBody
from paysandbox.payments.schemas import PaymentOperation


class DisputeDetails(DisputeBody):
    """A dispute with its evidence and its operations."""

    evidence: Annotated[dict[str, str], Field(description="Evidence by field, as last saved or submitted.")]
    has_evidence: Annotated[bool, Field(description="Whether any evidence field has a value.")]
    past_due: Annotated[bool, Field(description="Whether `due_by` has passed without evidence.")]
    operations: Annotated[list[PaymentOperation], Field(description="Its operations, oldest first.")]


class DisputeList(Answer):
    """A page of disputes, newest first. `next_cursor` is null on the last page."""

    data: Annotated[list[DisputeBody], Field(description="Disputes, newest first.")]
    next_cursor: Annotated[
        str | None, Field(description="Pass it as `cursor` to get the next page. `null` on the last page.")
    ]
    searched: Annotated[
        int | None, Field(description="With a filter that no index has: how many disputes this page was compared with.")
    ] = None


class DisputeAnswered(DisputeBody):
    """The dispute right after the operation."""

    transaction_id: Annotated[str, Field(description="Id of the operation.")]


class EvidenceSaved(Answer):
    """Evidence that was saved or submitted. `GET /disputes/{dispute_id}` shows all of it."""

    dispute_id: Annotated[str, Field(description="Id of the dispute.")]
    auth_id: Annotated[str, Field(description="Id of the payment.")]
    submitted: Annotated[bool, Field(description="Whether the request submitted the evidence.")]
    fields: Annotated[list[str], Field(description="Names of the fields that the request set or cleared, sorted.")]
    saved_at: Annotated[str, Field(description="When the request was first made (RFC 3339, UTC).")]
    digest: Annotated[
        str | None,
        Field(
            description="SHA-256 (hexadecimal) of all evidence that was submitted: its fields as JSON in UTF-8, sorted "
            "by name, without spaces."
        ),
    ] = None
    dispute: Annotated[DisputeAnswered | None, Field(description="The dispute right after the submission.")] = None
