"""Fees: rounded to the minor unit, never more than the gross; invalid settings are refused."""

import pytest
from hypothesis import given, strategies as st

from paysandbox.core.cards.brand import Brand
from paysandbox.settlement.fees import DEFAULT, MAX_BPS, STANDARD_FEES, Fee, FeeSchedule, FeesInvalidError, read_fees

STANDARD = read_fees(STANDARD_FEES)


@pytest.mark.parametrize(
    "gross, brand, fee",
    [
        (100_00, Brand.VISA, 30 + 2_90),
        (100_00, Brand.AMEX, 30 + 3_40),
        (100_00, Brand.UNKNOWN, 30 + 2_90),
        (10_00, Brand.VISA, 59),
        # half up, on the minor unit: 2.9 % of 50 is 1.45, of 500 is 14.5, of 1500 is 43.5
        (50, Brand.VISA, 31),
        (500, Brand.VISA, 45),
        (1500, Brand.VISA, 74),
        (1499, Brand.VISA, 73),
        # never more than the gross
        (1, Brand.VISA, 1),
        (30, Brand.VISA, 30),
        (31, Brand.VISA, 31),
        (32, Brand.VISA, 31),
        (99_999_999, Brand.VISA, 2_900_030),
    ],
)
def test_fees(gross: int, brand: Brand, fee: int) -> None:
    assert STANDARD.fee_of(gross, brand) == fee


@pytest.mark.parametrize("bps, fee", [(4_999, 0), (5_000, 1), (5_001, 1)])
def test_half_units_are_rounded_up(bps: int, fee: int) -> None:
    assert Fee(0, bps).of(1) == fee


@given(gross=st.integers(1, 10**12), fixed=st.integers(0, 99_999_999), bps=st.integers(0, MAX_BPS))
def test_fees_are_exact_to_half_a_unit_and_at_most_the_gross(gross: int, fixed: int, bps: int) -> None:
    kept = Fee(fixed, bps).of(gross)
    assert 0 <= kept <= gross
    if kept < gross:
        # Half up: the exact fee, in ten-thousandths, is less than half a unit above the rounded fee,
        # or at most half a unit below it.
        assert -5_000 <= fixed * 10_000 + gross * bps - kept * 10_000 < 5_000
    else:
        assert fixed * 10_000 + gross * bps >= gross * 10_000 - 5_000


@pytest.mark.parametrize(
    "text, schedule",
    [
        (STANDARD_FEES, FeeSchedule(Fee(30, 290), {Brand.AMEX: Fee(30, 340)})),
        ("default=0+0", FeeSchedule(Fee(0, 0))),
        ("jcb=1+2, default=30+290", FeeSchedule(Fee(30, 290), {Brand.JCB: Fee(1, 2)})),
        ("default=99999999+10000", FeeSchedule(Fee(99_999_999, 10_000))),
    ],
)
def test_parsing_of_schedules(text: str, schedule: FeeSchedule) -> None:
    assert read_fees(text) == schedule


@pytest.mark.parametrize(
    "text, says",
    [
        ("", "'' does not read like"),
        ("amex=30+340", "does not say the fee of all other brands"),
        ("default=30", "does not read like"),
        ("default=30+2.9", "does not read like"),
        ("default=-30+290", "does not read like"),
        ("default=30+290%", "does not read like"),
        ("default=30 + 290", "does not read like"),
        ("Xdefault=30+290", "does not read like"),
        ("default=\u0663+290", "does not read like"),  # a digit elsewhere
        ("default=30+290,", "'' does not read like"),
        ("default=30+290;amex=30+340", "does not read like"),
        ("DEFAULT=30+290", "does not read like"),
        ("default=30+290\n", "does not read like"),
        ("default=30+290,amax=30+340", "'amax' is no brand; there are default, visa, "),
        ("default=30+290,amex=1+1,amex=2+2", "'amex' is there twice"),
        ("default=30+290,default=30+290", "'default' is there twice"),
        ("default=30+10001", "more than all"),
        ("default=100000000+0", "does not read like"),
    ],
)
def test_invalid_schedules_are_refused_with_a_reason(text: str, says: str) -> None:
    with pytest.raises(FeesInvalidError, match=says.replace("+", r"\+")):
        read_fees(text)


def test_no_brand_is_named_like_the_default() -> None:
    assert DEFAULT not in list(Brand)
