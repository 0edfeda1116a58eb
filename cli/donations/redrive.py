"""`paysandbox donations redrive`: what was given up of Stripe's events and of receipts is worked on once more.

A message leaves the dead letters only when it waits in its queue again, so nothing is lost by a run that is cut short;
repeated, it does no harm: an event changes a donation once, a receipt is claimed once.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.terminal.options import AsJson, Environment
from cli.terminal.output import print_json

if TYPE_CHECKING:
    from cli.donations.credentials import Queue

# What is left lies there again soon, also when this is killed.
_OURS_FOR_S: Final = 60
_BATCH: Final = 10
WAIT_S = 1
"""Waiting asks all servers of the queue, and not some of them."""

EXAMPLES: Final = """[bold]Examples[/bold]
  paysandbox donations redrive                  both queues
  paysandbox donations redrive payments         Stripe's events alone
  paysandbox donations redrive --env dev --json
"""


class Dead(StrEnum):
    """Whose dead letters."""

    PAYMENTS = "payments"
    NOTIFICATIONS = "notifications"


@dataclass
class Redrive:
    """One run over one queue's dead letters; `moved` counts those that wait in the queue again.

    What comes to the dead letters after `began` (seconds) is left: a message that is parked once more is not chased.
    """

    sqs: Any
    queue: Queue
    began: float = field(default_factory=time.time)
    moved: int = 0

    def run(self) -> Iterator[int]:
        """Work until nothing old is left. Yields after each batch how many were moved."""
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


def redrive(
    queue: Annotated[Dead | None, typer.Argument(help="Stripe's events, or receipts. Default: both.")] = None,
    env: Environment = "local",
    as_json: AsJson = False,
) -> None:
    """Reprocess Stripe events and receipts from the dead-letter queues, after the cause is fixed.

    An event of a donation that is not there, or that contradicts it, returns to
    the dead-letter queue.
    """
    from cli.connection.target import resolve
    from cli.donations.credentials import queues
    from cli.sandbox.state_dir import StateDir
    from cli.terminal.console import answers, asides
    from cli.terminal.steps import steps_on
    from cli.terminal.text import counted

    target = resolve(env, StateDir.find())
    chosen = [one for one in queues(target) if queue in (None, one.name)]
    runs = {one.name: Redrive(target.client("sqs"), one) for one in chosen}
    with steps_on(asides(), [*runs]) as steps:
        for name, run in runs.items():
            with steps.step(name) as step:
                for moved in run.run():
                    step.say(counted(moved, "message"), passing=True)
                step.result(f"{counted(run.moved, 'message')} of {run.queue.dead.rpartition('/')[2]}")
    counts = {name: run.moved for name, run in runs.items()}
    if as_json:
        print_json({"environment": target.environment, **counts}, indent=2)
        return
    for name, moved in counts.items():
        answers().print(f"{name}: {counted(moved, 'message')} on the way again.")
