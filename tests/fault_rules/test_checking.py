"""Which rules a merchant can create."""

import pytest

from paysandbox.core.errors import Code, Refused
from paysandbox.fault_rules.checking import checked_fault, too_many
from paysandbox.http.faults.fault_rules import Match


@pytest.mark.parametrize(
    "text, match",
    [
        ("slow", Match()),
        (
            "commit_then_reset",
            Match(route="capture_payment", outcome="captured", reference="order-1", card_last4="4242"),
        ),
        ("fail_before_commit", Match(route="get_payment")),
        ("stripe_500", Match(route="create_payment_intent")),
        ("webhook_drop", Match(event_type="payment_captured", endpoint_id="we_1")),
    ],
)
def test_a_rule_fits_what_it_is_for(text: str, match: Match) -> None:
    assert checked_fault(text, match).text == text


@pytest.mark.parametrize(
    "text, match, code, param, says",
    [
        ("slo", Match(), Code.FAULT_UNKNOWN, "fault", "Did you mean slow?"),
        ("slow;times=2", Match(), Code.FAULT_UNKNOWN, "fault", "slow has the parameters"),
        ("slow", Match(route="capture_paymen"), Code.PARAMETER_INVALID, "match.route", "Did you mean capture_payment?"),
        ("slow", Match(route="list_faults"), Code.PARAMETER_INVALID, "match.route", "No faults are injected into"),
        ("commit_then_reset", Match(route="get_payment"), Code.PARAMETER_INVALID, "match.route", "does not fit"),
        ("stripe_500", Match(route="capture_payment"), Code.PARAMETER_INVALID, "match.route", "does not fit"),
        (
            "slow",
            Match(outcome="declined"),
            Code.PARAMETER_INVALID,
            "match.outcome",
            "before the request has an outcome",
        ),
        ("slow", Match(event_type="payment_captured"), Code.PARAMETER_INVALID, "match.event_type", "to a request"),
        ("webhook_drop", Match(card_last4="4242"), Code.PARAMETER_INVALID, "match.card_last4", "to a webhook"),
    ],
)
def test_a_rule_that_can_hit_nothing_is_refused(text: str, match: Match, code: Code, param: str, says: str) -> None:
    with pytest.raises(Refused) as caught:
        checked_fault(text, match)
    assert (caught.value.code, caught.value.param) == (code, param)
    assert says in caught.value.detail


def test_too_many_rules_are_refused() -> None:
    assert (too_many().code, too_many().detail) == (Code.FAULT_LIMIT_REACHED, "A merchant has at most 100 rules.")
