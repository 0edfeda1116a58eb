"""`paysandbox redrive payments` and `redrive receipts`: processes messages of the donations' dead-letter queues again.

A message leaves the dead-letter queue only after it is back in its queue, so an interrupted run loses nothing.
Repeating a run is harmless: an event changes a donation once, and a receipt is claimed once.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from cli.terminal.output import print_json

if TYPE_CHECKING:
    from cli.connection.target import Target
    from cli.donations.credentials import Queue

# Messages that a killed run leaves become visible again after this.
_OURS_FOR_S: Final = 60
_BATCH: Final = 10
WAIT_S = 1
"""Long polling queries all servers of the queue; short polling only some of them."""


@dataclass
class Redrive:
    """One run over one dead-letter queue; `moved` counts the messages that are back in their queue.

    Messages that arrive after `began` (Unix seconds) are left, so that one that fails again is not moved in a loop.
    """

    sqs: Any
    queue: Queue
    began: float = field(default_factory=time.time)
    moved: int = 0

    def run(self) -> Iterator[int]:
        """Run until only new messages are left. Yields the number moved, after each batch."""
        younger: dict[str, str] = {}
        while messages := [one for one in self._receive() if one["MessageId"] not in younger]:
            for message in messages:
                if int(message["Attributes"]["SentTimestamp"]) / 1000 > self.began:
                    younger[message["MessageId"]] = message["ReceiptHandle"]
                    continue
                self.sqs.send_message(QueueUrl=self.queue.url, MessageBody=message["Body"])
                self.sqs.delete_message(QueueUrl=self.queue.dead, ReceiptHandle=message["ReceiptHandle"])
                self.moved += 1
            yield self.moved
        for handle in younger.values():
            self.sqs.change_message_visibility(QueueUrl=self.queue.dead, ReceiptHandle=handle, VisibilityTimeout=0)

    def _receive(self) -> list[dict[str, Any]]:
        return self.sqs.receive_message(
            QueueUrl=self.queue.dead,
            MaxNumberOfMessages=_BATCH,
            VisibilityTimeout=_OURS_FOR_S,
            WaitTimeSeconds=WAIT_S,
            MessageSystemAttributeNames=["SentTimestamp"],
        ).get("Messages", [])


def redrive_messages(target: Target, name: str, *, as_json: bool) -> None:
    """Redrive the queue of that name and print how many messages were moved."""
    from cli.donations.credentials import queues
    from cli.terminal.console import answers, asides
    from cli.terminal.steps import steps_on
    from cli.terminal.text import counted

    run = Redrive(target.client("sqs"), next(queue for queue in queues(target) if queue.name == name))
    with steps_on(asides(), ("redrive",)) as steps, steps.step("redrive") as step:
        for moved in run.run():
            step.say(counted(moved, "message"), passing=True)
        step.result(f"{counted(run.moved, 'message')} in {run.queue.dead.rpartition('/')[2]}")
    if as_json:
        print_json({"environment": target.environment, "queue": name, "redriven": run.moved}, indent=2)
        return
    answers().print(f"{counted(run.moved, 'message')} queued again.".capitalize())
