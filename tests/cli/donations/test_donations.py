"""`paysandbox donations`: receipts that need an operator, resending one, and dead letters."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from cli.dead_letters.dead_letter_queue import WAIT_S, Redrive
from paysandbox.donations.donation import Donation, Receipt
from tests.support.clients.program import paysandbox
from tests.support.worlds.donation_account import DonationAccount, donation, donation_account, paid


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[DonationAccount]:
    monkeypatch.setitem(WAIT_S, False, 0)
    monkeypatch.setattr("cli.connection.clock_offset.stored_offset_s", lambda _: 0)
    with donation_account() as account:
        yield account


def donations(*words: str):
    return paysandbox("donations", *words, "--env", "dev")


def sending_now() -> Donation:
    return replace(paid(1, Receipt.SENDING), receipt_at=datetime.now(UTC))


# --- receipts ---------------------------------------------------------------------------------------------------------


def test_refused_and_unknown_receipts_are_listed(there: DonationAccount) -> None:
    for one in (
        paid(1, Receipt.SENT),
        paid(2, Receipt.DUE),
        paid(3, Receipt.REFUSED, receipt_note="MessageRejected"),
        paid(4, Receipt.SENDING, receipt_note="of-who-claimed-it"),
        replace(sending_now(), id=donation(5).id),
        donation(6),
    ):
        there.put(one)
    listed = json.loads(donations("receipts", "--json").stdout)["data"]

    assert [(one["donation_id"], one["outcome"], one["note"]) for one in listed] == [
        (donation(3).id, "refused", "MessageRejected"),
        (donation(4).id, "unknown", None),
    ]
    assert (listed[0]["amount"], listed[0]["email"]) == ("50.00 USD", "jo@example.com")
    assert "MessageRejected" in donations("receipts").stdout


def test_no_receipts_need_attention(there: DonationAccount) -> None:
    assert (donations("receipts").stdout, json.loads(donations("receipts", "--json").stdout)) == ("", {"data": []})


@pytest.mark.parametrize("receipt, words", [
    (Receipt.REFUSED, []),
    (Receipt.SENDING, ["--yes"]),
    (Receipt.DUE, []),   # a run that was interrupted before queueing
])  # fmt: skip
def test_a_retried_receipt_is_due_and_queued(there: DonationAccount, receipt: Receipt, words: list[str]) -> None:
    one = there.put(paid(1, receipt))
    said = donations("resend-receipt", one.id, *words, "--json")

    assert json.loads(said.stdout) == {"donation_id": one.id, "receipt": "due", "was": str(receipt)}
    assert there.item(one)["receipt"] == {"S": "due"}
    assert [json.loads(body) for body in there.messages("Notification")] == [{"donation_id": one.id}]


@pytest.mark.parametrize("given, told", [
    (lambda: paid(1, Receipt.SENT), "was already sent"),
    (lambda: donation(1), "it has no receipt"),
    (sending_now, "is being sent"),
    (lambda: paid(1, Receipt.SENDING), "Use --yes to confirm"),
], ids=["sent", "none", "being sent", "unfinished"])  # fmt: skip
def test_other_receipts_are_left_alone(there: DonationAccount, given: Callable[[], Donation], told: str) -> None:
    one = given()
    there.put(one)
    before = there.item(one)
    said = donations("resend-receipt", one.id)

    assert (said.exit_code, told in said.words) == (1, True)
    assert (there.item(one), there.messages("Notification")) == (before, [])


def test_an_unknown_donation(there: DonationAccount) -> None:
    said = donations("resend-receipt", "no-such")
    assert (said.exit_code, "No donation" in said.stderr) == (1, True)


# --- dead letters -----------------------------------------------------------------------------------------------------


def bury(there: DonationAccount, queue: str, *bodies: str) -> None:
    for body in bodies:
        there.account.client("sqs").send_message(QueueUrl=there.queues[queue], MessageBody=body)


def redrive(queue: str) -> dict[str, Any]:
    return json.loads(paysandbox("redrive", queue, "--env", "dev", "--json").stdout)


EVENT = '{"id":"evt_1", "type" : "charge.refunded"}'


def test_redriven_messages_are_unchanged(there: DonationAccount) -> None:
    many = [f"message {number}" for number in range(13)]
    bury(there, "PaymentDead", EVENT)
    bury(there, "NotificationDead", *many)

    assert redrive("payments") == {"environment": "dev", "queue": "payments", "redriven": 1}
    assert redrive("receipts") == {"environment": "dev", "queue": "receipts", "redriven": 13}
    assert there.messages("Payment") == [EVENT]
    assert (there.messages("PaymentDead"), there.messages("NotificationDead")) == ([], [])
    moved = there.account.client("sqs").get_queue_attributes(
        QueueUrl=there.queues["Notification"], AttributeNames=["ApproximateNumberOfMessages"]
    )
    assert moved["Attributes"] == {"ApproximateNumberOfMessages": "13"}


def test_only_the_named_queue_is_redriven(there: DonationAccount) -> None:
    bury(there, "PaymentDead", EVENT)
    bury(there, "NotificationDead", "other")
    assert redrive("payments")["redriven"] == 1
    assert there.messages("NotificationDead") == ["other"]


def test_messages_that_return_are_not_redriven_again(there: DonationAccount) -> None:
    from cli.donations.credentials import queues

    bury(there, "PaymentDead", EVENT)
    payments, _ = queues(there.target)
    sent: list[str] = []
    run = Redrive(there.account.client("sqs"), payments.dead, sent.append, 0, began=0.0)
    list(run.run())

    assert (run.moved, sent) == (0, [])
    assert (there.messages("Payment"), there.messages("PaymentDead")) == ([], [EVENT])
