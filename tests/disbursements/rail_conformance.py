"""The conformance suite of rails: what a provider does over HTTP, and what the rail must make of it.

    class TestPaypal(RailConformance):
        @pytest.fixture
        def provider(self) -> Iterator[Provider]: ...

The rule behind all of it: without an answer the outcome is Unknown, sending again finds it, and it is paid once.
"""

from dataclasses import replace
from enum import StrEnum
from typing import Protocol

import pytest

from paysandbox.disbursements.disbursement import Disbursement, Status
from paysandbox.disbursements.rail import ProviderUpdate, Rail, Unknown
from paysandbox.disbursements.steps import Step


class Situation(StrEnum):
    """How the provider behaves with a disbursement."""

    PAID = "paid"
    FAILED = "failed"
    UNCLAIMED = "unclaimed"
    HELD = "held"
    BLOCKED = "blocked"
    RETURNED = "returned later"
    REVERSED = "reversed later"
    REFUSED = "refused as a whole"
    LOST_BEFORE = "lost before the effect"
    LOST_AFTER = "answer lost after the effect"
    FAILING = "failing before the effect"
    FAILED_ANSWER = "failing after the effect"
    MALFORMED = "malformed answer after the effect"
    RATE_LIMITED = "rate limited"
    SILENT = "failing always"


class Provider(Protocol):
    """A provider that a rail calls over HTTP."""

    @property
    def rail(self) -> Rail:
        """The rail under test."""
        ...

    def arrange(self, situation: Situation) -> Disbursement:
        """Return a disbursement, recorded as sent once, with which the provider behaves like this."""
        ...

    def payments(self, disbursement: Disbursement) -> int:
        """Return how often the provider has it."""
        ...

    def a_day_later(self) -> None:
        """Advance the provider's clock."""
        ...


class RailConformance:
    """The tests. A subclass has the fixture `provider`."""

    @pytest.mark.parametrize(
        "situation, step, code",
        [
            (Situation.PAID, Step.PAY, False),
            (Situation.FAILED, Step.FAIL, True),
            (Situation.UNCLAIMED, Step.UNCLAIM, True),
            (Situation.HELD, Step.HOLD, False),
            (Situation.BLOCKED, Step.BLOCK, True),
        ],
    )
    def test_outcome(self, provider: Provider, situation: Situation, step: Step, *, code: bool) -> None:
        sent = _sent(provider, situation)
        update = provider.rail.ask(sent)
        assert isinstance(update, ProviderUpdate)
        assert (update.step, update.code is not None) == (step, code)
        assert update.reference == sent.reference
        assert update.item_reference
        assert provider.payments(sent) == 1

    @pytest.mark.parametrize(
        "situation, step",
        [
            (Situation.HELD, Step.PAY),
            (Situation.BLOCKED, Step.RETURN),
            (Situation.RETURNED, Step.RETURN),
            (Situation.REVERSED, Step.REVERSE),
        ],
    )
    def test_later_outcome(self, provider: Provider, situation: Situation, step: Step) -> None:
        sent = _sent(provider, situation)
        provider.a_day_later()
        assert _step(provider.rail.ask(sent)) is step

    def test_sent_twice_is_paid_once(self, provider: Provider) -> None:
        sent = _sent(provider, Situation.PAID)
        again = provider.rail.send(replace(sent, reference=None, attempts=2))
        assert isinstance(again, ProviderUpdate)
        assert (again.reference, provider.payments(sent)) == (sent.reference, 1)

    @pytest.mark.parametrize(
        "situation, paid",
        [
            (Situation.LOST_BEFORE, 0),
            (Situation.LOST_AFTER, 1),
            (Situation.FAILING, 0),
            (Situation.FAILED_ANSWER, 1),
            (Situation.MALFORMED, 1),
            (Situation.RATE_LIMITED, 0),
        ],
    )
    def test_without_an_answer_it_is_sent_again(self, provider: Provider, situation: Situation, paid: int) -> None:
        disbursement = provider.arrange(situation)
        assert isinstance(provider.rail.send(disbursement), Unknown)
        assert provider.payments(disbursement) == paid
        again = provider.rail.send(replace(disbursement, attempts=2))
        assert isinstance(again, ProviderUpdate)
        assert again.reference
        asked = provider.rail.ask(replace(disbursement, attempts=3, reference=again.reference))
        assert (_step(asked), provider.payments(disbursement)) == (Step.PAY, 1)

    def test_a_busy_provider_says_when_to_ask_again(self, provider: Provider) -> None:
        answer = provider.rail.send(provider.arrange(Situation.RATE_LIMITED))
        assert isinstance(answer, Unknown)
        assert answer.retry_after_s

    def test_a_silent_provider_stays_unknown(self, provider: Provider) -> None:
        disbursement = provider.arrange(Situation.SILENT)
        for attempt in range(1, 4):
            assert isinstance(provider.rail.send(replace(disbursement, attempts=attempt)), Unknown)
        assert provider.payments(disbursement) == 0

    def test_a_refused_one_fails(self, provider: Provider) -> None:
        disbursement = provider.arrange(Situation.REFUSED)
        update = provider.rail.send(disbursement)
        assert isinstance(update, ProviderUpdate)
        assert (update.step, bool(update.code), provider.payments(disbursement)) == (Step.FAIL, True, 0)

    def test_a_refusal_after_an_attempt_without_an_answer_is_unknown(self, provider: Provider) -> None:
        """The earlier attempt may have paid."""
        disbursement = replace(provider.arrange(Situation.REFUSED), attempts=2)
        assert isinstance(provider.rail.send(disbursement), Unknown)

    def test_an_unclaimed_one_is_canceled(self, provider: Provider) -> None:
        unclaimed = _with_item(provider, _sent(provider, Situation.UNCLAIMED), Status.UNCLAIMED)
        assert _step(provider.rail.cancel(unclaimed)) is Step.CANCEL
        assert _step(provider.rail.cancel(unclaimed)) in (Step.CANCEL, Step.RETURN)
        assert _step(provider.rail.ask(unclaimed)) in (Step.CANCEL, Step.RETURN)

    def test_a_paid_one_is_not_canceled(self, provider: Provider) -> None:
        paid = _with_item(provider, _sent(provider, Situation.PAID), Status.UNCLAIMED)
        assert _step(provider.rail.cancel(paid)) is Step.PAY

    def test_a_query_for_an_unknown_batch_is_unknown(self, provider: Provider) -> None:
        disbursement = replace(provider.arrange(Situation.PAID), reference="NOSUCHBATCH12")
        assert isinstance(provider.rail.ask(disbursement), Unknown)


def _sent(provider: Provider, situation: Situation) -> Disbursement:
    """Send a disbursement, and return it with its reference."""
    disbursement = provider.arrange(situation)
    update = provider.rail.send(disbursement)
    assert isinstance(update, ProviderUpdate)
    assert update.reference
    return replace(disbursement, reference=update.reference)


def _with_item(provider: Provider, sent: Disbursement, status: Status) -> Disbursement:
    """Return a disbursement with a status and the reference of its item."""
    update = provider.rail.ask(sent)
    assert isinstance(update, ProviderUpdate)
    trail = (*sent.trail, replace(sent.trail[-1], status=status))
    return replace(sent, item_reference=update.item_reference, trail=trail, cancel_requested=True)


def _step(answer: ProviderUpdate | Unknown) -> Step | None:
    assert isinstance(answer, ProviderUpdate), answer
    return answer.step
