"""A batch of messages that fails as a whole: it is divided until the one that is the cause fails alone."""

from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from paysandbox.aws.queue_batch import Answer, answer, apart
from paysandbox.core.errors import Contended

THROTTLED = ClientError({"Error": {"Code": "ThrottlingException"}}, "BatchGetItem")


def batch(*names: str) -> dict[str, list[dict[str, str]]]:
    return {"Records": [{"messageId": name} for name in names]}


class Worker:
    """Fails on every batch with one of these messages, and reports others."""

    def __init__(self, *poison: str, reported: str = "", error: Exception | None = None) -> None:
        self.poison, self.reported, self.error = poison, reported, error or KeyError("4242424242424242")
        self.calls: list[list[str]] = []

    def __call__(self, event: Mapping[str, Any]) -> Answer:
        names: list[str] = [message["messageId"] for message in event["Records"]]
        self.calls.append(names)
        if {*self.poison} & {*names}:
            raise self.error
        return answer([name for name in names if name == self.reported])


@pytest.mark.parametrize(
    "worker, failed, calls",
    [
        (Worker(), [], ["abcde"]),
        (Worker(reported="c"), ["c"], ["abcde"]),
        (Worker("a"), ["a"], ["abcde", "ab", "a", "b", "cde"]),
        (Worker("e", reported="c"), ["c", "e"], ["abcde", "ab", "cde", "c", "de", "d", "e"]),
        (Worker(*"abcde"), [*"abcde"], ["abcde", "ab", "a", "b", "cde", "c", "de", "d", "e"]),
    ],
    ids=["none", "reported", "first", "last", "all"],
)
def test_only_the_messages_that_fail_return_to_the_queue(worker: Worker, failed: list[str], calls: list[str]) -> None:
    assert apart(batch(*"abcde"), worker) == answer(failed)
    assert ["".join(names) for names in worker.calls] == calls


@pytest.mark.parametrize("error", [THROTTLED, Contended()], ids=["AWS", "service_unavailable"])
def test_errors_of_aws_are_raised(error: Exception) -> None:
    worker = Worker("a", error=error)
    with pytest.raises(type(error)):
        apart(batch(*"abcde"), worker)
    assert len(worker.calls) == 1
