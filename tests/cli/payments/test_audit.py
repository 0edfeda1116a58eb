"""`paysandbox audit`: its output and exit code."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import pytest

from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.aws.schema import STRIPE_OBJECTS
from paysandbox.payments.ledger.store import put_idempotency_record
from paysandbox.stripe_api.objects.stored_object import Cause, new_object
from paysandbox.stripe_api.resource_kit.objects_table import ObjectsTable, get_object, put_objects
from tests.support.builders import build
from tests.support.builders.payment_scenario import PaymentScenario, capture, refund, run
from tests.support.clients.program import paysandbox
from tests.support.worlds import tables
from tests.support.worlds.donation_account import DonationAccount, donation_account, paid

TABLE = "paysandbox-dev-PaymentsLedger"
OBJECTS = "paysandbox-dev-StripeObjects"
CAPTURE = build.operation_id("cap", 1)
CLAIMED = "auth_" + "f" * 26


@pytest.fixture
def there() -> Iterator[DonationAccount]:
    """Provide a deployed environment."""
    with donation_account() as account:
        yield account


@pytest.fixture
def ledger(there: DonationAccount) -> Ledger:
    """Return the ledger of a deployed environment, with one payment in it."""
    there.account.deploy_stack("data", {"LedgerTable": TABLE})
    client = there.account.client("dynamodb")
    tables.create_table(client, TABLE)
    ledger = Ledger(client, TABLE, retention_s=90 * 86_400)
    run(PaymentScenario.open(ledger, build.authorized(10_00)), capture(4_00), refund(1_00, of=1))
    return ledger


def audit(*words: str):
    return paysandbox("audit", "--env", "dev", *words)


def damage(ledger: Ledger) -> None:
    ledger.client.update_item(
        TableName=TABLE,
        Key={"transaction_id": {"S": build.PAYMENT_ID}},
        UpdateExpression="SET remaining = :n",
        ExpressionAttributeValues={":n": {"N": "601"}},
    )


@pytest.mark.full
def test_a_consistent_ledger_exits_0_and_shows_balances(ledger: Ledger) -> None:
    said = audit()

    assert said.exit_code == 0
    assert said.stdout.splitlines()[:6] == [
        "ACCOUNT              BALANCE",
        "memo_hold           6.00 USD",
        "memo_hold_contra   -6.00 USD",
        "merchant_pending   -3.00 USD  1 merchant",
        "refund_clearing     0.00 USD",
        "scheme_receivable   3.00 USD",
    ]
    assert said.stdout.splitlines()[-1].startswith("The ledger balances: 1 payment and no idempotency records, in ")
    assert f"1 item in {TABLE}" in said.stderr


def test_a_damaged_ledger_exits_1_and_lists_the_breaks(ledger: Ledger) -> None:
    damage(ledger)
    said = audit()

    assert said.exit_code == 1
    assert (
        f"✗ counters   {build.PAYMENT_ID}\n  remaining is 6.01 USD, but its operations give 6.00 USD\n" in said.stdout
    )
    assert "5 differences in 1 payment" in said.stdout


def test_json_has_the_same_facts(ledger: Ledger) -> None:
    assert json.loads(audit("--json").stdout)["sound"] is True
    damage(ledger)
    said = audit("--json")

    facts = json.loads(said.stdout)
    assert (said.exit_code, facts["sound"], facts["table"], facts["payments"]) == (1, False, TABLE, 1)
    assert facts["breaks"][0] == {
        "rule": "counters",
        "where": build.PAYMENT_ID,
        "detail": "remaining is 6.01 USD, but its operations give 6.00 USD",
    }


def test_donation_totals_are_compared_with_the_donations(there: DonationAccount, ledger: Ledger, monkeypatch) -> None:
    monkeypatch.setattr("cli.donations.audit.PAUSE_S", 0)
    there.put(paid(1))
    assert audit().stdout.splitlines()[-1] == "The donation totals match 1 donation."
    there.put(paid(2), total=0)
    said = audit("--json")

    facts = json.loads(said.stdout)
    assert (said.exit_code, facts["sound"]) == (1, False)
    assert facts["donations"] == {
        "donations": 2,
        "totals": [{"currency": "usd", "total": 50_00, "donations_add_up_to": 100_00}],
    }
    assert [told["rule"] for told in facts["breaks"]] == ["donations"]


ELSEWHERE: Final = {
    "currency": "usd",
    "customer": "cus_1",
    "finalized_at": int(build.MONDAY.timestamp()),
    "lines": [{"id": "il_1", "amount": 5_00, "unit": "500", "quantity": 1, "start": 0, "end": 0}],
    "number": "A-0001",
    "paid_at": int(build.MONDAY.timestamp()),
    "paid_out_of_band": True,
    "status": "paid",
}


@pytest.fixture
def objects(there: DonationAccount) -> ObjectsTable:
    """Return a deployed environment's table with the one invoice of a customer, which was paid elsewhere."""
    client = there.account.client("dynamodb")
    tables.create_table(client, TABLE)
    tables.create_table(client, OBJECTS, STRIPE_OBJECTS)
    outputs = {"LedgerTable": TABLE, "StripeObjectsTable": OBJECTS, "RetentionDays": "90"}
    there.account.deploy_stack("data", outputs)
    table, cause = ObjectsTable(client, OBJECTS), Cause(operation_id="op", request_id="req", at=build.MONDAY)
    for kind, name, attributes in (("customer", "cus_1", {"next_invoice_sequence": 2}), ("invoice", "in_1", ELSEWHERE)):
        assert put_objects(table, [new_object(build.MERCHANT, kind, name, attributes, cause)]) is not None
    return table


def test_invoices_are_compared_with_the_ledger(objects: ObjectsTable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.payments.audit._PATIENCE_S", 0)
    monkeypatch.setattr("cli.payments.audit._PAUSE_S", 0)
    facts = json.loads(audit("--json").stdout)
    assert (facts["breaks"], facts["subscriptions"], facts["invoices"]) == ([], 0, 1)
    invoice = get_object(objects, "invoice", build.MERCHANT, "in_1")
    assert invoice is not None
    paid = {name: value for name, value in ELSEWHERE.items() if name != "paid_out_of_band"} | {"amount_paid": 5_00}
    recent = paid | {"paid_at": int(datetime.now(UTC).timestamp())}
    assert put_objects(objects, [replace(invoice, attributes=recent, version=2)]) is not None
    said = audit()
    assert said.exit_code == 1
    assert "✗ paid       in_1\n  its payment was attempted, and the ledger has none\n" in said.stdout
    assert "1 invoice" in said.stderr


@pytest.mark.parametrize("transaction_id", [build.PAYMENT_ID, CAPTURE])
def test_trail_by_any_id_of_the_payment(ledger: Ledger, transaction_id: str) -> None:
    said = audit("--trail", transaction_id)

    assert said.exit_code == 0
    assert said.stdout.splitlines()[2:6] == [
        "TIME                      OPERATION      AMOUNT     STATUS",
        "2026-11-16 09:30:00.000Z  authorization  10.00 USD  approved",
        f"  {build.PAYMENT_ID}",
        "  request request-of-authorize",
    ]
    assert said.stdout.splitlines()[-1] == "The payment's totals, operations and postings agree."


def test_trail_as_json(ledger: Ledger) -> None:
    facts = json.loads(audit("--trail", CAPTURE, "--json").stdout)

    assert (facts["transaction_id"], facts["sound"], facts["merchant"]) == (build.PAYMENT_ID, True, "demo")
    assert facts["operations"][1] == {
        "operation": "capture",
        "transaction_id": CAPTURE,
        "at": "2026-11-16T09:30:00.000000Z",
        "amount": 4_00,
        "status": "partially_captured",
        "request_id": "request-of-capture",
    }


def test_trail_of_a_damaged_payment(ledger: Ledger) -> None:
    damage(ledger)
    said = audit("--trail", build.PAYMENT_ID)

    assert said.exit_code == 1
    assert "remaining is 6.01 USD, but its operations give 6.00 USD" in said.stdout


@pytest.mark.parametrize("transaction_id", ["nonsense", build.ANOTHER_PAYMENT_ID, CLAIMED])
def test_an_unknown_payment(ledger: Ledger, transaction_id: str) -> None:
    """A claim may occupy the place of a payment."""
    put_idempotency_record(ledger, build.claim(CLAIMED))
    said = audit("--trail", transaction_id)

    assert (said.exit_code, said.stdout) == (1, "")
    assert f"No payment '{transaction_id}' in dev." in said.words
