"""The form of a customer ID, in a body and in a path."""

import pytest

from paysandbox.customers.lookup import customer_id_in


@pytest.mark.parametrize(
    "text, customer_id",
    [
        ("unixuser1", "unixuser1"),
        ("a", "a"),
        ("x" * 64, "x" * 64),
        ("jane.doe_1-2@example.com", "jane.doe_1-2@example.com"),
        ("jane%40example.com", "jane@example.com"),  # a gateway may leave it encoded
        ("", None),
        ("x" * 65, None),
        ("a b", None),
        ("a%20b", None),
        ("a#b", None),  # the mark between a merchant and its customer
        ("a/b", None),
        ("a%2Fb", None),
        ("é", None),
        ("a\n", None),
        ("a%0A", None),
        ("\u0661", None),
    ],
)
def test_customer_id_of_a_path(text: str, customer_id: str | None) -> None:
    assert customer_id_in({"customer_id": text}) == customer_id
