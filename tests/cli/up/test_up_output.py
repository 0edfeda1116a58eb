"""The final output of `paysandbox up`: few lines, and commands that run as printed."""

import re
import shlex
import shutil
from io import StringIO
from typing import Any

import pytest

from cli.connection.keys import MerchantKey
from cli.connection.target import Target
from cli.main import whole_program
from cli.sandbox.engine import EVERY_ADDRESS, LOOPBACK
from cli.state.state_dir import StateDir
from cli.terminal.console import Console
from cli.up.up import Sandbox
from cli.up.up_command import print_sandbox, show_log, watch_sources
from engine.wall.access_key import AccessKey

TARGET = Target("local", "us-east-1", "http://127.0.0.1:4600", "http://localhost:4600", AccessKey("ID", "secret"))
KEYS = [MerchantKey("demo", plan, f"sk_test_demo_{plan[0] * 32}", plan) for plan in ("sandbox", "load")]


@pytest.mark.parametrize("bind, path", [(LOOPBACK, "/nonexistent"), (LOOPBACK, None), (EVERY_ADDRESS, "/nonexistent")])
def test_final_output_is_short_and_its_commands_exist(bind, path, monkeypatch):
    if path is not None:
        monkeypatch.setenv("PATH", path)
    printed = StringIO()
    link = "http://127.0.0.1:4600/dashboard/#token=" + "t" * 32
    print_sandbox(Console(file=printed, width=80), Sandbox(TARGET, KEYS, "auth_1", {}, [], {}, bind), 12.34, link)
    lines = printed.getvalue().splitlines()

    assert len(lines) <= (8 if bind == LOOPBACK else 9), "one more has the address for other machines"
    assert any(line.endswith(link) for line in lines), "a link in two lines cannot be clicked"
    assert "http://127.0.0.1:4600" in printed.getvalue()
    assert KEYS[0].api_key in printed.getvalue()
    commands = [shlex.split(line[12:]) for line in lines if re.search(r"paysandbox [a-z]", line)]
    assert len(commands) == 2
    program_of: Any = whole_program()
    groups = program_of.commands
    for program, group, *_ in commands:
        assert shutil.which(program) is not None or path is None
        assert group in groups


class CtrlCAt(StringIO):
    """A terminal whose user presses Ctrl-C as soon as a text is shown."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text: str | None = text

    def flush(self) -> None:
        if self._text is not None and self._text in self.getvalue():
            self._text = None
            raise KeyboardInterrupt


@pytest.mark.parametrize(
    "stay, end",
    [
        (show_log, "Stopping …"),
        (lambda home, console: watch_sources(home, {}, console), "Stopped watching."),
    ],
    ids=["foreground", "watch"],
)
def test_ctrl_c_works_as_soon_as_it_is_offered(stay, end, home: StateDir):
    terminal = CtrlCAt("Press Ctrl-C")
    stay(home, Console(file=terminal, width=80))
    assert end in terminal.getvalue()
