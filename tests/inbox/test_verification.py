"""The rules of a signature's check."""

import pytest

from paysandbox.core.signature import TOLERANCE_S, secret_of, signed
from paysandbox.inbox.verification import Reason, SigningSecret, Verdict, verify_standard, verify_stripe

NOW = 1_795_164_479
MASTER = b"w" * 32
BODY = b'{"type":"payment_captured"}'
CURRENT = SigningSecret("we_1", previous=False, text=secret_of(MASTER, "we_1", 2))
PREVIOUS = SigningSecret("we_1", previous=True, text=secret_of(MASTER, "we_1", 1))
OTHER = SigningSecret("we_2", previous=False, text=secret_of(MASTER, "we_2", 1))
EVERY = (CURRENT, PREVIOUS, OTHER)


def headers_by(*secrets: SigningSecret, at: int = NOW) -> dict[str, str]:
    given = signed([one.text for one in secrets], message_id="evt_1", timestamp=at, body=BODY)
    return {name.lower(): value for name, value in given.items()}


@pytest.mark.parametrize(
    "by, endpoint_id, previous",
    [
        ((CURRENT,), "we_1", False),
        ((PREVIOUS,), "we_1", True),
        ((CURRENT, PREVIOUS), "we_1", False),
        ((OTHER,), "we_2", False),
    ],
)
def test_the_secret_that_verifies_is_named(by: tuple[SigningSecret, ...], endpoint_id: str, previous: bool) -> None:
    headers = headers_by(*by)
    expected = {"endpoint_id": endpoint_id, "previous_secret": previous}
    assert verify_standard(headers, BODY, EVERY, now=NOW) == Verdict(base_string_prefix=f"evt_1.{NOW}.", **expected)
    assert verify_stripe(headers, BODY, EVERY, now=NOW) == Verdict(base_string_prefix=f"{NOW}.", **expected)


@pytest.mark.parametrize(
    "secrets, at, body, reason",
    [
        ((OTHER,), NOW, BODY, Reason.SIGNATURE_WRONG),
        ((CURRENT,), NOW, b"", Reason.SIGNATURE_WRONG),
        ((), NOW, BODY, Reason.NO_ENDPOINT),
        ((CURRENT,), NOW - TOLERANCE_S - 1, BODY, Reason.TIMESTAMP_STALE),
        ((CURRENT,), NOW + TOLERANCE_S + 1, BODY, Reason.TIMESTAMP_STALE),
        ((), NOW - TOLERANCE_S - 1, BODY, Reason.TIMESTAMP_STALE),
    ],
)
def test_both_formats_fail_for_the_same_reason(
    secrets: tuple[SigningSecret, ...], at: int, body: bytes, reason: Reason
) -> None:
    headers = headers_by(CURRENT, at=at)
    standard = verify_standard(headers, body, secrets, now=NOW)
    stripe = verify_stripe(headers, body, secrets, now=NOW)
    assert stripe is not None
    assert (standard.reason, stripe.reason, standard.valid, stripe.valid) == (reason, reason, False, False)


@pytest.mark.parametrize("key", ["whsec_", ""])
def test_a_signature_with_an_empty_key_verifies_nothing(key: str) -> None:
    """Anybody can make one."""
    headers = {name.lower(): value for name, value in signed([key], message_id="e", timestamp=NOW, body=BODY).items()}
    for secrets, reason in (((), Reason.NO_ENDPOINT), (EVERY, Reason.SIGNATURE_WRONG)):
        assert verify_standard(headers, BODY, secrets, now=NOW).reason is reason
        stripe = verify_stripe(headers, BODY, secrets, now=NOW)
        assert stripe is not None
        assert stripe.reason is reason


def test_without_the_header_of_stripe_there_is_nothing_to_verify() -> None:
    assert verify_stripe({}, BODY, EVERY, now=NOW) is None
    assert verify_standard({}, BODY, EVERY, now=NOW) == Verdict(reason=Reason.HEADERS_MISSING)


def test_the_prefix_is_cut_off_and_has_no_key() -> None:
    headers = headers_by(CURRENT) | {"webhook-id": "x" * 10_000}
    assert len(verify_standard(headers, BODY, EVERY, now=NOW).base_string_prefix or "") <= 500
    headers |= {"webhook-id": "sk_test_demo_abcdefghijklmnop"}
    assert verify_standard(headers, BODY, EVERY, now=NOW).base_string_prefix == f"sk_test_***.{NOW}."
