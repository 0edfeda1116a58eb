"""CPU time of a warm authorization with DynamoDB responding at once: ours, a bare `put_item`, and Powertools' default.

    make bench ARGS=warm_authorize

`ours` is the whole handler, from event to response, with one call. As in production, the request log stores a share of
the successful requests, and only their log lines have the masked bodies; in the case `every request stored`, all have
them. `bare put_item` is plain boto3 with the same item and condition. `Powertools' default` is its idempotent handler
with its DynamoDB persistence layer around that `put_item`: three calls. `ours, call only` is the same `put_item` with
our client.
"""

import itertools
import os
import time
from collections.abc import Callable, Mapping
from typing import Any, Final
from unittest.mock import patch

import boto3
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent,
)

from benchmarks import stubbed_aws
from benchmarks.rounds import alternate, machine, summary
from paysandbox.aws import runtime
from paysandbox.aws.settings import SamplingSettings
from stacks.environments import ENVIRONMENTS

TARGET: Final = 1.12
"""Target, relative to the bare `put_item`."""

BARE: Final = "bare put_item"
OURS: Final = "ours"
STORED: Final = "ours, every request stored"
CALL: Final = "ours, call only"
POWERTOOLS: Final = "Powertools' default"


def measure(rounds: int = 9, times: int = 400) -> dict[str, Any]:
    """Return the CPU microseconds per call by case; `times` is the number of calls per case and round."""
    parameters = stubbed_aws.item_put()
    with stubbed_aws.function() as handler:
        plain = boto3.client("dynamodb")
        stubbed_aws.answer_at_once(plain)
        own = runtime.ledger().client
        authorize = timer(each_time(handler), times)
        cases = {
            BARE: timer(lambda: plain.put_item(**parameters), times),
            OURS: _storing(ENVIRONMENTS["prod"].request_log_sample_percent, authorize),
            STORED: _storing(100, authorize),
            CALL: timer(lambda: own.put_item(**parameters), times),
            POWERTOOLS: timer(each_time(_idempotent(plain, parameters)), times),
        }
        samples = alternate(cases, rounds)
        runtime._settings.cache_clear()  # noqa: SLF001 - there is no other way to make it forget
    return {
        "machine": machine(),
        "unit": "CPU microseconds per call",
        "rounds": rounds,
        "calls_per_round": times,
        "target": TARGET,
        "base": BARE,
        "cases": summary(samples, BARE),
        "samples": samples,
    }


def each_time(handler: Callable[[Any, Any], Any]) -> Callable[[], Any]:
    """Return a function that calls a handler, each time under a new idempotency key and request ID."""
    numbers = itertools.count()
    event, context = stubbed_aws.event("key"), stubbed_aws.Context()

    def call() -> Any:
        number = next(numbers)
        key = f"key-{number}"
        event["requestContext"]["requestId"] = f"7f6f1f0e-43b5-4b0e-9d3c-{number:012}"
        event["headers"]["X-Idempotency-Key"] = key
        event["multiValueHeaders"]["X-Idempotency-Key"] = [key]
        return handler(event, context)

    return call


def _storing(percent: int, run: Callable[[], float]) -> Callable[[], float]:
    """Return a function that runs where the request log stores this share of the successful requests."""
    (variable,) = SamplingSettings.variables()

    def run_there() -> float:
        with patch.dict(os.environ, {variable: str(percent)}):
            runtime._settings.cache_clear()  # noqa: SLF001 - there is no other way to make it forget
            return run()

    return run_there


def _idempotent(client: Any, parameters: Mapping[str, Any]) -> Callable[[Any, Any], Any]:
    store = DynamoDBPersistenceLayer(table_name="idempotency", boto3_client=client)
    config = IdempotencyConfig(event_key_jmespath='headers."X-Idempotency-Key"')

    @idempotent(persistence_store=store, config=config)
    def handler(event: Any, context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
        client.put_item(**parameters)
        return {"statusCode": 200, "body": "{}"}

    return handler


def timer(case: Callable[[], Any], times: int) -> Callable[[], float]:
    """Return a function that returns the mean CPU microseconds of a call. Other processes affect CPU time little."""

    def run() -> float:
        case()
        started = time.process_time()
        for _ in range(times):
            case()
        return (time.process_time() - started) / times * 1e6

    return run
