"""Signatures, checked against published vectors and against the two libraries that receivers verify with."""

import base64
import time
from typing import Any

import pytest
import stripe
from standardwebhooks import Webhook, WebhookVerificationError

from paysandbox.core.signature import (
    ID_HEADER,
    SIGNATURE_HEADER,
    STRIPE_HEADER,
    TIMESTAMP_HEADER,
    TOLERANCE_S,
    fault,
    secret_of,
    signed,
    stripe_fault,
    stripe_signature,
)

K1 = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
K2 = "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
T = 1_767_607_200
CAPTURED = (
    b'{"type":"payment_captured","timestamp":"2026-01-05T10:00:00Z",'
    b'"data":{"id":"pay_01","amount":1250,"currency":"usd"}}'
)
REFUNDED = (
    '{"type":"payment_refunded","timestamp":"2026-01-05T10:05:00Z",'
    '"data":{"id":"re_01","amount":500,"currency":"eur","note":"caf\u00e9 \u2615"}}'
).encode()
INTENT = (
    b'{"id":"evt_1","object":"event","type":"payment_intent.succeeded",'
    b'"data":{"object":{"id":"pi_1","amount":2500,"currency":"usd","status":"succeeded"}}}'
)
CAPTURED_ID = "evt_01JGXA0000000000000000CAPT"
V2 = "v1,6A4akBhytzasm4F9Sud0HbbkZMZ5oRM4lqxPLquggzg="
V3 = "v1,o60E7yiEf7cATHJuTVosJb1MYWY/DAiUfWEaTRoV6H8="


@pytest.mark.parametrize(
    "secret, message_id, timestamp, body, expected",
    [
        # The public library's own vectors.
        (
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            b'{"test": 2432232314}',
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ),
        (K1, CAPTURED_ID, T, CAPTURED, V2),
        (K2, CAPTURED_ID, T, CAPTURED, V3),
        (K1, "evt_01JGXA0000000000000000REFD", T + 300, REFUNDED, "v1,meKG4bgO5OjYI3kHdJ6M3pP1D2peyaxPgJvpL0Ot17k="),
        (K1, "evt_empty", T, b"", "v1,x1p7JNdLjrAcnKx/bNs3eeS8qyuFKhnaLKwbMwGXrq0="),
    ],
    ids=["public", "K1", "K2", "UTF-8", "empty"],
)
def test_standard_webhooks(secret: str, message_id: str, timestamp: int, body: bytes, expected: str) -> None:
    headers = signed([secret], message_id=message_id, timestamp=timestamp, body=body)
    assert headers[SIGNATURE_HEADER] == expected
    assert fault(secret, headers, body, now=timestamp) is None


@pytest.mark.parametrize(
    "secret, body, expected",
    [
        ("whsec_test_sandbox_1", CAPTURED, "aea169d6a0ba20fd5de91641caddcdb58b5080bc343815898b007908cdd9ed79"),
        ("whsec_test_sandbox_2", CAPTURED, "e03c8d197fc969199cb001b05cf77083e62fd4f35105672fef56e68852ece539"),
        ("whsec_test_sandbox_1", INTENT, "455acf7c0601962047071c9b3d207b78854ea73ec281b3510037297d099aa61b"),
    ],
)
def test_stripes_form_signs_with_the_secrets_text(secret: str, body: bytes, expected: str) -> None:
    assert stripe_signature(secret, T, body) == expected


def test_a_rotation_signs_with_both_the_newest_first() -> None:
    headers = signed([K2, K1], message_id=CAPTURED_ID, timestamp=T, body=CAPTURED)
    assert headers[SIGNATURE_HEADER] == f"{V3} {V2}"
    assert headers[STRIPE_HEADER].count("v1=") == 2
    assert [fault(secret, headers, CAPTURED, now=T) for secret in (K1, K2)] == [None, None]


GOOD = signed([K1], message_id=CAPTURED_ID, timestamp=T, body=CAPTURED)


@pytest.mark.parametrize(
    "secret, change, body, now, expected",
    [
        (K1, {}, CAPTURED.replace(b"1250", b"1251"), T, "signature_wrong"),
        (K1, {TIMESTAMP_HEADER: str(T + 1)}, CAPTURED, T, "signature_wrong"),
        (K1, {SIGNATURE_HEADER: V2.replace("v1,", "v1=")}, CAPTURED, T, "signature_wrong"),
        (K1, {SIGNATURE_HEADER: V2.replace("v1,", "v2,")}, CAPTURED, T, "signature_wrong"),
        (K1, {SIGNATURE_HEADER: "v1,\u00e9"}, CAPTURED, T, "signature_wrong"),
        (K1, {SIGNATURE_HEADER: ""}, CAPTURED, T, "signature_wrong"),
        (K2, {}, CAPTURED, T, "signature_wrong"),
        # The secret's text instead of the bytes it encodes.
        ("whsec_" + base64.b64encode(K1.encode()).decode(), {}, CAPTURED, T, "signature_wrong"),
        (K1, {}, CAPTURED, T + TOLERANCE_S, None),
        (K1, {}, CAPTURED, T + TOLERANCE_S + 1, "timestamp_stale"),
        (K1, {}, CAPTURED, T - TOLERANCE_S - 1, "timestamp_stale"),
        (K1, {TIMESTAMP_HEADER: "1767607200.0"}, CAPTURED, T, "timestamp_invalid"),
        (K1, {TIMESTAMP_HEADER: "-1767607200"}, CAPTURED, T, "timestamp_invalid"),
        (K1, {TIMESTAMP_HEADER: "9" * 400}, CAPTURED, T, "timestamp_invalid"),
        (K1, {TIMESTAMP_HEADER: "\u0661"}, CAPTURED, T, "timestamp_invalid"),
        (K1, {TIMESTAMP_HEADER: None}, CAPTURED, T, "headers_missing"),
        (K1, {ID_HEADER: None}, CAPTURED, T, "headers_missing"),
        (K1, {SIGNATURE_HEADER: None}, CAPTURED, T, "headers_missing"),
    ],
)
def test_deliveries_that_fail_verification(
    secret: str, change: dict[str, str | None], body: bytes, now: int, expected: str | None
) -> None:
    headers = {name: value for name, value in (GOOD | change).items() if value is not None}
    assert fault(secret, headers, body, now=now) == expected


def test_both_libraries_verify_what_is_signed() -> None:
    secret = secret_of(b"m" * 32, "we_endpoint", 1)
    headers = signed([secret], message_id="evt_1", timestamp=int(time.time()), body=INTENT)
    assert Webhook(secret).verify(INTENT, headers)["id"] == "evt_1"
    event: Any = stripe.Webhook.construct_event(INTENT, headers[STRIPE_HEADER], secret)
    assert event["id"] == "evt_1"


def test_both_libraries_refuse_another_body() -> None:
    secret = secret_of(b"m" * 32, "we_endpoint", 1)
    headers = signed([secret], message_id="evt_1", timestamp=int(time.time()), body=INTENT)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(INTENT + b" ", headers)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(INTENT + b" ", headers[STRIPE_HEADER], secret)


def test_each_endpoint_and_version_has_a_secret_of_its_own() -> None:
    secrets = {secret_of(b"m" * 32, name, version) for name in ("we_a", "we_b") for version in (1, 2, 11)}
    assert len(secrets) == 6
    assert {len(base64.b64decode(secret.removeprefix("whsec_"))) for secret in secrets} == {32}


def test_an_invalid_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="whsec_ followed by Base64"):
        signed(["whsec_not base64"], message_id="evt_1", timestamp=T, body=b"")


# --- Stripe's signatures ----------------------------------------------------------------------------------------------


OTHER = "whsec_another"


def v1(secret: str = K1, at: int = T, body: bytes = INTENT) -> str:
    return f"v1={stripe_signature(secret, at, body)}"


@pytest.mark.parametrize(
    "header, body, expected, library_agrees",
    [
        # From stripe-python's tests/test_webhook.py.
        (f"t={T},{v1()}", INTENT, None, True),
        ("i'm not even a real signature header", INTENT, "header_invalid", True),
        ("", INTENT, "header_invalid", True),
        (f"t={T}", INTENT, "header_invalid", True),
        (f"t={T},{v1().replace('v1=', 'v0=')}", INTENT, "header_invalid", True),
        (f"t={T},v1=bad_signature", INTENT, "signature_wrong", True),
        (f"t={T - 301},{v1(at=T - 301)}", INTENT, "timestamp_stale", True),
        (f"t={T},{v1()},v1=bad_signature", INTENT, None, True),
        (f"t={T},v1=bad_signature,{v1()}", INTENT, None, True),
        (f"t=12345,{v1(at=12345)}", INTENT, "timestamp_stale", True),
        (f"{v1()}", INTENT, "header_invalid", True),
        # Not in that file.
        (f"t={T + 300},{v1(at=T + 300)}", INTENT, None, True),
        (f"t={T + 301},{v1(at=T + 301)}", INTENT, "timestamp_stale", False),
        (f"t={T},{v1(OTHER)}", INTENT, "signature_wrong", True),
        (f"t={T},{v1(OTHER)},{v1()}", INTENT, None, True),
        (f"t={T},{v1('')}", INTENT, "signature_wrong", True),
        (f"t={T},{v1()}", INTENT.replace(b":", b": "), "signature_wrong", True),
        (f"t={T},{v1(body=b'')}", b"", None, True),
        (f"t={T},{v1()}", INTENT + b"\n", "signature_wrong", True),
        (f"t={T},t={T},{v1()}", INTENT, "timestamp_invalid", False),
        (f"t={T},{v1()},t=1", INTENT, "timestamp_invalid", False),
        (f"t={T + 1},{v1()}", INTENT, "signature_wrong", True),
        (f"t=,{v1()}", INTENT, "timestamp_invalid", True),
        (f"t=now,{v1()}", INTENT, "timestamp_invalid", True),
        (f"t=-{T},{v1()}", INTENT, "timestamp_invalid", True),
        (f"t={T}.0,{v1()}", INTENT, "timestamp_invalid", True),
        (f"t={'9' * 5000},{v1()}", INTENT, "timestamp_invalid", True),
        (f"t={T},v1=\u00e9", INTENT, "signature_wrong", True),
        (f"t={T},v1=\ud800", INTENT, "signature_wrong", True),
        (f"t={T},v1", INTENT, "signature_wrong", True),
        (f"t={T},v1={stripe_signature(K1, T, INTENT).upper()}", INTENT, "signature_wrong", True),
        (f"t={T}, {v1()}", INTENT, "header_invalid", True),
    ],
)
def test_verification_of_stripes_signatures(
    header: str, body: bytes, expected: str | None, library_agrees: bool
) -> None:
    """Compares Stripe's own library, which differs on purpose in some cases."""
    assert stripe_fault(K1, header, body, now=T) == expected
    assert (_library_trusts(header, body) is (expected is None)) is library_agrees


def test_without_a_secret_nothing_is_signed() -> None:
    assert stripe_fault("", f"t={T},{v1('')}", INTENT, now=T) == "secret_missing"


def test_stripe_signatures_for_receivers_verify_as_stripes() -> None:
    header = signed([K2, K1], message_id="evt_1", timestamp=T, body=INTENT)[STRIPE_HEADER]
    assert [stripe_fault(secret, header, INTENT, now=T) for secret in (K1, K2)] == [None, None]


def _library_trusts(header: str, body: bytes) -> bool:
    try:
        # It checks a signature's age by its own clock.
        return stripe.WebhookSignature.verify_header(body.decode(), header, K1, TOLERANCE_S + int(time.time()) - T)
    except (stripe.SignatureVerificationError, TypeError, ValueError):
        return False
