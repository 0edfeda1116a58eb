"""The state after a kill of the engine: one instant of all services, no older than promised, on any later port."""

import errno
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from cli.connection.target import Target, local_target
from cli.diagnose.doctor import check_state
from cli.sandbox import engine
from cli.state import saved_state
from cli.state.state_dir import StateDir
from engine import engine_log
from engine.lock import now
from engine.state import generations, saving, segments
from engine.state.generations import Generation
from engine.state.snapshots import Requests, are_empty, reason_of
from tests.support.tools.ports import free_port

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


def count(target: Target, table: str) -> int:
    return target.client("dynamodb").scan(TableName=table, Select="COUNT")["Count"]


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
    wait_until(lambda: getattr(generations.newest(home.saved), "number", 0) > 2 and len(load.written) > 100)
    wait_until(lambda: any(home.saved.glob("*.new")))
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


@pytest.mark.parametrize(
    "steps, are_saved",
    [
        ("", False),  # just started
        ("cut unchanged", True),
        ("note note cut unchanged", True),
        ("note note cut changed", False),
        ("note note cut changed cut unchanged", True),
        ("cut unchanged note note", False),
        ("note cut note unchanged", False),  # a request that ran meanwhile
        ("note cut unchanged note", False),  # and ends later
        ("cut unchanged note note cut changed cut unchanged", True),
    ],
)
def test_what_was_requested_is_saved_until_a_snapshot_finds_no_change(steps: str, are_saved: bool) -> None:
    requests = Requests()
    for step in steps.split():
        {
            "note": requests.note,
            "cut": requests.cut,
            "changed": lambda: requests.ended(has_changed=True),
            "unchanged": lambda: requests.ended(has_changed=False),
        }[step]()
    assert requests.are_saved is are_saved


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

    for number in range(1, 4):
        put(target, str(number))
        wait_until(lambda number=number: saved_items(generations.newest(home.saved)) == number)
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


def put(target: Target, number: str) -> None:
    target.client("dynamodb").put_item(TableName="first", Item={"id": {"S": number}})


@pytest.mark.full
def test_unchanged_items_are_not_saved_again(home: StateDir) -> None:
    target = start(home)
    resources(target)

    def files_with(count: int) -> dict[str, int]:
        """Return the newest generation's files and inodes, once its first table has `count` items."""
        newest = generations.newest(home.saved)
        if saved_items(newest) == count and newest is not None:
            with suppress(FileNotFoundError):  # a newer one replaced it
                return {file.name.split(".", 2)[2]: file.stat().st_ino for file in newest.path.glob("items/*")}
        return {}

    put(target, "one")
    before = wait_until(lambda: files_with(1))
    put(target, "two")
    after = wait_until(lambda: files_with(2))

    assert before.items() < after.items()
    assert all(name.startswith("first.") for name in after.keys() - before.keys())


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
