"""What a run says of an integration: where it stops, beyond its principal flow or in it, and why a program failed."""

import pytest

from integrations.listed import integrations
from integrations.outcome import Outcome, Verdict
from integrations.page import stopped
from integrations.run_program import reason

ONE = integrations()[0]
CALL, WHY = "POST /v1/customers", "Unrecognized request URL. Stripe has it."


@pytest.mark.parametrize(
    "verdict, at, shown",
    [
        (Verdict.RUNS, "", "–"),
        (Verdict.STOPS, CALL, "`POST /v1/customers`: Unrecognized request URL."),
        (Verdict.RUNS, CALL, "beyond its principal flow: `POST /v1/customers`: Unrecognized request URL."),
        (Verdict.STOPS, "GET /v1/prices/price_abcdefghijklmnopqrstu", "`GET /v1/prices/price_abcdefghijklmnopqrstu`"),
        (Verdict.STOPS, "GET /v1/refunds/re_abcdefghijklmnopqrstu", "`GET /v1/refunds/{id}`"),
    ],
)
def test_where_it_stops(verdict: Verdict, at: str, shown: str) -> None:
    why = WHY if at == CALL else ""
    assert stopped(Outcome(ONE, verdict, stopped_at=at, why=why)) == shown


def test_what_runs_and_stops_beyond_is_said_to_run() -> None:
    assert str(Outcome(ONE, Verdict.RUNS, stopped_at=CALL, why="No.")) == (
        f"{ONE.name} (sample): runs, and stops beyond at {CALL}: No."
    )


@pytest.mark.parametrize(
    "errors, why",
    [
        ("", ""),
        ("the status is 'pending' and not 'succeeded'", "the status is 'pending' and not 'succeeded'"),
        ("Traceback:\n  File x\nstripe.CardError: Declined.\n", "stripe.CardError: Declined."),
        ("Error: Cannot find module 'x'\n    at run\n\nNode.js v24.19.0\n", "Error: Cannot find module 'x'"),
        ("(node:1) Warning: many listeners\nUnrecognized request URL\n", "Unrecognized request URL"),
    ],
)
def test_why_a_program_failed(errors: str, why: str) -> None:
    assert reason(errors) == why
