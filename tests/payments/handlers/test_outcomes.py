"""Outcomes requested of the simulated bank: by header, by metadata, by amount; and partial approvals."""

from typing import Any

import pytest

from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.core.errors import Code
from paysandbox.core.headers import OUTCOME_HEADER
from paysandbox.payments.bank.outcome import OUTCOME_ENTRY
from paysandbox.payments.bank.test_cards import TRIGGERS
from tests.support.builders import build
from tests.support.clients.call import Merchant, Reply
from tests.support.tools.ledger_audit import audit
from tests.support.worlds import tables


def heard(reply: Reply) -> str:
    """Return `approved`, a decline code, or the error code."""
    return reply.json.get("decline_code") or reply.says


def metadata(outcome: str) -> dict[str, str]:
    return {OUTCOME_ENTRY: outcome, "order": "7"}


# --- precedence -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "outcome, says",
    [
        ("approve", "approved"),
        ("decline:insufficient_funds", "insufficient_funds"),
        ("iso:54", "expired_card"),
        ("  iso:N7\t", "incorrect_cvc"),
        ("dispute=fraudulent", "approved"),
        ("dispute=not_a_reason", Code.OUTCOME_INVALID),
        ("settle=declined", "approved"),
        ("settle=lost", Code.OUTCOME_INVALID),
        ("", Code.OUTCOME_INVALID),
        ("succeed", Code.OUTCOME_INVALID),
    ],
)
def test_outcome_by_header(outcome: str, says: str, demo: Merchant) -> None:
    reply = demo.asking(outcome).authorize()
    assert heard(reply) == says
    assert reply.status == 200 or reply.json["param"] == OUTCOME_HEADER


@pytest.mark.parametrize(
    "outcome, says",
    [
        ("approve", "approved"),
        ("decline:lost_card", "lost_card"),
        ("payout=R03", Code.OUTCOME_INVALID),
        ("", Code.OUTCOME_INVALID),
        ("decline", Code.OUTCOME_INVALID),
    ],
)
def test_outcome_by_metadata(outcome: str, says: str, demo: Merchant) -> None:
    reply = demo.authorize(metadata=metadata(outcome))
    assert heard(reply) == says
    assert reply.status == 200 or reply.json["param"] == "metadata.sandbox_outcome"


def test_requested_outcome_stays_in_the_metadata(demo: Merchant) -> None:
    assert demo.authorize(metadata=metadata("iso:51")).json["metadata"] == metadata("iso:51")


@pytest.mark.parametrize(
    "header, entry, number, amount, says",
    [
        ("iso:41", "iso:43", build.INSUFFICIENT_FUNDS, 10_00, "lost_card"),
        (None, "iso:43", build.INSUFFICIENT_FUNDS, 10_00, "stolen_card"),
        (None, None, build.INSUFFICIENT_FUNDS, 2000_43, "insufficient_funds"),
        (None, None, TRIGGERS, 2000_43, "stolen_card"),
        ("approve", "iso:43", TRIGGERS, 2000_43, "approved"),
        (None, "approve", TRIGGERS, 2000_43, "approved"),
        ("approve", "no outcome", build.VISA, 10_00, "approved"),  # the header decides, so the metadata is not read
    ],
)
def test_precedence_of_header_metadata_card_and_amount(
    header: str | None, entry: str | None, number: str, amount: int, says: str, demo: Merchant
) -> None:
    body: dict[str, Any] = {"card": build.card_details(number=number), "amount": amount}
    reply = demo.asking(header).authorize(None, **body, metadata=metadata(entry) if entry is not None else None)
    assert heard(reply) == says


@pytest.mark.parametrize(
    "currency, amount, says",
    [
        ("USD", 2000_00, "approved"),
        ("USD", 2000_05, "generic_decline"),
        ("USD", 2000_51, "insufficient_funds"),
        ("USD", 2000_91, "issuer_not_available"),
        ("USD", 2000_20, Code.OUTCOME_INVALID),
        ("USD", 2004_01, "approved"),
        ("USD", 2005_01, "approved"),
        ("USD", 2001_00, "approved"),
        ("JPY", 2000_51, "insufficient_funds"),
        ("KWD", 2000_51, "insufficient_funds"),
    ],
)
def test_outcome_by_amount_in_any_currency(currency: str, amount: int, says: str, demo: Merchant) -> None:
    reply = demo.authorize(card=build.card_details(number=TRIGGERS), amount=amount, currency=currency)
    assert heard(reply) == says


@pytest.mark.parametrize("outcome", [["approve", "approve"], ["approve", "iso:51"]])
def test_repeated_headers_are_refused(outcome: list[str], demo: Merchant) -> None:
    assert heard(demo.asking(outcome).authorize()) == Code.OUTCOME_INVALID


@pytest.mark.parametrize("outcome", ["iso:99", "pending:60:partial:5"])
def test_an_invalid_outcome_does_not_consume_the_key(outcome: str, demo: Merchant, ledger: Ledger) -> None:
    assert demo.asking(outcome).authorize("key").status == 400
    assert tables.items(ledger) == {}
    assert demo.authorize("key").says == "approved"


def test_retries_get_the_first_response_regardless_of_the_requested_outcome(demo: Merchant) -> None:
    """The header is not part of the body bound to a key: the bank's first answer is final."""
    first = demo.asking("iso:51").authorize("key")
    again = demo.authorize("key")
    assert again.replayed
    assert again.text == first.text


@pytest.mark.parametrize("operation", ["capture", "void"])
def test_later_operations_ignore_the_outcome(operation: str, demo: Merchant) -> None:
    auth_id = demo.authorized()
    assert getattr(demo.asking("iso:51"), operation)(auth_id).says == "completed"


# --- partial approvals ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", [2001_10, 2000_10])
def test_partial_approval_by_amount(asked: int, demo: Merchant) -> None:
    answer = demo.authorize(card=build.card_details(number=TRIGGERS), allow_partial=True, amount=asked).json
    assert (answer["status"], answer["response_code"]) == ("approved", "10")
    assert (answer["amount"], answer["amount_requested"]) == (asked // 2, asked)


def test_only_the_approved_part_can_be_captured(demo: Merchant, ledger: Ledger) -> None:
    answer = demo.asking("partial:400").authorize(amount=10_00, allow_partial=True).json
    assert demo.capture(answer["auth_id"], amount=4_01).code == "capture_exceeds_authorized"
    captured = demo.capture(answer["auth_id"]).json
    assert (captured["amount"], captured["remaining"], captured["released"]) == (4_00, 0, 0)
    assert demo.refund(captured["transaction_id"], amount=4_01).code == "refund_exceeds_captured"
    shown = demo.payment(answer["auth_id"]).json
    assert (shown["amount"], shown["amount_requested"], shown["status"]) == (4_00, 10_00, "captured")
    audit()


def test_partial_approval_with_automatic_capture(demo: Merchant) -> None:
    answer = demo.asking("partial:400").authorize(allow_partial=True, capture_method="automatic").json
    assert (answer["amount"], [capture["amount"] for capture in answer["captures"]]) == (4_00, [4_00])


def test_refund_of_a_partial_approval(demo: Merchant) -> None:
    answer = demo.asking("partial:400").authorize(allow_partial=True).json
    assert demo.void(answer["auth_id"]).json["amount"] == 4_00


def test_partial_approvals_are_replayed(demo: Merchant) -> None:
    first = demo.asking("iso:10").authorize("key", allow_partial=True)
    assert demo.asking("iso:10").authorize("key", allow_partial=True).text == first.text


def test_without_partial_approval_support_it_is_a_decline(demo: Merchant) -> None:
    answer = demo.asking("partial:400").authorize(amount=10_00).json
    assert (answer["status"], answer["decline_code"], answer["response_code"]) == (
        "declined",
        "insufficient_funds",
        "51",
    )
    assert answer["amount"] == 10_00
    assert "amount_requested" not in answer


def test_full_approval_without_a_reason_for_a_partial_one(demo: Merchant) -> None:
    answer = demo.authorize(amount=10_00, allow_partial=True).json
    assert answer["amount"] == 10_00
    assert "amount_requested" not in answer


@pytest.mark.parametrize("wrong", ["yes", 1, None])
def test_partial_approval_flag_is_a_boolean(wrong: Any, demo: Merchant) -> None:
    reply = demo.authorize(allow_partial=wrong)
    assert (reply.code, reply.json["param"]) == ("parameter_invalid", "allow_partial")
