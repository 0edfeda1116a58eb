"""POST /v1/disputes/{dispute}: save evidence, submit it, and change the metadata."""

from datetime import timedelta
from typing import Any

import pytest

from paysandbox.disputes.evidence import FIELDS
from paysandbox.stripe_api.routes import LIST_STRIPE_EVENTS, UPDATE_STRIPE_DISPUTE
from tests.stripe_api.handlers.disputes.stripe_disputes import (
    INVALID,
    NO_EVIDENCE,
    NOT_THERE,
    SHOP,
    close,
    disputed,
    events,
    given,
    shown,
    update,
)
from tests.stripe_api.handlers.pages import listed
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.disputed import show as native_dispute, steps_of
from tests.support.clients.simulated_steps import simulate
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, told, wrong
from tests.support.worlds.aws_transport import Killed, Wire
from tests.support.worlds.crash import KILLED_AFTER, KILLED_BEFORE, failures, kills_once
from tests.support.worlds.handlers import Clock

TOO_LONG = dict.fromkeys(FIELDS[:8], "x" * 20_000)


def test_evidence_is_submitted_by_default() -> None:
    dispute = disputed()
    assert (dispute["status"], dispute["evidence"]) == ("needs_response", NO_EVIDENCE)
    draft = done(update(dispute["id"], submit=False, evidence={"customer_name": "Rosa", "receipt": "file_1"}))
    assert (draft["status"], given(draft)) == ("needs_response", {"customer_name": "Rosa", "receipt": "file_1"})
    assert draft["evidence_details"] | {"due_by": 0} == {
        "due_by": 0,
        "enhanced_eligibility": {},
        "has_evidence": True,
        "past_due": False,
        "submission_count": 0,
        "submission_method": "not_submitted",
    }
    sent = done(update(dispute["id"], evidence={"uncategorized_text": "It was delivered.", "receipt": ""}))
    assert (sent["status"], given(sent)) == (
        "under_review",
        {"customer_name": "Rosa", "uncategorized_text": "It was delivered."},
    )
    assert sent["evidence_details"]["submission_count"] == 1
    assert shown(dispute["id"]) == sent
    assert events()[2:] == ["charge.dispute.updated"]


@pytest.mark.parametrize(
    "params, status",
    [
        ({}, "under_review"),
        ({"submit": True}, "under_review"),
        ({"submit": True, "metadata": {"case": "7"}}, "under_review"),
        ({"submit": False}, "needs_response"),
        ({"metadata": {"case": "7"}}, "needs_response"),
        ({"metadata": ""}, "needs_response"),
    ],
    ids=str,
)
def test_requests_that_submit_a_draft(params: dict[str, Any], status: str) -> None:
    dispute = disputed()["id"]
    done(update(dispute, submit=False, evidence={"customer_name": "Rosa"}))
    answered = done(update(dispute, **params))
    assert (answered["status"], given(answered)) == (status, {"customer_name": "Rosa"})
    assert shown(dispute) == answered


def test_a_request_that_is_repeated_has_the_same_answer_and_one_effect() -> None:
    dispute = disputed()["id"]
    for params in ({"submit": False}, {"metadata": {"case": "7"}}):
        sent: Any = {"evidence": {"customer_name": "Rosa"}, **params}
        first, again = (update(dispute, key=f"k{len(params)}{params}", **sent) for _ in range(2))
        assert (again.status, again.text, first.replayed, again.replayed) == (200, first.text, False, True)
    assert shown(dispute)["evidence_details"]["submission_count"] == 1
    assert shown(dispute)["metadata"] == {"case": "7"}
    reused = update(dispute, key="k1{'submit': False}", submit=True)
    assert wrong(reused)[:2] == (400, "idempotency_error")
    assert events() == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.updated",
        "charge.dispute.updated",
    ]


@pytest.mark.full
def test_a_request_that_is_killed_at_any_call_is_finished_by_its_retry(wire: Wire) -> None:
    sent: Any = {"evidence": {"customer_name": "Rosa"}, "metadata": {"case": "7"}}
    dispute = disputed()["id"]
    with wire.record() as recorded:
        done(update(dispute, **sent))
    for number, failure in enumerate(kills_once(failures(recorded, KILLED_BEFORE, KILLED_AFTER))):
        dispute, key = disputed()["id"], f"k{number}"
        with failure.happening(wire), pytest.raises(Killed):
            update(dispute, key=key, **sent)
        answered = done(update(dispute, key=key, **sent))
        assert (answered["status"], given(answered)) == ("under_review", {"customer_name": "Rosa"}), failure
        assert (answered["metadata"], answered["evidence_details"]["submission_count"]) == ({"case": "7"}, 1), failure
        assert steps_of(dispute)[-3:] == ["dop", "rev", "dev"], failure
        assert shown(dispute) == answered


def test_metadata_is_merged_and_can_be_changed_after_the_end() -> None:
    dispute = disputed()["id"]
    first = update(dispute, key="k", metadata={"a": "1", "b": "2"})
    done(close(dispute))
    assert update(dispute, key="k", metadata={"a": "1", "b": "2"}).text == first.text
    assert done(update(dispute, metadata={"a": "", "c": "3"}))["metadata"] == {"b": "2", "c": "3"}
    assert shown(dispute)["status"] == "lost"


@pytest.mark.parametrize(
    "params, said",
    [
        ({}, "There is no evidence to submit."),
        ({"evidence": {"customer_name": ""}}, "There is no evidence to submit."),
        ({"submit": True, "metadata": {"case": "7"}}, "There is no evidence to submit."),
        (
            {"evidence": dict.fromkeys(FIELDS[:8], "x" * 20_000), "metadata": {"case": "7"}},
            "at most 150,000 characters",
        ),
        ({"evidence": {"uncategorized_text": "x" * 20_001}}, "evidence[uncategorized_text]"),
        ({"evidence": TOO_LONG}, "at most 150,000 characters"),
        ({"evidence": {"enhanced_evidence": {"visa_compliance": {"fee_acknowledged": True}}}}, "enhanced_evidence"),
        ({"evidence": {"appeal": {"card": {"reason_for_filing": "x"}}}}, "appeal"),
        ({"intended_submission_method": "manual"}, "intended_submission_method"),
        ({"evidence": {"customer_name": "Rosa"}, "expand": ["customer"]}, "cannot be expanded"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_refused_update_changes_nothing(params: dict[str, Any], said: str) -> None:
    dispute = disputed()
    refused = update(dispute["id"], **params)
    assert refused.status == 400, refused.text
    assert said in f"{refused.error['message']} {refused.error.get('param')}"
    assert shown(dispute["id"]) == dispute


def test_evidence_is_refused_when_nothing_waits_for_it() -> None:
    dispute = disputed()["id"]
    done(update(dispute, evidence={"customer_name": "Rosa"}))
    others: list[Any] = [{}, {"submit": False}, {"metadata": {"case": "7"}}]
    for params in others:
        refused = update(dispute, evidence={"customer_name": "Bo"}, **params)
        assert wrong(refused) == INVALID
        assert "the bank has not decided yet" in refused.error["message"]
    assert (given(shown(dispute)), shown(dispute)["metadata"]) == ({"customer_name": "Rosa"}, {})
    assert wrong(close(dispute)) == INVALID


@pytest.mark.parametrize(
    "params", [{"evidence": {"customer_name": "Bo"}}, {"submit": False, "evidence": {"receipt": "f"}}]
)
def test_a_refusal_stays_the_answer_under_its_key(params: Any) -> None:
    """Although the dispute waits for evidence again by the time of the retry: another key can submit it."""
    dispute = disputed()["id"]
    done(update(dispute, evidence={"customer_name": "Rosa"}))
    refused = update(dispute, key="k", **params)
    assert wrong(refused) == INVALID
    for action in ("win", "escalate"):
        assert simulate(dispute, action).status == 200
    again = update(dispute, key="k", **params)
    assert (again.status, again.text, again.replayed) == (400, refused.text, True)
    assert shown(dispute)["status"] == "needs_response"
    assert update(dispute, key="l", **params).status == 200


def test_evidence_is_refused_from_its_due_time_on(clock: Clock) -> None:
    dispute = disputed(due_in=60)["id"]
    clock.advance(timedelta(seconds=61))
    refused = update(dispute, evidence={"customer_name": "Rosa"}, metadata={"case": "7"})
    assert wrong(refused) == INVALID
    assert refused.error["message"].startswith("Evidence was due by ")
    assert (given(shown(dispute)), shown(dispute)["metadata"]) == ({}, {})


def test_a_dispute_that_the_bank_contests_waits_for_evidence_again() -> None:
    dispute = disputed()["id"]
    done(update(dispute, evidence={"customer_name": "Rosa"}))
    for action in ("win", "escalate"):
        assert simulate(dispute, action).status == 200
    again = shown(dispute)
    assert (again["status"], len(again["balance_transactions"])) == ("needs_response", 3)
    sent = done(update(dispute, evidence={"receipt": "file_1"}))
    assert (sent["status"], sent["evidence_details"]["submission_count"]) == ("under_review", 2)
    assert simulate(dispute, "win").status == 200
    assert shown(dispute)["status"] == "won"


def test_an_inquiry_that_is_escalated_after_a_refund_is_of_what_is_left() -> None:
    inquiry = disputed(kind="inquiry")
    done(SHOP.refund(inquiry["payment_intent"], amount=4_00))
    assert shown(inquiry["id"])["amount"] == 10_00
    assert simulate(inquiry["id"], "escalate").status == 200
    dispute = shown(inquiry["id"])
    assert (dispute["amount"], dispute["balance_transactions"][0]["amount"]) == (6_00, -6_00)
    assert native_dispute(inquiry["id"]).json["amount"] == 6_00
    told()
    (event,) = listed(LIST_STRIPE_EVENTS, type="charge.dispute.funds_withdrawn")
    assert event["data"]["object"]["amount"] == 6_00


def test_events_name_the_merchants_request_and_carry_no_evidence() -> None:
    dispute = disputed()["id"]
    sent = update(dispute, key="mine", evidence={"customer_name": "Rosa"})
    told()
    (event,) = listed(LIST_STRIPE_EVENTS, type="charge.dispute.updated")
    assert event["request"] == {"id": sent.headers["Request-Id"], "idempotency_key": "mine"}
    assert event["data"]["object"]["evidence"] == NO_EVIDENCE
    assert event["data"]["object"] | {"evidence": 0} == sent.json | {"evidence": 0}


@pytest.mark.parametrize("name", NOT_THERE)
def test_unknown_ids_are_not_found(name: str) -> None:
    assert wrong(SHOP.ask(UPDATE_STRIPE_DISPUTE, name)) == missing("dispute")


def test_another_merchants_is_not_there() -> None:
    dispute = disputed()["id"]
    assert wrong(StripeMerchant(OTHER_MERCHANT).ask(UPDATE_STRIPE_DISPUTE, dispute)) == missing("dispute")
