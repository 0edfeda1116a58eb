"""The program with which the dashboard's button runs a settlement."""

import os
import sys

import pytest

from engine.wall import settlement_run
from engine.wall.own_program import ProgramError
from engine.wall.settlement_run import COMMAND
from tests.cli.sandbox.test_dashboard_keys import program


def test_without_a_running_sandbox_it_says_so(tmp_path):
    with pytest.raises(ProgramError, match="The sandbox is not running"):
        settlement_run.settle(sys.executable, tmp_path, os.environ)


def test_the_program_is_run_without_a_secret(tmp_path):
    shows = program(tmp_path, "print(json.dumps({'argv': sys.argv[1:], 'env': dict(os.environ), 'sent': sent}))")
    shown = settlement_run.settle(shows, tmp_path, {"PATH": "/bin", "AWS_SECRET_ACCESS_KEY": "s"})
    assert (shown["argv"], shown["sent"]) == ([*COMMAND], {})
    assert {name for name in shown["env"] if name != "LC_CTYPE"} == {"PATH", "PAYSANDBOX_HOME"}
