"""What each step of a donation asks of AWS and Stripe: the real functions, over an AWS in this process (moto).

Each step is taken by two donations, of which the second is counted: what only the first asks for is warmed up.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import StringIO
from typing import Any, Final
from unittest.mock import patch

from benchmarks.counted_calls import Counted, counting
from benchmarks.stubbed_aws import ENVIRONMENT, lines_to
from paysandbox.aws import runtime
from paysandbox.aws.schema import OPEN_RECEIPTS, RECENT_DONATIONS
from paysandbox.aws.settings import PaymentQueueSettings
from paysandbox.donations import tables as donation_tables
from tests.support import donations, tables
from tests.support.call import Reply
from tests.support.donation_requests import ADA, tell, tell_where
from tests.support.donation_scenario import DonationScenario
from tests.support.wire import Reply as StripesReply, Request, served

OPENED: Final = "create-intent"
AGAIN: Final = "create-intent, sent again"
TOLD: Final = "webhook"
APPLIED: Final = "payment_intent.succeeded"
DUPLICATE: Final = "the same again, its receipt still due"
THANKED: Final = "receipt"
LATE: Final = "the same again, its receipt sent"
PARTLY: Final = "charge.refunded, a part"
WHOLLY: Final = "charge.refunded, all"

AMOUNT: Final = 50_00


def taken() -> dict[str, Any]:
    """Calls and write units of each step, in the order in which they are taken."""
    with _deployed() as (scenario, stripe), _counting() as counted:
        walks = [_Walk(scenario, f"key-{number}") for number in range(2)]
        found: dict[str, Any] = {}
        for name in walks[0].steps:
            walks[0].steps[name]()
            before, asked = counted.copy(), len(stripe)
            walks[1].steps[name]()
            spent = counted - before
            found[name] = {
                "calls": dict(sorted(spent.calls.items())),
                "stripe_calls": len(stripe) - asked,
                "write_units": spent.write_units,
            }
        # All went back: whatever a step did twice or not at all would be seen.
        if any(scenario.totals().values()):
            raise AssertionError(f"the total is {scenario.totals()}")
        return found


class _Walk:
    """A donation on its way."""

    def __init__(self, scenario: DonationScenario, key: str) -> None:
        self._desk, self._key = scenario, key
        self._donation, self._succeeded = donations.opened(amount=AMOUNT), ""
        self.steps: dict[str, Callable[[], None]] = {
            OPENED: self._open,
            AGAIN: self._open,
            TOLD: self._tell,
            APPLIED: self._apply,
            DUPLICATE: self._apply,
            THANKED: self._thank,
            LATE: self._apply,
            PARTLY: lambda: self._refund(AMOUNT // 2),
            WHOLLY: lambda: self._refund(AMOUNT),
        }

    def _open(self) -> None:
        told = _ok(ADA.give(AMOUNT, key=self._key)).json
        intent_id = told["client_secret"].partition("_secret")[0]
        self._donation = replace(self._donation, id=told["donation_id"], intent_id=intent_id)
        self._succeeded = self._desk.succeeded(self._donation)

    def _tell(self) -> None:
        _ok(tell(self._succeeded))

    def _apply(self) -> None:
        _all_done(self._desk.hear(self._succeeded))

    def _thank(self) -> None:
        _all_done(self._desk.send(self._donation.id))

    def _refund(self, amount: int) -> None:
        _all_done(self._desk.hear(self._desk.refunded(self._donation, amount)))


@contextmanager
def _deployed() -> Iterator[tuple[DonationScenario, list[Request]]]:
    """Functions find empty tables, queues, a mailer, and a Stripe that makes every intent; and what it was asked."""
    asked: list[Request] = []

    def make(request: Request) -> StripesReply:
        asked.append(request)
        intent = f"pi_{request.headers['idempotency-key']}"
        return StripesReply(body={"id": intent, "object": "payment_intent", "client_secret": f"{intent}_secret_x"})

    namespace = {"POWERTOOLS_METRICS_NAMESPACE": ENVIRONMENT["POWERTOOLS_METRICS_NAMESPACE"]}
    with tables.sandbox(), patch.dict(os.environ, namespace), lines_to(StringIO()), served(make) as wire:
        scenario = DonationScenario()
        tell_where(wire.base_url)
        queue = runtime.settings_of(PaymentQueueSettings).payment_queue_url
        runtime.sqs().create_queue(QueueName=queue.rpartition("/")[2])
        yield scenario, asked


@contextmanager
def _counting() -> Iterator[Counted]:
    clients = (donation_tables.donations().client, runtime.sqs(), runtime.ses())
    with counting(*clients, indexes={tables.GIVEN: (RECENT_DONATIONS, OPEN_RECEIPTS)}) as counted:
        yield counted


def _ok(reply: Reply) -> Reply:
    if reply.status != 200:
        raise AssertionError(f"a request was refused: {reply.text}")
    return reply


def _all_done(again: list[str]) -> None:
    if again:
        raise AssertionError(f"messages were given back: {again}")
