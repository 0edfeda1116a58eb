"""What a disbursement costs, as the environment's settings say."""

import pytest

from paysandbox.disbursements.fees import DisbursementFeesInvalidError, read_disbursement_fees


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
    assert read_disbursement_fees(text) == fees


@pytest.mark.parametrize(
    "text, reason",
    [
        ("25", "'25' does not read like usd=25 (currency, minor units)."),
        ("usd=-1", "'usd=-1' does not read like usd=25 (currency, minor units)."),
        ("usd=0.25", "'usd=0.25' does not read like usd=25 (currency, minor units)."),
        ("xxx=25", "'xxx' is not the code of a currency."),
        ("usd=25,USD=26", "'USD' is there twice."),
    ],
)
def test_invalid_fees(text: str, reason: str) -> None:
    with pytest.raises(DisbursementFeesInvalidError) as caught:
        read_disbursement_fees(text)
    assert str(caught.value) == reason
