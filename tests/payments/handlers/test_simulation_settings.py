"""Merchants whose simulated steps happen only when they are requested."""

import pytest

from paysandbox.payments.merchant_settings import SimulationMode, change_choices, get_choices
from paysandbox.payments.simulation.settings import manual_merchants, merchant_settings

AUTOMATIC, MANUAL = SimulationMode


@pytest.mark.parametrize(
    "modes, expected",
    [
        ((), AUTOMATIC),
        ((MANUAL,), MANUAL),
        ((MANUAL, MANUAL), MANUAL),
        ((MANUAL, AUTOMATIC), AUTOMATIC),
        ((AUTOMATIC,), AUTOMATIC),
    ],
)
def test_the_mode_of_a_merchant_is_the_last_that_was_set(
    modes: tuple[SimulationMode, ...], expected: SimulationMode
) -> None:
    for mode in modes:
        change_choices(merchant_settings(), "demo", simulation=mode)
    assert get_choices(merchant_settings(), "demo").simulation is expected
    assert manual_merchants(["demo"]) == ({"demo"} if expected is MANUAL else set())


def test_manual_merchants_are_found_among_many() -> None:
    """More than one read of 100, each merchant once, and none that was not asked for."""
    for name in ("m007", "m150", "other"):
        change_choices(merchant_settings(), name, simulation=MANUAL)
    change_choices(merchant_settings(), "m008", simulation=AUTOMATIC)
    merchants = [f"m{number:03}" for number in range(160)]
    assert manual_merchants([*merchants, *merchants]) == {"m007", "m150"}
    assert manual_merchants([]) == set()
