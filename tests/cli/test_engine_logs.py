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


def sent_all(subscriptions):
    until(lambda: subscriptions.are_sent, "the last batch", patience_s=5)


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


def test_lines_that_are_being_sent_are_not_sent_yet(subscriptions):
    """A stop waits for them."""
    gate, begun = threading.Event(), threading.Event()

    def invoke(_):
        begun.set()
        gate.wait(5)

    subscriptions.add(source(), Subscription("store", invoke), "s", [{"message": "x"}])
    assert begun.wait(5)
    assert not subscriptions.are_sent
    gate.set()
    sent_all(subscriptions)


def test_lines_after_a_pause_are_sent(subscriptions):
    sent = []
    for number in range(3):
        subscriptions.add(source(), Subscription("store", sent.append), "s", [{"message": str(number)}])
        sent_all(subscriptions)
    assert len(sent) == 3
