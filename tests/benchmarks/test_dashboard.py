"""The validity of the dashboard's measurements: what the browser reports of a page whose figures are known."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks import dashboard
from benchmarks.measuring import page_timing
from benchmarks.measuring.page_timing import MIN_INTERACTION_MS, TASKS, Task
from paysandbox.core import ids
from paysandbox.feed.entry import Event, FeedEntry
from tests.support.builders.build import MONDAY
from tests.support.clients.browser import Page, opened

BUSY_MS = 80
KEPT_BYTES = 20_000_000
ROWS = 1_000

PAGE = f"""<!doctype html>
<p id=text>Text</p>
<button onclick="busy()">Slow</button><button>Quick</button>
<div role=listbox style="height: 200px; overflow-y: scroll">
  <div style="height: {20 * ROWS}px"></div>
</div>
<script>
  const list = document.querySelector('[role=listbox]');
  const add = (text) => list.insertAdjacentHTML('afterbegin', `<div role=option>${{text}}</div>`);
  function busy() {{ const end = performance.now() + {BUSY_MS}; while (performance.now() < end); }}
</script>
"""


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A tab of a browser, which takes a second of a core to start."""
    with opened(tmp_path_factory.mktemp("profile")) as tab:
        tab.show(1280)
        yield tab


@pytest.fixture
def page(tab: Page, tmp_path: Path) -> Page:
    """The tab with PAGE, loaded anew and observed."""
    (tmp_path / "page.html").write_text(PAGE)
    tab.open((tmp_path / "page.html").as_uri())
    page_timing.observe(tab)
    return tab


@pytest.mark.full
def test_a_slow_interaction_is_a_long_task(page: Page) -> None:
    with page.traced(TASKS) as trace:
        page.click("Slow")
        assert page_timing.slowest_interaction_ms(page) >= BUSY_MS
    longest = page_timing.longest_task(trace)
    assert longest.ms >= BUSY_MS
    assert 0 < longest.cpu_ms <= longest.ms
    assert page_timing.slowest_interaction_ms(page) == MIN_INTERACTION_MS, "only what followed the last call"


@pytest.mark.full
def test_a_layout_shift_is_that_of_what_was_pushed_down(page: Page) -> None:
    page_timing.layout_shift(page)
    before = page_timing.layout_shift(page)
    page.read("document.querySelector('#text').style.height = '300px'")
    assert page_timing.layout_shift(page) > before + 0.01


@pytest.mark.full
def test_a_row_is_painted_after_it_was_added(page: Page) -> None:
    page.read("add('paid auth_old')")
    page_timing.observe_painted_rows(page, r"(?<=paid )auth_\w+")
    began = time.time()
    page.read("add('paid auth_new'), add('event auth_other')")
    shown = page_timing.painted_rows(page, ["auth_new", "auth_old"])
    assert set(shown) == {"auth_new", "auth_old"}
    # The two clocks are read on the same machine, in milliseconds.
    assert began - 0.01 <= shown["auth_new"] <= time.time() + 0.01


@pytest.mark.full
def test_mounted_rows_are_counted_at_their_peak(page: Page) -> None:
    for text in "abc":
        page.read(f"add({text!r})")
    page.read("list.querySelectorAll('[role=option]').forEach((row) => row.remove())")
    assert page_timing.most_mounted_rows(page) == 3
    assert page_timing.most_mounted_rows(page) == 0, "since the last call"


@pytest.mark.full
def test_scrolling_passes_through_the_list(page: Page) -> None:
    page.read("window.positions = [], list.addEventListener('scroll', () => positions.push(list.scrollTop)), 0")
    page_timing.scroll_to_end(page)
    end = 20 * ROWS - 200
    assert page.read("list.scrollTop") == end
    assert page.read("positions.length") >= end / 400 / 2, "in steps, however busy the machine"
    page_timing.scroll_to_start(page)
    assert page.read("list.scrollTop") == 0


@pytest.mark.full
def test_the_heap_is_what_the_page_keeps(page: Page) -> None:
    before = page.heap_bytes()
    page.read(f"window.kept = Array.from({{length: {KEPT_BYTES // 8}}}, (_, index) => index + 0.5), 0")
    assert page.heap_bytes() > before + KEPT_BYTES / 2
    page.read("window.kept = null")
    assert page.heap_bytes() < before + KEPT_BYTES / 10


def test_the_longest_task_is_one_of_the_main_thread() -> None:
    def thread(tid: int, name: str) -> dict[str, Any]:
        return {"name": "thread_name", "pid": 1, "tid": tid, "args": {"name": name}}

    def task(tid: int, dur: int, name: str = "RunTask") -> dict[str, Any]:
        return {"name": name, "pid": 1, "tid": tid, "dur": dur, "tdur": dur // 2}

    threads = [thread(1, "CrRendererMain"), thread(2, "Compositor")]
    tasks = [task(1, 12_000), task(1, 30_000), task(2, 90_000), task(1, 90_000, "Commit")]
    assert page_timing.longest_task([*tasks, *threads]) == Task(30.0, 15.0)


def test_copies_are_entries_of_other_payments() -> None:
    subject = Event(type="payment_authorized", object_id="auth_1")
    event = FeedEntry(id="evt_1", merchant="demo", at=MONDAY, subject=subject, payment_id="auth_1", amount=12_50)
    copies = [*dashboard._copies([event, replace(event, id="evt_2")], 6)]
    assert len({copy.id for copy in copies}) == 6
    payments = [copy.payment_id for copy in copies]
    assert payments[0::2] == payments[1::2], "as many entries of each payment as of the first one"
    assert len(set(payments)) == 3
    assert all(payment is not None and ids.payment_of(payment) == payment for payment in payments)
    assert {(copy.subject, copy.amount) for copy in copies} == {(subject, 12_50)}
