"""POST /disputes/{dispute_id}/evidence: drafts, and what is submitted, once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, get_args

import pytest

from paysandbox.aws import runtime
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.disputes import tables as disputes_tables
from paysandbox.disputes.evidence import FIELDS, MAX_BYTES, MAX_CHARACTERS, digest_of
from paysandbox.disputes.requests import DisputeReasonFilter, DisputeStatusFilter, EvidenceFields
from paysandbox.payments.disputes.dispute import DisputeReason, DisputeStatus
from paysandbox.payments.ledger.items import payment_item
from tests.support.builders.build import MICROSECOND
from tests.support.clients.call import Merchant
from tests.support.clients.disputed import (
    accept,
    disputed,
    evidence,
    payment_of,
    row,
    show,
    simulate,
    steps_of,
    store,
)
from tests.support.worlds import table_snapshot, tables
from tests.support.worlds.aws_transport import Wire
from tests.support.worlds.handlers import Clock, Lines

RECEIPT = {"receipt": "file_1"}


def due_by(dispute_id: str) -> datetime:
    return datetime.fromisoformat(show(dispute_id).json["due_by"])


# --- drafts -----------------------------------------------------------------------------------------------------------


def test_a_draft(demo: Merchant) -> None:
    dispute_id = disputed(demo)
    reply = evidence(dispute_id, {"receipt": "file_1", "customer_name": "Ada"})
    facts = {"submitted": False, "fields": ["customer_name", "receipt"], "dispute_id": dispute_id}
    assert reply.json | facts == reply.json
    assert show(dispute_id).json["evidence"] == {"receipt": "file_1", "customer_name": "Ada"}
    assert steps_of(dispute_id) == ["dop"]


def test_the_last_draft_wins_and_an_empty_text_clears(demo: Merchant) -> None:
    dispute_id = disputed(demo)
    for texts in ({"receipt": "file_1", "customer_name": "Ada"}, {"receipt": "file_2"}, {"customer_name": ""}):
        assert evidence(dispute_id, texts).status == 200
    assert show(dispute_id).json["evidence"] == {"receipt": "file_2"}


def test_a_repeated_draft_gets_its_first_answer_and_undoes_nothing(demo: Merchant) -> None:
    dispute_id = disputed(demo)
    first = evidence(dispute_id, RECEIPT, key="k")
    evidence(dispute_id, {"receipt": "file_2"})
    again = evidence(dispute_id, RECEIPT, key="k")
    assert (first.replayed, again.replayed, again.text) == (False, True, first.text)
    assert show(dispute_id).json["evidence"] == {"receipt": "file_2"}


def test_a_draft_is_repeated_after_the_dispute_has_ended(demo: Merchant) -> None:
    dispute_id = disputed(demo)
    first = evidence(dispute_id, RECEIPT, key="k")
    accept(dispute_id)
    assert evidence(dispute_id, RECEIPT, key="k").text == first.text
    assert evidence(dispute_id, RECEIPT, key="other").code == "dispute_state_unexpected"


def test_without_a_row_the_draft_creates_it(demo: Merchant) -> None:
    """The stream's reader is behind, and writes the same facts afterwards."""
    dispute_id = disputed(demo, stored=False)
    evidence(dispute_id, RECEIPT)
    created = row(dispute_id)
    store(payment_of(dispute_id))
    assert row(dispute_id) == created
    other = disputed(demo)
    evidence(other, RECEIPT)
    assert row(other).keys() == created.keys()


# --- submissions ------------------------------------------------------------------------------------------------------


def test_a_submission(demo: Merchant) -> None:
    dispute_id = disputed(demo)
    evidence(dispute_id, {"customer_name": "Ada"})
    body = evidence(dispute_id, RECEIPT, submit=True).json
    texts = {"customer_name": "Ada", "receipt": "file_1"}
    assert (body["submitted"], body["fields"], body["digest"]) == (True, ["receipt"], digest_of(texts))
    shown = show(dispute_id).json
    assert (shown["status"], shown["submissions"], shown["evidence"]) == ("under_review", 1, texts)
    assert body["dispute"] == {name: shown[name] for name in body["dispute"] if name in shown} | {
        "transaction_id": shown["operations"][-1]["transaction_id"]
    }


def test_saved_evidence_is_submitted(demo: Merchant) -> None:
    dispute_id = disputed(demo)
    evidence(dispute_id, RECEIPT)
    assert evidence(dispute_id, submit=True).json["digest"] == digest_of(RECEIPT)


def test_a_repeated_submission_gets_its_first_response(demo: Merchant) -> None:
    dispute_id = disputed(demo)
    first = evidence(dispute_id, RECEIPT, submit=True, key="k")
    simulate(dispute_id, "win")
    simulate(dispute_id, "escalate")
    evidence(dispute_id, {"receipt": "file_2"})
    again = evidence(dispute_id, RECEIPT, submit=True, key="k")
    assert (first.replayed, again.replayed, again.text) == (False, True, first.text)
    assert steps_of(dispute_id) == ["dop", "dev", "dcs", "des"]


def test_a_key_is_of_one_request(demo: Merchant) -> None:
    dispute_id, other = disputed(demo), disputed(demo)
    evidence(dispute_id, RECEIPT, key="k")
    for of, submit in ((dispute_id, True), (other, None)):
        assert evidence(of, RECEIPT, submit=submit, key="k").code == "idempotency_key_reused"


def test_pre_arbitration_waits_for_evidence_again(demo: Merchant) -> None:
    dispute_id = disputed(demo)
    evidence(dispute_id, RECEIPT, submit=True)
    simulate(dispute_id, "win")
    simulate(dispute_id, "escalate")
    assert evidence(dispute_id, {"customer_name": "Ada"}).status == 200
    body = evidence(dispute_id, submit=True).json
    assert body["digest"] == digest_of({**RECEIPT, "customer_name": "Ada"})
    assert (body["dispute"]["submissions"], body["dispute"]["stage"]) == (2, "arbitration")


@pytest.mark.parametrize("text, step", [("winning_evidence", "win"), ("losing_evidence", "lose"), ("else", "lose")])
def test_the_sealed_texts_decide(text: str, step: str, demo: Merchant) -> None:
    dispute_id = disputed(demo)
    evidence(dispute_id, {"uncategorized_text": text})
    evidence(dispute_id, submit=True)
    [timer] = payment_of(dispute_id).operations[-1].timers
    assert timer.step == step


# --- what is refused --------------------------------------------------------------------------------------------------


def _submitted(dispute_id: str) -> None:
    evidence(dispute_id, RECEIPT, submit=True)


def _lost(dispute_id: str) -> None:
    accept(dispute_id)


def _won(dispute_id: str) -> None:
    _submitted(dispute_id)
    simulate(dispute_id, "win")


@pytest.mark.parametrize("submit", [True, False], ids=["submission", "draft"])
@pytest.mark.parametrize("given, status", [(_submitted, "under_review"), (_lost, "lost"), (_won, "won")])
def test_only_a_dispute_that_waits_for_evidence_takes_it(
    given: Callable[[str], None], status: str, submit: bool, demo: Merchant
) -> None:
    dispute_id = disputed(demo)
    given(dispute_id)
    before = table_snapshot.items_of(tables.DISPUTED), payment_item(payment_of(dispute_id))
    reply = evidence(dispute_id, {"receipt": "file_2"}, submit=submit)
    assert (reply.status, reply.code, reply.json["current_status"]) == (409, "dispute_state_unexpected", status)
    assert (table_snapshot.items_of(tables.DISPUTED), payment_item(payment_of(dispute_id))) == before


@pytest.mark.parametrize("submit", [True, False], ids=["submission", "draft"])
@pytest.mark.parametrize("after, code", [(-MICROSECOND, None), (timedelta(), "evidence_past_due")])
def test_evidence_is_due_by_a_time(after: timedelta, code: str | None, submit: bool, demo: Merchant) -> None:
    dispute_id = disputed(demo)
    assert evidence(dispute_id, RECEIPT, submit=submit, now=due_by(dispute_id) + after).says == (code or "ok")


def test_a_refused_request_does_not_use_up_the_key(demo: Merchant) -> None:
    dispute_id = disputed(demo)
    _won(dispute_id)
    assert evidence(dispute_id, RECEIPT, key="k").status == 409
    simulate(dispute_id, "escalate")
    assert evidence(dispute_id, RECEIPT, key="k").status == 200


@pytest.mark.parametrize(
    "texts, submit, code, param",
    [
        (None, None, "parameter_invalid", "evidence"),
        ({}, False, "parameter_invalid", "evidence"),
        ({}, True, "parameter_invalid", "evidence"),
        (None, True, "parameter_invalid", "evidence"),
        ({"receipt": ""}, True, "parameter_invalid", "evidence"),
        ({"receipt": 1}, False, "parameter_invalid", "evidence.receipt"),
        ({"appeal": "x"}, False, "parameter_unknown", "evidence.appeal"),
        ({"enhanced_evidence": {}}, False, "parameter_unknown", "evidence.enhanced_evidence"),
        ({"receipt": "x" * (MAX_CHARACTERS + 1)}, False, "parameter_invalid", "evidence.receipt"),
        ({"receipt": "x" * MAX_CHARACTERS, "customer_name": "x"}, False, "parameter_invalid", "evidence"),
        ({"receipt": "証" * (MAX_BYTES // 3 + 1)}, False, "parameter_invalid", "evidence"),
        ({"receipt": "4242 4242 4242 4242"}, False, "live_card_in_sandbox", "evidence.receipt"),
        (RECEIPT, "yes", "parameter_invalid", "submit"),
    ],
)
def test_faults_are_named(
    texts: dict[str, Any] | None, submit: Any, code: str, param: str, demo: Merchant, ledger: Ledger
) -> None:
    dispute_id = disputed(demo)
    before = row(dispute_id)
    reply = evidence(dispute_id, texts, submit=submit)
    assert (reply.status, reply.code, reply.json["param"]) == (400, code, param)
    assert row(dispute_id) == before


def test_another_merchants_dispute_is_not_found(demo: Merchant) -> None:
    dispute_id = disputed(demo)
    before = row(dispute_id)
    for submit in (True, False):
        assert evidence(dispute_id, RECEIPT, submit=submit, merchant="globex").code == "resource_not_found"
    assert (row(dispute_id), steps_of(dispute_id)) == (before, ["dop"])


# --- size, calls, log -------------------------------------------------------------------------------------------------


def size_of(value: Any) -> int:
    """Return the size of a value in DynamoDB's format, with a byte for each type and three for each map."""
    if isinstance(value, str):
        return len(value.encode())
    return 3 + sum(1 + len(name.encode()) + size_of(part) for name, part in value.items())


@pytest.mark.parametrize("text", ["x" * MAX_CHARACTERS, "\u0000" * MAX_CHARACTERS, "証" * (MAX_BYTES // 3)], ids=len)
def test_the_largest_evidence_fits_into_its_row(text: str, demo: Merchant) -> None:
    """DynamoDB counts names and texts in UTF-8."""
    dispute_id = disputed(demo)
    part = len(text) // len(FIELDS)
    texts = {name: text[place * part : (place + 1) * part] for place, name in enumerate(FIELDS)}
    assert evidence(dispute_id, texts, submit=True).status == 200
    kept = row(dispute_id)
    assert size_of(kept) < tables.MAX_ITEM_BYTES * 0.8
    assert show(dispute_id).json["evidence"] == texts


def test_a_draft_takes_three_calls_and_a_submission_four(demo: Merchant, wire: Wire) -> None:
    dispute_id = disputed(demo)
    with wire.record() as sent:
        evidence(dispute_id, RECEIPT)
        evidence(dispute_id, submit=True)
    calls = [(one.operation, one.parameters.get("TableName")) for one in sent if one.operation != "GetSecretValue"]
    ledger, rows = runtime.ledger().table, disputes_tables.disputes().table
    draft = [("PutItem", ledger), ("BatchGetItem", None), ("UpdateItem", rows)]
    assert calls == [*draft, *draft, ("UpdateItem", ledger)]


def test_the_log_does_not_show_evidence(demo: Merchant, lines: Lines) -> None:
    dispute_id = disputed(demo)
    lines()
    evidence(dispute_id, {"customer_email_address": "ada@example.com"})
    [line] = lines()
    assert line["body"] == '{"evidence":"***"}'
    assert (line["outcome"], line["transaction_id"]) == ("saved", dispute_id)


def test_names_are_those_of_the_rules() -> None:
    assert [*EvidenceFields.model_fields] == [*FIELDS]
    assert [*get_args(DisputeStatusFilter)] == [*DisputeStatus]
    assert [*get_args(DisputeReasonFilter)] == [*DisputeReason]


def test_the_time_of_a_draft_is_that_of_its_first_request(demo: Merchant, clock: Clock) -> None:
    dispute_id = disputed(demo)
    first = evidence(dispute_id, RECEIPT, key="k").json["saved_at"]
    clock.advance(timedelta(hours=1))
    assert evidence(dispute_id, RECEIPT, key="k").json["saved_at"] == first
