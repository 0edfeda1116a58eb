"""`paysandbox redrive`: processes the messages of a dead-letter queue again."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

import typer

from cli.terminal.options import AsJson, Environment

app = typer.Typer()

EXAMPLES: Final = """[bold]Examples[/bold]
  paysandbox redrive webhooks                  after the receiver is back
  paysandbox redrive payments --env dev        Stripe's events for donations
  paysandbox redrive receipts --env dev --json
"""


class Queue(StrEnum):
    """The queues that have a dead-letter queue which people redrive."""

    WEBHOOKS = "webhooks"
    PAYMENTS = "payments"
    RECEIPTS = "receipts"
    REQUESTS = "requests"


@app.command(epilog=EXAMPLES)
def redrive(
    queue: Annotated[
        Queue,
        typer.Argument(
            metavar="QUEUE",
            help="webhooks: deliveries to endpoints. payments: Stripe's events for donations. receipts: donation "
            "receipts. requests: log lines for the request log.",
        ),
    ],
    env: Environment = "local",
    as_json: AsJson = False,
) -> None:
    """Redrive a dead-letter queue: process its messages again, after the cause is fixed.

    A webhook delivery gets its full retry schedule again. Exits with 1 if
    deliveries stay in the dead-letter queue, because their endpoint is
    disabled or their resend limit is reached. A message that fails again
    returns to the dead-letter queue.
    """
    from cli.connection.target import resolve
    from cli.state.state_dir import StateDir

    target = resolve(env, StateDir.find())
    if queue is Queue.WEBHOOKS:
        from cli.webhooks.dead_deliveries import redrive_deliveries

        redrive_deliveries(target, as_json=as_json)
    elif queue is Queue.REQUESTS:
        from cli.request_log.dead_batches import redrive_batches

        redrive_batches(target, queue, as_json=as_json)
    else:
        from cli.donations.dead_messages import redrive_messages

        redrive_messages(target, queue, as_json=as_json)
