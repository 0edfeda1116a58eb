"""How many webhooks a cell waits for: those of the calls that its run made, not of those that it never made."""

import pytest

from cli.lose.cells import Loss
from cli.lose.recorder import Exchange, Phase
from cli.lose.run import Baseline
from cli.lose.signatures import Call, Signature

PAY, REFUND, READ, OTHER, OTHER_READ = (
    Call(Signature(method, path, ()), 1)
    for method, path in (
        ("POST", "/v1/payment_intents"),
        ("POST", "/v1/refunds"),
        ("GET", "/v1/refunds"),
        ("POST", "/v1/customers"),
        ("GET", "/v1/customers"),
    )
)
USUAL = Baseline(
    calls=[PAY, REFUND, READ],
    masked={},
    expected={},
    in_total=False,
    states=[],
    came={Phase.RUN: 7, Phase.AGAIN: 8},
    caused={PAY: 3, REFUND: 2},
)
"""Two of the seven events are of no call that is known, and one comes when the command is run again."""


def asked(call: Call, status: int | None = 200, *, phase: Phase = Phase.RUN, replayed: bool = False) -> Exchange:
    return Exchange(phase, "", call, 1, 1, None, Loss.RESET, status, replayed=replayed)


@pytest.mark.parametrize(
    "exchanges, expected",
    [
        ([asked(PAY), asked(REFUND), asked(READ)], 7),
        ([asked(PAY), asked(PAY, replayed=True), asked(REFUND)], 7),
        ([asked(PAY), asked(PAY, replayed=True)], 5),
        ([asked(PAY, None)], 5),
        ([asked(PAY), asked(PAY)], 8),
        ([asked(PAY), asked(PAY), asked(REFUND)], 10),
        ([asked(PAY), asked(REFUND, 400)], 5),
        ([], 2),
        ([asked(PAY), asked(REFUND, phase=Phase.RECOVER)], 5),
        ([asked(PAY), asked(OTHER)], 7),
        ([asked(PAY), asked(OTHER_READ)], 5),
    ],
    ids=[
        "as without faults", "repeated", "given up", "not answered", "paid twice and given up", "paid twice", "refused",
        "no call made", "another phase", "another call", "another read",
    ],
)  # fmt: skip
def test_the_calls_of_a_run_decide_how_many_events_it_has(exchanges: list[Exchange], expected: int) -> None:
    assert USUAL.expected_events(Phase.RUN, exchanges) == expected


def test_by_the_end_of_the_second_run_all_calls_were_made() -> None:
    assert USUAL.expected_events(Phase.AGAIN, [asked(PAY)]) == 8
