"""The whole way of a disbursement by ACH: its customer's account, both workers, the bank's files, the books."""

from datetime import timedelta
from typing import Any, Final

import achkit
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ClientError

from paysandbox.aws import runtime
from paysandbox.customers.bank_account import AccountType, BankAccount, storable_account
from paysandbox.customers.customers_table import change_customer, create_customer, find_customer
from paysandbox.customers.tables import customers
from paysandbox.disbursements.ach import rail as ach_rail
from paysandbox.disbursements.ach.customer_accounts import CustomerAccounts, destination_of
from paysandbox.disbursements.ach.destination import entry_holder
from paysandbox.disbursements.answers import render_disbursement
from paysandbox.disbursements.disbursement import Disbursement
from paysandbox.disbursements.store import disbursements_table
from tests.disbursements.ach.ach_scenario import DAY, FUNDS, AchScenario
from tests.disbursements.disbursement_scenario import context_of, record_of
from tests.disbursements.workers.conftest import Lines
from tests.support.builders import ach, build, disbursements
from tests.support.builders.disbursements import CUSTOMER_ID
from tests.support.worlds.aws_transport import Deliver, Wire, answered_with, refused_with
from tests.webhooks.workers.conftest import Clock

CUTOFF: Final = timedelta(hours=6, seconds=2)
"""From the start of a test to the end of its first window."""


def account(number: str = "000123456789", **parts: Any) -> BankAccount:
    """Return what is stored of Jane's account with this number."""
    given: dict[str, Any] = {
        "routing_number": "110000000",
        "account_number": number,
        "account_type": AccountType.CHECKING,
        "account_holder_name": "Jane Doe",
    }
    return storable_account(**(given | parts))


def accepted(scenario: AchScenario, bank_account: BankAccount) -> Disbursement:
    """Accept a disbursement to a new customer with this account, as its route does."""
    create_customer(customers(), disbursements.customer(bank_account=bank_account))
    one = disbursements.accepted(method="ach", fee=25, bank_account=bank_account, created_at=runtime.now())
    return disbursements_table.accept(scenario.table, one)


def current() -> BankAccount:
    """Return the customer's account."""
    found = find_customer(customers(), build.MERCHANT, CUSTOMER_ID)
    assert found is not None
    assert found.bank_account is not None
    return found.bank_account


def deliver(one: Disbursement) -> None:
    """Pass a new disbursement to the stream's reader."""
    from disbursements import send_disbursements

    send_disbursements.handler({"Records": [record_of(None, one)]}, context_of())


def sweep() -> None:
    """Run the sweep's function."""
    from disbursements import sweep_disbursements

    sweep_disbursements.handler({}, context_of(600_000))


def statuses(scenario: AchScenario, one: Disbursement) -> list[str]:
    return [str(change.status) for change in scenario.now(one).trail]


def test_paid_and_returned(scenario: AchScenario, clock: Clock) -> None:
    one = accepted(scenario, account("000111111116"))
    deliver(one)
    sent = render_disbursement(scenario.now(one))
    assert (sent["status"], sent["last4"], sent["reference"]) == ("processing", "1116", "2026-11-16.1.1")
    assert (sent["effective_date"], sent["window"], "trace_number" in sent) == ("2026-11-16", 1, False)
    assert sent["administrative_returns_expected_by"] == "2026-11-18T13:30:00.000000Z"
    clock.advance(CUTOFF)
    sweep()
    assert achkit.validate(scenario.text("out/2026-11-16.1.1.ach")) == {"ok": True, "errors": []}
    clock.advance(timedelta(hours=3))
    sweep()
    assert statuses(scenario, one) == ["pending", "processing", "paid"]
    clock.advance(2 * DAY)
    for _ in range(3):
        sweep()
    assert statuses(scenario, one) == ["pending", "processing", "paid", "returned"]
    assert scenario.now(one).code == "R03"
    assert len(render_disbursement(scenario.now(one))["trace_number"]) == 15
    assert scenario.balance() == FUNDS - 25


def test_the_account_of_the_acceptance_is_paid(scenario: AchScenario, clock: Clock) -> None:
    one = accepted(scenario, account("000111111113"))
    change_customer(customers(), disbursements.customer(bank_account=account()))
    deliver(one)
    clock.advance(3 * DAY)
    sweep()
    assert scenario.now(one).code == "R02"


@pytest.mark.parametrize("number", range(1, 8))
def test_a_correction_is_for_the_next_disbursement(number: int, scenario: AchScenario, clock: Clock) -> None:
    before = account(f"00012345680{number}")
    one = accepted(scenario, before)
    deliver(one)
    clock.advance(3 * DAY)
    sweep()
    assert statuses(scenario, one) == ["pending", "processing", "paid", "paid"]
    assert scenario.now(one).bank_account == before
    shown = render_disbursement(scenario.now(one))
    assert (shown["status"], shown["correction_code"], "code" in shown) == ("paid", f"C0{number}", False)
    assert shown["trail"][-1]["code"] == f"C0{number}"
    assert current() != before
    found = find_customer(customers(), build.MERCHANT, CUSTOMER_ID)
    assert found is not None
    assert found.version == 2


def corrected_to(after: Any) -> None:
    """Let the bank correct the account of published number 801."""
    accounts = CustomerAccounts(table=customers, clock=runtime.now)
    accounts.correct(build.MERCHANT, CUSTOMER_ID, destination_of(account("000123456801")), after)


def test_a_correction_changes_no_other_account(scenario: AchScenario) -> None:
    accepted(scenario, account("000123456801"))
    change_customer(customers(), disbursements.customer(bank_account=account("000111111116")))
    corrected_to(ach.destination())
    assert current() == account("000111111116")
    change_customer(customers(), disbursements.customer(bank_account=None))
    corrected_to(ach.destination())
    found = find_customer(customers(), build.MERCHANT, CUSTOMER_ID)
    assert found is not None
    assert found.bank_account is None


def test_a_correction_to_an_unpublished_account(
    scenario: AchScenario,
    lines: Lines,
) -> None:
    accepted(scenario, account("000123456801"))
    corrected_to(ach.destination(account_number="123456780"))
    assert current() == account("000123456801")
    [line] = [line for line in lines() if line["message"] == "correction refused"]
    assert (line["level"], line["error"]) == ("ERROR", "live_bank_account_in_sandbox")
    assert "123456780" not in str(line)


@pytest.mark.parametrize("name", ["Zoë Müller-Lüdenscheidt the Younger", "王小明"])
def test_a_correction_keeps_the_holder_s_whole_name(name: str, scenario: AchScenario) -> None:
    before = account("000123456801", account_holder_name=name)
    accepted(scenario, before)
    accounts = CustomerAccounts(table=customers, clock=runtime.now)
    destination = destination_of(before)
    accounts.correct(build.MERCHANT, CUSTOMER_ID, destination, ach.destination(holder=destination.holder))
    assert current() == account(account_holder_name=name)


@pytest.mark.parametrize(
    "name, holder",
    [
        ("Jane Doe", "Jane Doe"),
        ("Zoë Müller", "Zoe Muller"),
        ("J. O'Neil & Co/3", "J. O'Neil & Co/3"),
        ("王小明", "???"),
        ("x" * 30, "x" * 22),
        (f"{'x' * 21} y", "x" * 21),
        ("Jane\u00a0Doe", "Jane Doe"),
        ("\u0301", "?"),
    ],
)
def test_a_holder_s_name_in_an_entry(name: str, holder: str) -> None:
    assert entry_holder(name) == holder


def test_what_is_due_is_swept_although_the_bank_fails(scenario: AchScenario, clock: Clock, wire: Wire) -> None:
    one = accepted(scenario, account())
    clock.advance(timedelta(minutes=2))
    lists = refused_with(500, "InternalError")
    with (
        wire.broken(lists, when=lambda sent: sent.operation == "ListObjectsV2"),
        pytest.raises(ClientError, match="ListObjectsV2"),
    ):
        sweep()
    assert statuses(scenario, one) == ["pending", "processing"]


def access_denied(request: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
    """Refuse a request as S3 does."""
    answer = answered_with(request, 403, {})
    answer.raw.seek(0)
    answer.raw.truncate()
    answer.raw.write(b"<Error><Code>AccessDenied</Code></Error>")
    answer.raw.seek(0)
    return answer


def test_a_missing_file_without_the_right_to_list_all(scenario: AchScenario, wire: Wire) -> None:
    """S3 answers 403 for a missing file to whoever may list a prefix only."""
    files = ach_rail.rail().files
    files.put("in/known", "text")
    with wire.broken(access_denied, when=lambda sent: sent.operation == "GetObject"):
        assert files.get("in/unknown") is None
        with pytest.raises(ClientError, match="AccessDenied"):
            files.get("in/known")
    assert files.get("in/known") == "text"
