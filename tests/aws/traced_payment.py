"""A payment and what follows it, in a process of its own whose functions are traced.

    PAYSANDBOX_TRACING=full … python -m tests.aws.traced_payment

Each invocation has a trace of its own. The last line of the output is a report in JSON.
The X-Ray SDK patches botocore for the whole process, so no other test may share it.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sqs.models import sqs_backends

from payments import publish_event
from paysandbox.aws import runtime, tracing
from paysandbox.payments.events.rendering import render_event
from paysandbox.payments.ledger.items import payment_from
from paysandbox.payments.ledger.stream import events_in
from paysandbox.payments.routes import AUTHORIZE_PAYMENT, CAPTURE_PAYMENT
from tests.support.builders import build
from tests.support.clients.call import send
from tests.support.fakes import stream
from tests.support.fakes.receiver import receiver
from tests.support.worlds import tables
from tests.support.worlds.webhook_workers import HEALTHY, SUSPECTS, WebhookWorkers
from webhooks import deliver_event, plan_deliveries

Json = dict[str, Any]

CARD = "4242424242424242"
VARIABLE = "_X_AMZN_TRACE_ID"
UNRECORDED = "Root=1-5759e988-000000000000000000000099;Parent=0000000000000099;Sampled=0"
EARLIER = datetime(2020, 1, 1, tzinfo=UTC)


@contextmanager
def invocation(number: int, *, sampled: bool = True) -> Iterator[str]:
    """Run an invocation as Lambda does: with a trace in the environment. Yield the trace's ID.

    Afterwards this process is in a trace that is not recorded.
    """
    trace = f"1-5759e988-{number:024}"
    os.environ[VARIABLE] = f"Root={trace};Parent={number:016};Sampled={int(sampled)}"
    yield trace
    os.environ[VARIABLE] = UNRECORDED


def messages(workers: WebhookWorkers, queue: str) -> list[Json]:
    """Take the messages of a queue in Lambda's format, including delayed ones."""
    for message in sqs_backends[DEFAULT_ACCOUNT_ID][tables.REGION].queues[queue]._messages:
        message.delayed_until = 0
    sqs: Any = runtime.sqs()
    found = sqs.receive_message(QueueUrl=workers.urls[queue], MaxNumberOfMessages=10, MessageAttributeNames=["All"])
    return [
        workers.record(message["Body"], queue)
        | {
            "messageAttributes": {
                name: {"stringValue": value["StringValue"], "dataType": value["DataType"]}
                for name, value in message.get("MessageAttributes", {}).items()
            }
        }
        for message in found.get("Messages", [])
    ]


def run() -> Json:
    """Authorize, be refused, publish, plan, deliver twice, capture; and fail with a card number in the message."""
    report: Json = {}
    with receiver(answers=[500, 200]) as shop:
        workers = WebhookWorkers()
        workers.endpoint(1, shop.url, created_at=EARLIER, listens_since=EARLIER)

        with invocation(1) as report["request"]:
            reply = send(AUTHORIZE_PAYMENT, body=build.authorize_body(), key="key-1")
        with invocation(2) as report["refused"]:
            send(AUTHORIZE_PAYMENT, body=build.authorize_body(reference=CARD), key="key-2")

        payment_id = report["payment_id"] = reply.json["transaction_id"]
        record = stream.of_images({"NewImage": tables.items(runtime.ledger())[payment_id]})
        with invocation(3) as report["publisher"]:
            publish_event.handler({"Records": [record]}, None)
        published = messages(workers, "events-to-plan")
        with invocation(4) as report["planner"]:
            plan_deliveries.handler({"Records": published}, None)
        for number, (name, queue) in enumerate((("deliverer", HEALTHY), ("retrier", SUSPECTS)), start=5):
            queued = messages(workers, queue)
            with invocation(number) as report[name]:
                deliver_event.handler({"Records": queued}, None)

        with invocation(7, sampled=False) as report["unsampled"]:
            send(CAPTURE_PAYMENT, body=build.capture_body(payment_id), key="key-3")
        with invocation(8) as report["failing"]:
            with suppress(ValueError), tracing.subsegment("failing"):
                raise ValueError(CARD)
            with suppress(ClientError):
                runtime.ssm().get_parameter(Name=f"/{CARD}")  # the error's message quotes the name

        return report | {
            "rendered": [render_event(event) for event in events_in(record)],
            "published": [one["body"] for one in published],
            "attributes": [sorted(one["messageAttributes"]) for one in published],
            "delivered": [one.body.decode() for one in shop.received],
            "stored": [one.trace for one in payment_from(tables.items(runtime.ledger())[payment_id]).operations],
        }


if __name__ == "__main__":
    with tables.sandbox(webhook_local=True, webhook_retries_s="5,5"):
        told = run()
    sys.stdout.write("\n" + json.dumps(told) + "\n")
