"""Timers that fall due at the same moment: how long the sweep takes, and whether each step happened once and in time.

    make bench ARGS=due_timers
    python -m benchmarks.due_timers [--count 10000]

Payments that wait for the bank's answer are written to the ledger of a new local sandbox with a timer each, beyond the
reach of the queue that makes timers punctual. A tenth as many have a timer that falls due a day later. When the
stream's reader has stored all of them, the sweep must find nothing. Then the clock is advanced past the time of the
first ones, and the sweep is invoked until nothing is left. Target: 10,000 in a minute.
"""

import argparse
import json
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from benchmarks.deployed import sandbox
from benchmarks.rounds import machine
from cli.connection.target import LOCAL, Target, resolve
from cli.sandbox.clock import advance_by
from cli.sandbox.state_dir import StateDir
from paysandbox.aws.conditional_write import Ledger
from paysandbox.payments.audit_scan import pages
from paysandbox.payments.ledger.items import payment_in
from paysandbox.payments.ledger.store import put_payment
from paysandbox.payments.operation import Timer
from paysandbox.payments.payment import Payment
from tests.support.timed_payments import pending

COUNT: Final = 10_000
TARGET_S: Final = 60
"""For COUNT timers."""
DUE_IN: Final = timedelta(minutes=30)
LATER: Final = timedelta(days=1)
SWEEP: Final = "paysandbox-local-expire_payments"
_STORED_WITHIN_S: Final = 1_800
_MAX_FAILED: Final = 10

ONCE: Final = "once"
REPEATED: Final = "more than once"
NEVER: Final = "never"
EARLY: Final = "before its time"
"""How often a timer's step was performed, in the stored results."""


def measure(count: int = COUNT) -> dict[str, Any]:
    """Return the seconds and invocations of the sweep, and the number of timers by the result.

    `ratio` is the time of the sweep to the target's for as many timers: at most 1 meets it.
    """
    with tempfile.TemporaryDirectory(prefix="paysandbox-bench-") as folder, sandbox(Path(folder)):
        return {"machine": machine(), "target_s": TARGET_S} | _measure(
            resolve(LOCAL, StateDir(Path(folder) / "home")), count
        )


def section(results: Mapping[str, Any]) -> Iterator[str]:
    """Return the section of the report."""
    due, waiting = results["due"], results["waiting"]
    early = due.get(EARLY, 0) + sum(waiting.values()) - waiting.get(NEVER, 0)
    yield "## Timers that are due at once"
    yield ""
    yield f"{results['timers']:,} timers fell due at the same moment in a local sandbox, beside {results['later']:,}"
    yield f"that fall due a day later. Target: {COUNT:,} in {results['target_s']} s. Load {results['machine']['load']}."
    yield ""
    yield "| timers | seconds | per second | time to target | performed once | more than once | never | too early |"
    yield "|---:|---:|---:|---:|---:|---:|---:|---:|"
    yield (
        f"| {results['timers']:,} | {results['seconds']} | {results['per_second']:,} | {results['ratio']} "
        f"| {due.get(ONCE, 0):,} | {due.get(REPEATED, 0):,} | {due.get(NEVER, 0):,} | {early:,} |"
    )
    yield ""


def _measure(target: Target, count: int) -> dict[str, Any]:
    ledger = Ledger(target.client("dynamodb"), target.outputs("data")["LedgerTable"], retention_s=90 * 86_400)
    run, due_at = uuid.uuid4().hex, datetime.now(UTC).replace(microsecond=0) + DUE_IN
    due = set(_written(ledger, run, due_at, range(count)))
    later = set(_written(ledger, run, due_at + LATER, range(count, count + count // 10)))
    _until_stored(target, count + len(later), run)
    early = _swept(target).performed
    advance_by(target, int(2 * DUE_IN.total_seconds()))
    swept = _swept(target)
    return {
        "timers": count,
        "later": len(later),
        "seconds": round(swept.seconds, 1),
        "per_second": round(count / swept.seconds),
        "ratio": round(swept.seconds / (TARGET_S * count / COUNT), 2),
        "invocations": swept.invocations,
        "failed_invocations": swept.failed,
        "performed_by_these_sweeps": swept.performed,
        "performed_before": early,
        "due": _results(ledger, due, due_at),
        "waiting": _results(ledger, later, due_at + LATER),
    }


def _written(ledger: Ledger, run: str, due_at: datetime, numbers: Iterable[int]) -> Iterator[str]:
    for number in numbers:
        step = Timer(step="approve", at=due_at)
        payment = pending(number, step, now=datetime.now(UTC), merchant=_merchant(run), series=run)
        yield put_payment(ledger, payment)[0].id


def _merchant(run: str) -> str:
    return f"timers-{run}"


def _until_stored(target: Target, count: int, run: str) -> None:
    """Wait for the stream's reader to store the timers."""
    client, table = target.client("dynamodb"), target.outputs("data")["TimersTable"]
    until = time.monotonic() + _STORED_WITHIN_S
    while time.monotonic() < until:
        scanned = client.get_paginator("scan").paginate(TableName=table)
        stored = sum(item["merchant"]["S"] == _merchant(run) for page in scanned for item in page["Items"])
        if stored == count:
            return
        time.sleep(2)
    raise SystemExit(f"the stream's reader did not store {count} timers in {_STORED_WITHIN_S} s")


@dataclass(slots=True)
class _Swept:
    """The invocations of the sweep, how many of them failed, the steps that the others performed, and the time."""

    invocations: int = 0
    failed: int = 0
    performed: int = 0
    seconds: float = 0.0


def _swept(target: Target) -> _Swept:
    """Invoke the sweep until nothing is left. One that fails is followed by another one, as each minute's is."""
    client, swept, more = target.client("lambda"), _Swept(), True
    began = time.monotonic()
    while more:
        answer = client.invoke(FunctionName=SWEEP, Payload="{}")
        output = json.loads(answer["Payload"].read())
        swept.invocations += 1
        if "FunctionError" in answer:
            swept.failed += 1
            sys.stderr.write(f"the sweep failed: {output}\n")
            if swept.failed > _MAX_FAILED:
                raise SystemExit(f"the sweep failed {swept.failed} times")
        else:
            swept.performed, more = swept.performed + output["performed"], output["more"]
    swept.seconds = time.monotonic() - began
    return swept


def _results(ledger: Ledger, payment_ids: set[str], due_at: datetime) -> dict[str, int]:
    """Return the number of these payments by the result of their timer, which fell due at `due_at`."""
    stored = (payment for page in pages(ledger) for payment in map(payment_in, page))
    return dict(Counter(_result(one, due_at) for one in stored if one is not None and one.id in payment_ids))


def _result(payment: Payment, due_at: datetime) -> str:
    steps = payment.operations[1:]
    if not steps:
        return NEVER
    if any(step.at < due_at for step in steps):
        return EARLY
    return ONCE if len(steps) == 1 else REPEATED


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=COUNT, help=f"number of timers (default: {COUNT:,})")
    print(json.dumps(measure(parser.parse_args().count), indent=2))
