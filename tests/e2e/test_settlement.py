"""The deployed settlement state machine: real executions, started by the schedule or a person."""

import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, repeat
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from cli.connection.target import Target
from cli.settlement.execution import PHASES
from paysandbox.aws.settings import ReportsSettings
from paysandbox.settlement.reports.files import PART_BYTES, Place, put
from tests.e2e.conftest import Sandbox
from tests.e2e.webhooks.test_events import Inbox
from tests.support.clients.api import Api
from tests.support.clients.terminal import in_terminal
from tests.support.tools.tiers import soak_but
from tests.support.worlds import tables

ENDS_WITHIN_S = 50
NOW = {"cutoff": "now"}

Json = dict[str, Any]


@pytest.fixture(scope="module")
def aws(sandbox: Sandbox) -> Target:
    """Return the engine's AWS target."""
    return sandbox.target


class Machine:
    """The state machine and its results."""

    def __init__(self, aws: Target) -> None:
        self._states, self._dynamodb = aws.client("stepfunctions"), aws.client("dynamodb")
        found = self._states.list_state_machines()["stateMachines"]
        (self.arn,) = (one["stateMachineArn"] for one in found if one["name"].endswith("-settle"))
        self._numbers = count(1)

    def definition(self) -> str:
        return self._states.describe_state_machine(stateMachineArn=self.arn)["definition"]

    def problems(self) -> list[Any]:
        """Return the engine's validation errors for the definition."""
        told = self._states.validate_state_machine_definition(definition=self.definition())
        return [told["result"], *told["diagnostics"]]

    def start(self, asked: Json) -> str:
        name = f"tried-{next(self._numbers)}"
        return self._states.start_execution(stateMachineArn=self.arn, name=name, input=json.dumps(asked))[
            "executionArn"
        ]

    def executions(self) -> set[str]:
        """Return every execution ever started."""
        pages = self._states.get_paginator("list_executions").paginate(stateMachineArn=self.arn)
        return {one["executionArn"] for page in pages for one in page["executions"]}

    def stop(self, execution: str) -> None:
        self._states.stop_execution(executionArn=execution)

    def entered(self, execution: str) -> set[str]:
        """Return the states that an execution has entered."""
        events = self._states.get_execution_history(executionArn=execution, maxResults=1000)["events"]
        return {event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event}

    def until(self, execution: str, state: str) -> None:
        """Wait until an execution has entered a state, or ended."""
        deadline = time.monotonic() + ENDS_WITHIN_S
        while state not in self.entered(execution) and time.monotonic() < deadline:
            if self._states.describe_execution(executionArn=execution)["status"] != "RUNNING":
                return
            time.sleep(0.02)

    def end(self, execution: str) -> Json:
        """Wait for an execution to end, and return its result."""
        deadline = time.monotonic() + ENDS_WITHIN_S
        while time.monotonic() < deadline:
            told = self._states.describe_execution(executionArn=execution)
            if told["status"] != "RUNNING":
                return {**told}
            time.sleep(0.1)
        raise AssertionError(f"{execution} has not ended")

    def settle(self, asked: Json) -> Json:
        """Run an execution from start to end, and return its output."""
        told = self.end(self.start(asked))
        assert told["status"] == "SUCCEEDED", told
        return json.loads(told["output"])

    def latest(self) -> Json:
        key = {"batch_key": {"S": "latest"}, "part": {"S": "latest"}}
        return self._dynamodb.get_item(TableName="paysandbox-local-SettlementBatches", Key=key)["Item"]

    def entries(self) -> dict[str, str]:
        """Return the batch of each settlement entry."""
        pages = self._dynamodb.get_paginator("scan").paginate(TableName="paysandbox-local-SettlementEntries")
        items = [item for page in pages for item in page["Items"]]
        assert len({item["operation_id"]["S"] for item in items}) == len(items)  # no operation is in two batches
        return {item["operation_id"]["S"]: item["batch"]["S"] for item in items}


@pytest.fixture(scope="module")
def machine(aws: Target) -> Machine:
    """Provide this sandbox's state machine."""
    return Machine(aws)


@pytest.fixture(autouse=True, scope="module")
def audited(sandbox: Sandbox, machine: Machine) -> Iterator[None]:
    """Settle whatever a test left open, and check that the books balance."""
    yield
    machine.settle(NOW)
    sandbox.run("audit")


def captured(api: Api) -> str:
    """Capture a new payment, and return the capture's id."""
    auth_id = api.authorize(10_00).json()["auth_id"]
    return api.capture(auth_id, amount=4_00).json()["transaction_id"]


def test_state_machine_definition_is_valid(machine: Machine) -> None:
    assert machine.problems() == ["OK"]


def test_captures_are_settled_and_published(machine: Machine, api: Api, aws: Target) -> None:
    inbox = Inbox(aws, "settlement-inbox", FilterPolicy=json.dumps({"merchant": ["settlement"]}))
    ids = {captured(api) for _ in range(3)}
    told = machine.settle(NOW)
    assert machine.latest()["status"]["S"] == "closed"
    assert {machine.entries()[one] for one in ids} == {told["batch"]}
    deadline = time.monotonic() + ENDS_WITHIN_S
    kinds: list[str] = []
    while kinds.count("transaction_settled") < 3 or "settlement_completed" not in kinds:
        assert time.monotonic() < deadline, kinds
        inbox.look()
        kinds = [one["type"] for one in {event["id"]: event for event in inbox.events}.values()]
    assert kinds.count("transaction_settled") == 3
    names = [one.get("Key") for one in listed(aws) if str(one.get("Key")).startswith(f"{told['batch']}/settlement.")]
    assert len(names) == 3


def of_disputes(total: Json) -> int:
    return total.get("chargebacks", 0) + total.get("dispute_fees", 0)


@pytest.mark.full
def test_disputes_are_settled_and_reconciled(machine: Machine, api: Api, sandbox: Sandbox, tmp_path: Path) -> None:
    """A lost and a won chargeback, in two batches: the report of each reconciles, and the fee comes back."""
    lost, won = (api.authorize(4_00, capture_method="automatic").json()["auth_id"] for _ in range(2))
    disputes = [disputed(api, payment) for payment in (lost, won)]
    first = machine.settle(NOW)["batch"]
    for dispute, evidence, action in zip(disputes, ("losing", "winning"), ("lose", "win"), strict=True):
        body = {"evidence": {"uncategorized_text": f"{evidence} argument"}, "submit": True}
        api.post(f"/disputes/{dispute}/evidence", body).raise_for_status()
        api.post(f"/sandbox/simulate/{dispute}/{action}", {}).raise_for_status()
    second = machine.settle(NOW)["batch"]

    taken = {"chargebacks": 8_00, "dispute_fees": 30_00}
    for batch, sums in ((first, taken), (second, {"chargebacks": -4_00, "dispute_fees": -15_00})):
        (total,) = api.http.get(f"/settlements/{batch}").raise_for_status().json()["totals"]
        assert {name: total[name] for name in sums} == sums
        assert total["net"] == total["gross"] - total["refunds"] - of_disputes(total) - total["fees"]
        report = str(tmp_path / f"{batch}.csv")
        sandbox.run("settlements", "download", batch, "-o", report, PAYSANDBOX_API_KEY=api.api_key)
        sandbox.run("settlements", "reconcile", report)
    books = sandbox.run("audit").stdout
    assert "dispute_fee_income" in books


def disputed(api: Api, payment_id: str) -> str:
    """Open a chargeback of the whole payment, and return the dispute's id."""
    return api.post(f"/sandbox/simulate/{payment_id}/dispute", {}).raise_for_status().json()["dispute"]["dispute_id"]


@contextmanager
def in_account_of(sandbox: Sandbox, aws: Target) -> Iterator[None]:
    """Let code in this process find the engine as a function does."""
    environment = {
        **sandbox.aws_variables,
        **ReportsSettings(bucket(aws)).to_env(),
    }
    with patch.dict(os.environ, environment):
        tables.forget()
        try:
            yield
        finally:
            tables.forget()


def bucket(aws: Target) -> str:
    (name,) = (
        one["Name"] for one in aws.client("s3").list_buckets()["Buckets"] if "settlement" in str(one.get("Name"))
    )
    return name


def listed(aws: Target) -> list[Any]:
    return aws.client("s3").list_objects_v2(Bucket=bucket(aws)).get("Contents", [])


def test_multipart_reports_are_uploaded(sandbox: Sandbox, aws: Target) -> None:
    """A day of 40,000 payments would take too long: this tests the function's own upload, to the engine's bucket."""
    chunk, place = bytes(range(256)), Place(key="tried/in-parts.csv", content_type="text/csv; charset=utf-8")
    chunks = PART_BYTES // len(chunk) * 2 + 1

    def torn() -> Iterator[bytes]:
        yield from repeat(chunk, chunks)
        raise ValueError("an entry")

    with in_account_of(sandbox, aws):
        told = put(place, repeat(chunk, chunks))
        with pytest.raises(ValueError, match="an entry"):
            put(replace(place, key="tried/torn.csv"), torn())
    s3 = aws.client("s3")
    answer = s3.get_object(Bucket=bucket(aws), Key=place.key)
    assert (answer["Body"].read(), answer["ContentType"]) == (chunk * chunks, place.content_type)
    assert told.size == answer["ContentLength"] == len(chunk) * chunks
    assert [one.get("Key") for one in listed(aws) if str(one.get("Key")).startswith("tried/")] == [place.key]
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket(aws))
    s3.delete_object(Bucket=bucket(aws), Key=place.key)


def test_a_second_run_changes_nothing(machine: Machine) -> None:
    machine.settle(NOW)
    before, entries = machine.latest(), machine.entries()
    cutoff = before["cutoff"]["S"]
    assert machine.settle({"cutoff": cutoff})["status"] == "already_closed"
    assert (machine.latest(), machine.entries()) == (before, entries)


@pytest.mark.full
def test_concurrent_runs_settle_each_entry_once(machine: Machine, api: Api) -> None:
    ids = {captured(api) for _ in range(4)}
    ends = [machine.end(one) for one in [machine.start(NOW), machine.start(NOW)]]
    assert "SUCCEEDED" in {one["status"] for one in ends}, ends
    machine.settle(NOW)
    assert ids <= machine.entries().keys()


STATES = ["close_books step", "Each slice of write_reports", "Each slice of announce"]


@pytest.mark.full
@pytest.mark.parametrize("state", soak_but(STATES, keep=lambda state: "reports" in state))
def test_a_stopped_run_resumes_its_batch(machine: Machine, api: Api, state: str) -> None:
    ids = {captured(api) for _ in range(2)}
    execution = machine.start(NOW)
    machine.until(execution, state)
    machine.stop(execution)
    stopped = machine.latest()
    machine.settle(NOW)
    entries = machine.entries()
    assert {entries[one] for one in ids} == {stopped["batch"]["S"]}
    assert machine.latest()["status"]["S"] == "closed"


@pytest.mark.full
def test_schedule_starts_the_nightly_run(machine: Machine, aws: Target) -> None:
    """The deployed schedule fires at night; a copy that fires in a moment tests its target, role and input."""
    scheduler, before = aws.client("scheduler"), machine.executions()
    deployed = scheduler.get_schedule(Name="paysandbox-local-settle-nightly")
    assert deployed["ScheduleExpression"] == "cron(0 2 * * ? *)"
    soon = datetime.now(UTC) + timedelta(seconds=1)
    scheduler.create_schedule(
        Name="settle-soon",
        ScheduleExpression=f"at({soon:%Y-%m-%dT%H:%M:%S})",
        FlexibleTimeWindow=deployed["FlexibleTimeWindow"],
        Target=deployed["Target"],
        ActionAfterCompletion="DELETE",
    )
    deadline = time.monotonic() + ENDS_WITHIN_S
    while not (started := machine.executions() - before):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    (execution,) = started
    told = machine.end(execution)
    assert told["status"] == "SUCCEEDED", told
    assert json.loads(told["input"]) == {}


@pytest.mark.full
def test_invalid_days_are_refused(machine: Machine) -> None:
    told = machine.end(machine.start({"day": "2999-01-01"}))
    assert (told["status"], told["error"]) == ("FAILED", "SettlementRefused")


@pytest.mark.full
def test_a_damaged_payment_is_excluded_until_it_is_repaired(machine: Machine, api: Api, aws: Target) -> None:
    sound, spoilt = captured(api), captured(api)
    payment_id = api.authorize(5_00, capture_method="automatic").json()["auth_id"]
    change(aws, payment_id, +1)
    batch = machine.settle(NOW)["batch"]
    assert machine.latest()["set_aside"]["N"] == "1"
    assert {machine.entries()[one] for one in (sound, spoilt)} == {batch}
    assert not [one for one in machine.entries() if payment_id[5:] in one]
    change(aws, payment_id, -1)
    machine.settle(NOW)
    assert [one for one in machine.entries() if payment_id[5:] in one]


@pytest.mark.full
@pytest.mark.timeout(3 * ENDS_WITHIN_S)
def test_a_terminal_shows_each_step(sandbox: Sandbox, api: Api, machine: Machine) -> None:
    """The list is redrawn repeatedly: pending steps (·), running steps (…), finished steps (✓)."""
    capture = captured(api)
    with in_terminal("settlements", "run", "--now", "--wait", env={"PAYSANDBOX_HOME": str(sandbox.home)}) as terminal:
        terminal.until("PAID OUT", patience_s=2 * ENDS_WITHIN_S)
        assert terminal.ended() == 0
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.shown)
    assert [step for step in PHASES if f"✓ {step}" not in shown] == []
    assert [step for step in PHASES if f"… {step}" in shown] != []
    assert -1 < shown.find("· close") < shown.find("✓ close")
    assert f"Batch {machine.entries()[capture]} settled" in shown


@pytest.mark.full
def test_json_output_of_a_run(sandbox: Sandbox, api: Api, machine: Machine) -> None:
    """The output is one object, with or without waiting; a batch settled earlier has the same figures."""
    capture = captured(api)
    told = sandbox.json("settlements", "run", "--now", "--wait")
    assert (told["status"], told["batch"], told["started"]) == ("closed", machine.entries()[capture], True)
    (total,) = (one for one in told["totals"] if one["currency"] == "USD")
    assert total["gross"] - total["refunds"] - of_disputes(total) - total["fees"] == total["net"]
    assert total["gross"] >= 4_00
    started = sandbox.json("settlements", "run", "--now")
    assert (started["status"], started["started"]) == ("running", True)
    again = sandbox.json("settlements", "run", "--now", "--wait")
    assert again["status"] in {"closed", "already_closed"}
    assert again["set_aside"] == []


def change(aws: Target, payment_id: str, by: int) -> None:
    """Tamper with a payment, as a person with console access could."""
    aws.client("dynamodb").update_item(
        TableName="paysandbox-local-PaymentsLedger",
        Key={"transaction_id": {"S": payment_id}},
        UpdateExpression="SET refundable = refundable + :by",
        ExpressionAttributeValues={":by": {"N": str(by)}},
    )


@pytest.mark.full
def test_nightly_run_settles_the_previous_day(sandbox: Sandbox, machine: Machine, api: Api) -> None:
    capture = captured(api)
    sandbox.run("clock", "advance", "1d")
    try:
        told = machine.settle({})
        assert machine.entries()[capture] == told["batch"]
        assert machine.latest()["cutoff"]["S"].endswith("T00:00:00.000000Z")
        machine.settle(NOW)
    finally:
        sandbox.run("clock", "reset")
