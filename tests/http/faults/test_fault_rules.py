"""Which requests a rule hits."""

from typing import Any

import pytest

from paysandbox.core.record import replace
from paysandbox.http.faults.fault import read_fault
from paysandbox.http.faults.fault_rules import Match, Rule, any_seed, rule_from, rule_values

RULE = Rule(
    id="flt_1",
    fault=read_fault("slow;ms=5", "fault"),
    match=Match(route="capture_payment"),
    count=2,
    percent=100,
    seed=7,
    after=0,
    ends_at_ms=1_795_000_000_000,
    created_at="2026-11-27T06:00:00.000000Z",
)


def hit(rule: Rule, seen: int = 20) -> list[int]:
    """Return the numbers of the requests that a rule hits."""
    return [ordinal for ordinal in range(1, seen + 1) if rule.hits(ordinal)]


@pytest.mark.parametrize(
    "changes, numbers",
    [
        ({}, [1, 2]),
        ({"count": 1}, [1]),
        ({"after": 3}, [4, 5]),
        ({"count": 1_000_000}, [*range(1, 21)]),
    ],
)
def test_a_rule_hits_the_first_requests_that_match(changes: Any, numbers: list[int]) -> None:
    assert hit(replace(RULE, **changes)) == numbers


@pytest.mark.parametrize("count", [1, 3, 1_000_000])
@pytest.mark.parametrize("after", [0, 5])
def test_a_share_of_the_requests_is_drawn_by_the_seed(count: int, after: int) -> None:
    rule = replace(RULE, percent=30, count=count, after=after)
    every = hit(replace(RULE, percent=30, count=1_000_000), 1_000)
    assert hit(rule, 1_000) == [number for number in every if number > after][:count]
    assert 240 < len(every) < 360
    assert hit(replace(rule, seed=8), 1_000) != hit(rule, 1_000)


@pytest.mark.parametrize("seen, fired, is_over", [(0, 0, False), (1, 1, False), (2, 2, True), (9, 2, True)])
def test_how_often_it_fired_follows_from_what_it_has_seen(seen: int, fired: int, *, is_over: bool) -> None:
    rule = replace(RULE, seen=seen)
    assert (rule.fired, rule.is_over) == (fired, is_over)


FACTS = Match(route="capture_payment", outcome="captured", reference="order-1", card_last4="4242")


@pytest.mark.parametrize(
    "match, hits",
    [
        (Match(), True),
        (Match(route="capture_payment"), True),
        (Match(route="void_payment"), False),
        (Match(outcome="captured", reference="order-1", card_last4="4242"), True),
        (Match(outcome="refused"), False),
        (Match(reference="order-2"), False),
        (Match(card_last4="0002"), False),
    ],
)
def test_a_request_has_to_have_all_of_it(match: Match, *, hits: bool) -> None:
    assert match.hits(FACTS) is hits


def test_what_is_not_known_of_a_request_does_not_match() -> None:
    assert not Match(reference="order-1").hits(Match(route="capture_payment"))


def test_a_rule_is_read_as_it_was_stored() -> None:
    assert rule_from(rule_values(RULE), 3) == replace(RULE, seen=3)


def test_a_random_seed_can_be_sent_again() -> None:
    assert 0 <= any_seed("abc") < 2**31
    assert any_seed("abc") == any_seed("abc") != any_seed("abd")
