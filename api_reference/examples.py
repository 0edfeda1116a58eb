"""Example requests and responses of a payment's lifecycle, by route name. A test validates them.

An order of 12.50 USD is authorized, partly captured and partly refunded; another one is voided.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from api_reference.object_events import OBJECT_EVENTS
from paysandbox import TITLE, VERSION
from paysandbox.core.event_type import EventType
from paysandbox.core.ids import (
    completed_event_id,
    delivery_id,
    disbursement_event_id,
    disbursement_id,
    donation_event_id,
    event_id,
    payout_id,
    provider_batch_id,
    settlement_id,
)
from paysandbox.core.timestamps import parse_timestamp
from paysandbox.reference.error_docs import EXAMPLE_REQUEST_ID

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Examples:
    """Example bodies and responses of one route, by a short name of the case."""

    bodies: Mapping[str, Json] = field(default_factory=dict[str, Json])
    answers: Mapping[str, Any] = field(default_factory=dict[str, Any])


_PAYMENT: Final = "mzxw6ytboi2gk3tbnzswc3lqnm"
_OTHER: Final = "fwvoazk5zn3y3swp5vpl4t2kqj"
_AUTH: Final = f"auth_{_PAYMENT}"
_CAPTURE: Final = f"cap_{_PAYMENT}jlkydphd2i"
_INCREMENT: Final = f"inc_{_PAYMENT}c2uw5ozr7e"
_REFUND: Final = f"ref_{_PAYMENT}k4tnkxwsvf"
_VOID: Final = f"void_{_OTHER}q3ztm6hyea"
_EXPIRY: Final = f"exp_{_OTHER}x7lq2vdbfo"
_PING: Final = "wpng_7t3kq5mz2xvhb4rdlwfn6pyjae"

_GIVEN_ID: Final = "019aa0a3-5f2a-7c41-9d0e-3b8f6f1c2a47"

_AUTHORIZED_AT: Final = "2026-11-20T08:47:59.146021Z"
_CAPTURED_AT: Final = "2026-11-20T08:47:59.232275Z"
_REFUNDED_AT: Final = "2026-11-20T08:47:59.284903Z"
_EXPIRES_AT: Final = "2026-11-27T08:47:59.146021Z"
_SETTLED_AT: Final = "2026-11-21T02:00:03.518240Z"
_BATCH: Final = "2026-11-20"
_SETTLEMENT: Final = settlement_id(_AUTH, _BATCH)

_CUTOFF: Final = "2026-11-21T00:00:00.000000Z"
_TOTALS: Final[list[Json]] = [
    {
        "currency": "USD",
        "count": 2,
        "gross": 1000,
        "refunds": 250,
        "fees": 59,
        "net": 691,
        "opening_balance": 0,
        "payout": 691,
        "closing_balance": 0,
        "payout_id": payout_id(_BATCH, "demo", "USD"),
    }
]

_CARD: Final[Json] = {
    "card_id": "card_h5qk2c7wvd3ylm4tznb6xgaoe2",
    "brand": "visa",
    "last4": "4242",
    "exp_month": 12,
    "exp_year": 2040,
}
_ORDER: Final[Json] = {
    "auth_id": _AUTH,
    "transaction_id": _AUTH,
    "amount": 1250,
    "currency": "USD",
    "capture_method": "manual",
    "card": _CARD,
    "response_code": "00",
    "checks": {"cvc": "pass", "zip": "unchecked", "line1": "unchecked"},
    "risk_level": "normal",
    "created_at": _AUTHORIZED_AT,
    "expires_at": _EXPIRES_AT,
    "reference": "order-1042",
}
_POSTINGS: Final = [
    {
        "transaction_id": _CAPTURE,
        "created_at": "2026-11-20T08:47:59.232275Z",
        "debit": debit,
        "credit": credit,
        "amount": 1000,
        "currency": "USD",
    }
    for debit, credit in (("memo_hold_contra", "memo_hold"), ("scheme_receivable", "merchant_pending:demo"))
]
_SHOWN: Final[Json] = _ORDER | {
    "status": "partially_refunded",
    "captured": 1000,
    "released": 0,
    "refunded": 250,
    "remaining": 250,
    "captures": [{"transaction_id": _CAPTURE, "amount": 1000, "refunded": 250}],
    "refunds": [{"transaction_id": _REFUND, "capture_id": _CAPTURE, "amount": 250, "status": "succeeded"}],
    "operations": [
        {
            "transaction_id": _AUTH,
            "type": "authorization",
            "amount": 1250,
            "created_at": _AUTHORIZED_AT,
            "request_id": "7b1f6ce2-30c1-4f0a-9d0f-0d7a3c0c6b52",
        },
        {
            "transaction_id": _CAPTURE,
            "type": "capture",
            "amount": 1000,
            "final": False,
            "created_at": _CAPTURED_AT,
            "request_id": "1c2e1c5e-7a43-4e0f-8d7c-2b3f4a0f9f11",
        },
        {
            "transaction_id": _REFUND,
            "type": "refund",
            "amount": 250,
            "capture_id": _CAPTURE,
            "reason": "damaged in transit",
            "created_at": _REFUNDED_AT,
            "request_id": "e9c8a3d4-52c0-4b1d-b3c2-6f5b7a1d2e33",
        },
    ],
}


_CUSTOMER_ID: Final = "jane-1042"
_CUSTOMER: Final[Json] = {
    "customer_id": _CUSTOMER_ID,
    "email": "jane@example.com",
    "name": "Jane Doe",
    "created_at": _AUTHORIZED_AT,
    "updated_at": _AUTHORIZED_AT,
}
_BANK_ACCOUNT: Final[Json] = {
    "routing_number": "110000000",
    "account_number": "000123456789",
    "account_type": "checking",
    "account_holder_name": "Jane Doe",
}
_CUSTOMER_WITH_ACCOUNT: Final[Json] = _CUSTOMER | {
    "bank_account": {
        "routing_number": "110000000",
        "last4": "6789",
        "account_type": "checking",
        "account_holder_name": "Jane Doe",
    },
}
_DISBURSEMENT_ID: Final = disbursement_id(parse_timestamp(_AUTHORIZED_AT), "example")
_DISBURSEMENT_REQUEST: Final = "3f0d7c1e-9b7a-4c56-8f2e-5d1b0a9c8e77"
_DISBURSEMENT: Final[Json] = {
    "payment_id": _DISBURSEMENT_ID,
    "customer_id": _CUSTOMER_ID,
    "email": "jane@example.com",
    "amount": 2575,
    "currency": "USD",
    "fee": 25,
    "payment_method": "paypal",
    "status": "pending",
    "attempts": 0,
    "batch_id": provider_batch_id("demo", _CUSTOMER_ID, _DISBURSEMENT_ID),
    "created_at": _AUTHORIZED_AT,
    "cancel_requested": False,
    "trail": [{"status": "pending", "at": _AUTHORIZED_AT, "source": "api", "request_id": _DISBURSEMENT_REQUEST}],
}
_PAID_DISBURSEMENT: Final[Json] = _DISBURSEMENT | {
    "status": "paid",
    "attempts": 2,
    "reference": "5UXD2E8A7EBQJ",
    "trail": [
        *_DISBURSEMENT["trail"],
        {"status": "processing", "at": _CAPTURED_AT, "source": "worker"},
        {"status": "paid", "at": _REFUNDED_AT, "source": "provider"},
    ],
}


_CLOCK: Final[Json] = {
    "now": "2026-11-28T08:47:59.146021Z",
    "wall": _AUTHORIZED_AT,
    "offset_s": 691_200,
    "may_move": True,
}
_DUE: Final[Json] = {"id": _AUTH, "auth_id": _AUTH, "action": "approve", "due_at": "2026-11-20T09:47:59.146021Z"}
_ACTIONS: Final[Json] = {
    "data": [
        {
            "kind": "payment",
            "action": "approve",
            "description": "The bank approves: an attempt that it has not answered, or, late, one that it declined.",
            "statuses": ["processing", "declined"],
            "parameters": [],
        },
        {
            "kind": "payment",
            "action": "decline",
            "description": "The bank declines an attempt that it has not answered.",
            "statuses": ["processing"],
            "parameters": [
                {
                    "name": "code",
                    "type": "string",
                    "description": "The decline code (default: the planned one, or `generic_decline`).",
                    "required": False,
                    "choices": ["insufficient_funds", "lost_card", "stolen_card"],
                }
            ],
        },
    ],
    "next_cursor": None,
}


_REQUEST: Final[Json] = {
    "request_id": EXAMPLE_REQUEST_ID,
    "created_at": _REFUNDED_AT,
    "method": "POST",
    "route": "capture_payment",
    "path": "/payments/capture",
    "status": 409,
    "outcome": "refused",
    "duration_ms": 7,
    "replayed": False,
    "code": "capture_exceeds_authorized",
    "detail": "2.50 USD remains to be captured.",
    "idempotency_key": "order-1042-more",
    "body": '{"amount":9999,"auth_id":"' + _AUTH + '"}',
    "answer": '{"code":"capture_exceeds_authorized","remaining":250,"status":409}',
}


_ENDPOINT_ID: Final = "we_q6r5v3wzn2ytb4xkfmjd7ploai"
_INBOX_URL: Final = "https://pay.example.com/inbox/demo_7t3kq5mz2xvhb4rdlwfn6pyjae7t3kq5"
_SECRET: Final = "whsec_" + "c2FuZGJveC1zYW5kYm94LXNhbmRib3gtc2FuZGJveC4="
"""Not a real key: it spells "sandbox" four times."""

_ENDPOINT: Final[Json] = {
    "endpoint_id": _ENDPOINT_ID,
    "url": "https://example.com/webhooks",
    "events": ["*"],
    "status": "enabled",
    "description": "The shop",
    "created_at": _AUTHORIZED_AT,
    "listens_since": _AUTHORIZED_AT,
}
_FAILED_ENDPOINT: Final[Json] = _ENDPOINT | {
    "status": "disabled",
    "disabled_reason": "failing",
    "disabled_at": _EXPIRES_AT,
    "failing_since": _REFUNDED_AT,
}
_CAPTURED_EVENT: Final[Json] = {
    "id": event_id(_CAPTURE),
    "type": str(EventType.PAYMENT_CAPTURED),
    "timestamp": _CAPTURED_AT,
    "sequence": 2,
    "data": {
        "status": "completed",
        "transaction_id": _CAPTURE,
        "auth_id": _AUTH,
        "amount": 1000,
        "currency": "USD",
        "final": False,
        "remaining": 250,
        "released": 0,
        "created_at": _CAPTURED_AT,
        "payment": {
            "status": "partially_captured",
            "authorized": 1250,
            "captured": 1000,
            "refunded": 0,
            "released": 0,
            "remaining": 250,
        },
    },
}
_ABOUT: Final[Json] = {
    "payment_id": _AUTH,
    "amount": 1000,
    "currency": "USD",
    "reference": None,
    "card": None,
}
_WAY: Final[Json] = {
    "delivery_id": delivery_id(event_id(_CAPTURE), _ENDPOINT_ID),
    "event_id": event_id(_CAPTURE),
    "event_type": str(EventType.PAYMENT_CAPTURED),
    "event_timestamp": _CAPTURED_AT,
    "endpoint_id": _ENDPOINT_ID,
    "status": "pending",
    "next_attempt_at": "2026-11-20T08:48:04.731902Z",
}
_DELIVERY_IN_SHORT: Final[Json] = _WAY | {"attempts": 1, "last_attempt_at": _REFUNDED_AT, "last_status": 503}
_RECORDED_AT: Final = "2026-11-20T08:47:59.371804Z"
_FEED: Final[Json] = {
    "data": [
        _ABOUT
        | {
            "id": EXAMPLE_REQUEST_ID,
            "kind": "request",
            "at": _CAPTURED_AT,
            "recorded_at": _RECORDED_AT,
            "request": {
                "method": "POST",
                "path": "/payments/capture",
                "route": "capture_payment",
                "status": 200,
                "outcome": "captured",
                "code": None,
                "detail": None,
                "duration_ms": 9,
                "replayed": False,
                "transaction_id": _CAPTURE,
            },
        },
        _ABOUT
        | {
            "id": event_id(_CAPTURE),
            "kind": "event",
            "at": _CAPTURED_AT,
            "recorded_at": _RECORDED_AT,
            "event": {"type": str(EventType.PAYMENT_CAPTURED), "object_id": _CAPTURE},
        },
        _ABOUT
        | {
            "id": delivery_id(event_id(_CAPTURE), _ENDPOINT_ID) + "#1",
            "kind": "delivery_attempt",
            "at": _REFUNDED_AT,
            "recorded_at": _REFUNDED_AT,
            "delivery_attempt": {
                "delivery_id": delivery_id(event_id(_CAPTURE), _ENDPOINT_ID),
                "event_id": event_id(_CAPTURE),
                "event_type": str(EventType.PAYMENT_CAPTURED),
                "endpoint_id": _ENDPOINT_ID,
                "url": "https://example.com/webhooks",
                "attempt": 1,
                "status": 503,
                "error": None,
                "latency_ms": 41,
                "succeeded": False,
            },
        },
    ],
    "next_cursor": "MWU0YzFiN2UyMDI2LTExLTIwVDA4OjQ3OjAyLjAwMDAwMFo",
    "previous_cursor": None,
    "has_more": False,
}
_MEASURES: Final[Json] = {
    "requests": 120,
    "per_s": 0.1311,
    "peak_per_s": 4,
    "errors_4xx": 3,
    "errors_5xx": 0,
    "error_rate": 0.025,
    "approved": 45,
    "declined": 5,
    "approval_rate": 0.9,
    "p50_ms": 11,
    "p95_ms": 28,
    "p99_ms": 64,
    "events": 98,
    "deliveries": 101,
    "delivery_failures": 3,
    "delivery_p95_ms": 85,
    "cost_usd": 0.00246,
}
_METRICS: Final[Json] = {
    "range": "15m",
    "from": "2026-11-20T08:33:00.000000Z",
    "to": "2026-11-20T08:48:15.000000Z",
    "complete_since": "2026-11-20T08:33:00.000000Z",
    "step_s": 15,
    "stored_percent": 100,
    "totals": _MEASURES,
    # The first of 61.
    "buckets": [
        {
            "at": "2026-11-20T08:33:00.000000Z",
            "requests": 2,
            "per_s": 0.1333,
            "peak_per_s": 1,
            "errors_4xx": 0,
            "errors_5xx": 0,
            "error_rate": 0.0,
            "approved": 0,
            "declined": 0,
            "approval_rate": None,
            "p50_ms": 9,
            "p95_ms": 12,
            "p99_ms": 12,
            "events": 0,
            "deliveries": 0,
            "delivery_failures": 0,
            "delivery_p95_ms": None,
            "cost_usd": 0.000024883,
        }
    ],
    "by_route": [
        {"route": "authorize_payment", "requests": 60, "errors": 0, "p95_ms": 31},
        {"route": "capture_payment", "requests": 60, "errors": 3, "p95_ms": 24},
    ],
    "by_code": [{"code": "capture_exceeds_authorized", "count": 3}],
    "by_endpoint": [
        {
            "endpoint_id": _ENDPOINT_ID,
            "deliveries": 4,
            "delivery_failures": 1,
            "buckets": [{"at": "2026-11-20T08:32:45.000000Z", "deliveries": 4, "delivery_failures": 1}],
        }
    ],
}
_DELIVERY: Final[Json] = _WAY | {
    "resends": 0,
    "attempts": [
        {
            "number": 1,
            "at": _REFUNDED_AT,
            "latency_ms": 41,
            "request_headers": {
                "content-type": "application/json",
                "webhook-attempt": "1",
                "webhook-id": event_id(_CAPTURE),
                "webhook-timestamp": "1795164479",
            },
            "status": 503,
            "response": "down for maintenance",
        }
    ],
}


_SETTLEMENT_LISTED: Final[Json] = {
    "batch": _BATCH,
    "status": "closed",
    "cutoff": _CUTOFF,
    "business_date": _BATCH,
    "totals": _TOTALS,
}
_SETTLEMENT_SHOWN: Final[Json] = _SETTLEMENT_LISTED | {
    "set_aside": [],
    "reports": [
        {
            "format": form,
            "url": f"https://reports.s3.eu-central-1.amazonaws.com/{_BATCH}/demo.{form}?X-Amz-Expires=900&X-Amz-Signature=…",
            "expires_at": "2026-11-21T09:15:00.000000Z",
            "rows": 2,
            "sha256": sha256,
        }
        for form, sha256 in (
            ("csv", "6f1c1f0a5b7a4c0b8f3f1c2d9f0f4f3f2b6c1d9c0f5a7e8b9d0c1e2f3a4b5c6d"),
            ("json", "0b9e7c5a3f1d8e6c4a2b0f9d7e5c3a1b8f6d4e2c0a9b7d5f3e1c8a6b4d2f0e9c"),
        )
    ],
}


_SETTLEMENT_LINE: Final[Json] = {
    "line_no": 1,
    "item_id": _CAPTURE,
    "type": "capture",
    "payment_id": f"auth_{_PAYMENT}",
    "reference": "order-1042",
    "occurred_at": _CAPTURED_AT,
    "currency": "USD",
    "gross": 1250,
    "fee": 66,
    "net": 1184,
    "late": False,
}

_PAGE: Final = "kq3v7mz2xnb5tgw4yhd6rlcpoe"
_CHALLENGED: Final[Json] = {
    "status": "requires_action",
    "auth_id": f"auth_{_OTHER}",
    "transaction_id": f"auth_{_OTHER}",
    "amount": 1250,
    "currency": "USD",
    "capture_method": "manual",
    "card": _CARD | {"card_id": "card_q6m2tzg5xw4hyd3lbvnkec7aos", "last4": "3220"},
    "created_at": _AUTHORIZED_AT,
    "three_d_secure": {"result": "C", "version": "2.2.0", "liability_shifted": False},
    "next_action": {
        "type": "redirect_to_url",
        "redirect_to_url": {
            "url": f"http://127.0.0.1:4610/authenticate/auth_{_OTHER}/{_PAGE}",
            "return_url": "https://shop.example/orders/1042",
        },
    },
}


def _card(number: str) -> Json:
    return {"number": number, "exp_month": 12, "exp_year": 2040, "cvc": "123"}


_DISPUTE_ID: Final = f"du_{_PAYMENT}k6w3zq5n7t"
_DISPUTE: Final[Json] = {
    "dispute_id": _DISPUTE_ID,
    "auth_id": _AUTH,
    "status": "needs_response",
    "stage": "chargeback",
    "reason": "product_not_received",
    "amount": 1250,
    "currency": "USD",
    "fee": 1500,
    "withdrawn": False,
    "submissions": 0,
    "due_by": _EXPIRES_AT,
    "created_at": _REFUNDED_AT,
    "updated_at": _REFUNDED_AT,
}
_DISPUTE_OPERATION: Final[Json] = {
    "transaction_id": f"dop_{_PAYMENT}t5wq7lzk3n",
    "type": "dispute",
    "amount": 1250,
    "dispute_id": _DISPUTE_ID,
    "reason": "product_not_received",
    "kind": "chargeback",
    "source": "simulated",
    "created_at": _REFUNDED_AT,
    "request_id": "5f3b9c2e-7d41-4f9a-8a56-2f3e1c9b7d10",
}

_CHECKOUT: Final[Json] = {
    "session": f"cs_test_{_OTHER}",
    "status": "open",
    "payment_status": "unpaid",
    "amount_total": 2000,
    "currency": "usd",
    "payment_intent": None,
    "setup_intent": None,
}
_FAULT: Final[dict[str, Any]] = {
    "fault_id": "flt_4qj2xkz7vn3mwe5dthsabcly6o",
    "fault": "commit_then_reset",
    "match": {
        "route": "capture_payment",
        "outcome": None,
        "reference": None,
        "card_last4": None,
        "event_type": None,
        "endpoint_id": None,
    },
    "count": 1,
    "percent": 100,
    "seed": 1_804_289_383,
    "after": 0,
    "seen": 0,
    "fired": 0,
    "created_at": "2026-11-20T08:47:59.284903Z",
    "ends_at": "2026-11-20T08:57:59.284Z",
}

EXAMPLES: Final[Mapping[str, Examples]] = {
    "authorize_payment": Examples(
        bodies={
            "approved": {
                "amount": 1250,
                "currency": "USD",
                "card": _card("4242424242424242"),
                "reference": "order-1042",
            },
            "automatic capture": {
                "amount": 1250,
                "currency": "USD",
                "card": _card("5555555555554444"),
                "capture_method": "automatic",
                "metadata": {"cart": "a1b2"},
            },
            "declined": {"amount": 1250, "currency": "USD", "card": _card("4000000000009995")},
            "partial approval": {
                "amount": 1250,
                "currency": "USD",
                "card": _card("4242424242424242"),
                "allow_partial": True,
                "metadata": {"sandbox_outcome": "partial:800"},
            },
            "3-D Secure": {
                "amount": 1250,
                "currency": "USD",
                "card": _card("4000000000003220"),
                "return_url": "https://shop.example/orders/1042",
            },
        },
        answers={
            "approved": _ORDER | {"status": "approved"},
            "declined": {
                "status": "declined",
                "auth_id": f"auth_{_OTHER}",
                "transaction_id": f"auth_{_OTHER}",
                "amount": 1250,
                "currency": "USD",
                "capture_method": "manual",
                "card": _CARD | {"card_id": "card_q6m2tzg5xw4hyd3lbvnkec7aos", "last4": "9995"},
                "response_code": "51",
                "checks": {"cvc": "pass", "zip": "unchecked", "line1": "unchecked"},
                "risk_level": "normal",
                "created_at": _AUTHORIZED_AT,
                "decline_code": "insufficient_funds",
                "advice_code": "try_again_later",
            },
            "partially approved": _ORDER
            | {"status": "approved", "amount": 800, "amount_requested": 1250, "response_code": "10"},
            "requires authentication": _CHALLENGED,
        },
    ),
    "complete_challenge": Examples(
        bodies={"authenticated": {"result": "succeeded"}, "not authenticated": {"result": "failed"}},
        answers={
            "authenticated": {
                "auth_id": _CHALLENGED["auth_id"],
                "challenge_id": _CHALLENGED["auth_id"],
                "result": "Y",
                "status": "approved",
                "location": f"https://shop.example/orders/1042?auth_id={_CHALLENGED['auth_id']}&result=succeeded",
            }
        },
    ),
    "complete_setup_challenge": Examples(
        bodies={"authenticated": {"result": "succeeded"}, "not authenticated": {"result": "failed"}},
        answers={
            "authenticated": {
                "setup_intent": f"seti_{_OTHER}",
                "challenge_id": f"setatt_{_OTHER}q6m2tzg5xw",
                "result": "Y",
                "status": "succeeded",
                "location": f"https://shop.example/cards?setup_intent=seti_{_OTHER}&setup_intent_client_secret="
                f"seti_{_OTHER}_secret_b4kq7yt2m5zx6wvn3hr5cp2dgjle4fsu&redirect_status=succeeded",
            }
        },
    ),
    "show_checkout_page": Examples(answers={"open": _CHECKOUT}),
    "pay_checkout_session": Examples(
        bodies={
            "by a program": {"card": "4242424242424242"},
            "by a person": {
                "email": "jenny@example.com",
                "cardNumber": "4242 4242 4242 4242",
                "cardExpiry": "12 / 40",
                "cardCvc": "123",
                "billingName": "Jenny Rosen",
            },
        },
        answers={
            "paid": {
                **_CHECKOUT,
                "status": "complete",
                "payment_status": "paid",
                "payment_intent": f"pi_{_OTHER}",
                "location": f"https://shop.example/thanks?session=cs_test_{_OTHER}",
            },
            "declined": {
                **_CHECKOUT,
                "payment_intent": f"pi_{_OTHER}",
                "error": {
                    "type": "card_error",
                    "code": "card_declined",
                    "decline_code": "insufficient_funds",
                    "message": "Your card has insufficient funds.",
                },
            },
        },
    ),
    "capture_payment": Examples(
        bodies={
            "partial capture": {"auth_id": _AUTH, "amount": 1000},
            "full capture": {"auth_id": _AUTH},
            "final capture": {"auth_id": _AUTH, "amount": 1000, "final": True},
        },
        answers={
            "partial capture": {
                "status": "completed",
                "transaction_id": _CAPTURE,
                "auth_id": _AUTH,
                "amount": 1000,
                "currency": "USD",
                "final": False,
                "remaining": 250,
                "released": 0,
                "created_at": _CAPTURED_AT,
            }
        },
    ),
    "increment_payment": Examples(
        bodies={"increment": {"auth_id": _AUTH, "amount": 500}},
        answers={
            "incremented": {
                "status": "completed",
                "transaction_id": _INCREMENT,
                "auth_id": _AUTH,
                "amount": 500,
                "currency": "USD",
                "authorized": 1750,
                "remaining": 1750,
                "response_code": "00",
                "created_at": _CAPTURED_AT,
            },
            "declined": {
                "status": "declined",
                "transaction_id": _INCREMENT,
                "auth_id": _AUTH,
                "amount": 500,
                "currency": "USD",
                "authorized": 1250,
                "remaining": 1250,
                "response_code": "51",
                "decline_code": "insufficient_funds",
                "advice_code": "try_again_later",
                "created_at": _CAPTURED_AT,
            },
        },
    ),
    "void_payment": Examples(
        bodies={"void": {"auth_id": f"auth_{_OTHER}"}},
        answers={
            "voided": {
                "status": "completed",
                "transaction_id": _VOID,
                "auth_id": f"auth_{_OTHER}",
                "amount": 1250,
                "currency": "USD",
                "created_at": _CAPTURED_AT,
            }
        },
    ),
    "refund_payment": Examples(
        bodies={
            "partial refund": {"transaction_id": _CAPTURE, "amount": 250, "reason": "damaged in transit"},
            "full refund": {"transaction_id": _AUTH},
        },
        answers={
            "partial refund": {
                "status": "completed",
                "transaction_id": _REFUND,
                "auth_id": _AUTH,
                "capture_id": _CAPTURE,
                "amount": 250,
                "currency": "USD",
                "refundable": 750,
                "reason": "damaged in transit",
                "created_at": _REFUNDED_AT,
            },
            "pending refund": {
                "status": "pending",
                "transaction_id": _REFUND,
                "auth_id": _AUTH,
                "capture_id": _CAPTURE,
                "amount": 250,
                "currency": "USD",
                "refundable": 750,
                "created_at": _REFUNDED_AT,
            },
        },
    ),
    "get_payment": Examples(answers={"partially captured and refunded": _SHOWN}),
    "list_postings": Examples(answers={"a capture": {"data": _POSTINGS}}),
    "list_disputes": Examples(answers={"last page": {"data": [_DISPUTE], "next_cursor": None}}),
    "get_dispute": Examples(
        answers={
            "with a draft of evidence": _DISPUTE
            | {
                "evidence": {"shipping_carrier": "UPS", "shipping_tracking_number": "1Z999AA10123456784"},
                "has_evidence": True,
                "past_due": False,
                "operations": [_DISPUTE_OPERATION],
            }
        }
    ),
    "submit_evidence": Examples(
        bodies={
            "draft": {"evidence": {"shipping_carrier": "UPS", "shipping_tracking_number": "1Z999AA10123456784"}},
            "submission": {"evidence": {"uncategorized_text": "winning_evidence"}, "submit": True},
            "submission of what is saved": {"submit": True},
        },
        answers={
            "draft": {
                "dispute_id": _DISPUTE_ID,
                "auth_id": _AUTH,
                "submitted": False,
                "fields": ["shipping_carrier", "shipping_tracking_number"],
                "saved_at": _SETTLED_AT,
            },
            "submission": {
                "dispute_id": _DISPUTE_ID,
                "auth_id": _AUTH,
                "submitted": True,
                "fields": ["uncategorized_text"],
                "saved_at": _SETTLED_AT,
                "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                "dispute": _DISPUTE
                | {
                    "transaction_id": f"dev_{_PAYMENT}t5wq7lzk3n",
                    "status": "under_review",
                    "submissions": 1,
                    "decides_at": _SETTLED_AT,
                    "updated_at": _SETTLED_AT,
                },
            },
        },
    ),
    "accept_dispute": Examples(
        answers={
            "lost": _DISPUTE
            | {
                "transaction_id": f"dcs_{_PAYMENT}q2mz7xk5ta",
                "status": "lost",
                "cause": "accepted",
                "updated_at": _SETTLED_AT,
            }
        }
    ),
    "list_simulations": Examples(
        answers={"actions": _ACTIONS, "waiting": {"data": [_DUE], "next_cursor": None}},
    ),
    "get_simulation": Examples(
        answers={
            "payment that the bank has not answered": {
                "id": _AUTH,
                "kind": "payment",
                "status": "processing",
                "auth_id": _AUTH,
                "actions": [
                    {name: value for name, value in each.items() if name not in ("kind", "statuses")}
                    for each in _ACTIONS["data"]
                ],
                "due": [_DUE],
                "objects": [],
            },
            "unclaimed disbursement": {
                "id": _DISBURSEMENT_ID,
                "kind": "disbursement",
                "status": "unclaimed",
                "actions": [
                    {
                        "action": "claim",
                        "description": "The recipient opens an account and gets the money.",
                        "parameters": [],
                    }
                ],
                "due": [{"id": _DISBURSEMENT_ID, "action": "return", "due_at": "2026-12-16T09:30:02.000000Z"}],
                "objects": [],
            },
        }
    ),
    "simulate_action": Examples(
        bodies={
            "decline": {"code": "insufficient_funds"},
            "fail a disbursement": {"code": "RECEIVER_ACCOUNT_LOCKED"},
            "an action without parameters": {},
        },
        answers={
            "declined": {name: value for name, value in _ORDER.items() if name not in ("response_code", "expires_at")}
            | {
                "status": "declined",
                "response_code": "51",
                "decline_code": "insufficient_funds",
                "advice_code": "try_again_later",
                "captured": 0,
                "released": 0,
                "refunded": 0,
                "remaining": 0,
                "captures": [],
                "refunds": [],
                "operations": [
                    {
                        "transaction_id": _AUTH,
                        "type": "pending_authorization",
                        "amount": 1250,
                        "created_at": _AUTHORIZED_AT,
                        "request_id": "7b1f6ce2-30c1-4f0a-9d0f-0d7a3c0c6b52",
                    },
                    {
                        "transaction_id": f"att_{_PAYMENT}jlkydphd2i",
                        "type": "authorization",
                        "amount": 1250,
                        "created_at": _CAPTURED_AT,
                        "request_id": "1c2e1c5e-7a43-4e0f-8d7c-2b3f4a0f9f11",
                        "source": "simulated",
                    },
                ],
            }
        },
    ),
    "get_settings": Examples(
        answers={"defaults": {"merchant": "demo", "simulation": "automatic", "payout_destination": "bank"}}
    ),
    "update_settings": Examples(
        bodies={
            "manual": {"simulation": "manual"},
            "payouts kept as funds": {"payout_destination": "balance"},
        },
        answers={
            "manual": {"merchant": "demo", "simulation": "manual", "payout_destination": "bank"},
            "payouts kept as funds": {
                "merchant": "demo",
                "simulation": "automatic",
                "payout_destination": "balance",
            },
        },
    ),
    "get_clock": Examples(answers={"eight days ahead": _CLOCK}),
    "move_clock": Examples(
        bodies={
            "by a duration": {"advance_s": 691_200},
            "to a time": {"until": "2026-11-28T09:30:00Z"},
            "back to wall time": {"reset": True},
        },
        answers={
            "eight days ahead": _CLOCK | {"unfinished": []},
            "work that is not finished": _CLOCK | {"unfinished": ["sweep_deliveries is not finished"]},
        },
    ),
    "create_fault": Examples(
        bodies={
            "lose one answer": {"fault": "commit_then_reset", "match": {"route": "capture_payment"}},
            "slow down a tenth": {
                "fault": "slow;ms=400;max_ms=4000",
                "count": 1_000,
                "percent": 10,
                "seed": 7,
                "ttl_s": 3_600,
            },
        },
        answers={"created": _FAULT},
    ),
    "list_faults": Examples(answers={"one rule": {"data": [_FAULT | {"seen": 3, "fired": 1}]}}),
    "delete_fault": Examples(answers={"deleted": {"fault_id": _FAULT["fault_id"], "deleted": True}}),
    "list_firings": Examples(
        answers={
            "one fault": {
                "data": [
                    {
                        "at": "2026-11-20T08:47:59.284903Z",
                        "request_id": "3c1d0b6a-8f52-4b7e-9f6e-2d6f2a1c9b40",
                        "route": "capture_payment",
                        "fault": "commit_then_reset",
                        "fault_id": _FAULT["fault_id"],
                        "status": 200,
                        "transaction_id": "cap_4qj2xkz7vn3mwe5dthsabcly6ofezlhz2yl5",
                    }
                ]
            }
        }
    ),
    "list_payments": Examples(answers={"last page": {"data": [_SHOWN], "next_cursor": None}}),
    "create_endpoint": Examples(
        bodies={
            "all events": {"url": "https://example.com/webhooks", "events": ["*"], "description": "The shop"},
            "some events": {
                "url": "https://example.com/webhooks",
                "events": ["payment_captured", "payment_refunded"],
            },
        },
        answers={"created": _ENDPOINT | {"secret": _SECRET}},
    ),
    "get_inbox": Examples(
        answers={
            "one webhook": {
                "url": _INBOX_URL,
                "answer": "200",
                "data": [
                    {
                        "id": "3c1d0b6a-8f52-4b7e-9f6e-2d6f2a1c9b40",
                        "received_at": _REFUNDED_AT,
                        "status": 200,
                        "headers": {
                            "content-type": "application/json",
                            "user-agent": "paysandbox-webhooks/1",
                            "webhook-id": event_id(_AUTH),
                            "webhook-signature": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
                            "webhook-timestamp": "1795164479",
                        },
                        "body": json.dumps(
                            {"id": event_id(_AUTH), "type": "payment_authorized", "data": {"auth_id": _AUTH}}
                        ),
                        "event_id": event_id(_AUTH),
                        "event_type": "payment_authorized",
                        "signature": {
                            "valid": True,
                            "reason": None,
                            "endpoint_id": _ENDPOINT_ID,
                            "secret": "current",
                            "base_string_prefix": f"{event_id(_AUTH)}.1795164479.",
                        },
                        "stripe_signature": None,
                    }
                ],
                "next_cursor": None,
            },
            "empty": {"url": _INBOX_URL, "answer": "200", "data": [], "next_cursor": None},
        }
    ),
    "update_inbox": Examples(
        bodies={"fail": {"answer": "500"}, "disable the endpoint": {"answer": "410"}},
        answers={"fail": {"url": _INBOX_URL, "answer": "500"}},
    ),
    "empty_inbox": Examples(answers={"emptied": {"url": _INBOX_URL, "answer": "200"}}),
    "list_endpoints": Examples(answers={"one endpoint": {"data": [_ENDPOINT]}}),
    "get_endpoint": Examples(answers={"enabled": _ENDPOINT, "disabled after failures": _FAILED_ENDPOINT}),
    "update_endpoint": Examples(
        bodies={
            "change events": {"events": ["payment_captured", "payment_refunded"]},
            "disable": {"status": "disabled"},
        },
        answers={"updated": _ENDPOINT | {"events": ["payment_captured", "payment_refunded"]}},
    ),
    "delete_endpoint": Examples(answers={"deleted": {"endpoint_id": _ENDPOINT_ID, "deleted": True}}),
    "rotate_endpoint": Examples(
        answers={
            "rotated": _ENDPOINT | {"previous_secret_valid_until": "2026-11-21T08:47:59.284903Z", "secret": _SECRET}
        }
    ),
    "ping_endpoint": Examples(
        answers={
            "pending": {
                "endpoint_id": _ENDPOINT_ID,
                "event_id": event_id(_PING),
                "delivery_id": delivery_id(event_id(_PING), _ENDPOINT_ID),
                "created_at": _REFUNDED_AT,
            }
        }
    ),
    "enable_endpoint": Examples(answers={"enabled": _ENDPOINT | {"listens_since": _EXPIRES_AT}}),
    "list_requests": Examples(answers={"last page": {"data": [_REQUEST], "next_cursor": None}}),
    "get_request": Examples(answers={"rejected capture": _REQUEST}),
    "search_objects": Examples(
        answers={
            "a reference": {
                "data": [
                    {
                        "object": "payment",
                        "id": _AUTH,
                        "path": f"/payments/{_AUTH}",
                        "matched": "reference",
                        "stripe_id": None,
                        "type": None,
                        "text": "order-2001",
                        "payment_id": _AUTH,
                        "status": "captured",
                        "amount": 1000,
                        "currency": "USD",
                        "created_at": _AUTHORIZED_AT,
                    }
                ],
                "searched": 0,
            },
            "nothing": {"data": [], "searched": 2000},
        }
    ),
    "get_metrics": Examples(answers={"15 minutes": _METRICS}),
    "get_feed": Examples(answers={"a capture and its webhook": _FEED}),
    "list_events": Examples(answers={"last page": {"data": [_CAPTURED_EVENT], "next_cursor": None}}),
    "get_event": Examples(answers={"one pending delivery": _CAPTURED_EVENT | {"deliveries": [_DELIVERY_IN_SHORT]}}),
    "resend_event": Examples(
        bodies={"all endpoints": {}, "one endpoint": {"endpoint_id": _ENDPOINT_ID}},
        answers={
            "resent": {
                "event_id": _CAPTURED_EVENT["id"],
                "deliveries": [
                    {"delivery_id": _DELIVERY["delivery_id"], "endpoint_id": _ENDPOINT_ID, "status": "pending"}
                ],
            }
        },
    ),
    "list_deliveries": Examples(answers={"last page": {"data": [_DELIVERY_IN_SHORT], "next_cursor": None}}),
    "get_delivery": Examples(answers={"one attempt": _DELIVERY}),
    "replay_endpoint": Examples(
        bodies={
            "failed deliveries": {"since": "2026-11-20T00:00:00Z", "only_failed": True},
            "all events": {"since": "2026-11-20T00:00:00Z"},
        },
        answers={
            "more to replay": {
                "endpoint_id": _ENDPOINT_ID,
                "planned": 200,
                "left_out": 0,
                "next_since": "2026-11-20T09:12:40.501223Z",
            }
        },
    ),
    "list_settlements": Examples(answers={"last page": {"data": [_SETTLEMENT_LISTED], "next_cursor": None}}),
    "get_settlement": Examples(answers={"closed": _SETTLEMENT_SHOWN}),
    "list_settlement_lines": Examples(answers={"last page": {"data": [_SETTLEMENT_LINE], "next_cursor": None}}),
    "create_donation_intent": Examples(
        bodies={
            "amount only": {"amount": 5000},
            "all fields": {
                "amount": 5000,
                "currency": "usd",
                "message": "For the library",
                "anonymous": False,
            },
        },
        answers={
            "created": {
                "client_secret": "pi_jbswy3dpehpk3pxpjbswy3dpeh_secret_mfrggzdfmztwq2lkmfrggzdfmz",
                "donation_id": _GIVEN_ID,
            }
        },
    ),
    "list_donations": Examples(
        answers={
            "last page": {
                "data": [
                    {
                        "donor_name": "Ada Lovelace",
                        "amount": 5000,
                        "currency": "usd",
                        "created_at": _CAPTURED_AT,
                        "donation_id": _GIVEN_ID,
                        "status": "SUCCEEDED",
                        "refunded": 0,
                        "receipt": "sent",
                        "payment_intent": "pi_jbswy3dpehpk3pxpjbswy3dpeh",
                    }
                ],
                "next_cursor": None,
            }
        }
    ),
    "list_recent_donations": Examples(
        answers={
            "two donations": [
                {"donor_name": "Ada Lovelace", "amount": 5000, "currency": "usd", "created_at": _CAPTURED_AT},
                {"donor_name": "Anonymous", "amount": 2500, "currency": "usd", "created_at": _AUTHORIZED_AT},
            ]
        }
    ),
    "get_donation_total": Examples(
        answers={
            "two currencies": {
                "total_amount_dollars": 1250.5,
                "totals": [{"currency": "jpy", "amount": 3000}, {"currency": "usd", "amount": 125050}],
            }
        }
    ),
    "list_my_donations": Examples(
        answers={
            "last page": {
                "data": [
                    {
                        "donation_id": _GIVEN_ID,
                        "amount": 5000,
                        "currency": "usd",
                        "status": "SUCCEEDED",
                        "refunded": 0,
                        "message": "For the library",
                        "anonymous": False,
                        "receipt": "sent",
                        "created_at": _CAPTURED_AT,
                    }
                ],
                "next_cursor": None,
            }
        }
    ),
    "receive_stripe_event": Examples(answers={"queued": {"received": True}}),
    "create_customer": Examples(
        bodies={
            "customer with a name": {"customer_id": _CUSTOMER_ID, "email": "jane@example.com", "name": "Jane Doe"},
            "customer": {"customer_id": _CUSTOMER_ID, "email": "jane@example.com"},
            "customer with a bank account": {
                "customer_id": _CUSTOMER_ID,
                "email": "jane@example.com",
                "name": "Jane Doe",
                "bank_account": _BANK_ACCOUNT,
            },
        },
        answers={"created": _CUSTOMER, "created with a bank account": _CUSTOMER_WITH_ACCOUNT},
    ),
    "list_customers": Examples(answers={"last page": {"data": [_CUSTOMER], "next_cursor": None}}),
    "get_customer": Examples(answers={"customer": _CUSTOMER}),
    "update_customer": Examples(
        bodies={
            "other e-mail address": {"email": "jane.doe@example.com", "name": "Jane Doe"},
            "bank account": {"email": "jane@example.com", "name": "Jane Doe", "bank_account": _BANK_ACCOUNT},
        },
        answers={
            "changed": _CUSTOMER | {"email": "jane.doe@example.com", "updated_at": _CAPTURED_AT},
            "with a bank account": _CUSTOMER_WITH_ACCOUNT | {"updated_at": _CAPTURED_AT},
        },
    ),
    "fund_merchant": Examples(
        bodies={"funds": {"amount": 100_000, "currency": "USD"}},
        answers={
            "funded": {
                "funding_id": "fnd_t5wq7lzk3nq2mz7xk5taj4ydph",
                "amount": 100_000,
                "currency": "USD",
                "source": "api",
                "created_at": _AUTHORIZED_AT,
                "balance": 100_000,
            }
        },
    ),
    "get_merchant_balance": Examples(
        answers={
            "balance": {
                "data": [{"currency": "USD", "pending": 941, "available": 97_400}],
                "next_settlement": {"business_date": "2026-11-20", "cutoff": "2026-11-21T00:00:00.000000Z"},
            }
        }
    ),
    "list_merchant_transactions": Examples(
        answers={
            "last page": {
                "data": [
                    {
                        "id": _CAPTURE,
                        "type": "capture",
                        "status": "pending",
                        "available_on": "2026-11-21T00:00:00.000000Z",
                        "currency": "USD",
                        "amount": 1000,
                        "fee": 59,
                        "net": 941,
                        "created_at": _CAPTURED_AT,
                        "payment_id": _AUTH,
                    },
                    {
                        "id": "funding.fnd_t5wq7lzk3nq2mz7xk5taj4ydph",
                        "type": "funding",
                        "status": "available",
                        "available_on": _AUTHORIZED_AT,
                        "currency": "USD",
                        "amount": 97_400,
                        "fee": 0,
                        "net": 97_400,
                        "created_at": _AUTHORIZED_AT,
                        "source_id": "fnd_t5wq7lzk3nq2mz7xk5taj4ydph",
                    },
                ],
                "next_cursor": None,
            }
        }
    ),
    "get_funds": Examples(answers={"funds": {"data": [{"currency": "USD", "balance": 97_400}]}}),
    "create_disbursement": Examples(
        bodies={
            "disbursement": {
                "customer_id": _CUSTOMER_ID,
                "email": "jane@example.com",
                "amount": 2575,
                "currency": "USD",
                "payment_method": "paypal",
            }
        },
        answers={"accepted": _DISBURSEMENT},
    ),
    "list_disbursements": Examples(answers={"last page": {"data": [_PAID_DISBURSEMENT], "next_cursor": None}}),
    "list_merchant_disbursements": Examples(answers={"last page": {"data": [_PAID_DISBURSEMENT], "next_cursor": None}}),
    "get_disbursement": Examples(
        answers={
            "paid": _PAID_DISBURSEMENT,
            "failed": _PAID_DISBURSEMENT
            | {
                "status": "failed",
                "code": "RECEIVER_COUNTRY_NOT_ALLOWED",
                "trail": [
                    *_PAID_DISBURSEMENT["trail"][:2],
                    {
                        "status": "failed",
                        "at": _REFUNDED_AT,
                        "source": "provider",
                        "code": "RECEIVER_COUNTRY_NOT_ALLOWED",
                    },
                ],
            },
        }
    ),
    "cancel_disbursement": Examples(
        answers={
            "canceled": _DISBURSEMENT
            | {
                "status": "canceled",
                "trail": [
                    *_DISBURSEMENT["trail"],
                    {
                        "status": "canceled",
                        "at": _REFUNDED_AT,
                        "source": "api",
                        "request_id": "be4a3f6d-1f63-4d59-a7a6-2a4b8f0e9d15",
                    },
                ],
            }
        }
    ),
    "receive_paypal_event": Examples(answers={"received": {"received": True}}),
    "get_welcome": Examples(
        answers={
            "custom domain": {
                "service": TITLE,
                "version": VERSION,
                "links": {
                    "docs": "/docs",
                    "openapi": "/openapi.json",
                    "health": "/health",
                    "recent": "/donations/recent",
                    "total": "/donations/total",
                },
            }
        }
    ),
    "get_health": Examples(
        answers={
            "healthy": {
                "status": "ok",
                "version": "0.1.0",
                "environment": "local",
                "checks": {"ledger": "ok", "pepper": "ok"},
            }
        }
    ),
}

PATHS: Final[Mapping[str, str]] = {
    "transaction_id": _AUTH,
    "request_id": EXAMPLE_REQUEST_ID,
    "event_id": _CAPTURED_EVENT["id"],
    "endpoint_id": _ENDPOINT_ID,
    "delivery_id": _DELIVERY["delivery_id"],
    "batch": _BATCH,
    "challenge_id": f"auth_{_OTHER}",
    "session": f"cs_test_{_OTHER}",
    "merchant": "demo",
    "token": _PAGE,
    "dispute_id": _DISPUTE_ID,
    "customer_id": _CUSTOMER_ID,
    "payment_id": _DISBURSEMENT_ID,
    "object_id": _AUTH,
    "action": "decline",
}
"""Example values of path parameters, by name."""


def _event(kind: EventType, sequence: int, data: Json, *of: str, **counters: Any) -> Json:
    amounts = {"authorized": 1250, "captured": 0, "refunded": 0, "released": 0, "remaining": 0}
    return {
        "id": event_id(*(of or (data["transaction_id"],))),
        "type": str(kind),
        "timestamp": data["created_at"],
        "sequence": sequence,
        "data": data | {"payment": amounts | counters},
    }


def _endpoint_event(kind: EventType, event: str, at: str, endpoint: Json, *more: str) -> Json:
    names = ("endpoint_id", "url", "description", *more)
    data = {name: endpoint[name] for name in names}
    return {"id": event, "type": str(kind), "timestamp": at, "sequence": 1, "data": data}


_ANSWERED: Final = {name: EXAMPLES[name].answers for name in EXAMPLES}
_VOIDED: Final = _ANSWERED["void_payment"]["voided"]

_OPENED: Final[Json] = {
    "status": "completed",
    "auth_id": _AUTH,
    "transaction_id": _AUTH,
    "amount": 1250,
    "currency": "USD",
    "created_at": _ANSWERED["authorize_payment"]["approved"]["created_at"],
    "description": "A teapot",
}
_REVISION: Final = _AUTH.replace("auth_", "rev_") + "aaaaaaaaab"

_DONATION: Final[Json] = {
    "donation_id": "019aa0a3-5f2a-7c41-9d0e-3b8f6f1c2a47",
    "status": "SUCCEEDED",
    "amount": 5000,
    "currency": "usd",
    "refunded": 0,
    "donor_name": "Ada Lovelace",
    "payment_intent": f"pi_{_OTHER}",
    "created_at": _AUTHORIZED_AT,
}


_DISBURSEMENT_DATA: Final[Json] = {
    "payment_id": _DISBURSEMENT_ID,
    "customer_id": _CUSTOMER_ID,
    "status": "paid",
    "amount": 2575,
    "currency": "USD",
    "fee": 25,
    "payment_method": "paypal",
    "source": "provider",
    "batch_id": _DISBURSEMENT["batch_id"],
    "created_at": _AUTHORIZED_AT,
}
_SENT: Final[Json] = {"reference": "5UXD2E8A7EBQJ"}
_SENT_BY_ACH: Final[Json] = {"payment_method": "ach", "reference": "2026-11-23.1.1", "status": "paid"}


def _disbursement_event(kind: EventType, number: int, at: str, **parts: Any) -> Json:
    status = kind.removeprefix("disbursement_")
    return {
        "id": disbursement_event_id(_DISBURSEMENT_DATA["batch_id"], number - 1),
        "type": str(kind),
        "timestamp": at,
        "sequence": number,
        "data": _DISBURSEMENT_DATA | {"status": "pending" if status == "created" else status} | parts,
    }


def _donation_event(kind: EventType, version: int, at: str, **parts: Any) -> Json:
    return {
        "id": donation_event_id(_DONATION["donation_id"], version, kind),
        "type": str(kind),
        "timestamp": at,
        "sequence": version,
        "data": _DONATION | parts,
    }


def _unanswered(status: str) -> Json:
    approved: Json = _ANSWERED["authorize_payment"]["approved"]
    names = ("auth_id", "transaction_id", "amount", "currency", "capture_method", "card", "created_at", "reference")
    return {name: approved[name] for name in names if name in approved} | {"status": status}


def _later_step(kind: str, amount: int = 1250, **own: str) -> Json:
    return {
        "status": "completed",
        "transaction_id": f"{kind}_{_PAYMENT}t5wq7lzk3n",
        "auth_id": _AUTH,
        "amount": amount,
        "currency": "USD",
        "created_at": _REFUNDED_AT,
        **own,
    }


def _refund_event(kind: EventType, sequence: int, status: str, *, pending: int = 0, **own: str) -> Json:
    refund: Json = _ANSWERED["refund_payment"]["partial refund"]
    operation = _REFUND if kind is EventType.REFUND_CREATED else f"rfu_{_PAYMENT}t5wq7lzk3n"
    counters: dict[str, Any] = {"refund_pending": pending} if pending else {}
    return _event(
        kind,
        sequence,
        refund | {"status": status, "refundable": 1000 - pending} | own,
        operation,
        status="partially_captured",
        captured=1000,
        remaining=250,
        **counters,
    )


def _dispute_event(kind: EventType, sequence: int, step: str, status: str, **own: Any) -> Json:
    taken = 1250 if status in ("needs_response", "under_review", "lost") else 0
    dispute: Json = {
        "dispute_id": f"du_{_PAYMENT}k6w3zq5n7t",
        "transaction_id": f"{step}_{_PAYMENT}t5wq7lzk3n",
        "auth_id": _AUTH,
        "status": status,
        "stage": "inquiry" if status.startswith("warning") else "chargeback",
        "reason": "product_not_received",
        "amount": 1250,
        "currency": "USD",
        "fee": 1500 if taken else 0,
        "withdrawn": False,
        "submissions": 0,
        "due_by": _EXPIRES_AT,
        "created_at": _REFUNDED_AT,
        "updated_at": _REFUNDED_AT,
    }
    return _event(kind, sequence, dispute | own, dispute["transaction_id"], status="captured", captured=1250)


EVENT_EXAMPLES: Final[Mapping[EventType, Json]] = {
    EventType.PAYMENT_OPENED: _event(EventType.PAYMENT_OPENED, 1, _OPENED, status="pending", authorized=0),
    EventType.PAYMENT_REVISED: _event(
        EventType.PAYMENT_REVISED,
        2,
        _OPENED | {"transaction_id": _REVISION, "description": "Two teapots"},
        status="pending",
        authorized=0,
    ),
    EventType.PAYMENT_AUTHORIZED: _event(
        EventType.PAYMENT_AUTHORIZED,
        1,
        _ANSWERED["authorize_payment"]["approved"],
        status="approved",
        remaining=1250,
    ),
    EventType.PAYMENT_DECLINED: _event(
        EventType.PAYMENT_DECLINED, 1, _ANSWERED["authorize_payment"]["declined"], status="declined"
    ),
    EventType.PAYMENT_AUTHORIZATION_INCREMENTED: _event(
        EventType.PAYMENT_AUTHORIZATION_INCREMENTED,
        2,
        _ANSWERED["increment_payment"]["incremented"],
        status="approved",
        authorized=1750,
        remaining=1750,
    ),
    EventType.PAYMENT_INCREMENT_DECLINED: _event(
        EventType.PAYMENT_INCREMENT_DECLINED,
        2,
        _ANSWERED["increment_payment"]["declined"],
        status="approved",
        remaining=1250,
    ),
    EventType.PAYMENT_CAPTURED: _event(
        EventType.PAYMENT_CAPTURED,
        2,
        _ANSWERED["capture_payment"]["partial capture"],
        status="partially_captured",
        captured=1000,
        remaining=250,
    ),
    EventType.PAYMENT_VOIDED: _event(EventType.PAYMENT_VOIDED, 2, _VOIDED, status="voided", released=1250),
    EventType.PAYMENT_REFUNDED: _event(
        EventType.PAYMENT_REFUNDED,
        3,
        _ANSWERED["refund_payment"]["partial refund"],
        status="partially_refunded",
        captured=1000,
        refunded=250,
        remaining=250,
    ),
    EventType.PAYMENT_EXPIRED: _event(
        EventType.PAYMENT_EXPIRED,
        2,
        _VOIDED | {"transaction_id": _EXPIRY, "created_at": _EXPIRES_AT},
        status="expired",
        released=1250,
    ),
    EventType.PAYMENT_REQUIRES_ACTION: _event(
        EventType.PAYMENT_REQUIRES_ACTION, 1, _unanswered("requires_action"), status="requires_action", authorized=0
    ),
    EventType.PAYMENT_PROCESSING: _event(
        EventType.PAYMENT_PROCESSING, 1, _unanswered("processing"), status="processing", authorized=0
    ),
    EventType.PAYMENT_AUTHENTICATED: _event(
        EventType.PAYMENT_AUTHENTICATED,
        2,
        _later_step("tds", challenge_id=_AUTH, result="Y"),
        status="requires_action",
        authorized=0,
    ),
    EventType.PAYMENT_AUTHENTICATION_FAILED: _event(
        EventType.PAYMENT_AUTHENTICATION_FAILED,
        2,
        _later_step("tds", challenge_id=_AUTH, result="N"),
        status="declined",
        authorized=0,
    ),
    EventType.PAYMENT_CAPTURE_FAILED: _event(
        EventType.PAYMENT_CAPTURE_FAILED,
        3,
        _later_step("cpf", capture_id=_CAPTURE),
        status="approved",
        remaining=1250,
    ),
    EventType.PAYMENT_PRESENTMENT_DELAYED: _event(
        EventType.PAYMENT_PRESENTMENT_DELAYED,
        3,
        _later_step("prs", capture_id=_CAPTURE, presented_at=_SETTLED_AT),
        status="captured",
        captured=1250,
    ),
    EventType.PAYMENT_REVERSED: _event(
        EventType.PAYMENT_REVERSED, 2, _later_step("rvl"), status="reversed", released=1250
    ),
    EventType.PAYMENT_FRAUD_WARNING: _event(
        EventType.PAYMENT_FRAUD_WARNING,
        3,
        _later_step("efw", capture_id=_CAPTURE),
        status="captured",
        captured=1250,
    ),
    EventType.REFUND_CREATED: _refund_event(EventType.REFUND_CREATED, 3, "pending", pending=250),
    EventType.REFUND_REQUIRES_ACTION: _refund_event(
        EventType.REFUND_REQUIRES_ACTION, 4, "requires_action", pending=250
    ),
    EventType.REFUND_FAILED: _refund_event(EventType.REFUND_FAILED, 4, "failed", failure_reason="lost_or_stolen_card"),
    EventType.REFUND_CANCELED: _refund_event(EventType.REFUND_CANCELED, 5, "canceled"),
    EventType.DISPUTE_OPENED: _dispute_event(EventType.DISPUTE_OPENED, 3, "dop", "needs_response"),
    EventType.DISPUTE_INQUIRY_OPENED: _dispute_event(
        EventType.DISPUTE_INQUIRY_OPENED, 3, "dop", "warning_needs_response"
    ),
    EventType.DISPUTE_INQUIRY_CLOSED: _dispute_event(
        EventType.DISPUTE_INQUIRY_CLOSED, 4, "dcs", "warning_closed", cause="expired"
    ),
    EventType.DISPUTE_EVIDENCE_SUBMITTED: _dispute_event(
        EventType.DISPUTE_EVIDENCE_SUBMITTED, 4, "dev", "under_review", submissions=1, decides_at=_SETTLED_AT
    ),
    EventType.DISPUTE_ESCALATED: _dispute_event(
        EventType.DISPUTE_ESCALATED, 6, "des", "needs_response", stage="pre_arbitration", submissions=1
    ),
    EventType.DISPUTE_WITHDRAWN: _dispute_event(
        EventType.DISPUTE_WITHDRAWN, 4, "dwd", "needs_response", withdrawn=True
    ),
    EventType.DISPUTE_WON: _dispute_event(EventType.DISPUTE_WON, 5, "dcs", "won", submissions=1, cause="decided"),
    EventType.DISPUTE_LOST: _dispute_event(EventType.DISPUTE_LOST, 4, "dcs", "lost", cause="accepted"),
    EventType.ENDPOINT_PING: _endpoint_event(EventType.ENDPOINT_PING, event_id(_PING), _REFUNDED_AT, _ENDPOINT),
    EventType.ENDPOINT_DISABLED: _endpoint_event(
        EventType.ENDPOINT_DISABLED,
        event_id(_ENDPOINT_ID),
        _EXPIRES_AT,
        _FAILED_ENDPOINT,
        "disabled_reason",
        "disabled_at",
        "failing_since",
    ),
    EventType.TRANSACTION_SETTLED: _event(
        EventType.TRANSACTION_SETTLED,
        4,
        {
            "status": "settled",
            "transaction_id": _CAPTURE,
            "type": "capture",
            "settlement_id": _SETTLEMENT,
            "batch": _BATCH,
            "auth_id": _AUTH,
            "gross": 1000,
            "fee": 59,
            "net": 941,
            "currency": "USD",
            "created_at": _SETTLED_AT,
        },
        _SETTLEMENT,
        _CAPTURE,
        status="partially_refunded",
        captured=1000,
        refunded=250,
        remaining=250,
    ),
    EventType.SETTLEMENT_COMPLETED: {
        "id": completed_event_id(_BATCH, "demo"),
        "type": str(EventType.SETTLEMENT_COMPLETED),
        "timestamp": _SETTLED_AT,
        "sequence": 1,
        "data": {
            "status": "settled",
            "batch": _BATCH,
            "business_date": _BATCH,
            "cutoff": _CUTOFF,
            "totals": _TOTALS,
            "currencies": 1,
            "set_aside": 0,
        },
    },
    EventType.DONATION_FAILED: _donation_event(
        EventType.DONATION_FAILED, 3, _CAPTURED_AT, status="FAILED", failure="card_declined"
    ),
    EventType.DONATION_SUCCEEDED: _donation_event(EventType.DONATION_SUCCEEDED, 4, _REFUNDED_AT),
    EventType.DONATION_REFUNDED: _donation_event(
        EventType.DONATION_REFUNDED, 7, _SETTLED_AT, status="REFUNDED", refunded=5000, refund_amount=5000
    ),
    EventType.DISBURSEMENT_CREATED: _disbursement_event(
        EventType.DISBURSEMENT_CREATED, 1, _AUTHORIZED_AT, source="api"
    ),
    EventType.DISBURSEMENT_PROCESSING: _disbursement_event(
        EventType.DISBURSEMENT_PROCESSING, 2, _AUTHORIZED_AT, source="worker"
    ),
    EventType.DISBURSEMENT_PAID: _disbursement_event(EventType.DISBURSEMENT_PAID, 3, _CAPTURED_AT, **_SENT),
    EventType.DISBURSEMENT_FAILED: _disbursement_event(
        EventType.DISBURSEMENT_FAILED, 3, _CAPTURED_AT, code="RECEIVER_COUNTRY_NOT_ALLOWED", **_SENT
    ),
    EventType.DISBURSEMENT_UNCLAIMED: _disbursement_event(
        EventType.DISBURSEMENT_UNCLAIMED, 3, _CAPTURED_AT, code="RECEIVER_UNREGISTERED", **_SENT
    ),
    EventType.DISBURSEMENT_HELD: _disbursement_event(
        EventType.DISBURSEMENT_HELD,
        3,
        _CAPTURED_AT,
        code="PENDING_RECIPIENT_NON_HOLDING_CURRENCY_PAYMENT_PREFERENCE",
        **_SENT,
    ),
    EventType.DISBURSEMENT_BLOCKED: _disbursement_event(
        EventType.DISBURSEMENT_BLOCKED, 3, _CAPTURED_AT, code="RISK_DECLINE", **_SENT
    ),
    EventType.DISBURSEMENT_RETURNED: _disbursement_event(
        EventType.DISBURSEMENT_RETURNED, 4, _SETTLED_AT, source="simulated", **_SENT
    ),
    EventType.DISBURSEMENT_DESTINATION_CORRECTED: _disbursement_event(
        EventType.DISBURSEMENT_DESTINATION_CORRECTED, 4, _SETTLED_AT, code="C01", **_SENT_BY_ACH
    ),
    EventType.DISBURSEMENT_CANCELED: _disbursement_event(
        EventType.DISBURSEMENT_CANCELED, 2, _AUTHORIZED_AT, source="api"
    ),
    EventType.DISBURSEMENT_REQUIRES_ATTENTION: _disbursement_event(
        EventType.DISBURSEMENT_REQUIRES_ATTENTION, 3, _SETTLED_AT, source="timer"
    ),
    EventType.STRIPE_OBJECT_CHANGED: OBJECT_EVENTS["product.updated"],
}
"""One event of each type: of the two orders, of an endpoint that receives them, of their batch, of a donation whose
first attempt failed, of a disbursement, and of a product."""
