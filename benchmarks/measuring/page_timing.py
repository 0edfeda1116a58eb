"""What a browser measures of a page: painted rows, layout shifts, interactions, and tasks of the main thread."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.support.clients.browser import Page

TASKS: Final = "disabled-by-default-devtools.timeline"
"""The category of a trace with the tasks of each thread."""

MIN_INTERACTION_MS: Final = 16
"""Browsers do not report shorter interactions. Others are rounded to 8 ms."""

_MAIN_THREAD: Final = "CrRendererMain"
# Browsers report an interaction after its paint, and a shift after its frame.
_REPORTED_WITHIN_MS: Final = 250

_OBSERVE: Final = """(() => {
  const observed = window.observed = {shift: 0, interactions: [], mounted: 0};
  const observe = (type, options, add) => new PerformanceObserver(
    (list) => list.getEntries().forEach(add)
  ).observe({type, ...options});
  observe('layout-shift', {buffered: true}, (it) => { observed.shift += it.value; });
  observe('event', {durationThreshold: 16}, (it) => {
    if (it.interactionId) observed.interactions.push(it.duration);
  });
  const count = () => {
    observed.mounted = Math.max(observed.mounted, document.querySelectorAll('[role=option]').length);
  };
  count();
  new MutationObserver(count).observe(document.body, {childList: true, subtree: true});
})()"""

# The frame that shows a new row begins with the next animation frame, and has been painted before the next message.
_OBSERVE_PAINTED: Final = """((pattern) => {
  const painted = window.painted = {};
  const known = new Set();
  const look = () => {
    const found = [...document.querySelectorAll('[role=option]')]
      .map((it) => it.textContent.match(pattern)?.[0])
      .filter((text) => text !== undefined && !known.has(text));
    if (!found.length) return;
    found.forEach((text) => known.add(text));
    requestAnimationFrame(() => {
      const {port1, port2} = new MessageChannel();
      port1.onmessage = () => {
        const at = performance.timeOrigin + performance.now();
        found.forEach((text) => { painted[text] = at; });
        port1.close();
      };
      port2.postMessage(null);
    });
  };
  look();
  new MutationObserver(look).observe(document.body, {childList: true, subtree: true, characterData: true});
})(new RegExp(%s))"""

# Two windows further in each frame, so that every row is new. Ends where the list ends.
_SCROLL_TO_END: Final = """new Promise((resolve) => {
  const list = document.querySelector('[role=listbox]');
  const step = () => {
    const before = list.scrollTop;
    list.scrollTop += 2 * list.clientHeight;
    if (list.scrollTop === before) resolve(); else requestAnimationFrame(step);
  };
  step();
})"""


@dataclass(frozen=True, slots=True)
class Task:
    """A task of the main thread: its duration, and the CPU time that it used."""

    ms: float
    cpu_ms: float


def observe(page: Page) -> None:
    """Observe layout shifts since the page was opened, and from now on interactions and mounted rows."""
    page.read(_OBSERVE)


def layout_shift(page: Page) -> float:
    """Return the sum of all layout shifts since the page was opened, which is at least its CLS.

    CLS leaves out what follows an input. Here nothing has been clicked, and what follows the emulation of a window's
    size, which counts as an input, is seen by those who have such a window.
    """
    _wait_for_report(page)
    return page.read("observed.shift")


def slowest_interaction_ms(page: Page) -> float:
    """Return the longest time from an input to the next paint since the last call, at least MIN_INTERACTION_MS."""
    _wait_for_report(page)
    return max(page.read("observed.interactions.splice(0)"), default=MIN_INTERACTION_MS)


def most_mounted_rows(page: Page) -> int:
    """Return the largest number of rows of a list that were in the document at once, since the last call."""
    return page.read("((most) => { observed.mounted = 0; return most; })(observed.mounted)")


def observe_painted_rows(page: Page, pattern: str) -> None:
    """Observe when rows are painted. They are known by the first match of a pattern in their text."""
    page.read(_OBSERVE_PAINTED % json.dumps(pattern))


def painted_rows(page: Page, texts: Collection[str]) -> Mapping[str, float]:
    """Wait for the rows with these texts. Return when each was painted, in seconds since 1970."""
    page.wait(f"{json.dumps([*texts])}.every((text) => text in painted)")
    return {text: at_ms / 1_000 for text, at_ms in page.read("painted").items()}


def scroll_to_end(page: Page) -> None:
    """Scroll through a list, one step in each frame."""
    page.read(_SCROLL_TO_END)


def scroll_to_start(page: Page) -> None:
    """Scroll a list back to its first row at once."""
    page.read("document.querySelector('[role=listbox]').scrollTop = 0")


def longest_task(trace: Sequence[Mapping[str, Any]]) -> Task:
    """Return the longest task of the main thread in a trace of TASKS."""
    main = {
        (event["pid"], event["tid"])
        for event in trace
        if event["name"] == "thread_name" and event["args"]["name"] == _MAIN_THREAD
    }
    # The task that is running when the trace ends has no duration.
    tasks = [
        event
        for event in trace
        if event["name"] == "RunTask" and (event["pid"], event["tid"]) in main and "dur" in event
    ]
    longest = max(tasks, key=lambda event: event["dur"])
    return Task(longest["dur"] / 1_000, longest["tdur"] / 1_000)


def _wait_for_report(page: Page) -> None:
    page.read(f"new Promise((done) => setTimeout(done, {_REPORTED_WITHIN_MS}))")
