"""The log of changes: what a kill leaves of it is a state that was, and a merge makes the next generation of it."""

import asyncio
import hashlib
import json
import random
import shutil
import signal
import time
from collections import UserDict
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from itertools import count
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from engine.state import generations, merging, segments
from engine.state.change_log import ChangeLog
from engine.state.changes import Changes, Cut
from engine.state.generations import Mark
from engine.state.packed_items import ONLY, PackedItems
from engine.state.snapshots import Blobs, Requests, Snapshots
from engine.state.stored import Writer

MARK = Mark("2030-01-07T10:00:00Z", 4566, "17 then", last=False, log=1)
SCOPE = ("000000000000", "us-east-1")
TABLE, QUEUE, GROUP = (*SCOPE, "ledger"), (*SCOPE, "http://localhost:4566/events"), (*SCOPE, "/aws/lambda/authorize")
EVENT = "arn:aws:dynamodb:us-east-1:000000000000:table/ledger/stream/2030"


class Scoped(UserDict[Any, Any]):
    """ministack's dictionary by account and Region."""

    def __init__(self, entries: Mapping[Any, Any] | None = None) -> None:
        super().__init__(entries)
        self._data = self.data

    def all_items(self) -> list[Any]:
        return [*self.items()]

    def get_scoped(self, account: str, region: str, name: str, default: Any = None) -> Any:
        return self.get((account, region, name), default)


def encoded(value: Any) -> Any:
    return {
        "__account_region_scoped__": True,
        "data": {f"{account}\x00{region}\x00{name!r}": of for (account, region, name), of in value.all_items()},
    }


PERSISTENCE: Any = SimpleNamespace(state_format_version=lambda _: 1, json_default=encoded)


class World:
    """A table with a stream and its reader, a queue and a log group, which random operations change."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        table: dict[str, Any] = {"TableName": "ledger", "items": PackedItems(), "ItemCount": 0}
        queue: dict[str, Any] = {"messages": [], "is_fifo": True, "fifo_seq": 0, "dedup_cache": {}}
        self.tables: Any = SimpleNamespace(
            tables=Scoped({TABLE: table}), stream_records=Scoped({TABLE: []}), stream_trimmed=Scoped({TABLE: 0})
        )
        self.readers: Any = SimpleNamespace(
            dynamodb_stream_positions=Scoped({(*SCOPE, "reader"): 0}),
            esms=Scoped({(*SCOPE, "reader"): {"EventSourceArn": EVENT}}),
        )
        self.queues: Any = SimpleNamespace(queues=Scoped({QUEUE: queue}))
        self.unsent: list[Any] = []
        self.logs: Any = SimpleNamespace(log_groups=Scoped(), unsent_lines=lambda: self.unsent)
        self.changes = Changes(self.tables, self.readers, self.queues, self.logs)
        self.number = 0

    @property
    def items(self) -> PackedItems:
        return self.tables.tables[TABLE]["items"]

    def change(self) -> None:
        """Do one operation, of those that a payment consists of."""
        self.number += 1
        self.chance.choice(
            (self.put, self.put, self.remove, self.read, self.send, self.receive, self.delete, self.log)
        )()

    def put(self) -> None:
        key = str(self.chance.randrange(40))
        item = {"id": {"S": key}, "amount": {"N": str(self.number)}, "note": {"S": "the same text in each item"}}
        self.items.setdefault(key)[ONLY] = item
        self.tables.stream_records[TABLE].append({"NewImage": item, "SequenceNumber": self.number})
        self._count()

    def remove(self) -> None:
        for key in [*self.items][:1]:
            del self.items[key]
            self.tables.stream_records[TABLE].append({"Keys": key, "SequenceNumber": self.number})
        self._count()

    def _count(self) -> None:
        self.tables.tables[TABLE]["ItemCount"] = len(self.items)

    def read(self) -> None:
        """Let the reader advance, and sometimes remove what it has read, as before each of its rounds."""
        positions, trimmed = self.readers.dynamodb_stream_positions, self.tables.stream_trimmed
        records, reader = self.tables.stream_records[TABLE], (*SCOPE, "reader")
        positions[reader] = self.chance.randint(positions[reader], trimmed[TABLE] + len(records))
        if self.chance.random() < 0.5:
            del records[: positions[reader] - trimmed[TABLE]]
            trimmed[TABLE] = positions[reader]

    def send(self) -> None:
        queue = self.queues.queues[QUEUE]
        queue["fifo_seq"] += 1
        queue["dedup_cache"][str(self.number)] = {"id": self.number}
        message = {"id": str(self.number), "body": "…", "receipt_handle": None, "visible_at": 0.5, "receive_count": 0}
        queue["messages"].append(message)

    def receive(self) -> None:
        for message in self.queues.queues[QUEUE]["messages"][: self.chance.randrange(3)]:
            message |= {"receipt_handle": str(self.number), "visible_at": 1.5 + self.number}
            message["receive_count"] += 1

    def delete(self) -> None:
        queue = self.queues.queues[QUEUE]
        queue["messages"] = [of for of in queue["messages"] if self.chance.random() < 0.7]

    def log(self) -> None:
        group = self.logs.log_groups.setdefault(GROUP, {"arn": "arn", "streams": {}})
        stream = group["streams"].setdefault(f"stream {self.number // 50}", {"creationTime": 1, "events": []})
        stream["events"] += [{"message": f"line {self.number} {part}"} for part in range(3)]
        if self.chance.random() < 0.3:
            del stream["events"][:4]
        if self.chance.random() < 0.1 and len(group["streams"]) > 1:
            del group["streams"][next(iter(group["streams"]))]
        self.unsent = self.chance.choice(([], [["account", "region", "group", "stream", {"message": "line"}]]))

    def services(self) -> dict[str, Any]:
        """Return the functions with which ministack's services return their state."""
        table = {name: of for name, of in self.tables.tables[TABLE].items() if name != "TableSizeBytes"}
        first = self.readers.dynamodb_stream_positions[(*SCOPE, "reader")] - self.tables.stream_trimmed[TABLE]
        unread = Scoped({TABLE: self.tables.stream_records[TABLE][first:]})
        return {
            "dynamodb": lambda: {"tables": Scoped({TABLE: table}), merging.UNREAD: unread},
            "sqs": lambda: {"queues": self.queues.queues},
            "cloudwatch_logs": lambda: {"log_groups": self.logs.log_groups, merging.UNSENT: self.unsent},
        }

    def state(self) -> str:
        """Return the state that is to be saved, as text."""
        items = {key: self.items[key][ONLY] for key in self.items}
        state = {name: get_state() for name, get_state in self.services().items()}
        return state_text({**state, "dynamodb": {**state["dynamodb"], "tables": {}}}, items, len(items))

    def save(self, folder: Path, mark: Mark = MARK) -> None:
        """Save a generation, as a snapshot does."""
        beside = generations.begin(folder)
        Writer(beside, None, PERSISTENCE).write(self.services())
        generations.commit(beside, mark)
        self.changes.cut()


def state_text(state: Any, items: Any, count: int) -> str:
    return json.dumps([state, items, count], default=encoded, sort_keys=True)


def saved_state(folder: Path) -> str:
    """Return the state of the newest generation, as text."""
    newest = generations.newest(folder)
    assert newest is not None
    payloads = {file.stem: json.loads(file.read_text())["payload"] for file in newest.path.glob("[!g]*.json")}
    [table] = payloads["dynamodb"]["tables"]["data"].values()
    payloads["dynamodb"]["tables"] = {}
    items = segments.load(newest.path / segments.FOLDER_NAME, ".".join(TABLE)) or PackedItems()
    return state_text(payloads, {key: items[key][ONLY] for key in items}, table["ItemCount"])


def add_entry(log: ChangeLog, world: World) -> None:
    for _ in range(world.chance.randint(1, 3)):
        world.change()
    log.append(world.changes.cut().entry(encoded))


def next_of(log: ChangeLog) -> ChangeLog:
    log.close()
    return ChangeLog.begin(log.path.parent, log.number + 1, after_snapshot=False)


def write(folder: Path, world: World, *, steps: int = 60) -> list[str]:
    """Write logs of random operations, of one to three in each entry. Return the state after each entry."""
    log, states = ChangeLog.begin(folder, 1, after_snapshot=False), [world.state()]
    for number in range(steps):
        add_entry(log, world)
        states.append(world.state())
        if number % 20 == 19:
            log = next_of(log)
    log.close()
    return states


def saved_world(folder: Path, seed: int) -> World:
    """Return a world that has saved a generation."""
    world = World(seed)
    for _ in range(30):
        world.change()
    world.save(folder)
    return world


@pytest.mark.parametrize("seed", [3, *(pytest.param(seed, marks=pytest.mark.full) for seed in range(4, 14))])
def test_a_log_that_is_cut_off_at_any_byte_is_a_state_that_was(tmp_path: Path, seed: int) -> None:
    world, chance = saved_world(tmp_path / "saved", seed), random.Random(seed)
    states = write(tmp_path / "saved", world)
    files = [tmp_path / "saved" / f"{number}.log" for number in (1, 2, 3)]
    contents = [file.read_bytes() for file in files]
    before = -1
    for end in sorted({chance.randrange(sum(map(len, contents)) + 1) for _ in range(6)} | {sum(map(len, contents))}):
        folder = tmp_path / str(end)
        shutil.copytree(tmp_path / "saved" / "1", folder / "1")
        left = end
        for file, content in zip(files, contents, strict=True):
            if left > 0:
                (folder / file.name).write_bytes(content[:left])
            left -= len(content)
        merging.merge(folder)
        number = states.index(saved_state(folder))
        assert number >= before, "a longer log has at least what a shorter one has"
        before = number
    assert states[before] == states[-1]


def test_an_entry_that_is_damaged_ends_the_log(tmp_path: Path) -> None:
    states = write(tmp_path, saved_world(tmp_path, 1))
    second = tmp_path / "2.log"
    content = bytearray(second.read_bytes())
    content[-1] ^= 1
    second.write_bytes(content)
    merging.merge(tmp_path)

    assert saved_state(tmp_path) == states[39], "neither the last entry of the second log, nor the third log"


def test_a_log_after_a_snapshot_that_failed_is_not_read(tmp_path: Path) -> None:
    world = saved_world(tmp_path, 1)
    states = write(tmp_path, world, steps=20)
    (tmp_path / "2.log").unlink()
    log = ChangeLog.begin(tmp_path, 2, after_snapshot=True)
    add_entry(log, world)
    log.close()
    merging.merge(tmp_path)

    assert saved_state(tmp_path) == states[20]


class Killed(BaseException):
    """Raised to simulate the end of the process."""


@pytest.mark.parametrize("call", [0, 40, 42, 44, 46, 1_000])
def test_a_merge_that_is_killed_at_any_step_loses_nothing(tmp_path: Path, call: int) -> None:
    world, left = saved_world(tmp_path, 1), [call]
    states = write(tmp_path, world)

    def alive() -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Killed

    with suppress(Killed):
        merging.merge(tmp_path, 3, alive)
    # The engine goes on to write to the last log.
    log = next_of(ChangeLog(tmp_path / "3.log", (tmp_path / "3.log").open("ab", buffering=0), 0))
    add_entry(log, world)
    log.close()
    assert saved_state(tmp_path) in {states[0], states[40]}
    merging.merge(tmp_path)

    assert saved_state(tmp_path) == world.state()


def test_a_merged_log_takes_no_space(tmp_path: Path) -> None:
    states = write(tmp_path, saved_world(tmp_path, 1))
    merging.merge(tmp_path, 3)
    newest = generations.newest(tmp_path)
    assert newest is not None
    merging.merge(tmp_path, 3)

    assert generations.newest(tmp_path) == newest, "there is nothing more to merge"
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted([newest.path.name, "3.log", "4.log"])
    assert saved_state(tmp_path) == states[40]


def run_until_killed(folder: Path, seed: int, acknowledged: "Connection[bytes, bytes]") -> None:
    """Write entries, and merge each log when the next one begins. A message acknowledges each entry."""
    world = World(seed)
    with (folder / "states").open("w", buffering=1) as states:
        world.save(folder / "saved")
        log = ChangeLog.begin(folder / "saved", 1, after_snapshot=False)
        states.write(digest(world.state()) + "\n")
        for number in count(1):
            for _ in range(3):
                world.change()
            states.write(digest(world.state()) + "\n")
            log.append(world.changes.cut().entry(encoded))
            acknowledged.send_bytes(b".")
            if number % 15 == 0:
                log = next_of(log)
                merging.merge(log.path.parent, log.number)


def digest(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()


@pytest.mark.parametrize("instants", [5, pytest.param(200, marks=pytest.mark.full)])
def test_what_was_written_before_a_kill_at_a_random_instant_is_there(tmp_path: Path, instants: int) -> None:
    # Not by a fork of this process, which has the memory of all tests before.
    context, chance = get_context("forkserver"), random.Random()
    context.set_forkserver_preload([__name__])
    for number in range(instants):
        folder = tmp_path / str(number)
        folder.mkdir()
        acknowledgements, acknowledged = context.Pipe(duplex=False)
        writer = context.Process(target=run_until_killed, args=(folder, number, acknowledged))
        writer.start()
        acknowledged.close()
        with acknowledgements:
            written = sum(len(acknowledgements.recv_bytes()) for _ in range(chance.randrange(1, 50)))
            writer.kill()
            writer.join()
        assert writer.exitcode == -signal.SIGKILL
        writer.close()
        merging.merge(folder / "saved")

        states = (folder / "states").read_text().splitlines()
        assert digest(saved_state(folder / "saved")) in states[written:]
        shutil.rmtree(folder)


class Failing:
    """Takes the changes, but for the first time after `fails` is set, which raises."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self.fails = False

    def cut(self) -> Cut:
        if self.fails:
            self.fails = False
            raise KeyError("ledger")
        return self._changes.cut()


def test_saving_goes_on_after_an_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The next snapshot has what the log then lacks."""
    world = World(1)
    failing = Failing(world.changes)

    async def change_and_fail(snapshots: Snapshots) -> None:
        world.change()
        failing.fails = True
        await until(lambda: snapshots.unsaved is not None)
        await until(lambda: snapshots.unsaved is None)
        assert saved_state(tmp_path / "saved") == world.state()

    save_during(change_and_fail, world, cast("Changes", failing), tmp_path)
    assert "state was not saved: KeyError('ledger')" in capfd.readouterr().out


def test_a_stop_leaves_no_log(tmp_path: Path) -> None:
    """A log has items in plain text. The process ends as soon as the state is saved."""
    world = World(1)

    async def change(_: Snapshots) -> None:
        world.change()
        await until(lambda: bool(generations.logs(tmp_path / "saved")))

    save_during(change, world, world.changes, tmp_path)
    assert generations.logs(tmp_path / "saved") == []
    assert saved_state(tmp_path / "saved") == world.state()


def save_during(
    change: Callable[[Snapshots], Coroutine[Any, Any, None]], world: World, changes: Changes, folder: Path
) -> None:
    """Save the world while it is changed, and once more afterwards."""
    requests = Requests()
    with (folder / "lock").open("w") as held:
        snapshots = Snapshots(
            folder=folder / "saved",
            engine="17 then",
            port=MARK.port,
            persistence=PERSISTENCE,
            services=world.services,
            locks=(),
            tables=world.tables,
            changes=changes,
            blobs=Blobs(SimpleNamespace(functions=Scoped(), layers=Scoped())),
            held_fd=held.fileno(),
            is_deploying=lambda: False,
            requests=requests,
            executions=lambda: (0, 0),
            every_s=0.05,
        )

        async def run() -> None:
            saving = asyncio.create_task(snapshots.run())
            requests.note(rest=True)
            await until(lambda: generations.newest(folder / "saved") is not None)
            await change(snapshots)
            saving.cancel()

        asyncio.run(run())
        snapshots.save_last()


async def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
