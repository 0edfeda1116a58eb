"""Builders of test data, with a keyword per field and valid defaults, so that a test changes only one field.

Request bodies are dicts; a field given as ABSENT is omitted. All other data has domain types and is created by the
domain's functions. Times are relative to MONDAY; ids are literals.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Final

from paysandbox.aws import settings
from paysandbox.aws.schema import BESIDE_LEDGER
from paysandbox.core import ids
from paysandbox.core.cards.brand import Brand
from paysandbox.core.idempotency_record import KEY_LIFETIME, Fingerprint, IdempotencyRecord
from paysandbox.feed import entry as feed
from paysandbox.feed.entry import FeedEntry
from paysandbox.payments.bank.acquirer import Answered
from paysandbox.payments.bank.card import Card
from paysandbox.payments.bank.response import APPROVED, Decline, Response
from paysandbox.payments.disputes.fees import STANDARD_DISPUTE_FEES
from paysandbox.payments.operations.authorization import authorization_of
from paysandbox.payments.operations.capture import Capture
from paysandbox.payments.operations.increment import Increment
from paysandbox.payments.operations.refund import Refund
from paysandbox.payments.operations.settlement import Settled, Settlement
from paysandbox.payments.operations.void import Void
from paysandbox.payments.payment import CONTRACT, Annotations, Payment
from paysandbox.payments.rules.authorization import Order, authorize
from paysandbox.request_log.request_record import RequestRecord
from paysandbox.search_index.terms import STANDARD_REFERENCE_KEYS
from paysandbox.settlement.close import MINIMUM_PAYOUT
from paysandbox.settlement.fees import STANDARD_FEES
from paysandbox.stripe_api.billing.dunning import STANDARD_RETRY_DAYS
from paysandbox.stripe_api.version import STRIPE_VERSION

MONDAY: Final = datetime(2026, 11, 16, 9, 30, tzinfo=UTC)
DAY: Final = timedelta(days=1)
HOUR: Final = timedelta(hours=1)
MICROSECOND: Final = timedelta(microseconds=1)
VALIDITY: Final = timedelta(days=7)
RETENTION: Final = timedelta(days=90)
EVENT_RETENTION: Final = timedelta(days=30)

MERCHANT: Final = "demo"
OTHER_MERCHANT: Final = "globex"
SECRET: Final = "s3cr3tOfTheApiKeyInTests"
OPERATOR_KEY: Final = f"ok_test_{SECRET}"

VISA: Final = "4242424242424242"
AMEX: Final = "378282246310005"
INSUFFICIENT_FUNDS: Final = "4000000000009995"

DONOR_POOL: Final = "us-east-1_DonorPool"
DONOR_CLIENT: Final = "4webappclient"
ADA: Final = "ada@example.com"

PAYMENT_ID: Final = "auth_" + "p" * ids.BODY_LENGTH
ANOTHER_PAYMENT_ID: Final = "auth_" + "q" * ids.BODY_LENGTH


class _Absent(Enum):
    """An enum instead of an object(), so that its name in parametrized test ids is the same in every process."""

    ABSENT = "absent"


ABSENT: Final = _Absent.ABSENT
"""Value of a field that is omitted from a body."""

Body = dict[str, Any]


# --- requests ---------------------------------------------------------------------------------------------------------


def api_key(merchant: str = MERCHANT, secret: str = SECRET) -> str:
    """Return a merchant's X-Api-Key."""
    return f"sk_test_{merchant}_{secret}"


def card_details(
    *,
    number: Any = VISA,
    exp_month: Any = 12,
    exp_year: Any = 2040,
    cvc: Any = "123",
    **more: Any,
) -> Body:
    """Build the `card` of an authorization. `more`: name, address_zip, unknown."""
    return _sent({"number": number, "exp_month": exp_month, "exp_year": exp_year, "cvc": cvc} | more)


def authorize_body(*, card: Any = None, amount: Any = 10_00, **more: Any) -> Body:
    """Build POST /payments/authorize. `more`: currency, capture_method, description, reference, metadata, unknown."""
    return _sent({"card": card_details() if card is None else card, "amount": amount} | more)


def claims(*, at: datetime | None = None, **changed: Any) -> Body:
    """Return the authorizer's claims of Ada's identity token, valid for an hour from `at` (by default now)."""
    ends = (at or datetime.now(UTC)) + HOUR
    return _sent(
        {
            "sub": "5f1c2a47-3b8f-4c41-9d0e-019aa0a35f2a",
            "aud": DONOR_CLIENT,
            "iss": f"https://cognito-idp.us-east-1.amazonaws.com/{DONOR_POOL}",
            "token_use": "id",
            "exp": f"{ends:%a %b %d %H:%M:%S UTC %Y}",
            "email": ADA,
            "email_verified": "true",
            "name": "Ada Lovelace",
        }
        | changed
    )


def donation_body(amount: Any = 50_00, **more: Any) -> Body:
    """Build POST /donations/create-intent. `more`: currency, message, anonymous, unknown."""
    return _sent({"amount": amount} | more)


def capture_body(auth_id: Any = PAYMENT_ID, **more: Any) -> Body:
    """Build POST /payments/capture. `more`: amount, final, currency."""
    return _sent({"auth_id": auth_id} | more)


def increment_body(auth_id: Any = PAYMENT_ID, amount: Any = 5_00, **more: Any) -> Body:
    """Build POST /payments/increment. `more`: currency."""
    return _sent({"auth_id": auth_id, "amount": amount} | more)


def void_body(auth_id: Any = PAYMENT_ID, **more: Any) -> Body:
    """Build POST /payments/void."""
    return _sent({"auth_id": auth_id} | more)


def refund_body(transaction_id: Any = PAYMENT_ID, **more: Any) -> Body:
    """Build POST /payments/refund. `more`: amount, reason, currency."""
    return _sent({"transaction_id": transaction_id} | more)


def endpoint_body(url: Any = "https://example.com/webhooks", events: Any = None, **more: Any) -> Body:
    """Build POST /webhooks/endpoints. `more`: description, unknown."""
    return _sent({"url": url, "events": ["*"] if events is None else events} | more)


def _sent(parts: Body) -> Body:
    return {name: value for name, value in parts.items() if value is not ABSENT}


# --- what the domain knows --------------------------------------------------------------------------------------------


def own(number: int) -> str:
    """Return the suffix of an operation's id from a small number: `own(1)` is `aaaaaaaaab`."""
    return ids.base32((number << 14).to_bytes(8, "big"), ids.SUFFIX_LENGTH)


def operation_id(kind: str, number: int = 1, payment_id: str = PAYMENT_ID) -> str:
    """Return the id of the payment's operation of this kind and number."""
    return ids.operation_id(kind, payment_id, own(number))


def card(
    *,
    card_id: str = "card_" + "c" * ids.BODY_LENGTH,
    brand: Brand = Brand.VISA,
    last4: str = "4242",
    exp_month: int = 12,
    exp_year: int = 2040,
) -> Card:
    """Build a stored card."""
    return Card(card_id=card_id, brand=brand, last4=last4, exp_month=exp_month, exp_year=exp_year)


def decline(*, decline_code: str = "insufficient_funds", advice_code: str = "try_again_later") -> Decline:
    """Build a decline."""
    return Decline(decline_code=decline_code, advice_code=advice_code)


def response(code: str | None = APPROVED, **more: Any) -> Response:
    """Build the bank's response. `more`: decline, checks, risk_level."""
    return Response(code, **more)


def fingerprint(*, body_hash: str = "h" * 43, key_version: int = 1) -> Fingerprint:
    """Build the keyed hash of a body."""
    return Fingerprint(body_hash, key_version)


def claim(place: str, operation: str = "cap_x", *, at: datetime = MONDAY) -> IdempotencyRecord:
    """Build the idempotency record of an operation, with `place` as its id."""
    return IdempotencyRecord(
        id=place,
        operation_id=operation,
        fingerprint=fingerprint(),
        claimed_at=at,
        purge_at=int((at + 2 * KEY_LIFETIME).timestamp()),
    )


def authorized(
    amount: int = 10_00,
    *,
    merchant: str = MERCHANT,
    currency: str = "USD",
    automatic: bool = False,
    description: str | None = None,
    reference: str | None = None,
    metadata: str | None = None,
    kept_card: Card | None = None,
    declined: Decline | None = None,
    response: Response | None = None,
    promised: int | None = None,
    payment_id: str = PAYMENT_ID,
    request_id: str = "request-of-authorize",
    body: Fingerprint | None = None,
    now: datetime = MONDAY,
    validity: timedelta = VALIDITY,
    retention: timedelta = RETENTION,
    contract: int = CONTRACT,
) -> Payment:
    """Build a newly authorized (or automatically captured, or declined) payment with the domain's rules.

    `promised` is the approved part of the amount. `response` is the bank's full response, for tests that need more than
    approval or decline.
    """
    return authorize(
        order(
            merchant=merchant,
            amount=amount,
            currency=currency,
            automatic=automatic,
            annotations=Annotations(description=description, reference=reference, metadata=metadata),
            card=kept_card or card(),
            request_id=request_id,
            at=now,
            validity_s=int(validity.total_seconds()),
            retention_s=int(retention.total_seconds()),
            contract=contract,
        ),
        Answered(response or Response("51" if declined else APPROVED, declined), promised or amount),
        payment_id,
        body or fingerprint(),
    )


def order(**given: Any) -> Order:
    """Build an order of 10.00, with a keyword for each field."""
    fields: dict[str, Any] = {
        "merchant": MERCHANT,
        "amount": 10_00,
        "currency": "USD",
        "card": card(),
        "request_id": "request-of-authorize",
        "at": MONDAY,
        "contract": CONTRACT,
        "validity_s": int(VALIDITY.total_seconds()),
        "retention_s": int(RETENTION.total_seconds()),
    }
    return Order(**(fields | given))


def capture(
    number: int = 1,
    *,
    at: datetime = MONDAY,
    final: bool = False,
    payment_id: str = PAYMENT_ID,
    request_id: str = "request-of-capture",
) -> Capture:
    """Build capture `number`, without an amount, which the domain's rules determine."""
    return Capture(
        id=operation_id("cap", number, payment_id), request_id=request_id, at=at, contract=CONTRACT, final=final
    )


def increment(
    number: int = 1, *, at: datetime = MONDAY, payment_id: str = PAYMENT_ID, request_id: str = "request-of-increment"
) -> Increment:
    """Build increment `number`, which the domain's rules answer."""
    return Increment(
        id=operation_id("inc", number, payment_id),
        request_id=request_id,
        at=at,
        contract=CONTRACT,
        response=Response(),
    )


def void(
    number: int = 1, *, at: datetime = MONDAY, payment_id: str = PAYMENT_ID, request_id: str = "request-of-void"
) -> Void:
    """Build void `number`."""
    return Void(id=operation_id("void", number, payment_id), request_id=request_id, at=at, contract=CONTRACT)


def refund(
    number: int = 1,
    *,
    of: str | None = None,
    at: datetime = MONDAY,
    reason: str | None = None,
    payment_id: str = PAYMENT_ID,
    request_id: str = "request-of-refund",
) -> Refund:
    """Build refund `number`: of the capture `of`, or (None) by the authorization's id."""
    return Refund(
        id=operation_id("ref", number, payment_id),
        request_id=request_id,
        at=at,
        contract=CONTRACT,
        capture_id=of,
        reason=reason,
    )


def settlement(
    *settled: Settled,
    batch: str = "2026-11-16",
    at: datetime = MONDAY + DAY,
    payment_id: str = PAYMENT_ID,
    request_id: str = "request-of-settlement",
) -> Settlement:
    """Build the settlement of these operations in a batch."""
    return Settlement(
        id=ids.settlement_id(payment_id, batch),
        request_id=request_id,
        at=at,
        contract=CONTRACT,
        batch=batch,
        settled=settled,
    )


def lived(
    amount: int = 10_00,
    *,
    captures: Sequence[int] = (),
    refunds: Sequence[tuple[int, int]] = (),
    reason: str | None = None,
    request_id: str = "request-of-life",
    **parts: Any,
) -> Payment:
    """Build a payment with captures of these amounts and refunds of (capture number, amount), all at the same time.

    For payments with too many operations to execute step by step in every test. A test checks that the table produces
    the same payment.
    """
    payment = authorized(amount, request_id=request_id, **parts)
    at = payment.created_at
    taken = [
        capture(number, at=at, payment_id=payment.id, request_id=request_id) for number in range(1, len(captures) + 1)
    ]
    given = [
        refund(number, of=taken[of - 1].id, at=at, reason=reason, payment_id=payment.id, request_id=request_id)
        for number, (of, _) in enumerate(refunds, start=len(captures) + 1)
    ]
    left = {operation.id: captured for operation, captured in zip(taken, captures, strict=True)}
    amounts = {**left, **{operation.id: back for operation, (_, back) in zip(given, refunds, strict=True)}}
    for of, back in refunds:
        left[taken[of - 1].id] -= back
    return replace(
        payment,
        operations=(authorization_of(payment), *taken, *given),
        version=1 + len(taken) + len(given),
        remaining=amount - sum(captures),
        refundable=sum(left.values()),
        captures=left,
        amounts=amounts,
        due_at=at if captures else payment.due_at,
        unsettled_since=at if captures else None,
    )


def request_record(number: int = 1, *, merchant: str = MERCHANT, at: datetime = MONDAY, **more: Any) -> RequestRecord:
    """Build the log record of request `number`, that many seconds after `at`; refused by default."""
    parts: dict[str, Any] = {
        "method": "POST",
        "route": "authorize_payment",
        "status": 400,
        "duration_ms": 12,
        "outcome": "refused",
    }
    return RequestRecord(
        request_id=f"request-{number}", merchant=merchant, at=at + timedelta(seconds=number), **parts | more
    )


def feed_entry(number: int = 1, *, merchant: str = MERCHANT, at: datetime = MONDAY, **more: Any) -> FeedEntry:
    """Build the feed's entry of request `number`, that many seconds after `at`: an authorization."""
    subject = feed.Request(
        method="POST",
        path="/payments/authorize",
        route="authorize_payment",
        status=201,
        outcome="approved",
        duration_ms=12,
    )
    parts: dict[str, Any] = {"subject": subject, "payment_id": "pay_1", "amount": 1_000, "currency": "USD"}
    return FeedEntry(id=f"request-{number}", merchant=merchant, at=at + timedelta(seconds=number), **parts | more)


# --- what a function is told ------------------------------------------------------------------------------------------


def function_environment(
    *,
    ledger_table: str,
    request_log_table: str = "request-log",
    feed_table: str = "feed",
    request_log_sample_percent: int = 100,
    retention: timedelta = RETENTION,
    clock_offset_s: int = 0,
    hashing_keys_secret: str = "/paysandbox/test/pepper",
    webhook_topic: str = "arn:aws:sns:us-east-1:123456789012:topic",
    dead_letter_queue: str = "https://sqs.us-east-1.amazonaws.com/123456789012/parked",
    endpoints_table: str = "paysandbox-test-WebhookEndpoints",
    events_table: str = "paysandbox-test-Events",
    deliveries_table: str = "paysandbox-test-Deliveries",
    event_retention: timedelta = EVENT_RETENTION,
    inbox_table: str = "paysandbox-test-Inbox",
    deliveries_queue: str = "https://sqs.us-east-1.amazonaws.com/123456789012/deliveries",
    unhealthy_queue: str = "https://sqs.us-east-1.amazonaws.com/123456789012/suspects",
    dead_deliveries_queue: str = "https://sqs.us-east-1.amazonaws.com/123456789012/dead-deliveries",
    webhook_secret_name: str = "/paysandbox/test/webhooks",
    webhook_local: bool = False,
    webhook_allowed_hosts: str = "",
    webhook_retries_s: str = "5,300,1800,7200,18000,36000,50400,72000,86400",
    webhook_disable_after: timedelta = 5 * DAY,
    merchant_settings_table: str = "paysandbox-test-MerchantSettings",
    disputes_table: str = "paysandbox-test-Disputes",
    timer_queue: str = "https://sqs.us-east-1.amazonaws.com/123456789012/due-timers",
    entries_table: str = "paysandbox-test-SettlementEntries",
    batches_table: str = "paysandbox-test-SettlementBatches",
    entries_retention: timedelta = RETENTION,
    settlement_fees: str = STANDARD_FEES,
    payout_minimum: int = MINIMUM_PAYOUT,
    dispute_fee: str = STANDARD_DISPUTE_FEES,
    dispute_fee_returned: bool = True,
    skips_weekends: bool = False,
    holidays: str = "",
    reports_bucket: str = "paysandbox-test-reports",
    minimum_amount: int = 1,
    validity: timedelta = VALIDITY,
    accept_any_card: bool = False,
    stripe_version: str = STRIPE_VERSION,
    accept_card_numbers_in_text: bool = False,
    environment: str = "test",
    clock_may_move: bool = True,
    clock_table: str = "",
    faults_table: str = "paysandbox-test-Faults",
    donations_table: str = "paysandbox-test-DonationsPlatformTable",
    payment_queue: str = "https://sqs.us-east-1.amazonaws.com/123456789012/donation-payments",
    notification_queue: str = "https://sqs.us-east-1.amazonaws.com/123456789012/donation-notifications",
    donor_pool: str = DONOR_POOL,
    donor_client: str = DONOR_CLIENT,
    receipts_from: str = "receipts@donate-now.example",
    receipts_configuration: str = "paysandbox-test-receipts",
    stripe_key_parameter: str = "/donate-now/STRIPE_SECRET_KEY",
    stripe_webhook_parameter: str = "/donate-now/STRIPE_WEBHOOK_SECRET",
    stripe_api_base: str = "https://api.stripe.com",
    stripe_publishable_parameter: str = "/donate-now/STRIPE_PUBLISHABLE_KEY",
    stripe_js_origin: str = "",
    sign_in_origin: str = "",
    script_max_age_s: int = 3_600,
    funds_table: str = "paysandbox-test-MerchantFunds",
    disbursements_table: str = "paysandbox-test-Disbursements",
    disbursement_fee: str = "",
    disbursement_method: str = "paypal",
    ach_cutoffs: str = "02:15,10:30,14:45,16:45",
    waiting_requests_max: int = 20,
    paypal_credentials_parameter: str = "/disbursements/PAYPAL_CREDENTIALS",
    paypal_api_base: str = "https://api-m.sandbox.paypal.com",
    paypal_certificate_host: str = "api.sandbox.paypal.com",
    paypal_certificate_root: str = "",
    donation_abandoned_after: timedelta = DAY,
) -> dict[str, str]:
    """Return every environment variable that any function reads, written by the settings classes that read them."""
    needs: tuple[settings.Settings, ...] = (
        settings.ClockSettings(clock_offset_s, clock_table),
        settings.FaultSettings(faults_table),
        settings.EnvironmentSettings(environment),
        settings.MovableClockSettings(clock_may_move),
        settings.DonationsTableSettings(donations_table),
        settings.PaymentQueueSettings(payment_queue),
        settings.NotificationQueueSettings(notification_queue),
        settings.DonorPoolSettings(cognito_user_pool_id=donor_pool, cognito_user_pool_client_id=donor_client),
        settings.ReceiptSettings(receipts_from),
        settings.ReceiptDeliverySettings(receipts_configuration),
        settings.StripeAccountSettings(
            stripe_key_parameter=stripe_key_parameter,
            stripe_webhook_parameter=stripe_webhook_parameter,
            stripe_api_base=stripe_api_base,
        ),
        settings.DonationPageSettings(
            stripe_publishable_parameter=stripe_publishable_parameter,
            stripe_js_origin=stripe_js_origin,
            sign_in_origin=sign_in_origin,
        ),
        settings.ScriptSettings(script_max_age_s),
        settings.FundsTableSettings(funds_table),
        settings.DisbursementsTableSettings(disbursements_table, funds_table),
        settings.DisbursementFeeSettings(disbursement_fee),
        settings.DisbursementMethodSettings(disbursement_method),
        settings.AchSettings(ach_cutoffs),
        settings.WaitingSettings(waiting_requests_max),
        settings.PaypalSettings(
            paypal_credentials_parameter=paypal_credentials_parameter,
            paypal_api_base=paypal_api_base,
            paypal_certificate_host=paypal_certificate_host,
            paypal_certificate_root=paypal_certificate_root,
        ),
        settings.AbandonSettings(int(donation_abandoned_after.total_seconds())),
        settings.LedgerSettings(ledger_table, int(retention.total_seconds())),
        settings.RequestLogSettings(request_log_table),
        settings.SamplingSettings(request_log_sample_percent),
        settings.FeedSettings(feed_table),
        settings.MerchantSettingsSettings(merchant_settings_table),
        settings.TimerQueueSettings(timer_queue),
        settings.DisputesTableSettings(disputes_table, int(retention.total_seconds())),
        settings.TopicSettings(webhook_topic),
        settings.DeadLetterSettings(dead_letter_queue),
        settings.TargetSettings(webhook_local, webhook_allowed_hosts),
        settings.WebhookTablesSettings(
            endpoints_table=endpoints_table,
            events_table=events_table,
            deliveries_table=deliveries_table,
            event_retention_s=int(event_retention.total_seconds()),
        ),
        settings.InboxTableSettings(inbox_table),
        settings.WebhookSecretSettings(webhook_secret_name),
        settings.DeliveryQueuesSettings(
            deliveries_queue=deliveries_queue,
            unhealthy_queue=unhealthy_queue,
            dead_deliveries_queue=dead_deliveries_queue,
        ),
        settings.RetrySettings(webhook_retries_s, int(webhook_disable_after.total_seconds())),
        settings.SettlementTablesSettings(
            settlement_entries_table=entries_table,
            settlement_batches_table=batches_table,
            settlement_entries_retention_s=int(entries_retention.total_seconds()),
        ),
        settings.FeeSettings(settlement_fees),
        settings.ReferenceSettings(STANDARD_REFERENCE_KEYS),
        settings.BillingSettings(STANDARD_RETRY_DAYS, "canceled"),
        settings.SettlementSettings(
            payout_minimum=payout_minimum,
            settlement_skips_weekends=skips_weekends,
            settlement_holidays=holidays,
        ),
        settings.ReportsSettings(reports_bucket),
        settings.ProbeSettings(base_url="https://pay.invalid", generated_url="https://api.invalid", probe_plan="plan"),
        settings.HashingKeySettings(hashing_keys_secret),
        settings.AcceptanceSettings(
            minimum_amount=minimum_amount,
            authorization_validity_s=int(validity.total_seconds()),
            accept_any_card=accept_any_card,
        ),
        settings.StripeVersionSettings(stripe_version),
        settings.DisputeFeeSettings(dispute_fee=dispute_fee, dispute_fee_returned=dispute_fee_returned),
        settings.TextSettings(accept_card_numbers_in_text),
    )
    tables = {settings.table_variable(row.name): f"paysandbox-test-{row.name}" for row in BESIDE_LEDGER}
    return tables | {name: value for need in needs for name, value in need.to_env().items()}
