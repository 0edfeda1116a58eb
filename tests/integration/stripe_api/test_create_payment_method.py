"""POST /v1/payment_methods: a card, kept as far as it may be."""

from typing import Any

import pytest
import stripe

from tests.support.stripe_shop import CARD, Sdk, paid, refused


def test_a_card_and_what_is_said_of_it(sdk: Sdk) -> None:
    made = sdk.v1.payment_methods.create({"type": "card", "card": {**CARD, "exp_year": 40}, "metadata": {"a": "b"}})
    assert (made.card.last4, made.card.exp_month, made.card.exp_year) == ("4242", 12, 2040)
    assert (made.card.checks.cvc_check, made.card.checks.address_line1_check) == ("unchecked", None)
    assert made.metadata.to_dict() == {"a": "b"}
    assert paid(sdk, payment_method=made.id).status == "succeeded"


@pytest.mark.parametrize(
    "card, code, param",
    [
        ({"number": "4242424242424241"}, "incorrect_number", "card[number]"),
        ({"exp_year": 2020}, "invalid_expiry_year", "card[exp_year]"),
        ({"cvc": "1234"}, "invalid_cvc", "card[cvc]"),
        ({"number": "4539578763621486"}, "card_declined", "card[number]"),
    ],
)
def test_a_card_that_cannot_be(card: dict[str, Any], code: str, param: str, sdk: Sdk) -> None:
    with pytest.raises(stripe.CardError) as wrong:
        sdk.v1.payment_methods.create({"type": "card", "card": CARD | card})
    assert (wrong.value.code, wrong.value.param) == (code, param)


@pytest.mark.parametrize(
    "params, param",
    [
        ({"type": "card"}, "card"),
        ({"type": "card", "card": {"exp_month": 12, "exp_year": 2040}}, "card[number]"),
        ({"type": "card", "card": {"number": "4242424242424242", "exp_year": 2040}}, "card[exp_month]"),
        ({"type": "card", "card": {"token": "tok_nobodys"}}, "card[token]"),
        ({"type": "sepa_debit"}, "type"),
    ],
)
def test_what_is_missing_or_unknown(params: dict[str, Any], param: str, sdk: Sdk) -> None:
    assert refused(lambda: sdk.v1.payment_methods.create(params)).param == param
