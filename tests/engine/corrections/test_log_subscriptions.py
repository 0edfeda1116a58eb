"""Logs of functions, sent to their subscribers in batches."""

import base64
import gzip
import json
import threading
import time

import pytest

from engine.corrections.log_subscriptions import (
    EVENTS_MAX,
    MANY,
    UNSENT,
    Source,
    Subscription,
    Subscriptions,
    keep_unsent,
)
from engine.ministack import view
from tests.support.tools.waiting import until


def read(event):
    """Return a subscribed function's event, unpacked."""
    return json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))


def source(group="/aws/lambda/pay"):
    return Source("000000000000", group, "to-the-log", "us-east-1")


def sent_all(subscriptions):
    until(lambda: subscriptions.are_sent, "the last batch", patience_s=5)


@pytest.fixture
def subscriptions():
    numbers = iter(range(10_000))
    return Subscriptions(lambda: f"id{next(numbers)}", print, least_s=0.01, most_s=0.02)


def test_lines_are_sent_in_batches_by_group_in_their_order(subscriptions):
    """The streams do not matter: a batch has the name of the last one."""
    sent, busy, gate = [], threading.Event(), threading.Event()
    subscriptions.add(source("busy"), Subscription("store", lambda _: busy.set() or gate.wait(5)), "s", [{}])
    assert busy.wait(5)
    # What comes while the function is busy is sent together.
    to = Subscription("store", lambda event: sent.append(read(event)))
    for number in range(3):
        subscriptions.add(source(), to, f"s{number}", [{"timestamp": number, "message": f"a{number}"}])
        subscriptions.add(source("/aws/lambda/void"), to, "s9", [{"timestamp": number, "message": f"b{number}"}])
    gate.set()

    sent_all(subscriptions)
    assert [(one["logGroup"], one["logStream"], one["subscriptionFilters"][0]) for one in sent] == [
        ("/aws/lambda/pay", "s2", "to-the-log"),
        ("/aws/lambda/void", "s9", "to-the-log"),
    ]
    assert [[event["message"] for event in one["logEvents"]] for one in sent] == [
        ["a0", "a1", "a2"],
        ["b0", "b1", "b2"],
    ]
    assert len({e["id"] for one in sent for e in one["logEvents"]}) == 6


def test_one_invocation_per_function_at_a_time(subscriptions):
    running, most, gate = [], [], threading.Event()

    def invoke(_):
        running.append(1)
        most.append(len(running))
        gate.wait(5)
        running.pop()

    for number in range(20):
        subscriptions.add(source(f"g{number}"), Subscription("store", invoke), "s", [{"message": "x"}])
    until(lambda: running, "an invocation")
    gate.set()

    sent_all(subscriptions)
    assert (max(most), len(most)) == (1, 20)


def test_a_few_lines_are_sent_as_soon_as_after_a_pause():
    """A single request has few, so whoever reads the log waits no longer for the next one."""
    sent = []
    subscriptions = Subscriptions(lambda: "id", print, least_s=0.01, most_s=60)
    for batch in range(3):
        subscriptions.add(source(), Subscription("store", sent.append), "s", [{}] * (MANY - 1))
        until(lambda so_far=batch: len(sent) > so_far, "the lines", patience_s=5)


def test_after_many_lines_the_next_are_gathered_for_longer():
    sent, most_s = [], 0.1
    subscriptions = Subscriptions(lambda: "id", print, least_s=0.01, most_s=most_s)
    to = Subscription("store", lambda event: sent.append((time.monotonic(), read(event)["logEvents"])))
    subscriptions.add(source(), to, "s", [{}] * MANY)
    sent_all(subscriptions)
    for _ in range(2):
        subscriptions.add(source(), to, "s", [{}])
    sent_all(subscriptions)
    (first_at, _), (second_at, lines) = sent
    assert second_at - first_at >= most_s
    assert len(lines) == 2


def test_a_full_batch_is_sent_at_once():
    sent = []
    subscriptions = Subscriptions(lambda: "id", print, least_s=60, most_s=60)
    to = Subscription("store", lambda event: sent.append(read(event)["logEvents"]))
    for _ in range(2):
        subscriptions.add(source(), to, "s", [{}] * (EVENTS_MAX // 2))
    until(lambda: sent, "the batch", patience_s=5)
    assert len(sent[0]) == EVENTS_MAX


def test_functions_do_not_wait_for_each_other(subscriptions):
    gate, sent = threading.Event(), []
    subscriptions.add(source(), Subscription("slow", lambda _: gate.wait(5)), "s", [{"message": "x"}])
    subscriptions.add(source(), Subscription("fast", sent.append), "s", [{"message": "x"}])
    until(lambda: sent, "the fast one's")
    gate.set()
    sent_all(subscriptions)


def test_a_failure_does_not_block_other_logs(subscriptions, capsys):
    sent = []

    def invoke(event):
        if not sent:
            sent.append(None)
            raise RuntimeError("no worker")
        sent.append(read(event))

    subscriptions.add(source("g1"), Subscription("store", invoke), "s", [{"message": "lost"}])
    subscriptions.add(source("g2"), Subscription("store", invoke), "s", [{"message": "kept"}])

    sent_all(subscriptions)
    assert sent[1]["logEvents"][0]["message"] == "kept"
    assert "no worker" in capsys.readouterr().out


def test_lines_are_unsent_until_the_function_has_received_them(subscriptions):
    """A stop waits for them, and saves those for which it does not wait any longer."""
    gate, begun = threading.Event(), threading.Event()

    def invoke(_):
        begun.set()
        gate.wait(5)

    subscriptions.add(source(), Subscription("store", invoke), "s", [{"message": "x"}])
    assert begun.wait(5)
    subscriptions.add(source(), Subscription("store", invoke), "t", [{"message": "y"}])

    assert not subscriptions.are_sent
    assert [line[2:] for line in subscriptions.unsent()] == [
        ("/aws/lambda/pay", "s", {"message": "x"}),
        ("/aws/lambda/pay", "t", {"message": "y"}),
    ]
    gate.set()
    sent_all(subscriptions)
    assert subscriptions.unsent() == []


class Logs:
    """The part of ministack's logs that is replaced, and a function that receives every line."""

    def __init__(self):
        self.subscriptions = Subscriptions(lambda: "id", print, least_s=0.01, most_s=0.02)
        self.gate, self.sent, self.scopes = threading.Event(), [], []
        self.resume = keep_unsent(
            view("cloudwatch_logs", self), self.subscriptions, lambda *scope: self.scopes.append(scope)
        )

    def get_state(self):
        return {"log_groups": 1}

    def load_persisted_state(self, state):
        assert state["log_groups"] == 1

    def _invoke(self, event):
        assert self.gate.wait(5)
        self.sent += [one["message"] for one in read(event)["logEvents"]]

    def _fanout_to_subscription_filters(self, group, stream, events):
        self.subscriptions.add(source(group), Subscription("store", self._invoke), stream, events)


def test_unsent_lines_are_sent_after_a_restart():
    before, after = Logs(), Logs()
    before._fanout_to_subscription_filters("g", "s", [{"timestamp": 1, "message": "x"}])
    saved = json.loads(json.dumps(before.get_state()))

    after.load_persisted_state(saved)
    assert json.loads(json.dumps(after.get_state())) == saved, "a kill before they are sent does not lose them"
    after.resume()
    after.gate.set()
    sent_all(after.subscriptions)
    assert (after.sent, after.scopes) == (["x"], [("000000000000", "us-east-1")])
    assert after.get_state()[UNSENT] == []
    before.gate.set()
    sent_all(before.subscriptions)


def test_lines_after_a_pause_are_sent(subscriptions):
    sent = []
    for number in range(3):
        subscriptions.add(source(), Subscription("store", sent.append), "s", [{"message": str(number)}])
        sent_all(subscriptions)
    assert len(sent) == 3
