"""What a disbursement costs, as the environment's settings say."""

import pytest

from paysandbox.disbursements.fees import DisbursementFeesInvalidError, read_disbursement_fees
from paysandbox.disbursements.methods import AVAILABLE, Method

PAYPAL, ACH = Method.PAYPAL, Method.ACH


@pytest.mark.parametrize(
    "text, fees",
    [
        ("", {}),
        ("usd=25", {"USD": 25}),
        ("usd=25,eur=35", {"USD": 25, "EUR": 35}),
        ("EUR=35, usd=0,", {"EUR": 35, "USD": 0}),
    ],
)
def test_fees_by_currency(text: str, fees: dict[str, int]) -> None:
    assert read_disbursement_fees(text) == dict.fromkeys(AVAILABLE, fees)


@pytest.mark.parametrize(
    "text, paypal, ach",
    [
        ("usd=25", {"USD": 25}, {"USD": 25}),
        ("paypal:usd=25", {"USD": 25}, {"USD": 0}),
        ("usd=25,ach:usd=10", {"USD": 25}, {"USD": 10}),
        ("ACH:USD=10,usd=25", {"USD": 25}, {"USD": 10}),
        ("usd=25,ach:usd=0", {"USD": 25}, {"USD": 0}),
        ("ach:usd=10", {"USD": 0}, {"USD": 10}),
        ("eur=35,paypal:usd=30,ach:usd=10", {"EUR": 35, "USD": 30}, {"EUR": 35, "USD": 10}),
    ],
)
def test_fees_by_payment_method(text: str, paypal: dict[str, int], ach: dict[str, int]) -> None:
    assert read_disbursement_fees(text, (PAYPAL, ACH)) == {PAYPAL: paypal, ACH: ach}


@pytest.mark.parametrize(
    "text, reason",
    [
        ("25", "'25' does not read like usd=25 (currency, minor units)."),
        ("usd=-1", "'usd=-1' does not read like usd=25 (currency, minor units)."),
        ("usd=0.25", "'usd=0.25' does not read like usd=25 (currency, minor units)."),
        ("paypal=25", "'paypal=25' does not read like usd=25 (currency, minor units)."),
        (":usd=25", "':usd=25' does not read like usd=25 (currency, minor units)."),
        ("xxx=25", "'xxx' is not the code of a currency."),
        ("paypal:xxx=25", "'xxx' is not the code of a currency."),
        ("usd=25,USD=26", "'USD' is there twice."),
        ("paypal:usd=25,PayPal:USD=25", "'PayPal:USD' is there twice."),
        # A fee that nothing would be charged is a mistake.
        ("venmo:usd=25", "'venmo' is not one of the payment methods: paypal, ach, stripe."),
    ],
)
def test_invalid_fees(text: str, reason: str) -> None:
    with pytest.raises(DisbursementFeesInvalidError) as caught:
        read_disbursement_fees(text)
    assert str(caught.value) == reason
