"""Logs of functions, sent to their subscribers in batches."""

import base64
import gzip
import json
import threading

import pytest

from cli.engine_process.log_subscriptions import Source, Subscription, Subscriptions
from tests.support.waiting import until


def read(event):
    """Return a subscribed function's event, unpacked."""
    return json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))


def source(group="/aws/lambda/pay"):
    return Source("000000000000", group, "to-the-log")


@pytest.fixture
def subscriptions():
    numbers = iter(range(10_000))
    return Subscriptions(lambda: f"id{next(numbers)}", print, gathered_for_s=0.01)


def test_lines_are_sent_in_batches_by_group_in_their_order(subscriptions):
    """The streams do not matter: a batch has the name of the last one."""
    sent = []
    to = Subscription("store", lambda event: sent.append(read(event)))
    for number in range(3):
        subscriptions.add(source(), to, f"s{number}", [{"timestamp": number, "message": f"a{number}"}])
        subscriptions.add(source("/aws/lambda/void"), to, "s9", [{"timestamp": number, "message": f"b{number}"}])

    assert subscriptions.flush(5)
    assert [(one["logGroup"], one["logStream"], one["subscriptionFilters"][0]) for one in sent] == [
        ("/aws/lambda/pay", "s2", "to-the-log"),
        ("/aws/lambda/void", "s9", "to-the-log"),
    ]
    assert [[event["message"] for event in one["logEvents"]] for one in sent] == [
        ["a0", "a1", "a2"],
        ["b0", "b1", "b2"],
    ]
    assert len({e["id"] for one in sent for e in one["logEvents"]}) == 6


def test_one_flush_per_function_at_a_time(subscriptions):
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

    assert subscriptions.flush(5)
    assert (max(most), len(most)) == (1, 20)


def test_functions_do_not_wait_for_each_other(subscriptions):
    gate, sent = threading.Event(), []
    subscriptions.add(source(), Subscription("slow", lambda _: gate.wait(5)), "s", [{"message": "x"}])
    subscriptions.add(source(), Subscription("fast", sent.append), "s", [{"message": "x"}])
    until(lambda: sent, "the fast one's")
    gate.set()
    assert subscriptions.flush(5)


def test_a_failure_does_not_block_other_logs(subscriptions, capsys):
    sent = []

    def invoke(event):
        if not sent:
            sent.append(None)
            raise RuntimeError("no worker")
        sent.append(read(event))

    subscriptions.add(source("g1"), Subscription("store", invoke), "s", [{"message": "lost"}])
    subscriptions.add(source("g2"), Subscription("store", invoke), "s", [{"message": "kept"}])

    assert subscriptions.flush(5)
    assert sent[1]["logEvents"][0]["message"] == "kept"
    assert "no worker" in capsys.readouterr().out


def test_a_flush_waits_longer_than_its_patience_while_lines_are_sent(subscriptions):
    """Three batches, each of which takes most of the patience."""
    left, gate = [], threading.Semaphore(0)
    to = Subscription("store", lambda _: gate.acquire(timeout=5))
    for number in range(3):
        subscriptions.add(source(f"g{number}"), to, "s", [{"message": "x"}])

    def note(lines):
        left.append(lines)
        threading.Timer(0.3, gate.release).start()

    assert subscriptions.flush(0.5, note=note)
    assert left[:3] == [3, 2, 1]


def test_a_flush_ends_although_lines_are_added_meanwhile(subscriptions):
    is_over = threading.Event()

    def add(_=None):
        if not is_over.is_set():
            subscriptions.add(source(), Subscription("store", add), "s", [{"message": "x"}])

    add()
    assert not subscriptions.flush(5, at_most_s=0.2)
    is_over.set()
    assert subscriptions.flush(5)


def test_a_slow_flush_is_reported(subscriptions):
    gate = threading.Event()
    subscriptions.add(source(), Subscription("store", lambda _: gate.wait(5)), "s", [{"message": "x"}])
    assert not subscriptions.flush(0.05)
    gate.set()
    assert subscriptions.flush(5)


def test_lines_after_a_flush_are_sent(subscriptions):
    sent = []
    for number in range(3):
        subscriptions.add(source(), Subscription("store", sent.append), "s", [{"message": str(number)}])
        assert subscriptions.flush(5)
    assert len(sent) == 3
