"""Each route's requests with their calls, and those that it refuses (`tests/support/builders/scenario.py`)."""

from collections.abc import Callable, Mapping
from typing import Any

from paysandbox.core.errors import Code
from paysandbox.disputes.routes import ACCEPT_DISPUTE, GET_DISPUTE, LIST_DISPUTES, SUBMIT_EVIDENCE
from tests.support.builders.build import DAY
from tests.support.builders.scenario import (
    A_PAGE,
    CLAIM_READ_AND_UPDATE,
    KEY,
    Parts,
    Refusal,
    Scenario,
    sending,
    with_key,
)
from tests.support.clients.call import Merchant
from tests.support.clients.disputed import accept, disputed, evidence, payment_of, simulate
from tests.support.worlds.handlers import Clock

_EVIDENCE = {"receipt": "file_1", "uncategorized_text": "winning_evidence"}


def _disputed(body: Any = None, *drafts: Mapping[str, str], **arguments: Any) -> Callable[[Merchant, Clock], Parts]:
    """Prepare a dispute with drafts of evidence, to which a body is sent."""

    def given(demo: Merchant, _: Clock) -> Parts:
        dispute_id = disputed(demo, **arguments)
        for draft in drafts:
            evidence(dispute_id, draft)
        sent = with_key(body) if body is not None else {"key": KEY}
        return {"path": {"dispute_id": dispute_id}, **sent}

    return given


def _contested(demo: Merchant, _: Clock) -> Parts:
    """Prepare a dispute that was won with evidence, and that the bank contests."""
    dispute_id = disputed(demo)
    evidence(dispute_id, {"receipt": "file_0"}, submit=True)
    simulate(dispute_id, "win")
    simulate(dispute_id, "escalate")
    return {"path": {"dispute_id": dispute_id}, **with_key({"evidence": _EVIDENCE, "submit": True})}


def _dispute_of_payment(demo: Merchant, _: Clock) -> Parts:
    return {"query": {"auth_id": payment_of(disputed(demo)).id}}


def _listed_dispute(demo: Merchant, _: Clock) -> Parts:
    disputed(demo)
    return {}


CLAIM_LOOK_AND_SAVE = ("PutItem", "BatchGetItem", "UpdateItem")

SEAL_AND_SUBMIT = (*CLAIM_LOOK_AND_SAVE, "UpdateItem")

SCENARIOS = (
    # Disputes. Their state is the payment's, and a submission is sealed in the evidence's row before it is recorded.
    Scenario("a page", LIST_DISPUTES, A_PAGE, _listed_dispute),
    Scenario("of a payment", LIST_DISPUTES, ("GetItem",), _dispute_of_payment),
    Scenario("with evidence", GET_DISPUTE, ("BatchGetItem",), _disputed(None, _EVIDENCE)),
    Scenario("submission", SUBMIT_EVIDENCE, SEAL_AND_SUBMIT, _disputed({"evidence": _EVIDENCE, "submit": True})),
    Scenario("draft", SUBMIT_EVIDENCE, CLAIM_LOOK_AND_SAVE, _disputed({"evidence": _EVIDENCE}), outcome="saved"),
    Scenario(
        "second draft",
        SUBMIT_EVIDENCE,
        CLAIM_LOOK_AND_SAVE,
        _disputed({"evidence": {"receipt": ""}}, _EVIDENCE),
        outcome="saved",
    ),
    Scenario("submission of a draft", SUBMIT_EVIDENCE, SEAL_AND_SUBMIT, _disputed({"submit": True}, _EVIDENCE)),
    Scenario(
        "without a row",
        SUBMIT_EVIDENCE,
        SEAL_AND_SUBMIT,
        _disputed({"evidence": _EVIDENCE, "submit": True}, stored=False),
    ),
    Scenario("pre-arbitration", SUBMIT_EVIDENCE, SEAL_AND_SUBMIT, _contested),
    Scenario("chargeback", ACCEPT_DISPUTE, CLAIM_READ_AND_UPDATE, _disputed()),
)


def _accepted(demo: Merchant, _: Clock) -> dict[str, Any]:
    """A dispute that was lost. A body is sent to routes that take one."""
    dispute_id = disputed(demo)
    accept(dispute_id)
    return {"path": {"dispute_id": dispute_id}, "body": {"evidence": {"receipt": "file_1"}}}


def _past_due(demo: Merchant, clock: Clock) -> dict[str, Any]:
    dispute_id = disputed(demo)
    clock.advance(11 * DAY)
    return {"path": {"dispute_id": dispute_id}, "body": {"submit": True}}


REFUSALS = (
    Refusal(LIST_DISPUTES, Code.CURSOR_INVALID, sending(query={"cursor": "x"}), "cursor"),
    Refusal(LIST_DISPUTES, Code.PARAMETER_INVALID, sending(query={"order": "oldest"}), "order"),
    Refusal(GET_DISPUTE, Code.RESOURCE_NOT_FOUND, sending(path={"dispute_id": "du_x"})),
    Refusal(
        SUBMIT_EVIDENCE,
        Code.RESOURCE_NOT_FOUND,
        sending(path={"dispute_id": "du_x"}, body={"submit": True}),
        claims=True,
    ),
    Refusal(ACCEPT_DISPUTE, Code.RESOURCE_NOT_FOUND, sending(path={"dispute_id": "du_x"}), claims=True),
    Refusal(SUBMIT_EVIDENCE, Code.DISPUTE_STATE_UNEXPECTED, _accepted, claims=True),
    Refusal(SUBMIT_EVIDENCE, Code.EVIDENCE_PAST_DUE, _past_due, claims=True),
    Refusal(ACCEPT_DISPUTE, Code.DISPUTE_STATE_UNEXPECTED, _accepted, claims=True),
)
