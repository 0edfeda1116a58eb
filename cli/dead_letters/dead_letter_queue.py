"""Empties a dead-letter queue: each message is processed again and then deleted.

A message leaves the queue only after it was processed, so an interrupted run loses nothing. Whatever processes it must
accept it twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from cli.terminal.output import print_json

if TYPE_CHECKING:
    from cli.connection.target import Target

# Messages that a killed run leaves become visible again after this.
_OURS_FOR_S: Final = 60
_BATCH: Final = 10
WAIT_S: Final = {True: 0, False: 1}
"""Seconds to wait for a message, by whether the sandbox is local. Long polling queries all servers of a queue, short
polling only some of them (Amazon SQS developer guide). A local queue has one, and an empty one is known at once."""


@dataclass
class Redrive:
    """One run over one dead-letter queue (`dead` is its URL); `moved` counts the messages that were processed.

    `process` takes a message's body. `wait_s` is that of WAIT_S. Messages that arrive after `began` (Unix seconds) are
    left, so that one that fails again is not processed in a loop.
    """

    sqs: Any
    dead: str
    process: Callable[[str], object]
    wait_s: int
    began: float = field(default_factory=time.time)
    moved: int = 0

    def run(self) -> Iterator[int]:
        """Run until only new messages are left. Yields the number processed, after each batch."""
        younger: dict[str, str] = {}
        while messages := [message for message in self._receive() if message["MessageId"] not in younger]:
            for message in messages:
                if int(message["Attributes"]["SentTimestamp"]) / 1000 > self.began:
                    younger[message["MessageId"]] = message["ReceiptHandle"]
                    continue
                self.process(message["Body"])
                self.sqs.delete_message(QueueUrl=self.dead, ReceiptHandle=message["ReceiptHandle"])
                self.moved += 1
            yield self.moved
        for handle in younger.values():
            self.sqs.change_message_visibility(QueueUrl=self.dead, ReceiptHandle=handle, VisibilityTimeout=0)

    def _receive(self) -> list[dict[str, Any]]:
        return self.sqs.receive_message(
            QueueUrl=self.dead,
            MaxNumberOfMessages=_BATCH,
            VisibilityTimeout=_OURS_FOR_S,
            WaitTimeSeconds=self.wait_s,
            MessageSystemAttributeNames=["SentTimestamp"],
        ).get("Messages", [])


def run_redrive(target: Target, name: str, run: Redrive, *, done: str, as_json: bool) -> None:
    """Run with progress, and print how many messages were `done` (a participle), for the queue of that name."""
    from cli.terminal.console import answers, stderr_console
    from cli.terminal.steps import steps_on
    from cli.terminal.text import counted

    with steps_on(stderr_console(), ("redrive",)) as steps, steps.step("redrive") as step:
        for moved in run.run():
            step.say(counted(moved, "message"), passing=True)
        step.result(f"{counted(run.moved, 'message')} in {run.dead.rpartition('/')[2]}")
    if as_json:
        print_json({"environment": target.environment, "queue": name, "redriven": run.moved})
        return
    answers().print(f"{counted(run.moved, 'message')} {done}.".capitalize())
