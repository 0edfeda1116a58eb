"""What the engine keeps of functions' logs: few streams, and the newest lines of each group."""

import logging
import threading
from types import SimpleNamespace
from uuid import uuid4

import pytest

from engine.ministack import view
from engine.state.function_logs import FunctionLogs, GatheredLogs, Run

LOGGER = logging.getLogger("lambda")
GROUP = "/aws/lambda/pay"


class Logs:
    """The part of ministack's CloudWatch Logs that stores lines."""

    def __init__(self):
        self._log_groups = {}
        self._log_events_lock = threading.Lock()
        self.sent = []

    def _make_group_arn(self, name):
        return f"arn:aws:logs:us-east-1:000000000000:log-group:{name}:*"

    def _append_log_events(self, stream, events):
        stream["events"] += events

    def _fanout_to_subscription_filters(self, group, stream, events):
        self.sent.append((group, stream, [event["message"] for event in events]))

    def streams(self, group=GROUP):
        return self._log_groups[group]["streams"]

    def messages(self, group=GROUP):
        return [event["message"] for stream in self.streams(group).values() for event in stream["events"]]


def viewed(logs, functions):
    return view("cloudwatch_logs", logs), view("lambda_svc", functions)


@pytest.fixture
def logs():
    return Logs()


@pytest.fixture
def noted():
    return []


@pytest.fixture
def stored(logs, noted):
    functions = SimpleNamespace(new_uuid=lambda: str(uuid4()), _probe_peak_memory_mb=lambda _: 64)
    return FunctionLogs(
        *viewed(logs, functions),
        lambda: noted.append(1),
        stream_lines=4,
        lines_min=8,
    )


def run(request_id="r1", text="a line", failed=False, duration_ms=1, **config):
    """Return a run of a function with this configuration."""
    return Run(function(**config), request_id, text, failed, duration_ms, 1_790_000_000_000)


def function(**config):
    return {"config": {"FunctionName": "pay", "MemorySize": 256, **config}}


def test_an_invocation_stores_its_lines_and_their_report(logs, stored):
    stored.store([run(text="one\ntwo", duration_ms=12)])

    report = (
        "REPORT RequestId: r1\tDuration: 12 ms\tBilled Duration: 12 ms\tMemory Size: 256 MB\tMax Memory Used: 64 MB"
    )
    assert logs.messages() == ["one", "two", report]
    [name] = logs.streams()
    assert logs.sent == [(GROUP, name, logs.messages())]


def test_invocations_share_a_stream_until_it_is_full(logs, stored):
    for _ in range(4):
        stored.store([run()])

    assert [len(stream["events"]) for stream in logs.streams().values()] == [4, 4]


@pytest.mark.parametrize("invocations", [5, 6, 7, 50])
def test_a_group_keeps_its_newest_lines(logs, stored, invocations):
    for number in range(invocations):
        stored.store([run(text=f"line {number}")])

    kept = [message for message in logs.messages() if message.startswith("line")]
    assert kept == [f"line {number}" for number in range(invocations - len(kept), invocations)]
    assert 8 <= len(logs.messages()) <= 8 + 4


@pytest.mark.parametrize("lines_max", [100, 70, 40])
def test_all_groups_together_keep_their_newest_lines(logs, lines_max):
    functions = SimpleNamespace(new_uuid=lambda: str(uuid4()), _probe_peak_memory_mb=lambda _: 64)
    every = [f"line {number}" for number in range(38)], [f"line {number}" for number in range(28)], ["line 0"] * 6
    for group, lines in enumerate(every):
        stored = FunctionLogs(
            *viewed(logs, functions),
            lambda: None,
            stream_lines=15,
            lines_min=50,
            lines_max=lines_max,
        )
        for start in range(0, len(lines), 13):
            text = "\n".join(lines[start : start + 13])
            stored.store([run(text=text, LoggingConfig={"LogGroup": f"{group}"})])
    last = FunctionLogs(*viewed(logs, functions), lambda: None, lines_max=lines_max)
    last.store([run(text="", LoggingConfig={"LogGroup": "2"})])

    for group, lines in enumerate(every):
        found = [message for message in logs.messages(f"{group}") if message.startswith("line")]
        assert found == lines[len(lines) - len(found) :]
    assert sum(len(logs.messages(f"{group}")) for group in range(3)) <= lines_max
    assert len(logs.messages("2")) >= 6, "the group with the fewest lines loses none"


def test_streams_of_earlier_versions_are_discarded(logs, stored):
    """Each of them has the lines of one invocation."""
    stored.store([run()])
    logs.streams().clear()
    logs.streams().update({f"s{number}": {"events": [{"message": number}] * 3} for number in range(100)})
    stored.store([run()])

    assert [*logs.streams()][:-1] == ["s97", "s98", "s99"]


def test_a_log_group_of_the_functions_choice_is_used(logs, stored):
    stored.store([run(LoggingConfig={"LogGroup": "chosen"})])

    assert [*logs._log_groups] == ["chosen"]


def test_a_deleted_stream_is_replaced(logs, stored):
    stored.store([run(text="before")])
    logs.streams().clear()
    stored.store([run(text="after")])

    assert logs.messages()[0] == "after"


@pytest.mark.parametrize(
    "text, failed, is_noted", [("", False, False), ("a line", False, True), ("", True, True), ("Traceback", True, True)]
)
def test_what_changes_is_noted_but_not_a_run_without_lines(noted, stored, text, failed, is_noted):
    stored.store([run(text=text, failed=failed)])

    assert bool(noted) is is_noted


def test_runs_that_are_stored_together_are_stored_as_one_by_one(logs, stored):
    """Into the same streams, and each group's lines are passed on in order."""
    every = [run(f"r{number}", text=f"line {number}", FunctionName=name) for number in range(6) for name in ("a", "b")]
    stored.store(every)
    alone = Logs()
    functions = SimpleNamespace(new_uuid=lambda: str(uuid4()), _probe_peak_memory_mb=lambda _: 64)
    one_by_one = FunctionLogs(*viewed(alone, functions), lambda: None, stream_lines=4, lines_min=8)
    for each in every:
        one_by_one.store([each])

    for name in ("/aws/lambda/a", "/aws/lambda/b"):
        assert logs.messages(name) == alone.messages(name)
        assert [len(stream["events"]) for stream in logs.streams(name).values()] == [4, 4, 4]
        passed_on = [message for group, _, messages in logs.sent if group == name for message in messages]
        assert passed_on == [message for group, _, messages in alone.sent if group == name for message in messages]
    assert len(logs.sent) < len(alone.sent)


class Stored:
    """What was stored, by account."""

    def __init__(self):
        self.runs = []
        self.at = threading.Event()

    def store(self, account, runs):
        self.runs.append((account, [each.request_id for each in runs]))
        self.at.set()


def test_runs_are_gathered_for_a_moment():
    stored = Stored()
    accounts = iter(["one", "one", "other"])
    gathered = GatheredLogs(stored.store, lambda: next(accounts), LOGGER.exception, gathered_for_s=0.05)
    for request_id in ("r1", "r2", "r3"):
        gathered.add(run(request_id))
    assert stored.at.wait(5)
    gathered.store()
    assert stored.runs == [("one", ["r1", "r2"]), ("other", ["r3"])]


def test_a_reader_sees_every_run():
    stored = Stored()
    gathered = GatheredLogs(stored.store, lambda: "one", LOGGER.exception, gathered_for_s=60)
    gathered.add(run("r1"))
    assert stored.runs == []
    gathered.store()
    assert stored.runs == [("one", ["r1"])]


def test_many_lines_do_not_wait():
    stored = Stored()
    gathered = GatheredLogs(stored.store, lambda: "one", LOGGER.exception, gathered_for_s=60, gathered_max=100)
    gathered.add(run("r1", text="a" * 60))
    gathered.add(run("r2", text="a" * 60))
    assert stored.runs == [("one", ["r1", "r2"])]


def test_a_failure_is_logged_and_the_next_run_is_stored(caplog):
    stored = Stored()

    def store(account, runs):
        if runs[0].request_id == "r1":
            raise ValueError
        stored.store(account, runs)

    gathered = GatheredLogs(store, lambda: "one", LOGGER.exception, gathered_for_s=60)
    gathered.add(run("r1"))
    gathered.store()
    gathered.add(run("r2"))
    gathered.store()
    assert ("was not stored" in caplog.text, stored.runs) == (True, [("one", ["r2"])])
