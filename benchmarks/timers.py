"""Many timers due at once, on a running local sandbox: how long the sweep takes, and whether each step happened once.

    paysandbox up
    python -m benchmarks.timers [--count 10000]

Payments that wait for the bank's answer are written to the ledger with a timer each, beyond the reach of the queue that
makes timers punctual. When the stream's reader has stored all of them, the clock is advanced past their time, and the
sweep is invoked until nothing is left. The goal is a minute for 10,000, on a quiet machine.
"""

import argparse
import json
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cli.connection.target import LOCAL, Target, resolve
from cli.sandbox.clock import advance_by, reset
from cli.sandbox.state_dir import StateDir
from paysandbox.aws.conditional_write import Ledger
from paysandbox.payments.audit_scan import pages
from paysandbox.payments.items import payment_in
from paysandbox.payments.operation import Timer
from paysandbox.payments.store import put_payment
from tests.support.timed_payments import pending

COUNT: Final = 10_000
DUE_IN: Final = timedelta(minutes=30)
SWEEP: Final = "paysandbox-local-expire_payments"
_STORED_WITHIN_S: Final = 1_800


def measure(target: Target, count: int) -> dict[str, Any]:
    """Return the seconds and invocations of the sweep, and how many payments have how many operations afterwards."""
    ledger = Ledger(target.client("dynamodb"), target.outputs("data")["LedgerTable"], retention_s=90 * 86_400)
    run, due = uuid.uuid4().hex, datetime.now(UTC) + DUE_IN
    wanted = set(_written(ledger, run, due, count))
    _until_stored(target, count, run)
    advance_by(target, int(2 * DUE_IN.total_seconds()))
    try:
        took_s, invocations, performed = _swept(target)
    finally:
        reset(target)
    operations = Counter(
        len(payment.operations)
        for page in pages(ledger)
        for payment in map(payment_in, page)
        if payment is not None and payment.id in wanted
    )
    return {
        "timers": count,
        "seconds": round(took_s, 1),
        "per_second": round(count / took_s),
        "invocations": invocations,
        "performed_by_the_sweep": performed,
        "payments_by_operations": dict(operations),
        "each_once": operations == {2: count},
    }


def _written(ledger: Ledger, run: str, due: datetime, count: int) -> Iterator[str]:
    for number in range(count):
        step = Timer(step="approve", at=due)
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


def _swept(target: Target) -> tuple[float, int, int]:
    """Invoke the sweep until nothing is left. Return the seconds, the invocations, and the steps performed."""
    client = target.client("lambda")
    began, invocations, performed, more = time.monotonic(), 0, 0, True
    while more:
        answer = client.invoke(FunctionName=SWEEP, Payload="{}")
        output = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise SystemExit(f"the sweep failed: {output}")
        invocations, performed, more = invocations + 1, performed + output["performed"], output["more"]
    return time.monotonic() - began, invocations, performed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=COUNT, help=f"number of timers (default: {COUNT:,})")
    print(json.dumps(measure(resolve(LOCAL, StateDir.find()), parser.parse_args().count), indent=2))
