"""Request bodies and query parameters of disputes' routes."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field, field_validator

from paysandbox.disputes.evidence import FIELDS, MAX_CHARACTERS
from paysandbox.http.parameter_shape import Shape
from paysandbox.http.queries import Instant, OrderedQuery, later_than

DisputeStatusFilter = Literal[
    "warning_needs_response",
    "warning_under_review",
    "warning_closed",
    "needs_response",
    "under_review",
    "won",
    "lost",
]
DisputeReasonFilter = Literal[
    "bank_cannot_process",
    "check_returned",
    "credit_not_processed",
    "customer_initiated",
    "debit_not_authorized",
    "duplicate",
    "fraudulent",
    "general",
    "incorrect_account_details",
    "insufficient_funds",
    "noncompliant",
    "product_not_received",
    "product_unacceptable",
    "subscription_canceled",
    "unrecognized",
]

_A_FILE: Final = (
    "A file ID. Any text is accepted, since files are not simulated: /docs/reference/stripe-coverage#no-files."
)


def _text(description: str) -> Any:
    return Field(default=None, max_length=MAX_CHARACTERS, description=description)


class EvidenceFields(Shape):
    """Evidence fields, with Stripe's names. An omitted field keeps its value; an empty value clears it."""

    access_activity_log: str | None = _text("Server or activity logs that show that the customer used the product.")
    billing_address: str | None = _text("The billing address that the customer gave.")
    cancellation_policy: str | None = _text(f"Your policy for cancellations of subscriptions. {_A_FILE}")
    cancellation_policy_disclosure: str | None = _text(
        "How and when the customer was shown that policy before the purchase."
    )
    cancellation_rebuttal: str | None = _text("Why the customer's subscription was not canceled.")
    customer_communication: str | None = _text(f"Communication with the customer. {_A_FILE}")
    customer_email_address: str | None = _text("The customer's e-mail address.")
    customer_name: str | None = _text("The customer's name.")
    customer_purchase_ip: str | None = _text("The IP address that the customer used for the purchase.")
    customer_signature: str | None = _text(f"The customer's signature. {_A_FILE}")
    duplicate_charge_documentation: str | None = _text(
        f"Proof that the payments are not duplicates, such as receipts. {_A_FILE}"
    )
    duplicate_charge_explanation: str | None = _text(
        "How the disputed payment differs from the one that seems to be its duplicate."
    )
    duplicate_charge_id: str | None = _text("Id of the payment that seems to be a duplicate of the disputed one.")
    product_description: str | None = _text("What was sold.")
    receipt: str | None = _text(f"The receipt that was sent to the customer. {_A_FILE}")
    refund_policy: str | None = _text(f"Your policy for refunds. {_A_FILE}")
    refund_policy_disclosure: str | None = _text("How and when the customer was shown that policy before the purchase.")
    refund_refusal_explanation: str | None = _text("Why the customer is not entitled to a refund.")
    service_date: str | None = _text("When the customer received, or began to receive, the service.")
    service_documentation: str | None = _text(f"Proof that the service was provided. {_A_FILE}")
    shipping_address: str | None = _text("The address that a physical product was shipped to.")
    shipping_carrier: str | None = _text("The carriers that shipped a physical product, separated by commas.")
    shipping_date: str | None = _text("When a physical product began its route to the shipping address.")
    shipping_documentation: str | None = _text(f"Proof that a product was shipped to the customer's address. {_A_FILE}")
    shipping_tracking_number: str | None = _text("Tracking numbers of a physical product, separated by commas.")
    uncategorized_file: str | None = _text(f"Anything else. {_A_FILE}")
    uncategorized_text: str | None = _text(
        "Anything else. `winning_evidence` and `losing_evidence` decide the dispute within seconds; "
        "`escalate_inquiry_evidence` makes an inquiry a chargeback."
    )

    def texts(self) -> dict[str, str]:
        """Return the texts that were sent, by name."""
        return {name: text for name in FIELDS if (text := getattr(self, name)) is not None}


class SubmitEvidence(Shape):
    """Evidence to save as a draft or to submit."""

    evidence: Annotated[
        EvidenceFields | None,
        Field(description="The fields to set. Together with those saved before, up to 150,000 characters."),
    ] = None
    submit: Annotated[
        bool, Field(description="Submit all evidence to the bank. Until the bank has decided, it cannot change.")
    ] = False

    def texts(self) -> dict[str, str]:
        """Return the texts that were sent, by the names of their fields."""
        return self.evidence.texts() if self.evidence is not None else {}


class ListDisputes(OrderedQuery):
    """Filters and page. `status` and `reason` are compared with up to 2,000 disputes per page."""

    auth_id: Annotated[str | None, Field(max_length=64, description="Disputes of this payment.")] = None
    status: Annotated[DisputeStatusFilter | None, Field(description="Disputes with this current status.")] = None
    reason: Annotated[DisputeReasonFilter | None, Field(description="Disputes with this reason.")] = None
    created_from: Annotated[Instant | None, Field(description="Disputes opened at or after this time.")] = None
    created_to: Annotated[Instant | None, Field(description="Disputes opened before this time.")] = None

    _later = field_validator("created_to")(later_than("created_from", "created_to must be later than created_from."))
