"""The shapes of the answers of the card payment routes: for documents and tests. No payment function loads them.

A row names its shape (`http.answer.Documented`), since building these costs a tenth of what a payment function loads.
"""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, create_model

from paysandbox.http.answer_shape import Answer
from paysandbox.payments.disputes.schemas import DisputeSummary
from paysandbox.payments.payment import ANNOTATIONS
from paysandbox.payments.requests import PaymentStatus

_Shape = TypeVar("_Shape", bound=Answer)


def with_annotations(facts: type[_Shape]) -> type[_Shape]:
    """Return a shape with the fields of `facts`, and after them the merchant's annotations of a payment.

    All are text, except `metadata`: each shape has it as the map that it was sent as.
    """
    texts: dict[str, Any] = {
        name: (str | None, Field(default=None, description=f"Your {name.replace('_', ' ')}, as sent."))
        for name in ANNOTATIONS
        if name != "metadata"
    }
    return create_model(facts.__name__, __base__=facts, **texts)


class CardBody(Answer):
    """The stored details of a card. The number and the security code are never stored."""

    card_id: Annotated[str, Field(description="Identifies the card. The same for the same number and merchant.")]
    brand: Annotated[str, Field(description="Card brand, such as `visa`.")]
    last4: Annotated[str, Field(description="Last four digits of the number.")]
    exp_month: Annotated[int, Field(description="Expiration month, 1 to 12.")]
    exp_year: Annotated[int, Field(description="Expiration year, four digits.")]


CheckResult = Literal["pass", "fail", "unavailable", "unchecked"]


class CardChecks(Answer):
    """Results of the security code and address checks. Data that was not sent is `unchecked`."""

    cvc: Annotated[CheckResult, Field(description="Security code.")]
    zip: Annotated[CheckResult, Field(description="Postal code.")]
    line1: Annotated[CheckResult, Field(description="First line of the address.")]


class CaptureBody(Answer):
    """A capture made together with its authorization."""

    transaction_id: Annotated[str, Field(description="Id of the capture.")]
    amount: Annotated[int, Field(description="Captured amount in minor units.")]


class ThreeDSecureBody(Answer):
    """A 3-D Secure authentication of the cardholder."""

    result: Annotated[
        Literal["Y", "A", "N", "U", "R", "C", "D", "I", "abandoned"],
        Field(
            description="Result by its letter in EMV 3-D Secure: Y authenticated, A attempted, N failed, U "
            "unavailable, R rejected, C challenge required, D decoupled, I information only. `abandoned`: the "
            "cardholder did not answer the challenge within an hour."
        ),
    ]
    version: Annotated[str, Field(description="Version of EMV 3-D Secure.")]
    liability_shifted: Annotated[
        bool, Field(description="Whether the issuer is liable for fraud, not you. True after the results Y and A.")
    ]
    eci: Annotated[
        str | None,
        Field(
            description="Electronic commerce indicator that was sent with the authorization: 05, 06 or 07; on "
            "Mastercard 02, 01, 00 or 04."
        ),
    ] = None


class RedirectToUrl(Answer):
    """A page that the cardholder must open."""

    url: Annotated[
        str,
        Field(
            description="Page on which the cardholder authenticates. Keep it secret: anyone who has it can complete "
            "the challenge."
        ),
    ]
    return_url: Annotated[str | None, Field(description="Your `return_url`, to which the page leads afterwards.")] = (
        None
    )


class NextAction(Answer):
    """The action that is required before authorization."""

    type: Annotated[Literal["redirect_to_url"], Field(description="Always `redirect_to_url`.")]
    redirect_to_url: Annotated[RedirectToUrl, Field(description="The page to which you redirect the cardholder.")]


class AttemptFacts(Answer):
    """An attempt to authorize a payment, without its status and the merchant's annotations."""

    auth_id: Annotated[str, Field(description="Id of the authorization, which is also the payment's id.")]
    transaction_id: Annotated[str, Field(description="Id of the authorization attempt.")]
    amount: Annotated[
        int, Field(description="Authorized amount in minor units. For a declined payment, the requested amount.")
    ]
    amount_requested: Annotated[
        int | None,
        Field(description="Requested amount in minor units, if the bank approved only part of it."),
    ] = None
    currency: Annotated[str, Field(description="ISO 4217 code, upper case.")]
    capture_method: Annotated[
        Literal["manual", "automatic"],
        Field(
            description="`automatic`: captured together with the authorization. `manual`: captured by a later request."
        ),
    ]
    card: Annotated[CardBody, Field(description="Stored details of the card.")]
    created_at: Annotated[str, Field(description="When the authorization was recorded (RFC 3339, UTC).")]
    expires_at: Annotated[
        str | None, Field(description="When the authorization expires and the uncaptured amount is released.")
    ] = None
    captures: Annotated[
        list[CaptureBody] | None,
        Field(description="The capture, if `capture_method` is `automatic` and the bank approved."),
    ] = None
    decline_code: Annotated[str | None, Field(description="Why the bank declined, such as `insufficient_funds`.")] = (
        None
    )
    advice_code: Annotated[
        str | None,
        Field(description="What to do after a decline: `try_again_later`, `confirm_card_data` or `do_not_try_again`."),
    ] = None
    response_code: Annotated[
        str | None, Field(description="The bank's response code (ISO 8583, field 39). `00` is an approval.")
    ] = None
    checks: Annotated[
        CardChecks | None, Field(description="Results of the security code and address checks, once the bank answered.")
    ] = None
    risk_level: Annotated[
        Literal["normal", "elevated", "highest"] | None,
        Field(description="Simulated risk assessment, once the bank answered."),
    ] = None
    three_d_secure: Annotated[
        ThreeDSecureBody | None, Field(description="How the cardholder was authenticated (3-D Secure), if at all.")
    ] = None


class AttemptBody(with_annotations(AttemptFacts)):
    """An attempt to authorize a payment, without its status."""

    metadata: Annotated[dict[str, str] | None, Field(description="Your key-value pairs, as sent.")] = None


class PaymentAuthorized(AttemptBody):
    """The result of an authorization: `approved`, `declined`, or the pending step."""

    status: Annotated[
        Literal["approved", "declined", "requires_action", "processing"],
        Field(
            description="`approved`: the amount is held on the card. `declined`: nothing is held. `requires_action`: "
            "the cardholder must authenticate first, see `next_action`. `processing`: the bank has not answered yet."
        ),
    ]
    next_action: Annotated[
        NextAction | None, Field(description="The action required of the cardholder, if `status` is `requires_action`.")
    ] = None


class PaymentOpened(Answer):
    """A payment intent, created or updated through the Stripe-compatible API and not yet confirmed."""

    status: Annotated[Literal["completed"], Field(description="Always `completed`.")]
    auth_id: Annotated[str, Field(description="Id of the payment.")]
    transaction_id: Annotated[str, Field(description="Id of the operation.")]
    amount: Annotated[int, Field(description="Amount in minor units.")]
    currency: Annotated[str, Field(description="ISO 4217 code, upper case.")]
    created_at: Annotated[str, Field(description="When the operation was recorded (RFC 3339, UTC).")]
    description: Annotated[str | None, Field(description="Your description, as sent.")] = None
    metadata: Annotated[dict[str, str] | None, Field(description="Your key-value pairs, as sent.")] = None


class PaymentIncremented(Answer):
    """The bank's response to an increment, with the amount that is authorized after it."""

    status: Annotated[
        Literal["completed", "declined"],
        Field(description="`completed`: the bank holds the amount in addition. `declined`: it holds what it held."),
    ]
    transaction_id: Annotated[str, Field(description="Id of the increment.")]
    auth_id: Annotated[str, Field(description="Id of the authorization, which is also the payment's id.")]
    amount: Annotated[int, Field(description="Amount of the increment in minor units.")]
    currency: Annotated[str, Field(description="ISO 4217 code, upper case.")]
    authorized: Annotated[int, Field(description="Total authorized after it.")]
    remaining: Annotated[int, Field(description="Amount that can be captured or voided after it.")]
    response_code: Annotated[
        str | None, Field(description="The bank's response code (ISO 8583, field 39). `00` is an approval.")
    ] = None
    decline_code: Annotated[str | None, Field(description="Why the bank declined, such as `insufficient_funds`.")] = (
        None
    )
    advice_code: Annotated[
        str | None,
        Field(description="What to do after a decline: `try_again_later`, `confirm_card_data` or `do_not_try_again`."),
    ] = None
    created_at: Annotated[str, Field(description="When the operation was recorded (RFC 3339, UTC).")]


class PaymentCaptured(Answer):
    """A capture, with the amount that remains authorized."""

    status: Annotated[Literal["completed"], Field(description="Always `completed`.")]
    transaction_id: Annotated[str, Field(description="Id of the capture.")]
    auth_id: Annotated[str, Field(description="Id of the authorization, which is also the payment's id.")]
    amount: Annotated[int, Field(description="Captured amount in minor units.")]
    currency: Annotated[str, Field(description="ISO 4217 code, upper case.")]
    final: Annotated[bool, Field(description="Whether this was declared the last capture.")]
    remaining: Annotated[int, Field(description="Amount that can still be captured or voided after this capture.")]
    released: Annotated[int, Field(description="Amount that a final capture released. 0 otherwise.")]
    created_at: Annotated[str, Field(description="When the operation was recorded (RFC 3339, UTC).")]


class PaymentVoided(Answer):
    """A void, with the amount that it released."""

    status: Annotated[Literal["completed"], Field(description="Always `completed`.")]
    transaction_id: Annotated[str, Field(description="Id of the void.")]
    auth_id: Annotated[str, Field(description="Id of the authorization, which is also the payment's id.")]
    amount: Annotated[int, Field(description="Released amount in minor units.")]
    currency: Annotated[str, Field(description="ISO 4217 code, upper case.")]
    created_at: Annotated[str, Field(description="When the operation was recorded (RFC 3339, UTC).")]


class PaymentRefunded(Answer):
    """A refund, with the amount of the capture that remains refundable."""

    status: Annotated[
        Literal["completed", "pending"],
        Field(description="`pending`: the amount is held, and the refund succeeds or fails later."),
    ]
    transaction_id: Annotated[str, Field(description="Id of the refund.")]
    auth_id: Annotated[str, Field(description="Id of the authorization, which is also the payment's id.")]
    capture_id: Annotated[str, Field(description="Id of the capture that was refunded.")]
    amount: Annotated[int, Field(description="Refunded amount in minor units.")]
    currency: Annotated[str, Field(description="ISO 4217 code, upper case.")]
    refundable: Annotated[int, Field(description="Amount of the capture that can still be refunded after this refund.")]
    reason: Annotated[str | None, Field(description="Your reason, as it was sent.")] = None
    created_at: Annotated[str, Field(description="When the operation was recorded (RFC 3339, UTC).")]


class RefundBody(Answer):
    """A refund, with its status."""

    transaction_id: Annotated[str, Field(description="Id of the refund.")]
    capture_id: Annotated[str, Field(description="Id of the refunded capture. If there are several, the first.")]
    amount: Annotated[int, Field(description="Amount in minor units.")]
    status: Annotated[
        Literal["pending", "requires_action", "succeeded", "failed", "canceled"],
        Field(
            description="`pending` and `requires_action` (the refund waits for the cardholder) hold the amount. The "
            "amount of a refund that is `failed` or `canceled` can be refunded again."
        ),
    ]
    failure_reason: Annotated[str | None, Field(description="Why it failed, such as `lost_or_stolen_card`.")] = None


class CaptureTotals(Answer):
    """A capture, with its refunded amount."""

    transaction_id: Annotated[str, Field(description="Id of the capture.")]
    amount: Annotated[int, Field(description="Captured amount.")]
    refunded: Annotated[int, Field(description="Amount refunded so far.")]


class PaymentOperation(Answer):
    """One operation of a payment.

    The `amount` of a settlement is its captures minus its refunds, so it can be zero or negative.
    """

    transaction_id: Annotated[str, Field(description="Id of the operation.")]
    type: Annotated[
        Literal[
            "opening",
            "revision",
            "authorization",
            "capture",
            "void",
            "expiry",
            "refund",
            "settlement",
            "challenge",
            "pending_authorization",
            "authentication",
            "refund_update",
            "capture_failure",
            "presentment_delay",
            "reversal",
            "increment",
            "fraud_warning",
            "dispute",
            "dispute_evidence",
            "dispute_decision",
            "dispute_withdrawal",
            "dispute_escalation",
        ],
        Field(description="`opening` and `revision` are made through the Stripe-compatible API only."),
    ]
    amount: Annotated[int, Field(description="Amount of the operation in minor units.")]
    created_at: Annotated[str, Field(description="When the operation was recorded (RFC 3339, UTC).")]
    request_id: Annotated[str, Field(description="`Request-Id` of the request that made it.")]
    final: Annotated[bool | None, Field(description="Captures: whether it was declared the last one.")] = None
    capture_id: Annotated[str | None, Field(description="Refunds: id of the refunded capture.")] = None
    reason: Annotated[
        str | None, Field(description="Refunds: your reason. Disputes: why the cardholder disputes the payment.")
    ] = None
    decline_code: Annotated[str | None, Field(description="Increments: why the bank declined it.")] = None
    source: Annotated[
        Literal["simulated"] | None,
        Field(description="`simulated` if it was requested with `/sandbox/simulate`."),
    ] = None
    challenge_id: Annotated[str | None, Field(description="Authentications: id of the challenge.")] = None
    result: Annotated[
        str | None, Field(description="Authentications: the 3-D Secure result (Y, A, N, U, R, C, D, I or abandoned).")
    ] = None
    refund_id: Annotated[str | None, Field(description="Updates of a refund: its id.")] = None
    refund_status: Annotated[str | None, Field(description="Updates of a refund: its new status.")] = None
    failure_reason: Annotated[str | None, Field(description="Updates of a refund: why it failed.")] = None
    presented_at: Annotated[
        str | None, Field(description="Delayed presentments: when the capture is presented to the network.")
    ] = None
    dispute_id: Annotated[str | None, Field(description="Steps of a dispute: its id.")] = None
    kind: Annotated[
        Literal["chargeback", "inquiry"] | None, Field(description="Disputes: whether the amount was taken.")
    ] = None
    outcome: Annotated[
        Literal["won", "lost", "warning_closed"] | None, Field(description="Decisions of a dispute: how it ended.")
    ] = None
    cause: Annotated[
        Literal["decided", "accepted", "expired", "refunded"] | None,
        Field(description="Decisions of a dispute: why it ended."),
    ] = None
    batch: Annotated[str | None, Field(description="Settlements: the batch.")] = None
    fee: Annotated[int | None, Field(description="Settlements: the fee that was withheld, in minor units.")] = None
    settled: Annotated[
        list[str] | None, Field(description="Settlements: ids of the captures and refunds that were settled.")
    ] = None


class PaymentFacts(Answer):
    """A payment with its operations and totals, without the merchant's annotations."""

    transaction_id: Annotated[str, Field(description="Id of the payment, the same as `auth_id`.")]
    auth_id: Annotated[str, Field(description="Id of the authorization, which is also the payment's id.")]
    status: Annotated[PaymentStatus, Field(description="Current status.")]
    amount: Annotated[
        int, Field(description="Authorized amount in minor units. Before an approval, the requested amount.")
    ]
    amount_requested: Annotated[
        int | None,
        Field(description="Requested amount in minor units, if the bank approved only part of it."),
    ] = None
    currency: Annotated[str, Field(description="ISO 4217 code, upper case.")]
    capture_method: Annotated[
        Literal["manual", "automatic"],
        Field(
            description="`automatic`: captured together with the authorization. `manual`: captured by a later request."
        ),
    ]
    customer: Annotated[
        str | None,
        Field(description="Customer (`cus_…`) that the Stripe-compatible API named, if any."),
    ] = None
    card: Annotated[CardBody | None, Field(description="Stored details of the card.")] = None
    created_at: Annotated[str, Field(description="When the payment was created (RFC 3339, UTC).")]
    expires_at: Annotated[
        str | None, Field(description="When the authorization expires and the uncaptured amount is released.")
    ] = None
    decline_code: Annotated[str | None, Field(description="Why the bank declined, such as `insufficient_funds`.")] = (
        None
    )
    advice_code: Annotated[
        str | None,
        Field(description="What to do after a decline: `try_again_later`, `confirm_card_data` or `do_not_try_again`."),
    ] = None
    response_code: Annotated[
        str | None, Field(description="The bank's response code (ISO 8583, field 39). `00` is an approval.")
    ] = None
    checks: Annotated[CardChecks | None, Field(description="Results of the security code and address checks.")] = None
    risk_level: Annotated[
        Literal["normal", "elevated", "highest"] | None, Field(description="Simulated risk assessment.")
    ] = None
    three_d_secure: Annotated[
        ThreeDSecureBody | None, Field(description="How the cardholder was authenticated (3-D Secure), if at all.")
    ] = None
    next_action: Annotated[
        NextAction | None,
        Field(
            description="The action required of the cardholder, if `status` is `requires_action`. Lists and events "
            "omit it."
        ),
    ] = None
    captured: Annotated[int, Field(description="Total captured.")]
    released: Annotated[int, Field(description="Total released without being captured.")]
    refunded: Annotated[int, Field(description="Total refunded.")]
    refund_pending: Annotated[int | None, Field(description="Total of the pending refunds, if there are any.")] = None
    disputed: Annotated[int | None, Field(description="Amount withdrawn by disputes and not returned, if any.")] = None
    dispute: Annotated[DisputeSummary | None, Field(description="The latest dispute, if there is one.")] = None
    remaining: Annotated[int, Field(description="Amount that can still be captured or voided.")]
    captures: Annotated[list[CaptureTotals], Field(description="Captures with their refunded amounts.")]
    refunds: Annotated[list[RefundBody], Field(description="Refunds with their statuses.")]
    operations: Annotated[list[PaymentOperation], Field(description="Every operation, oldest first.")]


class PaymentBody(with_annotations(PaymentFacts)):
    """A payment with its operations and totals. Amounts are in minor units.

    A `pending` payment is an unconfirmed intent: it has no card yet.
    """

    reference: Annotated[
        str | None,
        Field(
            description="Your reference, as sent. A payment without one has that of its `metadata`, by the setting "
            "`reference_keys`, or of its Checkout session."
        ),
    ] = None
    metadata: Annotated[dict[str, str] | None, Field(description="Your key-value pairs, as sent.")] = None


class ChallengeCompleted(Answer):
    """The result of a 3-D Secure challenge. With a `return_url`, the status is 303 and `Location` leads to it."""

    auth_id: Annotated[str, Field(description="Id of the authorization, which is also the payment's id.")]
    challenge_id: Annotated[str, Field(description="Id of the challenge.")]
    result: Annotated[str, Field(description="Result by its letter in EMV 3-D Secure.")]
    status: Annotated[PaymentStatus, Field(description="Status of the payment.")]
    location: Annotated[str | None, Field(description="URL that the cardholder returns to.")] = None


class PaymentList(Answer):
    """A page of payments, newest first. `next_cursor` is null on the last page."""

    data: Annotated[list[PaymentBody], Field(description="Payments, newest first.")]
    next_cursor: Annotated[
        str | None, Field(description="Pass it as `cursor` to get the next page. `null` on the last page.")
    ]
    searched: Annotated[
        int | None, Field(description="With a filter that no index has: how many payments this page was compared with.")
    ] = None


class HealthBody(Answer):
    """The service is healthy."""

    status: Annotated[Literal["ok"], Field(description="Always `ok`. An unhealthy service returns 503.")]
    version: Annotated[str, Field(description="Version of the sandbox.")]
    environment: Annotated[str, Field(description="Name of the environment.")]
    checks: Annotated[dict[str, Literal["ok"]], Field(description="The dependencies that were checked.")]
