"""Cancel a disbursement: the rule, for each status."""

from dataclasses import replace

import pytest

from paysandbox.core.errors import Code, Refused
from paysandbox.disbursements.disbursement import Change, Disbursement, Source, Status
from paysandbox.disbursements.steps import canceled_by_merchant, held_amount, returned_amount
from tests.support.builders import disbursements
from tests.support.builders.build import HOUR, MONDAY

LATER = MONDAY + HOUR


def in_status(status: Status) -> Disbursement:
    """Build a disbursement with a status, whatever led to it."""
    first = disbursements.accepted()
    change = Change(status=status, at=MONDAY, source=Source.PROVIDER)
    return first if status is Status.PENDING else replace(first, trail=(*first.trail, change), version=2)


def cancel(one: Disbursement) -> Disbursement:
    return canceled_by_merchant(one, LATER, request_id="req-2")


def test_a_pending_one_is_canceled_and_its_money_returned() -> None:
    before = replace(in_status(Status.PENDING), fee=25)
    after = cancel(before)
    assert after.trail[-1] == Change(status=Status.CANCELED, at=LATER, source=Source.API, request_id="req-2")
    assert (after.version, after.due_at) == (2, None)
    assert (returned_amount(before, after), held_amount(after)) == (12_75, 0)


def test_an_unclaimed_one_is_due_for_its_cancellation_at_the_provider() -> None:
    before = in_status(Status.UNCLAIMED)
    after = cancel(before)
    assert after == replace(before, cancel_requested=True, due_at=LATER, version=3)
    assert returned_amount(before, after) == 0


@pytest.mark.parametrize("status", [Status.PENDING, Status.UNCLAIMED])
def test_canceling_again_changes_nothing(status: Status) -> None:
    once = cancel(in_status(status))
    assert cancel(once) is once


@pytest.mark.parametrize("status", sorted({*Status} - {Status.PENDING, Status.UNCLAIMED, Status.CANCELED}))
def test_any_other_is_refused(status: Status) -> None:
    with pytest.raises(Refused) as caught:
        cancel(in_status(status))
    assert caught.value.code is Code.DISBURSEMENT_STATE_UNEXPECTED
    assert caught.value.possible == {"current_status": status}
    others = {Status.FAILED: "has failed", Status.REQUIRES_ATTENTION: "requires attention"}
    now = others.get(status, f"is {status}")
    assert caught.value.detail == f"The disbursement {now}, so it cannot be canceled."
