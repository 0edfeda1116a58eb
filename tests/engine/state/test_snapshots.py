"""The state after a kill of the engine: one instant of all services, no older than promised, on any later port."""

import asyncio
import errno
import json
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, TypeVar

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from cli.connection.target import Target, local_target
from cli.diagnose.doctor import check_state
from cli.sandbox import engine
from cli.state import saved_state
from cli.state.state_dir import StateDir
from engine import engine_log
from engine.lock import now
from engine.state import change_log, generations, saving, segments
from engine.state.generations import Generation
from engine.state.snapshots import LOG_BYTES_MAX, Requests, are_empty, reason_of
from tests.support.tools.ports import free_port

FORMAT_4 = Path(__file__).parent / "format_4"
"""A home's generation of the format before there was a log: two tables, the second with a stream, and a queue."""
FORMAT_5 = Path(__file__).parent / "format_5"
"""As many items and messages, partly in a log, and an index: the format without what follows from items beside them."""
EVERY_S = 0.3
# A nearly empty snapshot, on a busy machine.
WRITTEN_WITHIN_S = 2.0
KEY = [{"AttributeName": "id", "KeyType": "HASH"}]
TABLE = "000000000000.us-east-1.first"
Found = TypeVar("Found")
TYPES = [{"AttributeName": "id", "AttributeType": "S"}]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StateDir]:
    """Return a home whose engine saves often."""
    monkeypatch.setenv(engine.SNAPSHOT_EVERY, str(EVERY_S))
    made = StateDir(tmp_path / "a home")
    made.make()
    yield made
    engine.kill(made)


def start(home: StateDir) -> Target:
    saved_state.prepare(home)
    running = engine.start(home, free_port())
    return local_target(home, running.port, "us-east-1")


def resources(target: Target) -> None:
    """Create two tables and a queue that one writer keeps in step."""
    for table in ("first", "second"):
        target.client("dynamodb").create_table(
            TableName=table, KeySchema=KEY, AttributeDefinitions=TYPES, BillingMode="PAY_PER_REQUEST"
        )
    target.client("sqs").create_queue(QueueName="numbers")


class Load(threading.Thread):
    """A counter whose number goes to the queue, then to both tables at once. `written`: when each was acknowledged."""

    def __init__(self, target: Target) -> None:
        super().__init__(daemon=True)
        self._tables, self._queues = target.client("dynamodb"), target.client("sqs")
        self._queue = self._queues.get_queue_url(QueueName="numbers")["QueueUrl"]
        self.written: list[float] = []

    def run(self) -> None:
        with suppress(BotoCoreError, ClientError):
            while True:
                number = str(len(self.written))
                self._queues.send_message(QueueUrl=self._queue, MessageBody=number)
                items = [{"Put": {"TableName": name, "Item": {"id": {"S": number}}}} for name in ("first", "second")]
                self._tables.transact_write_items(TransactItems=items)
                self.written.append(time.monotonic())


def logged_bytes(home: StateDir) -> int:
    """Return the size of the log after the newest generation. 0: there is none yet."""
    newest = generations.newest(home.saved)
    log = home.saved / f"{newest.mark.log if newest else 0}.log"
    return log.stat().st_size if log.exists() else 0


def count(target: Target, table: str) -> int:
    pages = target.client("dynamodb").get_paginator("scan").paginate(TableName=table, Select="COUNT")
    return sum(page["Count"] for page in pages)


def queued(target: Target) -> int:
    queues = target.client("sqs")
    url = queues.get_queue_url(QueueName="numbers")["QueueUrl"]
    told = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(told["Attributes"]["ApproximateNumberOfMessages"])


def wait_until(look: Callable[[], Found]) -> Found:
    deadline = time.monotonic() + 20
    while not (found := look()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return found


@pytest.mark.full
@pytest.mark.parametrize("only_the_engine", [False, True], ids=["with its processes", "alone"])
def test_after_a_kill_the_state_is_consistent_and_recent(home: StateDir, only_the_engine: bool) -> None:
    target = start(home)
    resources(target)
    load = Load(target)
    load.start()
    wait_until(lambda: logged_bytes(home) > 10_000)
    taken = generations.newest(home.saved)
    written = len(load.written)
    wait_until(lambda: len(load.written) > written + 100)
    assert generations.newest(home.saved) == taken, "no snapshot is taken because tables and queues change"
    running = engine.running(home)
    assert running is not None
    killed_at = time.monotonic()
    if only_the_engine:
        os.kill(running.pid, signal.SIGKILL)
    engine.kill(home)
    load.join()
    target = start(home)

    found = count(target, "first")
    assert found == count(target, "second")
    assert queued(target) - found in {0, 1}
    assert found >= sum(at < killed_at - EVERY_S - WRITTEN_WITHIN_S for at in load.written)
    assert 0 < found <= len(load.written) + 1


@pytest.mark.full
def test_a_graceful_stop_saves_everything(home: StateDir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(engine.SNAPSHOT_EVERY, "0")
    target = start(home)
    resources(target)
    put(target, "one")
    assert generations.newest(home.saved) is None
    stopped = engine.stop(home)
    assert stopped is not None
    assert stopped.saved
    assert saved_state.expected_loss(home) is None
    assert count(start(home), "first") == 1


@pytest.mark.full
def test_the_state_is_saved_on_request(home: StateDir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(engine.SNAPSHOT_EVERY, "0")
    target = start(home)
    resources(target)
    put(target, "one")
    first = engine.save_now(home)
    assert saved_items(first) == 1
    # Also if nothing has changed since.
    assert engine.save_now(home).number == first.number + 1


@pytest.mark.full
def test_a_state_that_cannot_be_saved_is_reported_until_it_is_saved(home: StateDir) -> None:
    target = start(home)
    resources(target)
    running = engine.running(home)
    assert running is not None
    wait_until(lambda: generations.newest(home.saved))
    wait_until_idle(home)
    assert saved_state.unsaved(running.port) is None

    before = now()
    away = home.saved.rename(home.path / "away")
    home.saved.write_text("a file in its place", encoding="utf-8")
    put(target, "one")
    unsaved = wait_until(lambda: saved_state.unsaved(running.port))
    assert unsaved is not None
    assert unsaved.reason == "Not a directory"
    assert running.started_at <= unsaved.since <= before
    put(target, "two")
    [state] = [finding for finding in check_state(home) if finding.check == "state"]
    assert not state.ok
    assert unsaved.since in state.what

    home.saved.unlink()
    away.rename(home.saved)
    wait_until(lambda: saved_state.unsaved(running.port) is None)
    engine.kill(home)
    assert count(start(home), "first") == 2


@pytest.mark.parametrize(
    "saved, own, are",
    [
        ({"apis": {}, "count": 0, "keys": SimpleNamespace(_data={})}, {"apis": {}}, True),
        ({}, None, True),
        ({"apis": {"a": {}}}, {"apis": {}}, False),
        ({"keys": SimpleNamespace(_data={("account", "region", "a"): {}})}, {"keys": {}}, False),
        # What was removed is not to be there again.
        ({"buses": {}}, {"buses": {"default": {}}}, False),
    ],
)
def test_a_state_without_entries_is_loaded_where_the_service_begins_with_some(
    saved: dict[str, Any], own: dict[str, Any] | None, are: bool
) -> None:
    assert are_empty(saved, own) is are


@pytest.mark.parametrize(
    "code, reason",
    [
        (64 + errno.ENOSPC, "No space left on device"),
        (64 + errno.EDQUOT, "Disk quota exceeded"),
        (-signal.SIGKILL, "the process that writes it was ended by SIGKILL"),
        (1, "the engine's log has the error"),
    ],
)
def test_the_reason_of_a_failed_snapshot(code: int, reason: str) -> None:
    assert reason_of(code) == reason


def test_a_line_that_cannot_be_written_to_the_log_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise, after a snapshot that failed on a full disk, the engine would take none when there is space again."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    log = os.fdopen(write_end, "w")
    monkeypatch.setattr(sys, "stdout", log)
    engine_log.write("state was not saved")
    with pytest.raises(BrokenPipeError):
        log.close()


def after(steps: str) -> Requests:
    requests = Requests()
    for step in steps.split():
        {
            "note": requests.note,
            "rest": lambda: requests.note(rest=True),
            "cut": requests.cut,
        }[step]()
    return requests


@pytest.mark.parametrize(
    "steps, needs_one",
    [
        ("", False),
        ("note note", False),  # the log has it
        ("rest", True),  # while it runs
        ("rest rest note cut note", False),
        ("rest cut rest", True),  # it ended after the cut
    ],
)
def test_only_a_request_that_changes_what_the_log_lacks_needs_a_snapshot(steps: str, needs_one: bool) -> None:
    assert after(steps).rest_has_changed is needs_one


FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}


@pytest.mark.parametrize(
    "method, path, headers, body, is_logged",
    [
        ("POST", "/", {"x-amz-target": "DynamoDB_20120810.TransactWriteItems"}, "", True),
        ("POST", "/", {"x-amz-target": "DynamoDB_20120810.DescribeTable"}, "", True),
        ("POST", "/", {"x-amz-target": "DynamoDB_20120810.UpdateTable"}, "", False),
        ("POST", "/", {"x-amz-target": "AmazonSQS.SendMessage"}, "", True),
        ("POST", "/", {"x-amz-target": "AmazonSQS.CreateQueue"}, "", False),
        ("POST", "/", {"x-amz-target": "AWSStepFunctions.StartExecution"}, "", False),
        ("POST", "/", {"x-amz-target": "secretsmanager.GetSecretValue"}, "", True),
        ("POST", "/", FORM, "Action=Publish&TopicArn=a", True),
        ("POST", "/", FORM, "Action=CreateTopic&Name=GetOne", False),
        ("POST", "/2015-03-31/functions/authorize/invocations", {}, "{}", True),
        ("PUT", "/2015-03-31/functions/authorize/configuration", {}, "{}", False),
        ("GET", "/restapis", {}, "", True),
        ("POST", "/apikeys", {}, "{}", False),
    ],
)
def test_what_changes_more_than_the_log_has(
    method: str, path: str, headers: Mapping[str, str], body: str, is_logged: bool
) -> None:
    requests = Requests()

    async def application(_scope: Any, receive: Any, _send: Any) -> None:
        await receive()
        assert requests.rest_has_changed is not is_logged, "noted before it changes anything"

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body.encode()}

    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "headers": raw}
    asyncio.run(saving.noted(application, requests, lambda: False, lambda: None)(scope, receive, None))
    assert requests.rest_has_changed is not is_logged


@pytest.mark.parametrize(
    "target, changes_nothing",
    [
        (b"DynamoDB_20120810.Query", True),
        (b"DynamoDB_20120810.GetItem", True),
        (b"DynamoDB_20120810.PutItem", False),
        (b"AmazonSQS.ReceiveMessage", False),  # messages become invisible
        (None, False),
    ],
)
def test_reads_of_tables_cause_no_snapshot(target: bytes | None, changes_nothing: bool) -> None:
    headers = [(b"host", b"localhost"), *([(b"x-amz-target", target)] if target else [])]
    assert saving.is_read({"type": "http", "headers": headers}) is changes_nothing


@pytest.mark.full
def test_a_write_to_an_idle_engine_is_saved(home: StateDir) -> None:
    target = start(home)
    resources(target)
    wait_until(lambda: generations.newest(home.saved))

    for number in range(1, 4):
        put(target, str(number))
        wait_until(lambda number=number: is_saved(home, str(number)))
        wait_until_idle(home)


def wait_until_idle(home: StateDir) -> None:
    """Wait until no snapshot was taken for five times as long as usual: each makes a folder, at least for a moment."""
    deadline = time.monotonic() + 20
    last, since = 0, time.monotonic()
    while time.monotonic() < since + 5 * EVERY_S:
        assert time.monotonic() < deadline
        if last != (last := home.saved.stat().st_mtime_ns):
            since = time.monotonic()
        time.sleep(0.01)


def saved_items(generation: Generation | None) -> int:
    """Return how many items the table `first` has in a generation, or 0 if a newer one replaced it."""
    with suppress(AttributeError, FileNotFoundError):
        return len(segments.load(generation.path / "items", TABLE) or ())  # pyright: ignore[reportOptionalMemberAccess] - suppressed
    return 0


def is_saved(home: StateDir, key: str) -> bool:
    """Return whether an item of the table `first` is in the newest generation, or in the log after it."""
    newest = generations.newest(home.saved)
    assert newest is not None
    if any(f'["{key}", "'.encode() in entry for entry in change_log.entries(home.saved, newest)):
        return True
    with suppress(FileNotFoundError):  # a newer one replaced it
        return key in (segments.load(newest.path / "items", TABLE) or ())
    return False


def put(target: Target, number: str) -> None:
    target.client("dynamodb").put_item(TableName="first", Item={"id": {"S": number}})


@pytest.mark.full
def test_unchanged_items_are_not_saved_again(home: StateDir) -> None:
    target = start(home)
    resources(target)

    def saved_with(number: str) -> dict[str, int]:
        """Save an item, and return the generation's files with their inodes."""
        put(target, number)
        saved = engine.save_now(home)
        return {file.name.split(".", 2)[2]: file.stat().st_ino for file in saved.path.glob("items/*")}

    before, after = saved_with("one"), saved_with("two")

    assert before.items() < after.items()
    assert all(name.startswith("first.") for name in after.keys() - before.keys())
    assert "was not saved" not in home.engine_log.read_text(encoding="utf-8")


PASS: Final = {"StartAt": "only", "States": {"only": {"Type": "Pass", "End": True}}}


@pytest.mark.full
def test_an_execution_is_saved_although_it_ends_without_a_request(home: StateDir) -> None:
    target = start(home)
    machines = target.client("stepfunctions")
    machine = machines.create_state_machine(name="night", definition=json.dumps(PASS), roleArn="arn:aws:iam::0:role/a")
    machine_arn = machine["stateMachineArn"]
    machines.start_execution(stateMachineArn=machine_arn)
    wait_until(lambda: '"SUCCEEDED"' in state_of(home, "stepfunctions"))
    engine.kill(home)

    [execution] = start(home).client("stepfunctions").list_executions(stateMachineArn=machine_arn)["executions"]
    assert execution["status"] == "SUCCEEDED"


def state_of(home: StateDir, service: str) -> str:
    """Return the JSON of a service in the newest generation, or "" if a newer one replaced it."""
    with suppress(AttributeError, FileNotFoundError):
        newest: Any = generations.newest(home.saved)
        return (newest.path / f"{service}.json").read_text(encoding="utf-8")
    return ""


@pytest.mark.full
@pytest.mark.parametrize("before", [FORMAT_4, FORMAT_5], ids=["without a log", "without attributes beside items"])
def test_a_home_of_a_former_format_is_read_and_gets_a_log(home: StateDir, before: Path) -> None:
    shutil.copytree(before, home.saved)
    target = start(home)
    assert (count(target, "first"), count(target, "second"), queued(target)) == (300, 12, 12)

    put(target, "new")
    wait_until(lambda: is_saved(home, "new"))
    engine.kill(home)
    target = start(home)
    assert (count(target, "first"), count(target, "second"), queued(target)) == (301, 12, 12)


@pytest.mark.full
def test_a_long_log_is_merged_while_the_engine_runs(home: StateDir) -> None:
    target = start(home)
    resources(target)
    wait_until(lambda: logged_bytes(home))
    before = generations.newest(home.saved)
    text = "0123456789" * 38_000
    items = LOG_BYTES_MAX * 3 // 2 // len(text)
    for number in range(items):
        target.client("dynamodb").put_item(TableName="first", Item={"id": {"S": str(number)}, "text": {"S": text}})
    wait_until(lambda: generations.newest(home.saved) != before and logged_bytes(home) < LOG_BYTES_MAX)
    put(target, "new")
    wait_until(lambda: is_saved(home, "new"))
    engine.kill(home)

    assert count(start(home), "first") == items + 1


@pytest.mark.full
def test_queue_urls_follow_the_port(home: StateDir) -> None:
    target = start(home)
    queues = target.client("sqs")
    queues.create_queue(QueueName="numbers")
    engine.stop(home)
    target = start(home)
    url = target.client("sqs").get_queue_url(QueueName="numbers")["QueueUrl"]

    assert url.startswith(f"{target.aws_endpoint_url}/")
    assert target.client("sqs").list_queues()["QueueUrls"] == [url]
