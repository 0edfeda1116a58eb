"""The likely cause of a loss."""

import pytest

from cli.lose.cells import EventCell, WebhookFault
from cli.lose.money import Finding, Kind, Subject
from cli.lose.recorder import Phase
from cli.lose.results import Outcome, Result, State, likely_cause

LOST = Finding(Kind.SHIPPED_UNPAID, Subject("order-1", "USD"), 3750)


def result(fault: WebhookFault, *findings: Finding) -> Result:
    state = State(Phase.RUN, "exit code 0", succeeded=True, settled=True, ledger={}, books=None, findings=findings)
    return Result(
        EventCell(1, fault), "charge.succeeded", Outcome.LOST if findings else Outcome.NO_LOSS, states=[state]
    )


@pytest.mark.parametrize("fault", WebhookFault)
def test_a_loss_by_a_webhook_names_the_event(fault: WebhookFault) -> None:
    assert "charge.succeeded" in likely_cause(result(fault, LOST))


@pytest.mark.parametrize("fault", WebhookFault)
def test_without_a_loss_there_is_no_cause(fault: WebhookFault) -> None:
    assert likely_cause(result(fault)) == ""
