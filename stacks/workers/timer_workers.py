"""The workers of timers: one stores what falls due, and which payments are disputed. Where timers are punctual, one
performs what falls due within minutes.

The sweep of payments, once a minute, performs everything else.
"""

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_sqs as sqs

from paysandbox.aws.resources import (
    DISPUTES,
    LEDGER,
    LEDGER_STREAM,
    MERCHANT_SETTINGS,
    TIMER_QUEUE,
    TIMERS,
    UNPUBLISHED_EVENTS,
    Grant,
)
from paysandbox.aws.settings import AcceptanceSettings, ClockSettings, DisputeFeeSettings
from paysandbox.http.route import Function
from stacks.environments import Environment
from stacks.functions import Functions
from stacks.resources import READ_STREAM, Place, Resources
from stacks.workers import queues
from stacks.workers.streams import read_stream

STORE_TIMERS: Final = "store_timers"
FIRE_TIMERS: Final = "fire_timers"

# A write that adds a timer sets or moves `open_until`. Other writes, also later ones of the same payment, are few.
WITH_TIMERS: Final = {"dynamodb": {"NewImage": {"open_until": {"S": [{"exists": True}]}}}}
FIRERS_MAX: Final = 4

_GROUP: Final = "payments"
_STORE: Final = Function(
    name=STORE_TIMERS,
    group=_GROUP,
    grants=(
        Grant(TIMERS, ("BatchWriteItem",)),
        Grant(DISPUTES, ("UpdateItem",)),
        Grant(TIMER_QUEUE, ("SendMessage",)),
        # For records that Lambda gives up on.
        Grant(UNPUBLISHED_EVENTS, ("SendMessage",)),
        Grant(LEDGER_STREAM, READ_STREAM),
    ),
    needs=(ClockSettings,),
    timeout_s=queues.WORKER_TIMEOUT_S,
)
_FIRE: Final = Function(
    name=FIRE_TIMERS,
    group=_GROUP,
    grants=(
        Grant(LEDGER, ("BatchGetItem", "UpdateItem")),
        Grant(TIMERS, ("BatchGetItem", "BatchWriteItem")),
        Grant(MERCHANT_SETTINGS, ("BatchGetItem",)),
    ),
    needs=(AcceptanceSettings, ClockSettings, DisputeFeeSettings),
    timeout_s=queues.WORKER_TIMEOUT_S,
)


def make_timer_workers(
    stack: cdk.Stack,
    environment: Environment,
    functions: Functions,
    resources: Resources,
    *,
    stream: str,
    dead_letters: sqs.Queue,
) -> None:
    """Create the workers, and where timers are punctual the queue that delays what falls due within minutes."""
    queue = _queue(stack, environment, resources, dead_letters)
    read_stream(
        stack,
        functions.make(_STORE),
        STORE_TIMERS,
        stream=stream,
        dead_letters=dead_letters.queue_arn,
        only=(WITH_TIMERS,),
        lanes=environment.stream_lanes,
    )
    if queue is not None:
        queues.feed(stack, functions.make(_FIRE), FIRE_TIMERS, queue, at_once=FIRERS_MAX)


def _queue(
    stack: cdk.Stack, environment: Environment, resources: Resources, dead_letters: sqs.Queue
) -> sqs.Queue | None:
    if not environment.punctual_timers:
        resources.add(TIMER_QUEUE, Place(service="sqs", arns=(), facts={"timer_queue": ""}))
        return None
    # The sweep performs what is lost here. But a message that always fails would come back for 14 days, unnoticed.
    queue = queues.queue(stack, environment, TIMER_QUEUE.name, dead=dead_letters)
    resources.add(TIMER_QUEUE, Place(service="sqs", arns=(queue.queue_arn,), facts={"timer_queue": queue.queue_url}))
    return queue
