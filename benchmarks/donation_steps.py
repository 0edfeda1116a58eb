"""The calls of each step of a donation to AWS and Stripe. The real functions run against moto.

Two donations take each step, and only the second is counted, so that calls made once per process are left out.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import StringIO
from typing import Any, Final

from benchmarks.counted_calls import Counted, counting
from benchmarks.stubbed_aws import lines_to, metrics_in
from paysandbox.aws import runtime
from paysandbox.aws.schema import OPEN_RECEIPTS, RECENT_DONATIONS
from paysandbox.aws.settings import PaymentQueueSettings
from paysandbox.core.metrics import namespace
from paysandbox.donations import tables as donation_tables
from tests.support import donations, tables
from tests.support.call import Reply
from tests.support.donation_requests import ADA, post_event, set_stripe_url
from tests.support.donation_scenario import DonationScenario
from tests.support.wire import Reply as StripesReply, Request, served

CREATED: Final = "create-intent"
REPLAYED: Final = "create-intent, replayed"
WEBHOOK: Final = "webhook"
APPLIED: Final = "payment_intent.succeeded"
DUPLICATE: Final = "duplicate, receipt pending"
RECEIPT: Final = "receipt"
LATE_DUPLICATE: Final = "duplicate, receipt sent"
PARTIAL_REFUND: Final = "charge.refunded, partial"
FULL_REFUND: Final = "charge.refunded, full"

AMOUNT: Final = 50_00


def taken() -> dict[str, Any]:
    """Return the calls and write units of each step, in order."""
    with _deployed() as (scenario, stripe), _counting() as counted:
        donations_taken = [_Steps(scenario, f"key-{number}") for number in range(2)]
        results: dict[str, Any] = {}
        for name in donations_taken[0].steps:
            donations_taken[0].steps[name]()
            before, requests = counted.copy(), len(stripe)
            donations_taken[1].steps[name]()
            usage = counted - before
            results[name] = {
                "calls": dict(sorted(usage.calls.items())),
                "stripe_calls": len(stripe) - requests,
                "write_units": usage.write_units,
            }
        # Everything was refunded: a step that took effect twice or not at all would leave a total.
        if any(scenario.totals().values()):
            raise AssertionError(f"the total is {scenario.totals()}")
        return results


class _Steps:
    """The steps of one donation."""

    def __init__(self, scenario: DonationScenario, key: str) -> None:
        self._scenario, self._key = scenario, key
        self._donation, self._succeeded = donations.opened(amount=AMOUNT), ""
        self.steps: dict[str, Callable[[], None]] = {
            CREATED: self._create,
            REPLAYED: self._create,
            WEBHOOK: self._send_webhook,
            APPLIED: self._apply,
            DUPLICATE: self._apply,
            RECEIPT: self._send_receipt,
            LATE_DUPLICATE: self._apply,
            PARTIAL_REFUND: lambda: self._refund(AMOUNT // 2),
            FULL_REFUND: lambda: self._refund(AMOUNT),
        }

    def _create(self) -> None:
        response = _ok(ADA.give(AMOUNT, key=self._key)).json
        intent_id = response["client_secret"].partition("_secret")[0]
        self._donation = replace(self._donation, id=response["donation_id"], intent_id=intent_id)
        self._succeeded = self._scenario.succeeded(self._donation)

    def _send_webhook(self) -> None:
        _ok(post_event(self._succeeded))

    def _apply(self) -> None:
        _require_success(self._scenario.apply_events(self._succeeded))

    def _send_receipt(self) -> None:
        _require_success(self._scenario.send(self._donation.id))

    def _refund(self, amount: int) -> None:
        _require_success(self._scenario.apply_events(self._scenario.refunded(self._donation, amount)))


@contextmanager
def _deployed() -> Iterator[tuple[DonationScenario, list[Request]]]:
    """Provide empty tables, queues, SES and a stub of Stripe that creates every intent. Yield its requests as well."""
    requests: list[Request] = []

    def make(request: Request) -> StripesReply:
        requests.append(request)
        intent = f"pi_{request.headers['idempotency-key']}"
        return StripesReply(body={"id": intent, "object": "payment_intent", "client_secret": f"{intent}_secret_x"})

    with tables.sandbox(), metrics_in(namespace("benchmark")), lines_to(StringIO()), served(make) as wire:
        scenario = DonationScenario()
        set_stripe_url(wire.base_url)
        queue = runtime.settings_of(PaymentQueueSettings).payment_queue_url
        runtime.sqs().create_queue(QueueName=queue.rpartition("/")[2])
        yield scenario, requests


@contextmanager
def _counting() -> Iterator[Counted]:
    clients = (donation_tables.donations().client, runtime.sqs(), runtime.ses())
    with counting(*clients, indexes={tables.GIVEN: (RECENT_DONATIONS, OPEN_RECEIPTS)}) as counted:
        yield counted


def _ok(reply: Reply) -> Reply:
    if reply.status != 200:
        raise AssertionError(f"a request failed: {reply.text}")
    return reply


def _require_success(again: list[str]) -> None:
    if again:
        raise AssertionError(f"messages were returned to the queue: {again}")
