"""The AWS usage of payments through the Stripe-compatible API: an intent, a saved card, Checkout, a destination charge.

Counted: the requests, read and write units and events of the real handlers and of the two workers that read the
streams, against moto. A write that is refused is billed, and one in a transaction twice. The price of a million follows
in `benchmarks/cost`.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import StringIO
from typing import Any, Final

from benchmarks.cost.settlement import Change, Counted, counting
from benchmarks.measuring.stubbed_aws import lines_to, metrics_in
from benchmarks.payment_kinds import CHECKOUT, DESTINATION, INTENT, NATIVE, ORDER, SAVED
from payments import publish_event
from paysandbox.aws import runtime
from paysandbox.aws.schema import INDEXES, MERCHANT_FUNDS, STRIPE_OBJECT_INDEXES, STRIPE_OBJECTS
from paysandbox.aws.settings import TopicSettings
from paysandbox.core.metrics import namespace
from paysandbox.stripe_api.resource_kit.tables import objects_table
from paysandbox.stripe_api.routes import CREATE_PAYMENT_INTENT
from stripe_api import publish_object_events
from tests.stripe_api.handlers.checkout import sessions
from tests.stripe_api.scenarios import RESOURCE
from tests.support.clients.call import Merchant
from tests.support.clients.stripe_merchant import StripeMerchant, done
from tests.support.clients.transfers import PLATFORM, connected, destination
from tests.support.fakes import stream
from tests.support.worlds import tables

_READS: Final[Mapping[str, int]] = {"GetItem": 1, "BatchGetItem": 1, "Query": 1}
"""Read units of a call: of items of up to 4 KB, read consistently. At most: some are read at half the price."""

_REQUEST: Final = '"message":"request"'

Payment = Callable[[], None]


def measure() -> dict[str, Any]:
    """Return what each kind of payment uses, by its name, until its events are published."""
    return {name: counted(name) for name in KINDS}


def _native() -> Payment:
    demo = Merchant()
    return lambda: _drop(demo.captured())


def _intent() -> Payment:
    shop = StripeMerchant()
    return lambda: _drop(done(shop.create(payment_method="pm_card_visa", confirm=True)))


def _order() -> Payment:
    shop = StripeMerchant()
    order: dict[str, Any] = {"metadata": {"order": "A-1043"}}
    return lambda: _drop(done(shop.create(payment_method="pm_card_visa", confirm=True, **order)))


def _saved() -> Payment:
    shop = StripeMerchant()
    customer = done(shop.post(RESOURCE["create_stripe_customer"]))["id"]
    kept = {"customer": customer, "setup_future_usage": "off_session"}
    return lambda: _drop(done(shop.create(payment_method="pm_card_visa", confirm=True, **kept)))


def _checkout() -> Payment:
    def pay() -> None:
        url = sessions.opened()["url"]
        sessions.page(url)
        reply = sessions.pay(url)
        if reply.status != 303:
            raise AssertionError(f"the page was not paid: {reply.text}")

    return pay


def _destination() -> Payment:
    shared = destination(connected())
    return lambda: _drop(done(PLATFORM.post(CREATE_PAYMENT_INTENT, **shared)))


KINDS: Final[Mapping[str, Callable[[], Payment]]] = {
    NATIVE: _native,
    INTENT: _intent,
    ORDER: _order,
    SAVED: _saved,
    CHECKOUT: _checkout,
    DESTINATION: _destination,
}
"""What prepares each kind of payment, and returns the requests of one."""


def _drop(_: object) -> None:
    """Drop what a request returned."""


def counted(name: str) -> dict[str, Any]:
    """Return what one payment of a kind uses."""
    logged = {share: _run(name, share) for share in (0, 100)}
    usage, changes, events, _ = logged[100]
    units = {place.rpartition("-")[2]: amount for place, amount in sorted(usage.by_table.items())}
    lines = {share: _request_lines(text) for share, (*_, text) in logged.items()}
    return {
        "requests": len(lines[100]),
        "calls": dict(sorted(usage.calls.items())),
        "write_units": units,
        "journal_sums": sum(
            change.table.endswith(MERCHANT_FUNDS) and "kind" not in _after(change) for change in changes
        ),
        "changed_objects": sum(change.table.endswith(STRIPE_OBJECTS) for change in changes),
        "read_units": sum(usage.calls[call] * times for call, times in _READS.items()),
        "events": events,
        "log_bytes": sum(lines[100]),
        "log_bytes_unsampled": sum(lines[0]),
    }


def _after(change: Change) -> Mapping[str, Any]:
    return change.after or {}


def _request_lines(text: str) -> list[int]:
    """Return the bytes of each request's log line."""
    return [len(line.encode()) for line in text.splitlines() if _REQUEST in line]


def _run(name: str, percent: int) -> tuple[Counted, list[Change], int, str]:
    """Make a payment, and publish its events.

    Return the usage, the changes that the streams have, the number of events, and what was logged.
    """
    with tables.sandbox(request_log_sample_percent=percent, clock_table="", faults_table="") as ledger:
        with lines_to(StringIO()), metrics_in(namespace("prod")):
            pay = KINDS[name]()
            pay()  # A function that is warm has read its secrets, and a merchant has paid before.
        topic = runtime.settings_of(TopicSettings).webhook_topic
        runtime.sns().create_topic(Name=topic.rpartition(":")[2])
        objects = objects_table()
        indexes = {ledger.table: INDEXES, objects.table: STRIPE_OBJECT_INDEXES}
        with (
            lines_to(StringIO()) as lines,
            metrics_in(namespace("prod")),
            counting(ledger.client, objects.client, indexes=indexes) as usage,
            _published() as events,
        ):
            pay()
            changes = [*_followed(usage, ledger.table, objects.table)]
    return usage, changes, events.total(), lines.getvalue()


def _followed(usage: Counted, ledger: str, objects: str) -> Iterator[Change]:
    """Let the workers read the streams of both tables, and yield what they read: also what they change themselves."""
    while written := [*usage.changes]:
        usage.changes.clear()
        yield from (change for change in written if change.table.endswith(MERCHANT_FUNDS))
        for table, worker in ((ledger, publish_event.handler), (objects, publish_object_events.handler)):
            changes = [change for change in written if change.table == table and _is_read(change)]
            if changes:
                worker({"Records": [*map(_record, changes)]}, None)
                yield from changes


def _is_read(change: Change) -> bool:
    """Return whether the filter of the event source passes a record on: what has a version."""
    return change.after is not None and "version" in change.after


def _record(change: Change) -> dict[str, Any]:
    images = {"OldImage": change.before, "NewImage": change.after}
    return stream.of_images({name: image for name, image in images.items() if image})


@contextmanager
def _published() -> Iterator[Counter[str]]:
    """Count the messages that are published."""
    published: Counter[str] = Counter()

    def note(params: dict[str, Any], **_: Any) -> None:
        published["messages"] += len(params["PublishBatchRequestEntries"])

    events = runtime.sns().meta.events
    events.register("provide-client-params.sns.PublishBatch", note)
    try:
        yield published
    finally:
        events.unregister("provide-client-params.sns.PublishBatch", note)
