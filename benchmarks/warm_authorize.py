"""CPU time of a warm authorization with DynamoDB responding at once: ours, a bare `put_item`, and Powertools' default.

    make bench ARGS=warm_authorize
    make profile        the time by function instead

`ours` is the whole handler, from event to response, with one call. As in production, the request log stores a share of
the successful requests, and only their log lines have the masked bodies; in the case `every request stored`, all have
them. `bare put_item` is plain boto3 with the same item and condition. `Powertools' default` is its idempotent handler
with its DynamoDB persistence layer around that `put_item`: three calls. `ours, call only` is the same `put_item` with
our client.

cProfile about doubles the apparent cost of small functions: use the profile to find costs, and the benchmark to measure
them.
"""

import argparse
import cProfile
import itertools
import os
import pstats
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import boto3
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent,
)

from benchmarks.measuring import stubbed_aws
from benchmarks.measuring.command import run
from benchmarks.measuring.rounds import alternate, machine, summary
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

TOP: Final = 30


@dataclass(frozen=True, slots=True)
class Cost:
    """A function, its calls per request, its own microseconds, and those that include the functions it calls."""

    name: str
    calls: float
    own_us: float
    all_us: float


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


# --- the time by function ---------------------------------------------------------------------------------------------


def costs(times: int = 2_000) -> list[Cost]:
    """Return every function that a warm authorization calls, by own time in descending order."""
    with stubbed_aws.function() as handler:
        call = each_time(handler)
        call()
        profile = cProfile.Profile()
        profile.enable()
        for _ in range(times):
            call()
        profile.disable()
    stats: Any = pstats.Stats(profile)
    found = [
        Cost(_name(*where), calls / times, own / times * 1e6, whole / times * 1e6)
        for where, (_, calls, own, whole, _) in stats.stats.items()
    ]
    return sorted(found, key=lambda cost: -cost.own_us)


def _name(file: str, line: int, function: str) -> str:
    """Return `package/module.py:line function`, without the installation path."""
    if file == "~":
        return function
    return f"{'/'.join(Path(file).parts[-2:])}:{line} {function}"


def table(found: list[Cost], top: int = TOP) -> str:
    """Return the most expensive functions, by own time and by cumulative time."""
    lines = [f"{'own µs':>8} {'all µs':>8} {'calls':>6}  function"]
    for ranked in (found, sorted(found, key=lambda cost: -cost.all_us)):
        lines += [f"{cost.own_us:8.1f} {cost.all_us:8.1f} {cost.calls:6.1f}  {cost.name}" for cost in ranked[:top]]
        lines.append("")
    return "\n".join(lines)


def main() -> int:
    """Measure and store the result; with `--profile`, print the tables instead."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.warm_authorize",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--profile", action="store_true", help="print the time of a warm authorization by function")
    if parser.parse_args().profile:
        print(table(costs()))
    else:
        run("warm_authorize", measure)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
