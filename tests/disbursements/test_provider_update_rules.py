"""Updates of a provider: the status that follows, and updates that are repeated, late or contradict the record."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from paysandbox.disbursements import steps
from paysandbox.disbursements.disbursement import Disbursement, Source, Status
from paysandbox.disbursements.provider_update_rules import Effect, informed
from paysandbox.disbursements.rail import ProviderUpdate
from paysandbox.disbursements.steps import Step, stepped
from tests.support.builders import build, disbursements

SENT: Final = ("send",)
PAID: Final = (*SENT, "pay")
UNCLAIMED: Final = (*SENT, "unclaim")
LATER: Final = build.MONDAY + timedelta(hours=1)


def at_status(names: Sequence[str], source: Source = Source.PROVIDER) -> Disbursement:
    """Build a disbursement on which the steps were done, of which the first is the worker's."""
    one = replace(disbursements.accepted(), reference="BATCH1")
    for name in names:
        by = {"send": Source.WORKER, "give_up": Source.TIMER}.get(name, source)
        one = stepped(one, Step(name), by, build.MONDAY)
    return one


@pytest.mark.parametrize(
    "before, step, after",
    [
        (SENT, "pay", "paid"),
        (SENT, "fail", "failed"),
        (SENT, "unclaim", "unclaimed"),
        (SENT, "hold", "held"),
        (SENT, "block", "blocked"),
        (SENT, "return", "returned"),
        (SENT, "reverse", "returned"),
        ((*SENT, "hold"), "release", "processing"),
        ((*SENT, "hold"), "pay", "paid"),
        ((*SENT, "block"), "return", "returned"),
        ((*SENT, "block"), "fail", "returned"),
        (UNCLAIMED, "pay", "paid"),
        (UNCLAIMED, "return", "returned"),
        (UNCLAIMED, "cancel", "canceled"),
        (UNCLAIMED, "fail", "returned"),
        (PAID, "reverse", "returned"),
        (PAID, "return", "returned"),
        ((*SENT, "give_up"), "pay", "paid"),
        ((*SENT, "give_up"), "fail", "failed"),
        ((*SENT, "give_up"), "return", "returned"),
    ],
)
def test_webhooks_change_the_status(before: Sequence[str], step: str, after: str) -> None:
    """A claimed payment is reported as paid, and one that was never paid as returned or reversed."""
    given = at_status(before)
    changed, effect = informed(given, ProviderUpdate(step=Step(step), code="RECEIVER_UNREGISTERED"), LATER)
    assert (effect, str(changed.status), changed.code) == (Effect.APPLIED, after, "RECEIVER_UNREGISTERED")
    assert (changed.since, changed.version) == (LATER, given.version + 1)


@pytest.mark.parametrize(
    "before, step, effect",
    [
        (PAID, "pay", Effect.UNCHANGED),
        (UNCLAIMED, "unclaim", Effect.UNCHANGED),
        (SENT, None, Effect.UNCHANGED),
        (PAID, None, Effect.UNCHANGED),
        ((*PAID, "reverse"), "return", Effect.UNCHANGED),
        ((*SENT, "fail"), "return", Effect.LATE),
        ((*UNCLAIMED, "cancel"), "return", Effect.LATE),
        ((*UNCLAIMED, "claim"), "unclaim", Effect.LATE),
        (PAID, "hold", Effect.LATE),
        (PAID, "unclaim", Effect.LATE),
        ((*PAID, "reverse"), "pay", Effect.LATE),
        (PAID, "fail", Effect.CONTRADICTION),
        (PAID, "cancel", Effect.CONTRADICTION),
        ((*SENT, "fail"), "pay", Effect.CONTRADICTION),
        ((*UNCLAIMED, "return"), "pay", Effect.CONTRADICTION),
        ((*UNCLAIMED, "cancel"), "pay", Effect.CONTRADICTION),
    ],
)
def test_contradicting_webhooks_change_nothing(before: Sequence[str], step: str | None, effect: Effect) -> None:
    """Late updates are of an earlier status. Those that leave the money elsewhere contradict."""
    given = at_status(before)
    changed, found = informed(given, ProviderUpdate(step=Step(step) if step else None), LATER)
    assert changed is given
    assert found is effect


CORRECT: Final = ProviderUpdate(step=Step.CORRECT, code="C01", reference="BATCH1")


@pytest.mark.parametrize(
    "before, effect",
    [
        (PAID, Effect.APPLIED),
        (SENT, Effect.APPLIED),
        ((*PAID, "return"), Effect.LATE),
        ((*SENT, "hold"), Effect.LATE),
        ((*SENT, "fail"), Effect.LATE),
    ],
)
def test_a_notification_of_change_is_applied_once(before: Sequence[str], effect: Effect) -> None:
    given = replace(at_status(before), method="ach")
    changed, found = informed(given, CORRECT, LATER)
    assert (found, changed.status, changed.code) == (effect, given.status, given.code)
    assert changed.correction_codes == (("C01",) if effect is Effect.APPLIED else ())
    again, found = informed(changed, CORRECT, LATER)
    assert again is changed
    assert found is not Effect.APPLIED
    assert informed(replace(given, method="paypal"), CORRECT, LATER)[1] is not Effect.APPLIED


def test_ids_and_fee_are_recorded_without_a_step() -> None:
    """The provider has it, and its outcome is not there yet."""
    given = replace(at_status(SENT), reference=None)
    changed, effect = informed(
        given, ProviderUpdate(reference="BATCH1", item_reference="ITEM1", provider_fee=25), LATER
    )
    assert effect is Effect.NOTED
    assert (changed.reference, changed.item_reference, changed.provider_fee) == ("BATCH1", "ITEM1", 25)
    assert (changed.trail, changed.due_at, changed.version) == (given.trail, given.due_at, given.version + 1)


def test_the_same_ids_change_nothing() -> None:
    """Asking again writes nothing."""
    given, _ = informed(at_status(SENT), ProviderUpdate(item_reference="ITEM1"), LATER)
    assert informed(given, ProviderUpdate(reference="BATCH1", item_reference="ITEM1"), LATER) == (
        given,
        Effect.UNCHANGED,
    )


def test_webhooks_of_another_batch_are_contradictions() -> None:
    """A disbursement is one batch for ever."""
    given = at_status(SENT)
    assert informed(given, ProviderUpdate(step=Step.PAY, reference="BATCH2"), LATER) == (given, Effect.CONTRADICTION)


def test_a_stalled_disbursement_gets_no_webhooks() -> None:
    """It was simulated that the provider never answers again."""
    given = stepped(at_status(SENT), Step.STALL, Source.SIMULATED, build.MONDAY)
    assert informed(given, ProviderUpdate(step=Step.PAY), LATER) == (given, Effect.LATE)


@pytest.mark.parametrize("simulated, said", [("fail", "pay"), ("pay", "fail")])
def test_simulated_steps_are_not_sent_to_the_provider(simulated: str, said: str) -> None:
    """So its other outcome is no contradiction."""
    given = stepped(at_status(SENT), Step(simulated), Source.SIMULATED, build.MONDAY)
    assert informed(given, ProviderUpdate(step=Step(said)), LATER) == (given, Effect.LATE)


def test_a_disbursement_returned_during_its_cancellation_is_canceled() -> None:
    """PayPal reports an item that was canceled as returned."""
    given = replace(at_status(UNCLAIMED), cancel_requested=True)
    changed, _ = informed(given, ProviderUpdate(step=Step.RETURN), LATER)
    assert changed.status is Status.CANCELED


def test_every_step_of_a_provider_is_applied_noted_late_or_contradicts_in_every_status() -> None:
    """No update raises, and without an effect the disbursement is the same."""
    for before in (("hold",), ("block",), ("unclaim",), ("pay",), ("fail",), ("return",), ("give_up",), ()):
        given = at_status((*SENT, *before))
        for step in Step:
            changed, effect = informed(given, ProviderUpdate(step=step), LATER)
            assert (changed is given) == (effect is not Effect.APPLIED)
            if effect is Effect.APPLIED:
                assert steps.held_amount(given) == steps.held_amount(changed) + steps.returned_amount(given, changed)
