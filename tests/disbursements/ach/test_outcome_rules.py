"""What the bank's answers together say of a disbursement, in whatever order they were read."""

from itertools import permutations
from typing import Final

import pytest

from paysandbox.disbursements.ach.acknowledgement import Acknowledgement, digest
from paysandbox.disbursements.ach.answer_files import read_returns
from paysandbox.disbursements.ach.outcome_rules import Received, outcome
from paysandbox.disbursements.ach.special_accounts import EntryReport, Report
from paysandbox.disbursements.rail import ProviderUpdate
from paysandbox.disbursements.steps import Step
from tests.support.builders import ach

TRACE: Final = "110000008184001"
OTHER: Final = "110000008184002"
RETURNED: Final = read_returns(ach.answers(ach.credit(account="000111111113"))[f"{ach.NAME}.4.ret"].text).answers


def acknowledged(number: int, report: Report | None, code: str | None = None) -> Acknowledgement:
    """An acknowledgement that says this of the entry, or only something of another one."""
    entries = {OTHER: EntryReport(report=Report.BLOCKED)} | (
        {TRACE: EntryReport(report=report, code=code)} if report else {}
    )
    return Acknowledgement(file=ach.file_name(), number=number, sha256=digest(""), entries=entries)


REFUSED: Final = Acknowledgement(file=ach.file_name(), number=1, sha256=digest(""), entries={}, refused="no")


@pytest.mark.parametrize(
    "received, step, code",
    [
        (Received(), None, None),
        (Received(acknowledgements=(acknowledged(1, Report.ACCEPTED),)), None, None),
        (Received(acknowledgements=(acknowledged(1, Report.PENDING),)), None, None),
        (Received(acknowledgements=(acknowledged(1, Report.REFUSED, "NO"),)), Step.FAIL, "NO"),
        (Received(acknowledgements=(acknowledged(1, Report.HELD),)), Step.HOLD, None),
        (Received(acknowledgements=(acknowledged(1, Report.BLOCKED, "NO"),)), Step.BLOCK, "NO"),
        (Received(acknowledgements=(acknowledged(1, Report.UNCLAIMED, "NO"),)), Step.UNCLAIM, "NO"),
        (
            Received(acknowledgements=(acknowledged(1, Report.ACCEPTED), acknowledged(2, Report.SETTLED))),
            Step.PAY,
            None,
        ),
        (
            Received(
                acknowledgements=(acknowledged(1, Report.HELD), acknowledged(2, None), acknowledged(3, Report.SETTLED))
            ),
            Step.PAY,
            None,
        ),
        (
            Received(acknowledgements=(acknowledged(2, Report.SETTLED), acknowledged(3, Report.REVERSED))),
            Step.REVERSE,
            None,
        ),
        (
            Received(acknowledgements=(acknowledged(1, Report.BLOCKED, "NO"), acknowledged(3, Report.RETURNED, "NO"))),
            Step.RETURN,
            "NO",
        ),
        (Received(acknowledgements=(acknowledged(1, Report.ACCEPTED), acknowledged(2, None))), None, None),
        (Received(acknowledgements=(acknowledged(2, Report.SETTLED),), returns=RETURNED), Step.RETURN, "R02"),
        (Received(acknowledgements=(REFUSED,)), Step.FAIL, "FILE_REFUSED"),
    ],
)
def test_what_the_bank_has_reported(received: Received, step: Step | None, code: str | None) -> None:
    expected = ProviderUpdate(step=step, code=code, reference=ach.NAME, item_reference=TRACE)
    for order in permutations(received.acknowledgements):
        assert outcome(Received(acknowledgements=order, returns=received.returns), ach.NAME, TRACE) == expected


def test_a_return_of_another_entry_says_nothing() -> None:
    assert outcome(Received(returns=RETURNED), ach.NAME, OTHER).step is None
