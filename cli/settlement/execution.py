"""An execution of the settlement state machine: started once per batch name, and watched until it ends."""

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
"""The steps as they are shown, and the part of the state names that identifies them, in lower-case letters."""

_FIRST: Final = "open"
_LAST: Final = "close"
AND_THEN: Final = "next batch"
"""The step for the next batch, where the execution first resumed an open one."""

RUNNING: Final = frozenset({"RUNNING", "PENDING_REDRIVE"})
SUCCEEDED: Final = "SUCCEEDED"

_PAGE: Final = 1000


@dataclass(frozen=True)
class Execution:
    """An execution. `started` says that this process started it; otherwise it joined a running one."""

    arn: str
    name: str
    started: bool


@dataclass
class Watched:
    """The progress of an execution: the steps entered, the finished calls of each, and its status.

    An execution that resumes an open batch opens the requested batch next, in another `round`.
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
        """Whether it is still running."""
        return self.status in RUNNING

    @property
    def ended_early(self) -> bool:
        """Whether it has ended without success."""
        return not self.runs and self.status != SUCCEEDED


def phase_of(state: str) -> str | None:
    """The step of a state, or None for a state that belongs to no step."""
    name = re.sub(r"[^a-z]", "", state.lower())
    return next((phase for phase, part in PHASES.items() if part in name), None)


def start(client: Any, machine: str, name: str, wanted: Mapping[str, Any]) -> Execution:
    """Start the execution of that name, or join it if it exists. A failed one is followed by a new execution.

    AWS keeps a name for 90 days, so the next ones are called `<name>-again-1` and so on.
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
    """The execution of that name, if it is running."""
    arn = f"{machine.replace(':stateMachine:', ':execution:')}:{name}"
    try:
        status = client.describe_execution(executionArn=arn)["status"]
    except client.exceptions.ExecutionDoesNotExist:
        return None
    return Execution(arn, name, started=False) if status in RUNNING else None


def watch(client: Any, execution: Execution, steps: Steps, *, pause: Callable[[], None]) -> Watched:
    """Show the execution step by step until it has ended. Steps that it never enters are left out."""
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
                step.say(_call_count(watched, phase), passing=True)
                go_on()
            step.result(_call_count(watched, phase))
            _mark(ended_here=watched.ended_early and not _is_past(watched, phase))
    if watched.round > 1 or watched.runs:
        with suppress(_EndedHereError), steps.step(AND_THEN) as step:
            while watched.runs:
                step.say(watched.current, passing=True)
                go_on()
            _mark(ended_here=watched.ended_early)
    return watched


def look(client: Any, execution: Execution, watched: Watched) -> None:
    """Update the progress. The status is read first: an execution that has ended has its whole history."""
    described = client.describe_execution(executionArn=execution.arn)
    new_events: list[dict[str, Any]] = []
    page: dict[str, Any] = {}
    while True:
        answer = client.get_execution_history(
            executionArn=execution.arn, reverseOrder=True, maxResults=_PAGE, includeExecutionData=False, **page
        )
        fresh = [event for event in answer["events"] if event["id"] > watched.last_event]
        new_events += fresh
        if len(fresh) < len(answer["events"]) or "nextToken" not in answer:
            break
        page = {"nextToken": answer["nextToken"]}
    for event in reversed(new_events):
        watched.take(event)
    watched.status = described["status"]
    watched.output = described.get("output") or "{}"
    watched.error = ": ".join(filter(None, (described.get("error"), described.get("cause"))))


def pause_s(seconds: float) -> Callable[[], None]:
    """A pause of that length."""
    return lambda: time.sleep(seconds)


class _EndedHereError(Exception):
    """Marks the step at which an execution failed."""


def _mark(*, ended_here: bool) -> None:
    if ended_here:
        raise _EndedHereError


def _is_past(watched: Watched, phase: str) -> bool:
    order = list(PHASES)
    return watched.round > 1 or any(order.index(entered) > order.index(phase) for entered in watched.entered)


def _call_count(watched: Watched, phase: str) -> str:
    count = watched.ended[phase]
    return f"{count} calls" if count > 1 else ""
