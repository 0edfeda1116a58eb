"""Ids: their forms, the resources they name, and that they are derived from the request alone."""

import base64
from collections import Counter

import pytest
from hypothesis import given, strategies as st

from paysandbox.core import ids
from tests.support.builders.build import PAYMENT_ID

BODY = "abcdefghijklmnopqrstuvwxyz"
OWN = "234567abcd"

payment_ids = st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=26, max_size=26).map("auth_{}".format)
own_parts = st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=10, max_size=10)


@pytest.mark.parametrize(
    "text, kind, payment",
    [
        (f"auth_{BODY}", "auth", f"auth_{BODY}"),
        (f"cap_{BODY}{OWN}", "cap", f"auth_{BODY}"),
        (f"void_{BODY}{OWN}", "void", f"auth_{BODY}"),
        (f"ref_{BODY}{OWN}", "ref", f"auth_{BODY}"),
        (f"exp_{BODY}{OWN}", "exp", f"auth_{BODY}"),
        (f"set_{BODY}{OWN}", "set", f"auth_{BODY}"),
        (f"stl_{BODY}", None, None),  # a payout does not belong to a payment
        (f"clm_{BODY}", None, None),  # a claim is internal
        (f"auth_{BODY}{OWN}", None, None),
        (f"cap_{BODY}", None, None),  # an operation without its own part
        (f"auth_{BODY[:-1]}", None, None),
        (f"auth_{BODY[:-1]}1", None, None),  # 0, 1, 8 and 9 are not in the alphabet
        (f"AUTH_{BODY.upper()}", None, None),
        (f" auth_{BODY}", None, None),
        (f"auth_{BODY}\n", None, None),
        (f"auth_{BODY[:-1]}\uff41", None, None),  # full-width a
        ("pi_" + BODY, None, None),
        ("health", None, None),
        ("", None, None),
    ],
)
def test_parsing_of_ids(text: str, kind: str | None, payment: str | None) -> None:
    assert ids.kind_of(text) == kind
    assert ids.payment_of(text) == payment
    assert ids.is_payment_id(text) == (kind == "auth")


@given(payment=payment_ids, own=own_parts, kind=st.sampled_from(["cap", "void", "ref", "exp", "set"]))
def test_operation_ids_contain_the_payment(payment: str, own: str, kind: str) -> None:
    operation = ids.operation_id(kind, payment, own)

    assert ids.payment_of(operation) == payment
    assert ids.kind_of(operation) == kind
    assert operation.endswith(own)


def test_ids_are_stable() -> None:
    """Tables already hold these payment_ids: with another derivation, every request would take effect a second time."""
    assert ids.payment_id("demo", "authorize_payment", "order-1") == "auth_qzrwfhaudcq7ljrxwlbiocqdiv"
    assert ids.idempotency_record_id("demo", "capture_payment", "order-1") == "clm_bczrkgrb6p6xlq634s6twqtm5z"
    assert ids.operation_id("cap", PAYMENT_ID, OWN) == "cap_" + "p" * 26 + OWN
    assert ids.settlement_id(PAYMENT_ID, "2026-11-20") == "set_" + "p" * 26 + "haai2fwlzm"
    assert ids.payout_id("2026-11-20", "demo", "USD") == "stl_cza4fva5g5drn65r3vron6m2vm"


@pytest.mark.parametrize(
    "one, other",
    [
        (("ab", "c"), ("a", "bc")),
        (("a", "b"), ('a","b',)),
        (("a", "b"), ("a", "b", "")),
        (("a",), ("A",)),
        (("a",), ("a ",)),
        (("\u00e9",), ("e\u0301",)),  # visually the same, but another key
        (("demo", "capture_payment", "k"), ("demo", "refund_payment", "k")),
        (("demo", "capture_payment", "k"), ("globex", "capture_payment", "k")),
    ],
)
def test_derivation_separates_its_parts(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert ids.derive(*one) != ids.derive(*other)
    assert ids.derive(*one) == ids.derive(*one)


def test_payment_and_idempotency_record_of_a_key_have_different_ids() -> None:
    payment = ids.payment_id("demo", "authorize_payment", "k")
    claim = ids.idempotency_record_id("demo", "authorize_payment", "k")

    assert payment != claim
    assert ids.payment_of(claim) is None


@given(digest=st.binary(min_size=20, max_size=32), length=st.integers(1, 26))
def test_base32_is_lower_case_rfc_4648(digest: bytes, length: int) -> None:
    assert ids.base32(digest, length) == base64.b32encode(digest).decode().lower()[:length]


def test_shards_are_evenly_used() -> None:
    """One merchant's payments are spread over 16 index partitions; an uneven shard would be throttled first."""
    shards, per_shard = 16, 1_000
    found = Counter(ids.shard_of(ids.payment_id("demo", str(n)), shards) for n in range(shards * per_shard))

    assert set(found) == set(range(shards))
    assert all(0.85 * per_shard < count < 1.15 * per_shard for count in found.values())
