"""`paysandbox clock`: show the sandbox's time and advance it, so that seven days pass in a test.

Only the functions' clock moves. Rate limits, TLS, tokens, schedules and log lines use wall time.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.terminal.failure import Failure
from cli.terminal.options import AsJson, Environment
from cli.terminal.output import print_json, print_line, print_note
from cli.terminal.time_span import moment, span_s, span_words, written
from paysandbox.clock.rules import fixed

if TYPE_CHECKING:
    from cli.connection.target import Target
    from cli.state.state_dir import StateDir
    from paysandbox.clock.offset_item import ClockTable

MAY_MOVE_OUTPUT: Final = "ClockMayMove"

# For a file with a time that is seeded again: its idempotency keys expire then.
_PAST_MAX: Final = timedelta(days=1)

RESET_MEANS: Final = (
    "Payments that were made while the clock was ahead now have times in the future. They and their "
    "idempotency keys expire once wall time catches up."
)

app = typer.Typer(name="clock", no_args_is_help=True, help="Show, advance and reset the sandbox's clock.")


@dataclass(frozen=True)
class Clock:
    """An environment's clock: the offset that was set."""

    environment: str
    offset_s: int
    may_move: bool

    def as_json(self) -> dict[str, Any]:
        """Return the facts for a script. `now` is the sandbox's time."""
        wall = datetime.now(UTC)
        return {
            "environment": self.environment,
            "now": written(wall + timedelta(seconds=self.offset_s)),
            "wall": written(wall),
            "offset_s": self.offset_s,
            "may_move": self.may_move,
        }


def clock_of(target: Target) -> Clock:
    """Return the current clock."""
    from cli.connection.clock_offset import stored_offset_s

    return Clock(target.environment, stored_offset_s(target), _may_move(target))


def advance_by(target: Target, seconds: int) -> Clock:
    """Advance the clock. Raises Failure if that is not allowed."""
    from paysandbox.clock.offset_item import advance

    return _move(target, lambda clock, wall: advance(clock, seconds, wall, secrets.token_hex(8)))


def advance_until(target: Target, until: datetime) -> Clock:
    """Advance the clock to a time. Raises Failure if that time is in the past."""
    from paysandbox.clock.offset_item import advance_until

    return _move(target, lambda clock, wall: advance_until(clock, until, wall))


def reset(target: Target) -> Clock:
    """Reset the clock to wall time."""
    from paysandbox.clock.offset_item import reset

    return _move(target, reset)


def reach(env: str, until: datetime) -> list[str]:
    """Advance an environment's clock to a time, unless it is past it already, and run what falls due.

    Return the reason of each unfinished sweep. Raises Failure if the clock is more than a day past that time, or may
    not be moved.
    """
    from cli.sandbox.due_work import do_what_is_due

    with _alone(env):
        target = _target(env)
        now = datetime.now(UTC) + timedelta(seconds=clock_of(target).offset_s)
        if now - until > _PAST_MAX:
            raise Failure(
                f"clock: the sandbox's clock is at {written(now)}, more than a day past {written(until)}.",
                "The clock only moves forward: give a later time.",
            )
        if now >= until:
            return []
        advance_until(target, until)
        return do_what_is_due(target)


def _move(target: Target, change: Callable[[ClockTable, datetime], int]) -> Clock:
    from cli.connection.clock_offset import move_offset

    if not _may_move(target):
        raise Failure(fixed(target.environment).detail, "Use `local` or `dev`, or deploy with -c clock_may_move=true.")
    return Clock(target.environment, move_offset(target, change), may_move=True)


def _may_move(target: Target) -> bool:
    outputs = target.outputs("api")
    if MAY_MOVE_OUTPUT not in outputs:
        raise Failure(
            f"The api stack of {target.environment} has no output {MAY_MOVE_OUTPUT}.",
            f"It was deployed by another version. {target.deploy_advice}",
        )
    return outputs[MAY_MOVE_OUTPUT] == "true"


# --- commands ---------------------------------------------------------------------------------------------------------

EXAMPLES_ADVANCE = """[bold]Examples[/bold]
  paysandbox clock advance 8d                            an authorization expires
  paysandbox clock advance 1d12h
  paysandbox clock advance --to 2026-12-01T00:00:00Z
"""


def _span(text: str | None) -> str | None:
    if text is not None and span_s(text) is None:
        raise typer.BadParameter(f"{text!r} is not a duration. Use a form like 8d, 90m or 1d12h.")
    return text


def _moment(text: str | None) -> str | None:
    if text is not None and moment(text) is None:
        raise typer.BadParameter(f"{text!r} is not a time with a zone. Use a form like 2026-12-01T00:00:00Z.")
    return text


@app.command(epilog="[bold]Example[/bold]\n  paysandbox clock show --env dev")
def show(env: Environment = "local", as_json: AsJson = False) -> None:
    """Show the sandbox's time."""
    _print(clock_of(_target(env)), as_json=as_json)


@app.command(epilog=EXAMPLES_ADVANCE)
def advance(
    span: Annotated[
        str | None,
        typer.Argument(metavar="DURATION", callback=_span, help="How far: 8d, 90m, 1d12h.", show_default=False),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="TIME", callback=_moment, help="Advance to this time: ISO 8601 with a zone."),
    ] = None,
    env: Environment = "local",
    as_json: AsJson = False,
) -> None:
    """Advance the sandbox's clock, for everyone who uses this environment.

    Due work runs at once: simulated steps in the order of their times, expiries, status queries for disbursements, and
    webhook retries. Much of it takes longer, and its progress is shown; after 15 minutes, or Ctrl-C, the rest continues
    in the background. Only `reset` moves the clock back.
    """
    from cli.sandbox.due_work import do_what_is_due

    if (span is None) == (to is None):
        raise typer.BadParameter("Give either a duration (8d) or a time (--to 2026-12-01T00:00:00Z).")
    with _alone(env):
        target = _target(env)
        until = moment(to or "")
        clock = advance_by(target, span_s(span or "") or 0) if until is None else advance_until(target, until)
        undone = do_what_is_due(target)
    _print(clock, as_json=as_json)
    for trouble in undone:
        print_note(f"The clock was advanced, but {trouble}. It is retried within 15 minutes.")


@app.command("reset", epilog="[bold]Example[/bold]\n  paysandbox clock reset")
def reset_command(env: Environment = "local", as_json: AsJson = False) -> None:
    """Reset the sandbox's clock to wall time. Existing payments and events keep their times."""
    with _alone(env):
        target = _target(env)
        was_ahead = clock_of(target).offset_s > 0
        clock = reset(target)
    _print(clock, as_json=as_json)
    if was_ahead:
        print_note(RESET_MEANS)


def _alone(env: str) -> AbstractContextManager[object]:
    """Lock a local sandbox against a deployment by `up`. In AWS, the last of two callers wins."""
    from cli.connection.target import LOCAL

    home = _home()
    return home.lock() if env == LOCAL and home.path.is_dir() else nullcontext()


def _target(env: str) -> Target:
    from cli.connection.target import resolve

    return resolve(env, _home())


def _home() -> StateDir:
    from cli.state.state_dir import StateDir

    return StateDir.find()


def _print(clock: Clock, *, as_json: bool) -> None:
    facts = clock.as_json()
    if as_json:
        print_json(facts)
        return
    offset = f"{span_words(clock.offset_s)} ahead" if clock.offset_s else "none"
    print_line(f"Sandbox time  {facts['now']}")
    print_line(f"Wall time     {facts['wall']}")
    print_line(f"Offset        {offset}")
