"""What the engine keeps of functions' logs: few streams, and the newest lines of each group."""

import threading
from types import SimpleNamespace
from uuid import uuid4

import pytest

from engine.ministack import view
from engine.state.function_logs import FunctionLogs

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


def function(**config):
    return {"config": {"FunctionName": "pay", "MemorySize": 256, **config}}


def test_an_invocation_stores_its_lines_and_their_report(logs, stored):
    stored.emit(function(), "r1", "one\ntwo", False, 12)

    report = (
        "REPORT RequestId: r1\tDuration: 12 ms\tBilled Duration: 12 ms\tMemory Size: 256 MB\tMax Memory Used: 64 MB"
    )
    assert logs.messages() == ["one", "two", report]
    [name] = logs.streams()
    assert logs.sent == [(GROUP, name, logs.messages())]


def test_invocations_share_a_stream_until_it_is_full(logs, stored):
    for number in range(4):
        stored.emit(function(), f"r{number}", "a line", False, 1)

    assert [len(stream["events"]) for stream in logs.streams().values()] == [4, 4]


@pytest.mark.parametrize("invocations", [5, 6, 7, 50])
def test_a_group_keeps_its_newest_lines(logs, stored, invocations):
    for number in range(invocations):
        stored.emit(function(), f"r{number}", f"line {number}", False, 1)

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
            stored.emit(
                function(LoggingConfig={"LogGroup": f"{group}"}), "r", "\n".join(lines[start : start + 13]), False, 1
            )
    FunctionLogs(*viewed(logs, functions), lambda: None, lines_max=lines_max).emit(
        function(LoggingConfig={"LogGroup": "2"}), "r", "", False, 1
    )

    for group, lines in enumerate(every):
        found = [message for message in logs.messages(f"{group}") if message.startswith("line")]
        assert found == lines[len(lines) - len(found) :]
    assert sum(len(logs.messages(f"{group}")) for group in range(3)) <= lines_max
    assert len(logs.messages("2")) >= 6, "the group with the fewest lines loses none"


def test_streams_of_earlier_versions_are_discarded(logs, stored):
    """Each of them has the lines of one invocation."""
    stored.emit(function(), "r1", "a line", False, 1)
    logs.streams().clear()
    logs.streams().update({f"s{number}": {"events": [{"message": number}] * 3} for number in range(100)})
    stored.emit(function(), "r2", "a line", False, 1)

    assert [*logs.streams()][:-1] == ["s97", "s98", "s99"]


def test_a_log_group_of_the_functions_choice_is_used(logs, stored):
    stored.emit(function(LoggingConfig={"LogGroup": "chosen"}), "r1", "a line", False, 1)

    assert [*logs._log_groups] == ["chosen"]


def test_a_deleted_stream_is_replaced(logs, stored):
    stored.emit(function(), "r1", "before", False, 1)
    logs.streams().clear()
    stored.emit(function(), "r2", "after", False, 1)

    assert logs.messages()[0] == "after"


@pytest.mark.parametrize(
    "text, failed, is_noted", [("", False, False), ("a line", False, True), ("", True, True), ("Traceback", True, True)]
)
def test_what_changes_is_noted_but_not_a_run_without_lines(noted, stored, text, failed, is_noted):
    stored.emit(function(), "r1", text, failed, 1)

    assert bool(noted) is is_noted
