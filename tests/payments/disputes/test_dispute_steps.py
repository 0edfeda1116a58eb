"""What each operation on a dispute makes of it, and what it cannot follow."""

from dataclasses import replace
from typing import Any

import pytest

from paysandbox.core.event_type import EventType
from paysandbox.payments.disputes.dispute import Cause, Dispute, DisputeReason, DisputeStage, DisputeStatus, Submission
from paysandbox.payments.disputes.step import DisputeStep
from paysandbox.payments.operations.dispute_decided import DisputeDecided
from paysandbox.payments.operations.dispute_escalated import DisputeEscalated
from paysandbox.payments.operations.dispute_opened import DisputeOpened
from paysandbox.payments.operations.dispute_withdrawn import DisputeWithdrawn
from paysandbox.payments.operations.evidence_submitted import EvidenceSubmitted
from paysandbox.payments.payment import CONTRACT, State, Timer
from tests.support.builders.build import DAY, HOUR, MONDAY

ID, OTHER = "dp_1", "dp_2"
DIGEST = "0" * 64
OPENED = Dispute(
    id=ID,
    amount=10_00,
    reason=DisputeReason.DUPLICATE,
    status=DisputeStatus.NEEDS_RESPONSE,
    stage=DisputeStage.CHARGEBACK,
    opened_at=MONDAY,
    updated_at=MONDAY,
    due_by=MONDAY + 9 * DAY,
    fee=15_00,
    returns_fee=True,
    taken=10_00,
    fee_charged=15_00,
)
INQUIRY = replace(
    OPENED, status=DisputeStatus.WARNING_NEEDS_RESPONSE, stage=DisputeStage.INQUIRY, taken=0, fee_charged=0
)
REVIEWED = replace(
    OPENED,
    status=DisputeStatus.UNDER_REVIEW,
    decides_at=MONDAY + 2 * DAY,
    submissions=(Submission(at=MONDAY + HOUR, digest=DIGEST),),
)
WON = replace(REVIEWED, status=DisputeStatus.WON, cause=Cause.DECIDED, taken=0, fee_charged=0)
LOST = replace(REVIEWED, status=DisputeStatus.LOST, cause=Cause.DECIDED)
CONTESTED = replace(OPENED, stage=DisputeStage.PRE_ARBITRATION)


def operation(kind: type[DisputeStep], *, at: Any = MONDAY, dispute_id: str = ID, **own: Any) -> Any:
    return kind(id="dsp_1", request_id="r", at=at, contract=CONTRACT, dispute_id=dispute_id, **own)


def opening(**own: Any) -> Any:
    facts = {"reason": DisputeReason.DUPLICATE, "amount": 10_00, "due_by": MONDAY + 9 * DAY, "fee": 15_00}
    return operation(DisputeOpened, **facts | own)


def escalation(amount: int = 7_00) -> Any:
    return operation(DisputeEscalated, amount=amount, due_by=MONDAY + 30 * DAY)


def decision(outcome: DisputeStatus) -> Any:
    return operation(DisputeDecided, outcome=outcome, cause=Cause.DECIDED)


def evidence(**own: Any) -> Any:
    return operation(EvidenceSubmitted, digest=DIGEST, at=MONDAY + HOUR, **own)


ESCALATED = replace(
    OPENED, status=DisputeStatus.NEEDS_RESPONSE, amount=7_00, taken=7_00, due_by=MONDAY + 30 * DAY, decides_at=None
)


@pytest.mark.parametrize(
    "step, before, after",
    [
        pytest.param(opening(), None, OPENED, id="a chargeback takes its amount and its fee"),
        pytest.param(opening(inquiry=True), None, INQUIRY, id="an inquiry takes nothing"),
        pytest.param(escalation(), INQUIRY, ESCALATED, id="an escalated inquiry takes both"),
        pytest.param(
            escalation(),
            replace(WON, withdrawn=True, fee_charged=2_00),
            replace(ESCALATED, stage=DisputeStage.PRE_ARBITRATION, fee_charged=2_00, submissions=REVIEWED.submissions),
            id="what is contested needs a response again, and charges no other fee",
        ),
        pytest.param(decision(DisputeStatus.WON), REVIEWED, WON, id="a winner gets both back"),
        pytest.param(
            decision(DisputeStatus.WON),
            replace(REVIEWED, returns_fee=False),
            replace(WON, returns_fee=False, fee_charged=15_00),
            id="a winner whose fee is kept",
        ),
        pytest.param(decision(DisputeStatus.LOST), REVIEWED, LOST, id="a loser gets nothing back"),
        pytest.param(
            decision(DisputeStatus.WARNING_CLOSED),
            INQUIRY,
            replace(INQUIRY, status=DisputeStatus.WARNING_CLOSED, cause=Cause.DECIDED),
            id="an inquiry closes",
        ),
        pytest.param(
            evidence(timers=(Timer(step="win", at=MONDAY + 3 * DAY), Timer(step="lose", at=MONDAY + 2 * DAY))),
            OPENED,
            REVIEWED,
            id="evidence is reviewed until the first timer",
        ),
        pytest.param(
            evidence(),
            INQUIRY,
            replace(INQUIRY, status=DisputeStatus.WARNING_UNDER_REVIEW, submissions=REVIEWED.submissions),
            id="evidence of an inquiry",
        ),
        pytest.param(
            evidence(),
            CONTESTED,
            replace(
                CONTESTED,
                status=DisputeStatus.UNDER_REVIEW,
                stage=DisputeStage.ARBITRATION,
                submissions=REVIEWED.submissions,
            ),
            id="evidence of what is contested leads to arbitration",
        ),
        pytest.param(operation(DisputeWithdrawn), OPENED, replace(OPENED, withdrawn=True), id="a withdrawal"),
    ],
)
def test_the_dispute_after_a_step(step: Any, before: Dispute | None, after: Dispute) -> None:
    assert step.dispute_after({ID: before} if before else {}) == after


@pytest.mark.parametrize(
    "step, before",
    [
        *((decision(DisputeStatus.WON), each) for each in (OPENED, WON, LOST, INQUIRY)),
        *((decision(DisputeStatus.LOST), each) for each in (WON, LOST, INQUIRY)),
        *((decision(DisputeStatus.WARNING_CLOSED), each) for each in (OPENED, REVIEWED, WON)),
        *((escalation(), each) for each in (OPENED, REVIEWED, LOST, replace(WON, stage=DisputeStage.ARBITRATION))),
        *((evidence(), each) for each in (REVIEWED, WON, LOST)),
        *((operation(DisputeWithdrawn), each) for each in (WON, LOST)),
    ],
)
def test_a_step_that_cannot_follow(step: Any, before: Dispute) -> None:
    with pytest.raises(LookupError, match=f"^dsp_1 cannot follow: {ID} is {before.status}$"):
        step.dispute_after({ID: before})


@pytest.mark.parametrize("outcome", [DisputeStatus.NEEDS_RESPONSE, DisputeStatus.UNDER_REVIEW])
def test_no_dispute_is_decided_to_be_open(outcome: DisputeStatus) -> None:
    with pytest.raises(LookupError, match="cannot follow"):
        decision(outcome).dispute_after({ID: OPENED})


@pytest.mark.parametrize(
    "step, others",
    [
        pytest.param(opening(), {ID: OPENED}, id="the same one"),
        pytest.param(opening(), {ID: WON}, id="the same one, which has ended"),
        pytest.param(opening(dispute_id=OTHER, at=MONDAY + HOUR), {ID: OPENED}, id="later than an open one"),
        pytest.param(opening(dispute_id=OTHER, inquiry=True), {ID: OPENED}, id="an inquiry beside a chargeback"),
        pytest.param(opening(dispute_id=OTHER), {ID: INQUIRY}, id="a chargeback beside an inquiry"),
    ],
)
def test_a_second_dispute_at_the_same_time(step: Any, others: dict[str, Dispute]) -> None:
    with pytest.raises(LookupError, match=f"^{step.dispute_id} is a second dispute at the same time$"):
        step.dispute_after(others)


@pytest.mark.parametrize("other", [OPENED, replace(WON, opened_at=MONDAY - DAY)], ids=["opened together", "ended"])
def test_a_dispute_beside_another_one(other: Dispute) -> None:
    assert opening(dispute_id=OTHER).dispute_after({ID: other}) == replace(OPENED, id=OTHER)


@pytest.mark.parametrize(
    "step, after, event",
    [
        (opening(), OPENED, EventType.DISPUTE_OPENED),
        (opening(inquiry=True), INQUIRY, EventType.DISPUTE_INQUIRY_OPENED),
        (escalation(), ESCALATED, EventType.DISPUTE_OPENED),
        (escalation(), CONTESTED, EventType.DISPUTE_ESCALATED),
        (decision(DisputeStatus.WON), WON, EventType.DISPUTE_WON),
        (decision(DisputeStatus.LOST), LOST, EventType.DISPUTE_LOST),
        (decision(DisputeStatus.WARNING_CLOSED), INQUIRY, EventType.DISPUTE_INQUIRY_CLOSED),
    ],
)
def test_the_event_of_a_step(step: Any, after: Dispute, event: EventType) -> None:
    assert step.event_type(State(disputes={ID: after})) is event
