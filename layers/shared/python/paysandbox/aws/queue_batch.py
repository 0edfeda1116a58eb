# pyright: standard
"""Process a batch of SQS messages: parse them, and handle several at once.

Only failed messages return to the queue. Unreadable messages go to the dead-letter queue at once and are not retried.
A batch that fails as a whole is divided (`apart`): one of its messages may be the cause, and the others would go to the
dead-letter queue with it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Generic, TypeVar

from paysandbox.aws import runtime, telemetry, tracing
from paysandbox.aws.outages import is_outage
from paysandbox.aws.records import READ_ERRORS
from paysandbox.aws.settings import DeadLetterSettings
from paysandbox.aws.threads import run_on_each
from paysandbox.core.record import record

SLOTS: Final = 10
"""How many messages of a batch are handled at once."""

T = TypeVar("T")
R = TypeVar("R")

Answer = dict[str, list[dict[str, str]]]
"""The response to Lambda for a batch (ReportBatchItemFailures)."""


@record
class Message(Generic[T]):
    """A message's SQS ID and its parsed content."""

    id: str
    content: T


def readable(event: Mapping[str, Any], read: Callable[[Mapping[str, Any]], T]) -> list[Message[T]]:
    """Parse messages with `read`. Those that it cannot parse are sent to the dead-letter queue."""
    messages: list[Message[T]] = []
    for message in event["Records"]:
        try:
            messages.append(Message(message["messageId"], read(message)))
        except READ_ERRORS as error:
            _send_to_dead_letter(message, type(error).__name__)
    return messages


def each(messages: Sequence[Message[T]], work: Callable[[T], R], *, at_once: int = SLOTS) -> tuple[list[R], Answer]:
    """Run `work` on every message, `at_once` at a time. Returns the results, and the response with the failures."""
    results: list[R] = []
    failed: list[str] = []
    tried = run_on_each(lambda message: _try(message, work), messages, at_once=at_once)
    for message, (result, error) in zip(messages, tried, strict=True):
        if error is None:
            results += result
        else:
            failed.append(message.id)
    return results, answer(failed)


def apart(event: Mapping[str, Any], process: Callable[[Mapping[str, Any]], Answer]) -> Answer:
    """Process a batch. If that fails as a whole, process its halves, and theirs, until one message fails alone.

    `process` is idempotent. Errors of AWS are raised, since they concern every message.
    """
    messages: Sequence[Mapping[str, Any]] = event["Records"]
    try:
        return process(event)
    except Exception as error:
        if is_outage(error):
            raise
        if len(messages) == 1:
            telemetry.message_failed(messages[0]["messageId"], error)
            return answer([messages[0]["messageId"]])
    middle = len(messages) // 2
    halves = (apart({"Records": half}, process) for half in (messages[:middle], messages[middle:]))
    return {"batchItemFailures": [failure for half in halves for failure in half["batchItemFailures"]]}


def answer(failed: Sequence[str]) -> Answer:
    """Build the response that returns these messages to their queue."""
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _try(message: Message[T], work: Callable[[T], R]) -> tuple[list[R], Exception | None]:
    try:
        with tracing.subsegment("message"):
            return [work(message.content)], None
    except Exception as error:  # noqa: BLE001 - one message's failure must not affect the rest of the batch
        telemetry.message_failed(message.id, error)
        return [], error


def _send_to_dead_letter(record: Mapping[str, Any], reason: str) -> None:
    runtime.sqs().send_message(
        QueueUrl=runtime.settings_of(DeadLetterSettings).dead_letter_queue, MessageBody=record["body"]
    )
    telemetry.dead_lettered({"message_id": record["messageId"]}, reason)
