"""The progress display of a command."""

import io
import os
import re
import time

import pytest

from cli.terminal import console
from cli.terminal.console import Console
from cli.terminal.steps import SLOW_S, State, Step, Steps, TerminalList, steps_on


def pipe():
    return Console(file=io.StringIO(), width=80)


def written(console):
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def said(console):
    return [re.sub(r"\d+\.\d s", "N s", line) for line in written(console).splitlines()]


def test_quick_steps_are_one_line_in_a_pipe():
    console = pipe()
    with steps_on(console, ("engine", "deploy")) as steps:
        with steps.step("engine") as step:
            step.say("loading")
            step.result("at http://localhost:4566", notes=["moved from port 4600"])
        steps.leave_out("deploy")

    assert said(console) == [
        "✓ engine           N s  at http://localhost:4566",
        "                          moved from port 4600",
    ]
    assert "\x1b" not in written(console)


@pytest.mark.full
def test_slow_steps_report_progress_in_a_pipe():
    console = pipe()
    with steps_on(console) as steps, steps.step("deploy") as step:
        step.say("synthesizing")
        time.sleep(SLOW_S + 0.2)
        step.say("1 of 9", passing=True)
        step.say("data: deployed")
        step.say("data: deployed")

    assert said(console) == [
        "… deploy: synthesizing",
        "  deploy: data: deployed",
        "✓ deploy           N s  data: deployed",
    ]


def test_long_lines_are_not_cut_in_a_pipe():
    console = pipe()
    with steps_on(console) as steps, steps.step("deploy") as step:
        step.result("x" * 200)

    assert len(said(console)) == 1


def test_a_failed_step_is_marked_and_reraised():
    console = pipe()
    with pytest.raises(KeyboardInterrupt), steps_on(console) as steps, steps.step("deploy"):
        raise KeyboardInterrupt

    assert said(console) == ["✗ deploy           N s"]


def test_a_terminal_shows_the_remaining_steps():
    note = "a note is never cut, however long it is, since it may tell what was lost"
    console = Console(file=io.StringIO(), width=60, force_terminal=True, color_system=None, legacy_windows=False)
    shown = TerminalList()
    shown.steps = steps = Steps(shown, ("engine", "deploy"))
    with steps.step("engine") as step:
        step.result("at http://localhost:4566 " * 4, notes=[note])
    console.print(shown)
    lines = written(console).splitlines()

    assert lines[0].startswith("✓ engine")
    assert lines[0].endswith("…")
    assert lines[-1].startswith("· deploy")
    assert " ".join(" ".join(lines[1:-1]).split()) == note
    assert all(len(line) <= 60 for line in lines)


def test_durations_are_recorded():
    with steps_on(pipe(), ("a", "b")) as steps, steps.step("a"):
        pass

    assert list(steps.seconds()) == ["a"]
    assert Step("b", TerminalList()).state is State.WAITING


def test_a_closed_terminal_is_no_failure(monkeypatch):
    """A graceful stop after SIGHUP must not die of its own messages."""
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "w", buffering=1) as closed:  # noqa: PTH123 - it is a descriptor
        monkeypatch.setattr("sys.stderr", closed)
        console.stderr_console().print("Stopping …")
        monkeypatch.undo()
        with pytest.raises(BrokenPipeError):
            closed.flush()
        somewhere = os.open(os.devnull, os.O_WRONLY)  # so that closing it can write what is left
        os.dup2(somewhere, writing)
        os.close(somewhere)
