"""What a run says of an integration: whether its flow was done, where it stops, and why a program failed."""

import pytest

from integrations.flow import FlowStep, Worked
from integrations.listed import Integration, Kind, integrations
from integrations.outcome import Outcome, Refusal, Verdict, ended
from integrations.page import stopped
from integrations.run_program import reason, worked_in

ONE = integrations()[0]
PAYS_AND_REFUNDS = Integration(Kind.LIBRARY, "a library", (FlowStep.PAY, FlowStep.REFUND))
PAID, REFUNDED, LISTED = Worked("charge", FlowStep.PAY), Worked("credit", FlowStep.REFUND), Worked("list")
CALL, WHY = "POST /v1/customers", "Unrecognized request URL. Stripe has it."


@pytest.mark.parametrize(
    "worked, refused, fault, verdict, why",
    [
        ([PAID, LISTED, REFUNDED], False, "", Verdict.RUNS, ""),
        ([PAID, REFUNDED], True, "", Verdict.RUNS, WHY),
        ([PAID], True, "", Verdict.STOPS, WHY),
        ([PAID], True, "its page was blank", Verdict.STOPS, WHY),
        ([PAID], False, "", Verdict.FAILS, "it did not do: refund"),
        ([LISTED], False, "", Verdict.FAILS, "it did not do: pay, refund"),
        ([PAID, REFUNDED], False, "its page was blank", Verdict.FAILS, "its page was blank"),
        ([PAID, REFUNDED], True, "its page was blank", Verdict.FAILS, "its page was blank"),
    ],
)
def test_it_runs_only_if_each_step_of_its_flow_was_done(
    worked: list[Worked], refused: bool, fault: str, verdict: Verdict, why: str
) -> None:
    outcome = ended(PAYS_AND_REFUNDS, worked, refused=Refusal(CALL, WHY) if refused else None, fault=fault)
    assert (outcome.verdict, outcome.why) == (verdict, why)


def test_the_step_that_a_refusal_prevents_is_named() -> None:
    stopped_there = ended(PAYS_AND_REFUNDS, [PAID], refused=Refusal(CALL, "No."))
    assert str(stopped_there) == f"a library (replay): stops at refund, at {CALL}: No."


def test_a_program_reports_what_works_and_the_step_that_is_done_with_it() -> None:
    assert [*worked_in("worked: list\ndone: pay\nworked: charge\nnoise\nworked: list\n")] == [LISTED, PAID, LISTED]


@pytest.mark.parametrize(
    "verdict, at, shown",
    [
        (Verdict.RUNS, "", "–"),
        (Verdict.STOPS, CALL, "pay: `POST /v1/customers`: Unrecognized request URL."),
        (Verdict.RUNS, CALL, "beyond its principal flow: `POST /v1/customers`: Unrecognized request URL."),
        (
            Verdict.STOPS,
            "GET /v1/prices/price_abcdefghijklmnopqrstu",
            "pay: `GET /v1/prices/price_abcdefghijklmnopqrstu`",
        ),
        (Verdict.STOPS, "GET /v1/refunds/re_abcdefghijklmnopqrstu", "pay: `GET /v1/refunds/{id}`"),
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
