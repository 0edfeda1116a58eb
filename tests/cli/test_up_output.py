"""The final output of `paysandbox up`: few lines, and commands that run as printed."""

import re
import shlex
import shutil
from io import StringIO
from typing import Any

import pytest
from typer.main import get_command

from cli.connection.keys import MerchantKey
from cli.connection.target import Target
from cli.engine_process.access_key import AccessKey
from cli.main import app
from cli.sandbox.engine import EVERY_ADDRESS, LOOPBACK
from cli.sandbox.up import Sandbox
from cli.sandbox.up_command import print_sandbox
from cli.terminal.console import Console

TARGET = Target("local", "us-east-1", "http://127.0.0.1:4600", "http://localhost:4600", AccessKey("ID", "secret"))
KEYS = [MerchantKey("demo", plan, f"sk_test_demo_{plan[0] * 32}", plan) for plan in ("sandbox", "load")]


@pytest.mark.parametrize("bind, path", [(LOOPBACK, "/nonexistent"), (LOOPBACK, None), (EVERY_ADDRESS, "/nonexistent")])
def test_final_output_is_short_and_its_commands_exist(bind, path, monkeypatch):
    if path is not None:
        monkeypatch.setenv("PATH", path)
    printed = StringIO()
    print_sandbox(Console(file=printed, width=80), Sandbox(TARGET, KEYS, "auth_1", {}, [], {}, bind), 12.34)
    lines = printed.getvalue().splitlines()

    assert len(lines) <= 8
    assert "http://127.0.0.1:4600" in printed.getvalue()
    assert KEYS[0].api_key in printed.getvalue()
    commands = [shlex.split(line[12:]) for line in lines if re.search(r"paysandbox [a-z]", line)]
    assert len(commands) == 2
    program_of: Any = get_command(app)
    groups = program_of.commands
    for program, group, *_ in commands:
        assert shutil.which(program) is not None or path is None
        assert group in groups
