"""Nights over disputes: a negative balance that is carried, and disputes that go on while a batch closes."""

from collections.abc import Callable
from datetime import datetime

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from paysandbox.aws import runtime
from paysandbox.payments.accounting import balances, payment_postings
from paysandbox.payments.accounts import DISPUTE_FEE_INCOME, merchant_available, merchant_pending
from paysandbox.payments.payment import state_of
from paysandbox.settlement.reports.reading import read_report
from paysandbox.settlement.reports.reconciliation import reconcile
from tests.support.builders import build
from tests.support.builders.dispute_scenario import accepted, disputed, stepped, submitted
from tests.support.builders.payment_scenario import PaymentScenario, Step, capture, check, refund, run
from tests.support.fakes.state_machine import Outcome, Steps
from tests.support.tools.ledger_audit import audit
from tests.support.worlds.aws_transport import Deliver, Sent, Wire
from tests.support.worlds.settlement_scenario import SettlementScenario

NIGHTS = ("2026-11-16", "2026-11-17", "2026-11-18", "2026-11-19")

Lines = list[tuple[str, int]]
TAKEN: Lines = [("chargeback", -10_00), ("dispute_fee", -15_00)]
RETURNED: Lines = [("chargeback_reversal", 10_00), ("dispute_fee_reversal", 15_00)]


def happens(scenario: PaymentScenario, *steps: Step, at: datetime | None = None) -> None:
    scenario.now = at or runtime.now()
    run(scenario, *steps)


def settled(settling: SettlementScenario, batch: str) -> Lines:
    """Settle the night, and return the lines of the report."""
    settling.night()
    assert settling.settle().status == "SUCCEEDED"
    return reported(settling, batch)


def reported(settling: SettlementScenario, batch: str) -> Lines:
    """Return the lines of a report, which must reconcile with the ledger to the cent."""
    report = read_report(settling.reports()[f"{batch}/{build.MERCHANT}.csv"])
    entries = [entry for entry in settling.entries() if entry.batch == batch]
    found = reconcile(report, entries)
    assert {str(one.type) for one in found.breaks} <= {"late_presentment"}
    assert len(found.matched) + len(found.breaks) == len(report.lines) == len(entries)
    total = settling.statement(batch).totals["USD"]
    assert total.net == sum(line.net for line in report.lines)
    audit()
    return sorted((line.kind, line.gross) for line in report.lines)


@pytest.mark.full
def test_a_chargeback_is_carried_until_payouts_resume(settling: SettlementScenario) -> None:
    scenario = settling.payment(amount=10_00)
    happens(scenario, capture())
    assert settled(settling, NIGHTS[0]) == [("capture", 10_00)]

    happens(scenario, disputed(), submitted())
    settling.told()
    assert settled(settling, NIGHTS[1]) == TAKEN
    (event,) = (one for one in settling.told() if one["type"] == "settlement_completed")
    (total,) = event["data"]["totals"]
    names = ("chargebacks", "dispute_fees", "net", "payout", "closing_balance")
    assert [total[name] for name in names] == [10_00, 15_00, -25_00, 0, -25_00]

    # A sale that does not cover the debt is not paid out.
    happens(settling.payment(amount=20_00), capture())
    assert settled(settling, NIGHTS[2]) == [("capture", 20_00)]

    happens(scenario, stepped("win"))
    assert settled(settling, NIGHTS[3]) == RETURNED
    told = [settling.statement(batch).balances["USD"] for batch in NIGHTS]
    assert [(one.opening, one.net, one.paid_out, one.closing) for one in told] == [
        (0, 9_41, 9_41, 0),
        (0, -25_00, 0, -25_00),
        (-25_00, 19_12, 0, -5_88),
        (-5_88, 25_00, 19_12, 0),
    ]
    (count,) = settling.latest().counts
    assert (count.gross, count.chargebacks, count.dispute_fees, count.net) == (0, -10_00, -15_00, 25_00)


@pytest.mark.full
def test_nights_over_disputes_of_all_kinds(settling: SettlementScenario) -> None:
    """Of payments captured in part, refunded in part, and both; lost, won and contested."""
    part, back, again = (settling.payment(amount=10_00) for _ in range(3))
    happens(part, capture(4_00), disputed())
    happens(back, capture(), refund(3_00))
    happens(again, capture(5_00), refund(1_00), disputed(2_00), submitted(), stepped("win"))
    assert settled(settling, NIGHTS[0]) == sorted([
        ("capture", 4_00), ("capture", 5_00), ("capture", 10_00), ("chargeback", -4_00), ("chargeback", -2_00),
        ("chargeback_reversal", 2_00), *[("dispute_fee", -15_00)] * 2, ("dispute_fee_reversal", 15_00),
        ("refund", -3_00), ("refund", -1_00),
    ])  # fmt: skip

    happens(part, accepted(), capture(1_00), disputed())
    happens(back, disputed(), submitted(), stepped("lose"))
    happens(again, stepped("escalate"))
    assert settled(settling, NIGHTS[1]) == sorted([
        ("capture", 1_00), ("chargeback", -1_00), ("chargeback", -7_00), ("chargeback", -2_00),
        *[("dispute_fee", -15_00)] * 2,
    ])  # fmt: skip

    happens(part, submitted("winning_evidence"), stepped("win"))
    happens(again, submitted(), stepped("win"))
    assert settled(settling, NIGHTS[2]) == [
        ("chargeback_reversal", 1_00),
        ("chargeback_reversal", 2_00),
        ("dispute_fee_reversal", 15_00),
    ]

    payments = [scenario.held() for scenario in (part, back, again)]
    accounts = balances(posting for payment in payments for posting in payment_postings(payment))
    nets = [settling.statement(batch).totals["USD"].net for batch in NIGHTS[:3]]
    assert -accounts[merchant_available(build.MERCHANT), "USD"] == sum(nets)
    assert accounts[merchant_pending(build.MERCHANT), "USD"] == 0
    assert -accounts[DISPUTE_FEE_INCOME, "USD"] == 2 * 15_00  # of what was lost
    for payment in payments:
        check(payment)
        assert payment.unsettled_since is None
    assert [state_of(payment).disputed for payment in payments] == [4_00, 7_00, 0]


# --- while a batch closes ---------------------------------------------------------------------------------------------

COLLECTING, SEALING, MARKING = "collect_entries", "close_books", "announce"


def reads_payments(sent: Sent) -> bool:
    return sent.operation == "BatchGetItem"


def stores_entries(sent: Sent) -> bool:
    return sent.operation == "TransactWriteItems"


def seals(sent: Sent) -> bool:
    return sent.operation == "PutItem" and sent.parameters["Item"]["part"]["S"].startswith("seal#")


def closes(sent: Sent) -> bool:
    return sent.operation == "UpdateItem" and "totals" in str(sent.parameters.get("ExpressionAttributeNames"))


def marks(sent: Sent) -> bool:
    return sent.operation == "UpdateItem" and sent.parameters["TableName"] == runtime.ledger().table


MOMENTS = [
    (COLLECTING, reads_payments, "before", 0),
    (COLLECTING, reads_payments, "after", 1),
    (COLLECTING, stores_entries, "before", 1),
    (COLLECTING, stores_entries, "after", 1),
    (SEALING, seals, "before", 1),
    (SEALING, seals, "after", 1),
    (SEALING, closes, "after", 1),
    (MARKING, reads_payments, "before", 1),
    (MARKING, reads_payments, "after", 1),
    (MARKING, marks, "before", 1),
    (MARKING, marks, "after", 1),
]


DECISIVE = [MOMENTS[0], MOMENTS[1], MOMENTS[9]]
"""The batch has the lines, or collected its entries before them, or finds the payment changed."""

OPENS = ([], disputed(), [], TAKEN)
IS_WON = ([disputed(), submitted()], stepped("win"), TAKEN, RETURNED)


def at_the_moment(
    wire: Wire,
    worker: str,
    when: Callable[[Sent], bool],
    order: str,
    settling: SettlementScenario,
    step: Callable[[], None],
) -> None:
    """Run a settlement, with a step at the first call of a worker for which `when` is true."""
    is_over = False

    def once(request: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
        nonlocal is_over
        is_over = True
        if order == "before":
            step()
            return deliver()
        answer = deliver()
        step()
        return answer

    steps = settling.steps()
    while next(steps) != worker:
        pass
    with wire.broken(once, when=lambda sent: not is_over and when(sent)):
        assert end_of(steps).status == "SUCCEEDED"
    assert is_over


def end_of(steps: Steps) -> Outcome:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


@pytest.mark.full
@pytest.mark.parametrize(
    "worker, when, order, batch, given, step, had, adds",
    [
        *((*moment, *OPENS) for moment in DECISIVE),
        *((*moment, *IS_WON) for moment in DECISIVE),
        *(pytest.param(*moment, *OPENS, marks=pytest.mark.soak) for moment in MOMENTS if moment not in DECISIVE),
    ],
)
def test_a_dispute_can_change_while_its_batch_closes(
    settling: SettlementScenario,
    wire: Wire,
    worker: str,
    when: Callable[[Sent], bool],
    order: str,
    batch: int,
    given: list[Step],
    step: Step,
    had: Lines,
    adds: Lines,
) -> None:
    """Its operation has a time before the cut-off, and was written late. Its lines are in one batch, whole."""
    scenario = settling.payment(amount=10_00)
    of_day = scenario.held().created_at
    happens(scenario, capture(), *given)
    settling.night()
    at_the_moment(wire, worker, when, order, settling, lambda: happens(scenario, step, at=of_day))

    of_first = [("capture", 10_00), *had]
    assert reported(settling, NIGHTS[0]) == sorted([*of_first, *([] if batch else adds)])
    check(scenario.held())
    if batch:
        assert settled(settling, NIGHTS[1]) == adds
        assert all(entry.late for entry in settling.entries() if entry.batch == NIGHTS[1])
    assert scenario.held().unsettled_since is None
    lost = [*had, *adds]
    nets = [settling.statement(name).totals["USD"].net for name in NIGHTS[: 1 + batch]]
    assert sum(nets) == 9_41 + sum(gross for _, gross in lost)
