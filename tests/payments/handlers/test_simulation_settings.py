"""Merchants whose simulated steps happen only when they are requested."""

import pytest

from paysandbox.payments.merchant_settings import SimulationMode, get_simulation_mode, set_simulation_mode
from paysandbox.payments.simulation_settings import manual_merchants, merchant_settings

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
        set_simulation_mode(merchant_settings(), "demo", mode)
    assert get_simulation_mode(merchant_settings(), "demo") is expected
    assert manual_merchants(["demo"]) == ({"demo"} if expected is MANUAL else set())


def test_manual_merchants_are_found_among_many() -> None:
    """More than one read of 100, each merchant once, and none that was not asked for."""
    for name in ("m007", "m150", "other"):
        set_simulation_mode(merchant_settings(), name, MANUAL)
    set_simulation_mode(merchant_settings(), "m008", AUTOMATIC)
    merchants = [f"m{number:03}" for number in range(160)]
    assert manual_merchants([*merchants, *merchants]) == {"m007", "m150"}
    assert manual_merchants([]) == set()
