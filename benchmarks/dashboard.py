"""The dashboard in a real browser, against its budgets: painted rows, 10,000 entries and layout shifts.

    make bench ARGS=dashboard
    python -m benchmarks.dashboard --history 0      without the many payments, printed only

A new local sandbox and a Chromium with a tab of its dashboard, on the same clock. Payments are sent over HTTP, at
random intervals: the time of each row is from the arrival of the response to the frame that shows it.

When the lists are used, the merchant has 100,000 payments more: copies of one, which are written to the ledger's table
by the function that builds its items. The ledger's stream is not read from then on: to publish so many events takes
half an hour, and the lists of payments read none of them.

For the list of 10,000, the entries of one payment are copied into the feed's table under other IDs while the page is
open, by the function that writes all entries, and the page reads them from the API as usual. Their stamps are 40
seconds old, like those of a writer that stalls: the page reads the last minute again with each poll, so it is quiet
20 seconds later. Then the list is opened, used and left in each round. The heap is compared with that of the page
before the entries came.
"""

import json
import random
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from benchmarks.measuring import page_timing
from benchmarks.measuring.command import command
from benchmarks.measuring.http_load import percentile
from benchmarks.measuring.local_sandbox import sandbox
from benchmarks.measuring.page_timing import Task
from benchmarks.measuring.rounds import MIN_ROUNDS, machine, spread
from cli.connection.target import LOCAL, Target, resolve
from cli.sandbox.dashboard_link import sign_in_url
from cli.state.state_dir import StateDir
from paysandbox.aws.schema import FEED, LEDGER
from paysandbox.core import ids
from paysandbox.core.record import replace
from paysandbox.feed.entry import KINDS, FeedEntry
from paysandbox.feed.feed_table import FeedTable, put_entries, read_newest
from paysandbox.payments.ledger.items import key, payment_from, payment_item
from paysandbox.payments.payment import Payment
from tests.support.clients.api import Api
from tests.support.clients.browser import Page, control, opened
from tests.support.clients.dashboard import settle
from tests.support.tools.waiting import until

PAYMENTS: Final = 200
HISTORY: Final = 100_000
ENTRIES: Final = 10_000

SCROLLING: Final = "scrolling from the first row to the last"
ARRIVING: Final = "a payment arrives"
SELECTING: Final = "a row is selected"
SEARCHING: Final = "a search is typed"

_MERCHANT: Final = "bench"  # of the sandbox's key
_DESKTOP, _PHONE = 1280, 360
_BETWEEN_PAYMENTS_S: Final = (0.1, 0.5)
_WARM_UP: Final = 5
_STALL: Final = timedelta(seconds=40)
_RECENT: Final = timedelta(minutes=5)
_EVERY_ENTRY: Final = "/?rows=each"
"""Activity with a row for each entry: else the entries of a burst, which these measurements make, are one row."""
_SEARCH_FIELD: Final = "Search"
_IN_SEARCH: Final = "document.querySelector('[role=dialog] [role=combobox]')"
_WRITE_AT_ONCE: Final = 25
_MORE_PAGES: Final = 10
_SEARCHED: Final = len("auth_") + 6
_BETWEEN_KEYS_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A sandbox, its state, a client with an application's key, and a tab in which its dashboard is signed in."""

    home: StateDir
    target: Target
    program: Api
    page: Page

    def open(self, path: str) -> None:
        """Open a page of the dashboard by its address, and wait until nothing is loading."""
        self.page.open(f"{self.target.base_url}/dashboard{path}")
        page_timing.observe(self.page)
        settle(self.page)

    def pay(self) -> str:
        """Authorize a payment and return its ID."""
        return self.program.authorize(1250, currency="USD").raise_for_status().json()["auth_id"]

    def wait_for_row(self, payment_id: str) -> None:
        """Wait until the list shows a row of a payment."""
        self.page.wait(control(payment_id))


def measure(
    payments: int = PAYMENTS, history: int = HISTORY, entries: int = ENTRIES, rounds: int = MIN_ROUNDS
) -> dict[str, Any]:
    """Return the figures of each budget: times in milliseconds, the heap in bytes."""
    with (
        tempfile.TemporaryDirectory(prefix="paysandbox-bench-") as folder,
        sandbox(Path(folder)) as (port, key),
        Api(f"http://127.0.0.1:{port}", key) as program,
        opened(Path(folder) / "profile") as page,
    ):
        home = StateDir(Path(folder) / "home")
        dashboard = Dashboard(home, resolve(LOCAL, home), program, page)
        _sign_in(dashboard)
        return {
            "rounds": rounds,
            "layout_shift": layout_shifts(dashboard),
            "painted": painted(dashboard, payments),
            "list": long_list(dashboard, entries, rounds),
            "history": {"payments": history, "filled_s": fill_history(dashboard, history)},
            "use_ms": use(dashboard, rounds),
            "payments_list": payments_list(dashboard, rounds),
            "machine": machine(),  # last, for the load of the run
        }


def _sign_in(dashboard: Dashboard) -> None:
    page = dashboard.page
    page.show(_DESKTOP)
    page.open(sign_in_url(dashboard.home, dashboard.target))
    page.click("Keys")
    page.fill("Name", _MERCHANT)
    page.click("Create")
    selected = "JSON.parse(sessionStorage.getItem('paysandbox.session'))?.selected"
    page.wait(f"{selected} === {json.dumps(_MERCHANT)}")


# --- painted rows -----------------------------------------------------------------------------------------------------


def painted(dashboard: Dashboard, payments: int) -> dict[str, Any]:
    """Send payments while Activity is open. Return the milliseconds from each response to its painted row."""
    page = dashboard.page
    dashboard.open(_EVERY_ENTRY)
    for _ in range(_WARM_UP):  # cold starts happen before the measurement
        dashboard.wait_for_row(dashboard.pay())
    page_timing.observe_painted_rows(page, r"(?<=POST /payments/authorize.*)auth_[a-z2-7]{26}")
    answered: dict[str, float] = {}
    for _ in range(payments):
        time.sleep(random.uniform(*_BETWEEN_PAYMENTS_S))
        answered[dashboard.pay()] = time.time()
    shown = page_timing.painted_rows(page, answered)
    after_ms = [(shown[payment_id] - at) * 1_000 for payment_id, at in answered.items()]
    return {"payments": payments, **{f"p{share}_ms": round(percentile(after_ms, share), 1) for share in (50, 95, 99)}}


# --- what somebody does all day ---------------------------------------------------------------------------------------


def use(dashboard: Dashboard, rounds: int) -> dict[str, Any]:
    """Return the milliseconds from an input to the next paint of what is done most, in each round.

    The merchant has the payments of `painted`, of which a list shows fifty.
    """
    page = dashboard.page
    found: dict[str, list[float]] = {}
    page.show(_DESKTOP)
    paid = dashboard.pay()
    for _ in range(rounds):
        dashboard.open("/payments")
        page.wait(control(paid))

        def note(name: str) -> None:
            settle(page)
            found.setdefault(name, []).append(page_timing.slowest_interaction_ms(page))

        page_timing.slowest_interaction_ms(page)
        page.press("/")
        page.wait(_IN_SEARCH)
        note("open the search")
        page.press("p")
        page.wait("document.querySelectorAll('[role=option]').length < 10")
        note("type a letter")
        page.press("Escape")
        page.wait(f"!{_IN_SEARCH}")
        page_timing.slowest_interaction_ms(page)
        page.click("Events", within="nav")
        page.wait("location.pathname.endsWith('/events')")
        note("switch to another list")
        page.click("Payments", within="nav")
        page.wait(control(paid))
        page.fill("Card ends in", "4242")
        page_timing.slowest_interaction_ms(page)
        page.press("Enter")
        page.wait(f"location.search === '?last4=4242' && {control(paid)}")
        note("filter a list")
        page.click(paid)
        page.wait("location.pathname.includes('/payments/')")
        note("open a payment")
    return {name: spread(each) for name, each in found.items()}


# --- the list of payments ---------------------------------------------------------------------------------------------


def fill_history(dashboard: Dashboard, payments: int) -> float:
    """Copy a payment under other IDs, each a second older, of which nothing is published. Return the seconds."""
    if payments == 0:
        return 0
    client, table = dashboard.target.client("dynamodb"), dashboard.target.stack_name(LEDGER)
    paid = dashboard.pay()
    copied = payment_from(client.get_item(TableName=table, Key=key(paid))["Item"])
    _stop_reading_stream(dashboard.target, table)
    began = time.monotonic()
    for start in range(0, payments, _WRITE_AT_ONCE):
        older = (_older(copied, number) for number in range(start + 1, min(start + _WRITE_AT_ONCE, payments) + 1))
        wanted: Any = {table: [{"PutRequest": {"Item": payment_item(payment)}} for payment in older]}
        while wanted:
            wanted = client.batch_write_item(RequestItems=wanted)["UnprocessedItems"]
    return round(time.monotonic() - began, 1)


def _stop_reading_stream(target: Target, table: str) -> None:
    functions = target.client("lambda")
    stream = target.client("dynamodb").describe_table(TableName=table)["Table"]["LatestStreamArn"]
    for readers in functions.get_paginator("list_event_source_mappings").paginate(EventSourceArn=stream):
        for reader in readers["EventSourceMappings"]:
            functions.update_event_source_mapping(UUID=reader["UUID"], Enabled=False)


def _older(payment: Payment, seconds: int) -> Payment:
    """Return a copy of an authorization that was made earlier."""
    (authorization,) = payment.operations
    own = {"id": ids.payment_id(_MERCHANT, f"older-{seconds}")}
    at = payment.created_at - timedelta(seconds=seconds)
    return replace(payment, **own, created_at=at, operations=(replace(authorization, **own, at=at),))


def payments_list(dashboard: Dashboard, rounds: int) -> dict[str, Any]:
    """Return the milliseconds of the API's first page, and of the longest task while pages are loaded and scrolled."""
    page, first_page_ms = dashboard.page, list[float]()
    tasks: list[Task] = []
    rows = "document.querySelectorAll('main tbody tr').length"
    for _ in range(rounds):
        began = time.monotonic()
        dashboard.program.http.get("/payments?limit=50").raise_for_status()
        first_page_ms.append(1_000 * (time.monotonic() - began))
        dashboard.open("/payments")
        page.wait(f"{rows} > 0")
        with page.traced(page_timing.TASKS) as trace:
            for _ in range(_MORE_PAGES):
                if not page.read(
                    "[...document.querySelectorAll('main button')].some((it) => it.textContent === 'Show more')"
                ):
                    break
                shown = page.read(rows)
                page.click("Show more")
                page.wait(f"{rows} > {shown}")
                page.read("window.scrollTo(0, document.body.scrollHeight)")
        tasks.append(page_timing.longest_task(trace))
    return {
        "first_page_ms": spread(first_page_ms, 1),
        "rows": page.read(rows),
        "task_ms": spread([task.ms for task in tasks], 1),
        "task_cpu_ms": spread([task.cpu_ms for task in tasks], 1),
    }


# --- layout shifts ----------------------------------------------------------------------------------------------------


def layout_shifts(dashboard: Dashboard) -> dict[str, float]:
    """Return the layout shift of each page while it opens, and of Activity while payments arrive.

    Of two window widths, the larger shift.
    """
    page, program = dashboard.page, dashboard.program
    found: dict[str, list[float]] = {}

    def note(name: str) -> None:
        found.setdefault(name, []).append(page_timing.layout_shift(page))

    for width in (_DESKTOP, _PHONE):
        page.show(width)
        dashboard.open("/")
        for _ in range(2):  # the very first one replaces the text of an empty list
            dashboard.wait_for_row(dashboard.pay())
        note("Activity, payments arrive")
    inbox = program.http.get("/sandbox/inbox").raise_for_status().json()["url"]
    endpoint = program.post("/webhooks/endpoints", {"url": inbox, "events": ["*"]}).raise_for_status().json()
    request = program.authorize(1250, currency="USD").raise_for_status()
    paid = request.json()["auth_id"]
    program.capture(paid).raise_for_status()
    addresses = {
        "Activity": "/",
        "Activity, a request": f"/?id={request.headers['Request-Id']}",
        "payment": f"/payments/{paid}",
        "Webhooks": "/webhooks",
        "endpoint": f"/webhooks/{endpoint['endpoint_id']}",
        "Try it": "/try",
        "Metrics": "/metrics",
        "Keys": "/keys",
    }
    for width in (_DESKTOP, _PHONE):
        page.show(width)
        for name, path in addresses.items():
            dashboard.open(path)
            note(name)
    page.show(_DESKTOP)
    return {name: round(max(shifts), 4) for name, shifts in found.items()}


# --- a long list ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit to the list. Interactions are times to the next paint; the heap is that after leaving."""

    mounted: int
    tasks: Mapping[str, Task]
    interactions_ms: Mapping[str, float]
    heap_bytes: int


def long_list(dashboard: Dashboard, entries: int, rounds: int) -> dict[str, Any]:
    """Fill the list, then visit it in each round. Return the figures of all rounds."""
    page = dashboard.page
    dashboard.open("/keys")
    heap_before = page.heap_bytes()
    _go_to_every_entry(page)
    seconds = _fill(dashboard, entries)
    visits = [_visit(dashboard) for _ in range(rounds)]
    return {
        "entries": entries,
        "filled_s": round(seconds, 1),
        "mounted": spread([visit.mounted for visit in visits]),
        "task_ms": {name: spread([visit.tasks[name].ms for visit in visits], 1) for name in visits[0].tasks},
        "task_cpu_ms": {name: spread([visit.tasks[name].cpu_ms for visit in visits], 1) for name in visits[0].tasks},
        "interaction_ms": {
            name: spread([visit.interactions_ms[name] for visit in visits]) for name in visits[0].interactions_ms
        },
        "heap_before_bytes": heap_before,
        "heap_kept_bytes": spread([visit.heap_bytes - heap_before for visit in visits], 0),
    }


def _go_to_every_entry(page: Page) -> None:
    """Go to Activity as a link does, within the page."""
    address = json.dumps(f"/dashboard{_EVERY_ENTRY}")
    page.read(f"history.pushState(null, '', {address}), dispatchEvent(new PopStateEvent('popstate'))")


def _fill(dashboard: Dashboard, entries: int) -> float:
    """Fill the list with copies of a payment's entries. Return the seconds until the page has all of them."""
    page, target = dashboard.page, dashboard.target
    feed = FeedTable(target.client("dynamodb"), target.stack_name(FEED))
    paid = dashboard.pay()
    dashboard.wait_for_row(paid)
    copied = _entries_of(feed, paid)
    began = time.monotonic()
    put_entries(feed, [*_copies(copied, entries)], lambda: datetime.now(UTC) - _STALL)
    page.wait(f"document.querySelector('[role=option]')?.ariaSetSize === '{entries}'")
    seconds = time.monotonic() - began
    page.read("performance.clearResourceTimings()")
    # The feed answers 304 when the last minute has no more entries than one answer.
    answers = "performance.getEntriesByType('resource').filter((it) => it.name.includes('/feed?'))"
    page.wait(f"{answers}.some((it) => it.responseStatus === 304)")
    return seconds


def _entries_of(feed: FeedTable, payment_id: str) -> Sequence[FeedEntry]:
    """Wait for the three entries of a payment: its request, its event and the delivery of that. Return them."""

    since = datetime.now(UTC) - _RECENT

    def recorded() -> Sequence[FeedEntry] | None:
        newest, _ = read_newest(feed, _MERCHANT, since=since, now=datetime.now(UTC), limit=100)
        kinds = {one.entry.kind: one.entry for one in newest if one.entry.payment_id == payment_id}
        return [*kinds.values()] if kinds.keys() == KINDS.keys() else None

    return until(recorded, "the entries of a payment")


def _copies(entries: Sequence[FeedEntry], count: int) -> Iterator[FeedEntry]:
    """Yield copies of entries as those of other payments."""
    for number in range(count):
        entry, payment = entries[number % len(entries)], str(number // len(entries))
        yield replace(entry, id=f"{entry.id}-{number}", payment_id=ids.payment_id(_MERCHANT, payment))


def _visit(dashboard: Dashboard) -> Visit:
    """Scroll through the list, receive a payment, select it, search, and leave for another page."""
    page = dashboard.page
    tasks: dict[str, Task] = {}
    interactions_ms: dict[str, float] = {}
    _go_to_every_entry(page)
    page.wait("document.querySelector('[role=option]')")
    page_timing.most_mounted_rows(page)
    with page.traced(page_timing.TASKS) as trace:
        page_timing.scroll_to_end(page)
    tasks[SCROLLING] = page_timing.longest_task(trace)
    mounted = page_timing.most_mounted_rows(page)
    page_timing.scroll_to_start(page)
    with page.traced(page_timing.TASKS) as trace:
        paid = dashboard.pay()
        dashboard.wait_for_row(paid)
    tasks[ARRIVING] = page_timing.longest_task(trace)
    page_timing.slowest_interaction_ms(page)
    with page.traced(page_timing.TASKS) as trace:
        page.click(paid)
        settle(dashboard.page)
        interactions_ms[SELECTING] = page_timing.slowest_interaction_ms(page)
    tasks[SELECTING] = page_timing.longest_task(trace)
    page.click(_SEARCH_FIELD)
    page_timing.slowest_interaction_ms(page)
    with page.traced(page_timing.TASKS) as trace:
        for key in paid[:_SEARCHED]:
            page.press(key)
            time.sleep(_BETWEEN_KEYS_S)
        interactions_ms[SEARCHING] = page_timing.slowest_interaction_ms(page)
    tasks[SEARCHING] = page_timing.longest_task(trace)
    page.press("Escape")
    page.click("Keys")
    settle(dashboard.page)
    return Visit(mounted, tasks, interactions_ms, page.heap_bytes())


if __name__ == "__main__":
    command("dashboard", measure, __doc__, payments=PAYMENTS, history=HISTORY, entries=ENTRIES, rounds=MIN_ROUNDS)
