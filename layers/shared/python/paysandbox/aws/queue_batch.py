# pyright: standard
"""A batch of messages of a queue: what of it can be read, and working on each beside the others.

Only what failed comes again. What nobody will ever be able to read is put aside at once, so that it comes neither again
nor in anybody's way.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from paysandbox.aws import runtime, telemetry
from paysandbox.aws.settings import DeadLetterSettings

_AT_ONCE: Final = 10

# What reading a text raises that is not of the form that this code writes.
_UNREADABLE: Final = (ValueError, TypeError, LookupError, AttributeError, RecursionError)

T = TypeVar("T")
R = TypeVar("R")

Answer = dict[str, list[dict[str, str]]]
"""What Lambda is told of a batch (ReportBatchItemFailures)."""


@dataclass(frozen=True, slots=True)
class Message(Generic[T]):
    """A message as SQS knows it, and what it says."""

    id: str
    content: T


def readable(event: Mapping[str, Any], read: Callable[[Mapping[str, Any]], T]) -> list[Message[T]]:
    """The messages that `read` can read. The others lie in the parking queue afterwards."""
    messages: list[Message[T]] = []
    for record in event["Records"]:
        try:
            messages.append(Message(record["messageId"], read(record)))
        except _UNREADABLE as error:
            _park(record, type(error).__name__)
    return messages


def each(messages: Sequence[Message[T]], work: Callable[[T], R], *, at_once: int = _AT_ONCE) -> tuple[list[R], Answer]:
    """Work on all of them, some at once. What came of those that did not fail, and which did."""
    results: list[R] = []
    failed: list[str] = []
    if messages:
        with ThreadPoolExecutor(at_once) as pool:
            for message, (result, error) in zip(messages, pool.map(lambda m: _tried(m, work), messages), strict=True):
                if error is None:
                    results += result
                else:
                    failed.append(message.id)
    return results, answer(failed)


def answer(failed: Sequence[str]) -> Answer:
    """The answer that gives these messages back to their queue."""
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _tried(message: Message[T], work: Callable[[T], R]) -> tuple[list[R], Exception | None]:
    try:
        return [work(message.content)], None
    except Exception as error:  # noqa: BLE001 - whatever it is, the others of the batch are not to wait for it
        telemetry.message_failed(message.id, error)
        return [], error


def _park(record: Mapping[str, Any], reason: str) -> None:
    runtime.sqs().send_message(
        QueueUrl=runtime.settings_of(DeadLetterSettings).dead_letter_queue, MessageBody=record["body"]
    )
    telemetry.dead_lettered({"message_id": record["messageId"]}, reason)
