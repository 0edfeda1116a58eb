"""What a text may name."""

import pytest

from paysandbox.search.query import MAX_NAMES, SearchText, read_search


@pytest.mark.parametrize(
    "typed, expected",
    [
        ("order-2001", SearchText(text="order-2001", names=("order-2001",))),
        ("  auth_abc ", SearchText(text="auth_abc", names=("auth_abc",))),
        ("4242", SearchText(text="4242", names=("4242",), last4="4242")),
        ("42424", SearchText(text="42424", names=("42424",))),
        (
            "ada@example.com",
            SearchText(text="ada@example.com", names=("ada@example.com",), email="ada@example.com"),
        ),
        ("a reference of mine", SearchText(text="a reference of mine")),
        (
            "/v1/payment_intents/pi_abc/capture",
            SearchText(
                text="/v1/payment_intents/pi_abc/capture",
                names=("v1", "payment_intents", "pi_abc", "capture"),
                path="/v1/payment_intents/pi_abc/capture",
            ),
        ),
        (
            "GET /payments?limit=1",
            SearchText(text="GET /payments?limit=1", names=("payments",), path="/payments"),
        ),
        (
            "https://localhost:4242/dashboard/payments/auth_abc?tab=events",
            SearchText(
                text="https://localhost:4242/dashboard/payments/auth_abc?tab=events",
                names=("dashboard", "payments", "auth_abc"),
                path="/dashboard/payments/auth_abc",
            ),
        ),
        ("https://[", SearchText(text="https://[")),
        ("", SearchText(text="")),
    ],
)
def test_what_a_text_may_name(typed: str, expected: SearchText) -> None:
    assert read_search(typed) == expected


def test_a_long_path_names_a_bounded_number_of_ids() -> None:
    assert len(read_search("/" + "/".join(map(str, range(99)))).names) == MAX_NAMES
