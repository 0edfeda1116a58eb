"""An execution of the state machine that settles: started once under its batch's name, and watched to its end."""

from __future__ import annotations

import itertools
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from json import dumps
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from cli.terminal.steps import Steps

PHASES: Final[Mapping[str, str]] = {
    "expire": "expire",
    "open": "openbatch",
    "collect": "collectentries",
    "books": "closebooks",
    "reports": "writereports",
    "announce": "announce",
    "close": "closebatch",
}
"""Steps as they are shown, and how the names of the machine's states tell them, without case and marks."""

_FIRST: Final = "open"
_LAST: Final = "close"
AND_THEN: Final = "and then"
"""The step in which the next batch is settled, where the first one was open already."""

RUNNING: Final = frozenset({"RUNNING", "PENDING_REDRIVE"})
SUCCEEDED: Final = "SUCCEEDED"

_PAGE: Final = 1000


@dataclass(frozen=True)
class Execution:
    """An execution: its ARN, its name, and whether this program started it (else it joined one)."""

    arn: str
    name: str
    started: bool


@dataclass
class Watched:
    """What an execution has shown so far: steps that it came to, how many calls each has ended, and its status.

    One that went on with an open batch opens the one that it was started for next: that is another `round`.
    """

    status: str = "RUNNING"
    output: str = "{}"
    error: str = ""
    entered: list[str] = field(default_factory=list[str])
    ended: Counter[str] = field(default_factory=Counter[str])
    round: int = 1
    current: str = ""
    last_event: int = 0

    def take(self, event: Mapping[str, Any]) -> None:
        """One event of the history."""
        self.last_event = event["id"]
        entered, exited = event.get("stateEnteredEventDetails"), event.get("stateExitedEventDetails")
        if entered is not None:
            phase = phase_of(entered["name"])
            if phase is not None:
                self.round += phase == _FIRST and self.current == _LAST
                self.current = phase
                if phase not in self.entered:
                    self.entered.append(phase)
        if exited is not None and event["type"].startswith("Task"):
            phase = phase_of(exited["name"])
            if phase is not None:
                self.ended[phase] += 1

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self.status in RUNNING

    @property
    def ended_early(self) -> bool:
        """Whether it has ended, and not well."""
        return not self.runs and self.status != SUCCEEDED


def phase_of(state: str) -> str | None:
    """The step that a state belongs to, or None for one between steps."""
    name = re.sub(r"[^a-z]", "", state.lower())
    return next((phase for phase, told in PHASES.items() if told in name), None)


def start(client: Any, machine: str, name: str, wanted: Mapping[str, str]) -> Execution:
    """Start the execution of that name, or join it where somebody did; one that ended early is gone on with.

    AWS keeps a name for 90 days, so what goes on is called `<name>-again-1` and so on.
    """
    for number in itertools.count():
        called = f"{name}-again-{number}" if number else name
        arn = f"{machine.replace(':stateMachine:', ':execution:')}:{called}"
        try:
            answer = client.start_execution(stateMachineArn=machine, name=called, input=dumps(wanted))
        except client.exceptions.ExecutionAlreadyExists:
            if client.describe_execution(executionArn=arn)["status"] in {*RUNNING, SUCCEEDED}:
                return Execution(arn, called, started=False)
        else:
            return Execution(answer["executionArn"], called, started=True)
    raise AssertionError("there is always a next number")


def running(client: Any, machine: str, name: str) -> Execution | None:
    """The execution of that name if it is at work."""
    arn = f"{machine.replace(':stateMachine:', ':execution:')}:{name}"
    try:
        status = client.describe_execution(executionArn=arn)["status"]
    except client.exceptions.ExecutionDoesNotExist:
        return None
    return Execution(arn, name, started=False) if status in RUNNING else None


def watch(client: Any, execution: Execution, steps: Steps, *, pause: Callable[[], None]) -> Watched:
    """Show the execution step by step until it has ended. Steps that it never came to are left out."""
    watched = Watched()

    def go_on() -> bool:
        pause()
        look(client, execution, watched)
        return watched.runs

    look(client, execution, watched)
    for phase in PHASES:
        while watched.runs and phase not in watched.entered and not _is_past(watched, phase):
            go_on()
        if phase not in watched.entered:
            steps.leave_out(phase)
            continue
        with suppress(_EndedHereError), steps.step(phase) as step:
            while watched.runs and not _is_past(watched, phase):
                step.say(_told(watched, phase), passing=True)
                go_on()
            step.result(_told(watched, phase))
            _mark(ended_here=watched.ended_early and not _is_past(watched, phase))
    if watched.round > 1 or watched.runs:
        with suppress(_EndedHereError), steps.step(AND_THEN) as step:
            while watched.runs:
                step.say(watched.current, passing=True)
                go_on()
            _mark(ended_here=watched.ended_early)
    return watched


def look(client: Any, execution: Execution, watched: Watched) -> None:
    """Bring what is known up to date. The status first: what has ended has all its history."""
    described = client.describe_execution(executionArn=execution.arn)
    news: list[dict[str, Any]] = []
    page: dict[str, Any] = {}
    while True:
        answer = client.get_execution_history(
            executionArn=execution.arn, reverseOrder=True, maxResults=_PAGE, includeExecutionData=False, **page
        )
        fresh = [event for event in answer["events"] if event["id"] > watched.last_event]
        news += fresh
        if len(fresh) < len(answer["events"]) or "nextToken" not in answer:
            break
        page = {"nextToken": answer["nextToken"]}
    for event in reversed(news):
        watched.take(event)
    watched.status = described["status"]
    watched.output = described.get("output") or "{}"
    watched.error = ": ".join(filter(None, (described.get("error"), described.get("cause"))))


def pause_s(seconds: float) -> Callable[[], None]:
    """A pause of that length."""
    return lambda: time.sleep(seconds)


class _EndedHereError(Exception):
    """Marks the step at which an execution ended early, and goes no further."""


def _mark(*, ended_here: bool) -> None:
    if ended_here:
        raise _EndedHereError


def _is_past(watched: Watched, phase: str) -> bool:
    order = list(PHASES)
    return watched.round > 1 or any(order.index(one) > order.index(phase) for one in watched.entered)


def _told(watched: Watched, phase: str) -> str:
    count = watched.ended[phase]
    return f"{count} calls" if count > 1 else ""
