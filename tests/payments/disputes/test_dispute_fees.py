"""What a chargeback costs: fees by currency as text, and the dispute that stores them."""

import pytest

from paysandbox.payments.disputes.fees import (
    DEFAULT,
    STANDARD_DISPUTE_FEES,
    DisputeFees,
    DisputeFeesInvalidError,
    read_dispute_fees,
)
from paysandbox.payments.payment import state_of
from paysandbox.payments.simulation import simulation
from tests.support.builders import build, disputes
from tests.support.builders.disputes import after, latest, stamp, stepped, submitted


@pytest.mark.parametrize(
    "text, fees",
    [
        (STANDARD_DISPUTE_FEES, DisputeFees(default=15_00)),
        ("default=0", DisputeFees()),
        ("default=1500,eur=2000,jpy=1300", DisputeFees(default=15_00, by_currency={"EUR": 20_00, "JPY": 1300})),
        ("JPY=1300, default=1500", DisputeFees(default=15_00, by_currency={"JPY": 1300})),
        ("default=99999999", DisputeFees(default=99_999_999)),
    ],
)
@pytest.mark.parametrize("returned", [True, False])
def test_fees_are_read(text: str, fees: DisputeFees, returned: bool) -> None:
    read = read_dispute_fees(text, returned_if_won=returned)
    assert (read.default, read.by_currency, read.returned_if_won) == (fees.default, fees.by_currency, returned)


@pytest.mark.parametrize(
    "text, says",
    [
        ("", "'' does not read like eur=2000"),
        ("1500", "'1500' does not read like"),
        ("default=15.00", "'default=15.00' does not read like"),
        ("default=-1", "does not read like"),
        ("default=100000000", "does not read like"),
        ("default=1500,", "'' does not read like"),
        ("default=1500;eur=1", "does not read like"),
        ("default=1500,eur=30+290", "'eur=30[+]290' does not read like"),
        ("default=1500,xxx=1", "'xxx' is neither default nor the code of a currency"),
        ("Default=1500", "'Default' is neither default nor the code of a currency"),
        ("default=1500,eur=1,EUR=2", "'EUR' is there twice"),
        ("default=1,default=2", "'default' is there twice"),
        ("eur=2000", "'eur=2000' does not say the fee in all other currencies: default=1500"),
    ],
)
def test_invalid_fees_are_refused_with_the_reason(text: str, says: str) -> None:
    with pytest.raises(DisputeFeesInvalidError, match=says):
        read_dispute_fees(text, returned_if_won=True)


@pytest.mark.parametrize("currency, fee", [("USD", 15_00), ("EUR", 20_00), ("KWD", 15_00)])
@pytest.mark.parametrize("returned", [True, False])
def test_a_dispute_keeps_the_fee_of_its_day(currency: str, fee: int, returned: bool) -> None:
    """Won under other settings, the fee that was charged is returned, or kept, as it was said when it was charged."""
    fees = read_dispute_fees(f"{DEFAULT}=1500,eur=2000", returned_if_won=returned)
    payment = build.lived(100_00, captures=[100_00], currency=currency)
    change = simulation.step(payment, payment.id, "dispute", {}, stamp("open", fees=fees))
    opened = after(payment, change)
    assert (latest(opened).fee, state_of(opened).dispute_fees) == (fee, fee)

    assert fees != disputes.FEES
    won = stepped(submitted(opened), "win")
    assert state_of(won).dispute_fees == (0 if returned else fee)
