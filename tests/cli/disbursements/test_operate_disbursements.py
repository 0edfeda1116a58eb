"""`disbursements resolve`, `statement` and `reconcile`, and `audit` of funds, in a deployed environment."""

import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from cli.disbursements.resolve import Outcome, _resolved
from cli.disbursements.statement_formats import FORMATS
from cli.terminal.failure import Failure
from engine.paypal.account import SimulatedAccount
from engine.paypal.api import ApiRequest, PaypalApi
from engine.paypal.payouts import Payouts
from paysandbox.aws.schema import DISBURSEMENTS, DONATIONS, MERCHANT_FUNDS
from paysandbox.aws.settings import PaypalSettings
from paysandbox.core.errors import Refused
from paysandbox.disbursements.ach.credit_file import SANDBOX, trace_numbers
from paysandbox.disbursements.ach.file_name import FileName
from paysandbox.disbursements.ach.nacha_file import write_file
from paysandbox.disbursements.disbursement import Disbursement, Source
from paysandbox.disbursements.paypal.messages import payout_body
from paysandbox.disbursements.paypal.statement import PAYPAL_STATEMENT
from paysandbox.disbursements.provider_updates import apply_provider_update
from paysandbox.disbursements.rail import ProviderUpdate
from paysandbox.disbursements.statement import Statement, StatementItem, read_statement, write_statement
from paysandbox.disbursements.steps import Step, stepped
from paysandbox.disbursements.store.disbursements_table import DisbursementsTable, accept, find, put_after
from paysandbox.funds.available_table import available_key, read_amounts
from paysandbox.funds.funds_table import add_funding
from paysandbox.funds.store import FundsTable
from tests.support.builders import ach, build
from tests.support.builders.build import DAY, HOUR, MONDAY
from tests.support.builders.disbursements import accepted, funding
from tests.support.clients.program import paysandbox
from tests.support.fakes.wire import Reply, served
from tests.support.worlds import settlement_night, tables
from tests.support.worlds.deployed_account import Account, deployed

TABLES = {name: f"paysandbox-dev-{name}" for name in (DISBURSEMENTS, MERCHANT_FUNDS)}
CREDENTIALS = {"client_id": "id-1", "client_secret": "secret-1", "webhook_id": "WH-1"}


@pytest.fixture
def account() -> Iterator[Account]:
    with deployed("dev") as account:
        for like, name in TABLES.items():
            tables.create_table(account.client("dynamodb"), name, like)
        outputs = {"DisbursementsTable": TABLES[DISBURSEMENTS], "FundsTable": TABLES[MERCHANT_FUNDS]}
        account.deploy_stack("data", {"LedgerTable": settlement_night.LEDGER, **outputs})
        yield account


@pytest.fixture
def table(account: Account) -> DisbursementsTable:
    client = account.client("dynamodb")
    made = DisbursementsTable(client, TABLES[DISBURSEMENTS], FundsTable(client, TABLES[MERCHANT_FUNDS]))
    add_funding(made.funds, funding())
    return made


def sent(table: DisbursementsTable, number: int = 1, **parts: Any) -> Disbursement:
    """A disbursement that PayPal got on Monday."""
    one = accept(table, accepted(number))
    confirmed = {"reference": f"BATCH{number}", "item_reference": "I"} | parts
    after = replace(stepped(one, Step.SEND, Source.WORKER, MONDAY + HOUR), **confirmed)
    assert put_after(table, one, after)
    return after


def given_up(table: DisbursementsTable) -> Disbursement:
    one = sent(table)
    after = stepped(one, Step.GIVE_UP, Source.TIMER, MONDAY + 30 * DAY)
    assert put_after(table, one, after)
    return after


def stored(table: DisbursementsTable, one: Disbursement) -> Disbursement:
    found = find(table, one.merchant, one.customer_id, one.id)
    assert found is not None
    return found


# --- resolve ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome, balance", [("paid", 87_50), ("failed", 100_00)])
def test_an_outcome_is_recorded_once(table: DisbursementsTable, outcome: str, balance: int) -> None:
    one = given_up(table)
    for _ in range(2):
        said = paysandbox("disbursements", "resolve", one.id, outcome, "--yes", "--env", "dev")
        assert (said.exit_code, said.stdout) == (0, f"{one.id} is {outcome}.\n"), said.stderr
    last = stored(table, one).trail[-1]
    assert (str(last.status), last.source) == (outcome, Source.OPERATOR)
    assert len(stored(table, one).trail) == len(one.trail) + 1
    assert read_amounts(table.funds, one.merchant).get("USD", 0) == balance


@pytest.mark.parametrize(
    "outcome, question",
    [
        ("paid", "Record that jane@example.com received 12.50 USD? The amount is not returned to the merchant."),
        ("failed", "Record that jane@example.com did not receive 12.50 USD, and return it to demo?"),
    ],
)
def test_an_outcome_is_confirmed_first(table: DisbursementsTable, outcome: str, question: str) -> None:
    one = given_up(table)
    said = paysandbox("disbursements", "resolve", one.id, outcome, "--env", "dev")
    assert said.exit_code == 1
    assert question in said.stderr
    assert "Use --yes" in said.stderr
    assert stored(table, one) == one
    said = paysandbox("disbursements", "resolve", one.id, outcome, "--yes", "--env", "dev", "--json")
    assert json.loads(said.stdout)["status"] == outcome


def test_only_disbursements_that_require_attention_are_resolved(table: DisbursementsTable) -> None:
    one = sent(table)
    said = paysandbox("disbursements", "resolve", one.id, "paid", "--yes", "--env", "dev")
    assert said.exit_code == 1
    assert f"{one.id} is processing, so it cannot be recorded as paid." in said.stderr
    assert stored(table, one) == one


@pytest.mark.parametrize("payment_id", ["20261116T093000.000000Z-abcdefghij", "auth_1"])
def test_an_unknown_disbursement_is_not_resolved(table: DisbursementsTable, payment_id: str) -> None:
    said = paysandbox("disbursements", "resolve", payment_id, "paid", "--yes", "--env", "dev")
    assert said.exit_code == 1
    assert f"No disbursement '{payment_id}' in dev." in said.stderr


@pytest.mark.full
@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("said", [Step.PAY, Step.FAIL])
@pytest.mark.parametrize("is_first", ["operator", "provider"])
def test_the_first_of_operator_and_provider_decides(
    table: DisbursementsTable, outcome: Outcome, said: Step, is_first: str
) -> None:
    """Both have read that it requires attention. The second one writes nothing, and the books stay right."""
    one = given_up(table)
    update = ProviderUpdate(step=said, reference=one.reference)
    if is_first == "operator":
        _resolved(table, one, outcome, MONDAY + 31 * DAY)
        apply_provider_update(table, one, update, MONDAY + 31 * DAY)
        expected = str(outcome)
    else:
        apply_provider_update(table, one, update, MONDAY + 31 * DAY)
        expected = "paid" if said is Step.PAY else "failed"
        if expected == outcome:
            _resolved(table, one, outcome, MONDAY + 31 * DAY)
        else:
            with pytest.raises(Failure, match=f"is {expected}, so it cannot be recorded as {outcome}"):
                _resolved(table, one, outcome, MONDAY + 31 * DAY)
    assert_decided(table, one, expected)


def assert_decided(table: DisbursementsTable, one: Disbursement, expected: str) -> None:
    last = stored(table, one)
    assert (str(last.status), len(last.trail)) == (expected, len(one.trail) + 1)
    balance = 87_50 if expected == "paid" else 100_00
    assert read_amounts(table.funds, one.merchant).get("USD", 0) == balance


@pytest.mark.parametrize("seed", range(3))
def test_operators_and_webhooks_at_once_have_one_outcome(table: DisbursementsTable, seed: int) -> None:
    one = given_up(table)
    start = threading.Barrier(4)

    def run(work: Any) -> None:
        start.wait(20)
        with suppress(Failure, Refused):  # another was first
            work()

    works = [
        lambda: _resolved(table, one, Outcome.PAID, MONDAY + 31 * DAY),
        lambda: _resolved(table, one, Outcome.FAILED, MONDAY + 31 * DAY),
        lambda: apply_provider_update(
            table, one, ProviderUpdate(step=Step.PAY, reference=one.reference), MONDAY + 31 * DAY
        ),
        lambda: apply_provider_update(
            table, one, ProviderUpdate(step=Step.FAIL, reference=one.reference), MONDAY + 31 * DAY
        ),
    ]
    threads = [threading.Thread(target=run, args=(work,)) for work in (*works[seed:], *works[:seed])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert_decided(table, one, str(stored(table, one).status))


# --- statement and reconcile ------------------------------------------------------------------------------------------


def paid(table: DisbursementsTable, number: int = 1) -> Disbursement:
    one = sent(table, number, provider_fee=25)
    after = stepped(one, Step.PAY, Source.PROVIDER, MONDAY + 2 * HOUR)
    assert put_after(table, one, after)
    return after


def line(one: Disbursement, **parts: Any) -> StatementItem:
    made = StatementItem(
        reference=one.reference or "",
        batch_id=one.batch_id,
        item_reference="I",
        disbursement_id=one.id,
        status="SUCCESS",
        amount=one.amount,
        currency=one.currency,
        fee=25,
        created_at=MONDAY + HOUR,
    )
    return replace(made, **parts)


def written(folder: Path, *items: StatementItem) -> str:
    file = folder / "paypal.csv"
    made = Statement(format=PAYPAL_STATEMENT, day=MONDAY.date(), made_at=MONDAY + DAY, items=items)
    file.write_text("".join(write_statement(made)))
    return str(file)


def reconcile(*words: str):
    return paysandbox("disbursements", "reconcile", *words, "--env", "dev")


def test_a_statement_that_matches_exits_0(table: DisbursementsTable, tmp_path: Path) -> None:
    said = reconcile(written(tmp_path, line(paid(table))))
    assert said.exit_code == 0, said.stderr
    assert said.stdout == "The statement matches the disbursements: 2026-11-16, 1 matching line.\n"


def test_differences_exit_1_and_are_listed(table: DisbursementsTable, tmp_path: Path) -> None:
    one, other = paid(table), paid(table, 2)
    unknown = sent(table, 3)
    put_after(table, unknown, replace(unknown, reference=None, version=unknown.version + 1))
    simulated = sent(table, 4)
    put_after(table, simulated, stepped(simulated, Step.HOLD, Source.SIMULATED, MONDAY + 2 * HOUR))
    file = written(tmp_path, line(one, amount=13_00))
    said = reconcile(file)
    assert said.exit_code == 1
    assert said.stdout.splitlines() == [
        f"✗ amount_mismatch    {one.id}  line 2",
        "  13.00 USD in the file, 12.50 USD in the sandbox",
        f"✗ missing_in_file    {other.id}",
        "  12.50 USD, paid, sent first at 2026-11-16T10:30:00.000000Z, has no line",
        "",
        "2 differences in 2026-11-16, no matching lines.",
        "1 simulated disbursement left out.",
        "1 disbursement without an answer or a line:",
        f"  {unknown.id}",
    ]
    facts = json.loads(reconcile(file, "--json").stdout)
    assert (facts["sound"], facts["simulated"], facts["unanswered"]) == (False, 1, [unknown.id])
    assert [each["type"] for each in facts["differences"]] == ["amount_mismatch", "missing_in_file"]


def test_another_file_is_refused(table: DisbursementsTable, tmp_path: Path) -> None:
    file = tmp_path / "report.csv"
    file.write_text("record_type,batch_id\n")
    said = reconcile(str(file))
    assert said.exit_code == 1
    assert "is not a provider's statement: It has no column payout_batch_id." in said.stderr


def test_a_settlement_report_leads_to_its_command(tmp_path: Path) -> None:
    file = tmp_path / "report.csv"
    file.write_text("")
    said = paysandbox("disbursements", "reconcile", str(file), "--env", "dev")
    assert said.exit_code == 1
    assert "paysandbox settlements reconcile" in said.stderr


class PaypalDouble:
    """PayPal over HTTP, by the simulator's own code. `now` is its clock."""

    def __init__(self, folder: Path) -> None:
        self.now = (MONDAY + HOUR).timestamp()
        account = SimulatedAccount(**CREDENTIALS, root_certificate="", certificate="", private_key="")
        self.api = PaypalApi(account=account, payouts=Payouts(folder), base_url="", now=lambda: self.now)

    def authorized(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.api.token()}"}

    def pay(self, one: Disbursement) -> str:
        """Create the batch, and return its ID."""
        answer = self.api.answer(
            ApiRequest(method="POST", path="/v1/payments/payouts", body=payout_body(one), headers=self.authorized())
        )
        return json.loads(answer.body)["batch_header"]["payout_batch_id"]

    def reply(self, request: Any) -> Reply:
        body = urlencode(request.body).encode() if request.method == "POST" else b""
        answer = self.api.answer(
            ApiRequest(method=request.method, path=request.path, body=body, headers=request.headers)
        )
        return Reply(answer.status, json.loads(answer.body))


@pytest.fixture
def provider(tmp_path: Path) -> PaypalDouble:
    return PaypalDouble(tmp_path / "paypal")


def configure(account: Account, base_url: str, credentials: dict[str, str] | None) -> None:
    """Deploy the stack of disbursements, as far as the commands read it."""
    parameter = "/disbursements/PAYPAL_CREDENTIALS"
    variables = PaypalSettings(
        paypal_credentials_parameter=parameter,
        paypal_api_base=base_url,
        paypal_certificate_host="127.0.0.1",
        paypal_certificate_root="",
    ).to_env()
    account.deploy_function("send_disbursements", variables=variables)
    account.deploy_stack("disbursements", {"PaypalCredentialsParameter": parameter})
    if credentials is not None:
        account.client("ssm").put_parameter(Name=parameter, Value=json.dumps(credentials), Type="SecureString")


def write(file: Path):
    return paysandbox("disbursements", "statement", "--date", "2026-11-16", "-o", str(file), "--env", "dev")


def test_the_statement_of_a_day_is_written_and_matches(
    account: Account, table: DisbursementsTable, provider: PaypalDouble, tmp_path: Path
) -> None:
    """Of the day: a paid one. Not of the day: one of the day after, and one that PayPal does not know."""
    one = sent(table, reference=provider.pay(accepted()))
    after = stepped(replace(one, provider_fee=25), Step.PAY, Source.PROVIDER, MONDAY + 2 * HOUR)
    assert put_after(table, one, after)
    provider.now += DAY.total_seconds()
    late = sent(table, 2, reference=provider.pay(accepted(2)))
    lost = sent(table, 3, reference="UNKNOWN")
    file = tmp_path / "day.csv"
    with served(provider.reply) as wire:
        configure(account, wire.base_url, CREDENTIALS)
        said = write(file)
    assert (said.exit_code, said.stdout) == (0, f"{file}: 1 line.\n"), said.stderr
    (item,) = read_statement(file.read_bytes(), FORMATS.values()).items
    assert (item.reference, item.disbursement_id, item.status) == (one.reference, one.id, "SUCCESS")
    compared = json.loads(reconcile(str(file), "--json").stdout)
    assert compared["matched"] == 1
    assert [each["key"] for each in compared["differences"]] == sorted([late.id, lost.id])


@pytest.mark.parametrize(
    "credentials, said",
    [
        (None, "dev has no PayPal credentials."),
        (CREDENTIALS | {"client_secret": "other"}, "PayPal refused the credentials (401)."),
    ],
)
def test_without_credentials_there_is_no_statement(
    account: Account,
    table: DisbursementsTable,
    provider: PaypalDouble,
    tmp_path: Path,
    credentials: dict[str, str] | None,
    said: str,
) -> None:
    file = tmp_path / "day.csv"
    with served(provider.reply) as wire:
        configure(account, wire.base_url, credentials)
        result = write(file)
    assert result.exit_code == 1
    assert said in result.stderr
    assert "secret-1" not in result.stderr
    assert not file.exists()


@pytest.mark.parametrize(
    "reply, said",
    [
        (None, "PayPal did not respond: RemoteProtocolError."),
        (Reply(503, {}), "PayPal returned 503 to POST /v1/oauth2/token."),
    ],
)
def test_a_statement_without_an_answer(
    account: Account, table: DisbursementsTable, tmp_path: Path, reply: Reply | None, said: str
) -> None:
    with served(lambda _: reply) as wire:
        configure(account, wire.base_url, CREDENTIALS)
        result = write(tmp_path / "day.csv")
    assert result.exit_code == 1
    assert said in result.stderr


def test_the_nightly_statement_is_downloaded(account: Account, tmp_path: Path) -> None:
    account.deploy_stack("settlement", {"ReportsBucket": "reports"})
    s3, file = account.client("s3"), tmp_path / "day.csv"
    s3.create_bucket(Bucket="reports")
    nightly = ("disbursements", "statement", "--date", "2026-11-16", "--nightly", "-o", str(file), "--env", "dev")
    said = paysandbox(*nightly)
    assert (said.exit_code, file.exists()) == (1, False)
    assert "There is no nightly statement of 2026-11-16." in said.stderr
    made = Statement(format=PAYPAL_STATEMENT, day=MONDAY.date(), made_at=MONDAY + DAY, items=())
    stored = "".join(write_statement(made))
    s3.put_object(Bucket="reports", Key="statements/paypal/2026-11-16.csv", Body=stored.encode())
    said = paysandbox(*nightly)
    assert (said.exit_code, said.stdout) == (0, f"{file}: no lines.\n"), said.stderr
    assert file.read_text() == stored


def test_the_bank_s_statement_of_a_day_is_written_and_matches(
    account: Account, table: DisbursementsTable, tmp_path: Path
) -> None:
    """A file that settled a week ago has a paid entry, and a canceled one. Another was sent, and is in no file."""
    account.deploy_stack("settlement", {"ReportsBucket": "reports"})
    s3, file = account.client("s3"), tmp_path / "bank.csv"
    s3.create_bucket(Bucket="reports")
    name = FileName(day=(datetime.now(UTC) - 7 * DAY).date(), window=1)
    one, canceled, lost = (sent(table, number, method="ach", reference=str(name)) for number in (1, 2, 3))
    assert put_after(table, one, stepped(one, Step.PAY, Source.PROVIDER, MONDAY + 2 * HOUR))
    unclaimed = stepped(canceled, Step.UNCLAIM, Source.PROVIDER, MONDAY + 2 * HOUR, code="NO_ACCOUNT_YET")
    assert put_after(table, canceled, unclaimed)
    after = stepped(unclaimed, Step.CANCEL, Source.PROVIDER, MONDAY + 3 * HOUR, code="NO_ACCOUNT_YET")
    assert put_after(table, unclaimed, after)
    paid_out = (ach.credit(id=one.batch_id), ach.credit(id=canceled.batch_id, account="000123456902"))
    text = write_file(ach.file_of(*paid_out, name=str(name)))
    trace = trace_numbers(name, [credit.id for credit in paid_out], SANDBOX)[canceled.batch_id]
    s3.put_object(Bucket="reports", Key=f"ach/out/{name}.ach", Body=text.encode())
    s3.put_object(Bucket="reports", Key=f"ach/out/{name}.{trace}.cancel", Body=canceled.batch_id.encode())
    options = ("--date", name.day.isoformat(), "--method", "ach", "--env", "dev")
    said = paysandbox("disbursements", "statement", *options, "-o", str(file))
    assert (said.exit_code, said.stdout) == (0, f"{file}: 2 lines.\n"), said.stderr
    compared = json.loads(reconcile(str(file), "--json").stdout)
    assert (compared["provider"], compared["matched"]) == ("ach", 2)
    assert [(each["type"], each["key"]) for each in compared["differences"]] == [("missing_in_file", lost.id)]
    assert reconcile(str(file), "--method", "paypal").exit_code == 1
    said = paysandbox("disbursements", "statement", *options, "--nightly")
    assert said.exit_code == 2
    assert "nightly statements of paypal only" in said.stderr


def test_the_simulators_statement_has_every_item_of_the_day(provider: PaypalDouble) -> None:
    one = accepted()
    reference = provider.pay(one)
    provider.now += 60
    answer = provider.api.answer(ApiRequest(method="GET", path="/statement/2026-11-16", headers=provider.authorized()))
    assert answer.content_type.startswith("text/csv")
    made = read_statement(answer.body, FORMATS.values())
    (item,) = made.items
    assert (item.reference, item.batch_id, item.disbursement_id) == (reference, one.batch_id, one.id)
    assert (item.status, item.amount, item.currency, item.fee) == ("SUCCESS", 12_50, "USD", 25)
    assert made.made_at == datetime.fromtimestamp(provider.now, UTC)
    for path, status, lines in (("2026-11-15", 200, 0), ("2026-11-17", 200, 0), ("yesterday", 400, None)):
        other = provider.api.answer(ApiRequest(method="GET", path=f"/statement/{path}", headers=provider.authorized()))
        assert other.status == status
        assert lines is None or len(read_statement(other.body, FORMATS.values()).items) == lines
    assert provider.api.answer(ApiRequest(method="GET", path="/statement/2026-11-16")).status == 401


# --- audit ------------------------------------------------------------------------------------------------------------


def audit(*words: str):
    return paysandbox("audit", "--env", "dev", *words)


@pytest.fixture
def books(account: Account, table: DisbursementsTable, monkeypatch: pytest.MonkeyPatch) -> DisbursementsTable:
    """The tables that an audit reads besides, all empty."""
    monkeypatch.setattr("cli.disbursements.audit.PAUSE_S", 0)
    settlement_night.deploy(account)
    tables.create_table(account.client("dynamodb"), "paysandbox-dev-Donations", DONATIONS)
    account.deploy_stack("donors", {"DonationsTable": "paysandbox-dev-Donations"})
    return table


def test_funds_that_add_up_are_in_the_trial_balance(books: DisbursementsTable) -> None:
    paid(books)
    sent(books, 2)
    said = audit()
    assert said.exit_code == 0, said.stdout + said.stderr
    rows = [line.split() for line in said.stdout.splitlines()]
    assert [row[:3] for row in rows[1:5]] == [
        ["bank_cash", "87.25", "USD"],
        ["disbursement_in_transit", "-12.50", "USD"],
        ["merchant_funds", "-75.00", "USD"],
        ["provider_fee_expense", "0.25", "USD"],
    ]
    assert said.stdout.splitlines()[-1] == "The merchants' funds match 1 funding and 2 disbursements."
    facts = json.loads(audit("--json").stdout)
    assert (facts["fundings"], facts["disbursements"], facts["sound"]) == (1, 2, True)


def test_funds_that_do_not_add_up_exit_1(books: DisbursementsTable) -> None:
    books.client.update_item(
        TableName=TABLES[MERCHANT_FUNDS],
        Key=available_key(build.MERCHANT),
        UpdateExpression="ADD amount_USD :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )
    said = audit("--json")
    assert said.exit_code == 1
    assert {each["rule"] for each in json.loads(said.stdout)["breaks"]} == {"funds", "books"}
    assert "fundings add up to 100.00 USD, but the funds are 100.01 USD and disbursements hold 0.00 USD" in said.stdout
