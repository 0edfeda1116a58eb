"""The delays of an event loop: a timer is late by the time that something takes, and the cause is what took most."""

import gc
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from engine.metrics.event_loop import (
    CAUSES,
    COLLECTION,
    EVERY_S,
    FORK,
    IDLE_AFTER_S,
    IDLE_EVERY_S,
    WAIT,
    WORK,
    EventLoop,
)


@dataclass
class Machine:
    """Clocks, and an event loop with one timer. `takes_s` is the time that a collection or a fork takes."""

    now: float = 100.0
    cpu: float = 7.0
    requests: int = 0
    takes_s: float = 0.0
    timers: list[tuple[float, Callable[..., object], tuple[Any, ...]]] = field(default_factory=list)

    def call_later(self, delay: float, callback: Callable[..., object], *args: Any) -> None:
        self.timers.append((delay, callback, args))

    def turn(self, late_s: float = 0.0, cpu_s: float = 0.0) -> float:
        """Let the timer be late by `late_s`, of which the process used `cpu_s`. Return its interval."""
        ((every_s, call, arguments),) = self.timers
        self.timers.clear()
        self.now, self.cpu = self.now + every_s + late_s, self.cpu + cpu_s
        call(*arguments)
        return every_s

    def collecting(self, phase: str, _: Any) -> None:
        if phase == "start":
            self.now, self.cpu = self.now + self.takes_s, self.cpu + self.takes_s

    def forked(self) -> None:
        self.now, self.cpu = self.now + self.takes_s, self.cpu + self.takes_s
        self.takes_s = 0.0  # hooks of forks stay until the process ends


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def watched(machine: Machine) -> Iterator[EventLoop]:
    loop = EventLoop(lambda: machine.requests, lambda: machine.now, lambda: machine.cpu)
    os.register_at_fork(after_in_parent=machine.forked)
    before = [*gc.callbacks]
    loop.watch(machine)
    gc.callbacks.append(machine.collecting)
    yield loop
    gc.callbacks[:] = before


def delays(watched: EventLoop) -> dict[str, tuple[float, Any]]:
    """Return the number and the sum (seconds) of the delays, by cause."""
    (family,) = watched.families()
    values = {(dict(sample.labels)["cause"], sample.suffix): sample.value for sample in family.samples}
    assert {cause for cause, _ in values} == set(CAUSES), "an alert sees the first of each"
    counts = {cause: (values[cause, "_count"], pytest.approx(values[cause, "_sum"])) for cause in CAUSES}
    return {cause: count for cause, count in counts.items() if count[0]}


@pytest.mark.parametrize(
    "late_s, cpu_s, cause",
    [(0.2, 0.2, WORK), (0.2, 0.11, WORK), (0.2, 0.09, WAIT), (0.2, 0.0, WAIT), (0.0, 0.001, WORK)],
)
def test_a_delay_is_work_if_the_process_used_most_of_it(machine, watched, late_s, cpu_s, cause):
    machine.turn(late_s, cpu_s)
    assert delays(watched) == {cause: (1, late_s)}


def test_a_timer_that_is_early_is_not_late(machine, watched):
    """A loop's own clock may be behind."""
    machine.turn(-0.001)
    assert delays(watched) == {WAIT: (1, 0)}


@pytest.mark.parametrize("took_s, late_s, cause", [(0.15, 0.2, COLLECTION), (0.05, 0.2, WORK)])
def test_collections(machine, watched, took_s, late_s, cause):
    machine.takes_s = took_s
    gc.collect()
    machine.takes_s = 0.0
    machine.turn(late_s - took_s, late_s - took_s)
    assert delays(watched) == {cause: (1, late_s)}


@pytest.mark.parametrize("took_s, late_s, cause", [(0.15, 0.2, FORK), (0.05, 0.2, WORK)])
def test_forks(machine, watched, took_s, late_s, cause):
    machine.takes_s = took_s
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    machine.turn(late_s - took_s, late_s - took_s)
    assert delays(watched) == {cause: (1, late_s)}


def test_each_delay_has_its_own_cause(machine, watched):
    machine.takes_s = 0.1
    gc.collect()
    machine.takes_s = 0.0
    machine.turn()
    machine.turn(0.3, 0.3)
    assert delays(watched) == {COLLECTION: (1, 0.1), WORK: (1, 0.3)}


def test_an_idle_engine_is_woken_less_often(machine, watched):
    assert machine.turn() == IDLE_EVERY_S
    machine.requests += 1
    machine.turn()  # the timer of before
    intervals = []
    while (every_s := machine.turn()) == EVERY_S:
        intervals.append(every_s)
    assert every_s == IDLE_EVERY_S
    assert sum(intervals) == pytest.approx(IDLE_AFTER_S, abs=2 * EVERY_S)
