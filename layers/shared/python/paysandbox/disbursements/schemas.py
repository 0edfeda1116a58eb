"""The shapes of the answers of disbursements' routes: for documents and tests. No function loads them."""

from typing import Annotated, Literal

from pydantic import Field

from paysandbox.disbursements.requests import DisbursementStatus
from paysandbox.http.answer_shape import Answer


class TrailEntry(Answer):
    """An entry of the disbursement's status history."""

    status: Annotated[DisbursementStatus, Field(description="The status.")]
    at: Annotated[str, Field(description="Time of the change (RFC 3339, UTC).")]
    source: Annotated[
        Literal["api", "worker", "provider", "timer", "simulated", "operator"],
        Field(description="Source of the status."),
    ]
    code: Annotated[
        str | None,
        Field(
            description="The provider's reason. One from C01 to C07 is that of a notification of change, with which "
            "the status stays."
        ),
    ] = None
    request_id: Annotated[str | None, Field(description="ID of the request that caused it.")] = None


class DisbursementBody(Answer):
    """A disbursement to a customer."""

    payment_id: Annotated[
        str, Field(description="ID of the disbursement. It starts with the time at which it was first requested.")
    ]
    customer_id: Annotated[str, Field(description="The customer's ID.")]
    email: Annotated[str, Field(description="The e-mail address that is paid.")]
    amount: Annotated[int, Field(description="The amount in minor units.")]
    currency: Annotated[str, Field(description="ISO 4217 code.")]
    fee: Annotated[int, Field(description="Your fee for it, in minor units.")]
    payment_method: Annotated[Literal["paypal", "ach", "stripe"], Field(description="How it is paid.")]
    status: Annotated[DisbursementStatus, Field(description="Current status.")]
    code: Annotated[str | None, Field(description="The provider's reason for its status.")] = None
    attempts: Annotated[int, Field(description="Number of requests to the provider: payments and status queries.")]
    reference: Annotated[str | None, Field(description="The provider's ID of its batch, once it is known.")] = None
    batch_id: Annotated[str, Field(description="The ID that the provider receives. It never changes.")]
    stripe_account: Annotated[
        str | None,
        Field(description="`stripe`: the connected account that is paid. It does not change when the customer's does."),
    ] = None
    payout: Annotated[
        str | None,
        Field(
            description="`stripe`: the payout to the account's bank, once there is one. `reference` is the transfer."
        ),
    ] = None
    last4: Annotated[
        str | None,
        Field(
            description="`ach`: the last four digits of the bank account that is paid. It does not change when the "
            "customer's does."
        ),
    ] = None
    window: Annotated[
        int | None,
        Field(description="`ach`: the number of its file's window on that day, from 0, once it is in one."),
    ] = None
    trace_number: Annotated[
        str | None,
        Field(description="`ach`: the trace number of its entry, once the bank has the file."),
    ] = None
    effective_date: Annotated[
        str | None,
        Field(description="`ach`: the banking day on which its file settles, once it is in one."),
    ] = None
    administrative_returns_expected_by: Annotated[
        str | None,
        Field(
            description="`ach`: until when the bank returns what it cannot credit (RFC 3339, UTC), once it is in a "
            "file. A recipient may refuse it two banking days longer (R23)."
        ),
    ] = None
    correction_code: Annotated[
        str | None,
        Field(
            description="`ach`: the code of the bank's last notification of change (C01 to C07). It corrects the "
            "customer's bank account for the next disbursement."
        ),
    ] = None
    created_at: Annotated[str, Field(description="When it was accepted (RFC 3339, UTC).")]
    cancel_requested: Annotated[bool, Field(description="Whether it is about to be canceled at the provider.")]
    trail: Annotated[list[TrailEntry], Field(description="Status history, oldest first; at most 40 entries.")]


class DisbursementList(Answer):
    """A page of a customer's disbursements, newest first. `next_cursor` is null on the last page."""

    data: Annotated[list[DisbursementBody], Field(description="Disbursements, newest first.")]
    next_cursor: Annotated[
        str | None, Field(description="Pass it as `cursor` to get the next page. `null` on the last page.")
    ]
    searched: Annotated[
        int | None,
        Field(description="With a filter that no index has: how many disbursements this page was compared with."),
    ] = None


class PaypalEventReceived(Answer):
    """A webhook of PayPal that was received."""

    received: Annotated[bool, Field(description="Always true.")]
