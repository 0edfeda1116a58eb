"""`paysandbox redrive payments` and `redrive receipts`: returns messages of the donations' dead-letter queues.

Repeating a run is harmless: an event changes a donation once, and a receipt is claimed once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.dead_letters.dead_letter_queue import WAIT_S, Redrive, run_redrive

if TYPE_CHECKING:
    from cli.connection.target import Target


def redrive_messages(target: Target, name: str, *, as_json: bool) -> None:
    """Redrive the queue of that name and print how many messages are back in it."""
    from cli.donations.credentials import queues

    sqs, queue = target.client("sqs"), next(queue for queue in queues(target) if queue.name == name)

    def send_again(body: str) -> None:
        sqs.send_message(QueueUrl=queue.url, MessageBody=body)

    run = Redrive(sqs, queue.dead, send_again, WAIT_S[target.is_local])
    run_redrive(target, name, run, done="queued again", as_json=as_json)
