"""Shows the progress of a command: a live list with times on a terminal, plain lines in a pipe.

    with steps_on(console, plan=("engine", "deploy")) as steps:
        with steps.step("engine") as step:
            step.say("loading its state")
            step.result("at http://localhost:4610")

Steps may run in parallel threads. Everything is printed on the given console, which for a command is stderr, since
stdout is for its result.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol, Self

from rich.console import ConsoleOptions, RenderResult
from rich.live import Live
from rich.padding import Padding

from cli.terminal.console import Console, Text

# In a pipe, a step that takes longer than this is announced; a quicker one is a single line.
SLOW_S = 1.0
REFRESH_PER_S = 10
TITLE_WIDTH = 13
NOTES_INDENT = 26


class State(Enum):
    """The state of a step, with its mark and color."""

    WAITING = ("·", "dim")
    RUNNING = ("…", "cyan")
    DONE = ("✓", "green")
    FAILED = ("✗", "bold red")


@dataclass
class Step:
    """One step: its title, its detail, and its times."""

    title: str
    listener: Listener
    state: State = State.WAITING
    detail: str = ""
    began: float = 0.0
    ended: float | None = None
    notes: list[str] = field(default_factory=list)
    notes_style: str = "dim"

    @property
    def took_s(self) -> float:
        """Seconds so far, or in all."""
        return (self.ended if self.ended is not None else time.monotonic()) - self.began

    def say(self, detail: str, *, passing: bool = False) -> None:
        """Set the current detail. A passing one (a count) is not printed in a pipe."""
        is_new = detail != self.detail and not passing
        self.detail = detail
        if is_new:
            self.listener.progressed(self)

    def result(self, detail: str, *, notes: Sequence[str] = (), style: str = "dim") -> None:
        """Set the result; `notes` are printed below it, one line each, in that style."""
        self.detail, self.notes, self.notes_style = detail, list(notes), style


class Listener(Protocol):
    """Shows steps as they change."""

    def began(self, step: Step) -> None:
        """The step has started."""

    def progressed(self, step: Step) -> None:
        """The step has a new detail."""

    def finished(self, step: Step) -> None:
        """The step is done or has failed."""


class Steps:
    """A list of steps. Planned ones are shown before they start."""

    def __init__(self, listener: Listener, plan: Sequence[str] = ()) -> None:
        self._listener = listener
        self.all = [Step(title, listener) for title in plan]

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Run the block as the step of that title. An exception marks it as failed and is raised."""
        step = next((step for step in self.all if step.title == title and step.state is State.WAITING), None)
        if step is None:
            step = Step(title, self._listener)
            self.all.insert(self._first_waiting(), step)
        step.state, step.began = State.RUNNING, time.monotonic()
        self._listener.began(step)
        try:
            yield step
        except BaseException:
            step.state = State.FAILED
            raise
        else:
            step.state = State.DONE
        finally:
            step.ended = time.monotonic()
            self._listener.finished(step)

    def _first_waiting(self) -> int:
        return next((place for place, step in enumerate(self.all) if step.state is State.WAITING), len(self.all))

    def leave_out(self, *titles: str) -> None:
        """Remove planned steps that are not needed."""
        self.all = [step for step in self.all if step.title not in titles or step.state is not State.WAITING]

    def seconds(self) -> dict[str, float]:
        """How long each step took."""
        return {step.title: round(step.took_s, 2) for step in self.all if step.ended is not None}


@contextmanager
def steps_on(console: Console, plan: Sequence[str] = ()) -> Iterator[Steps]:
    """Steps, shown in the way that suits the console."""
    if console.is_terminal and not console.is_dumb_terminal:
        screen = TerminalList()
        steps = Steps(screen, plan)
        screen.steps = steps
        with Live(screen, console=console, refresh_per_second=REFRESH_PER_S, redirect_stdout=False):
            yield steps
        return
    with PlainLines(console) as lines:
        yield Steps(lines, plan)


class Quiet:
    """Shows nothing: for tests that start a sandbox."""

    def began(self, step: Step) -> None:
        """Nothing."""

    def progressed(self, step: Step) -> None:
        """Nothing."""

    def finished(self, step: Step) -> None:
        """Nothing."""


class TerminalList:
    """The live list: redrawn many times a second, so a change needs no action."""

    steps: Steps

    def began(self, step: Step) -> None:
        """Nothing: the next redraw shows it."""

    def progressed(self, step: Step) -> None:
        """Nothing: the next redraw shows it."""

    def finished(self, step: Step) -> None:
        """Nothing: the next redraw shows it."""

    def __rich_console__(self, console: object, options: ConsoleOptions) -> RenderResult:
        """One line per step, cut to the width, and its notes, whole."""
        for step in list(self.steps.all):
            yield _line(step, width=options.max_width)
            for note in step.notes:
                yield Padding(Text(note, style=step.notes_style), (0, 0, 0, NOTES_INDENT))


def _line(step: Step, *, width: int) -> Text:
    mark, style = step.state.value
    waiting = step.state is State.WAITING
    line = Text(no_wrap=True, overflow="ellipsis")
    line.append(f"{mark} ", style=style)
    line.append(f"{step.title:{TITLE_WIDTH}} ", style="dim" if waiting else "bold")
    line.append("        " if waiting else f"{step.took_s:6.1f} s", style="dim")
    line.append(f"  {step.detail}", style="dim" if step.state is State.RUNNING else "")
    line.truncate(width, overflow="ellipsis")
    return line


class PlainLines:
    """Plain lines: one when a step is done, preceded by one when a slow step is announced."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = threading.Lock()
        self._announcements: dict[int, threading.Timer] = {}
        self._announced: set[int] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for timer in self._announcements.values():
            timer.cancel()

    def began(self, step: Step) -> None:
        """Announce the step if it is still running after a second."""
        timer = threading.Timer(SLOW_S, self._announce, [step])
        timer.daemon = True
        self._announcements[id(step)] = timer
        timer.start()

    def progressed(self, step: Step) -> None:
        """Print the details of announced steps only."""
        if id(step) in self._announced:
            self._print(f"  {step.title}: {step.detail}")

    def finished(self, step: Step) -> None:
        """Print the result and the time it took."""
        self._announcements.pop(id(step)).cancel()
        mark, _ = step.state.value
        self._print(f"{mark} {step.title:{TITLE_WIDTH}} {step.took_s:6.1f} s  {step.detail}".rstrip())
        for note in step.notes:
            self._print(f"{'':{NOTES_INDENT}}{note}")

    def _announce(self, step: Step) -> None:
        if step.state is State.RUNNING:
            self._announced.add(id(step))
            self._print(f"… {step.title}" + (f": {step.detail}" if step.detail else ""))

    def _print(self, line: str) -> None:
        with self._lock:
            self._console.print(line, soft_wrap=True)
