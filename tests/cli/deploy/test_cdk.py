"""Running the CDK app: detached from the caller, line by line, and ended with every process that it started."""

import io
import json
import os
import sys
import threading

import pytest

from cli.connection.target import Target
from cli.deploy import cdk
from cli.deploy.cdk import ProgramError, environment
from cli.sandbox import processes
from cli.terminal.failure import Failure
from engine.wall.access_key import AccessKey

KEY = AccessKey("ID", "secret")
TARGET = Target("local", "us-east-1", "http://127.0.0.1:4600", "http://localhost:4600", KEY)


@pytest.fixture
def run(home, tmp_path):
    """Return a function that runs a script in place of the app."""

    def run(script, **more):
        program, log = tmp_path / "app.py", io.StringIO()
        program.write_text(script)
        cdk.run([sys.executable, program], folder=home.tmp, variables={}, log=log, **more)
        return log.getvalue()

    return run


def test_the_app_gets_nothing_of_the_caller(home, monkeypatch):
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "HTTPS_PROXY", "CDK_DEFAULT_ACCOUNT", "NODE_OPTIONS"):
        monkeypatch.setenv(name, "of the caller")

    assert "of the caller" not in environment(TARGET, home, {}).values()


def test_the_app_gets_the_settings_of_cdk_json_and_the_context(home):
    told = environment(TARGET, home, {"env": "local"})
    context = json.loads(told["CDK_CONTEXT_JSON"])

    assert context["env"] == "local"
    assert context["@aws-cdk/core:explicitStackTags"] is True
    assert told["CDK_OUTDIR"] == str(home.cloud_assembly)


def test_output_is_forwarded_and_kept(run):
    lines = []
    log = run("import sys; print('one'); print('two', file=sys.stderr)", each_line=lines.append)

    assert sorted(lines) == ["one", "two"]
    assert log.startswith(f"$ {sys.executable} ")
    assert "two" in log


def test_last_lines_of_output_explain_a_failure(run):
    with pytest.raises(ProgramError) as failed:
        run("import sys; [print(n) for n in range(50)]; sys.exit('no such stack')")

    assert "no such stack" in failed.value.output
    assert len(failed.value.output) <= cdk.OUTPUT_LINES_MAX


def test_a_full_disk_has_its_own_message(run):
    with pytest.raises(Failure, match="disk is full"):
        run("import sys; sys.exit('ENOSPC: no space left on device, write')")


def test_an_interrupt_ends_child_processes(run):
    seen = []

    def interrupt(line):
        seen.append(int(line))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(
            "import os, subprocess; subprocess.Popen(['sleep', '60']); print(os.getpid(), flush=True); os.wait()",
            each_line=interrupt,
        )

    [group] = seen
    gone = threading.Event()
    for _ in range(100):
        if not processes.members(group):
            gone.set()
            break
        gone.wait(0.02)
    assert gone.is_set()


def test_lock_of_the_state_folder_is_held(run, home):
    with home.lock() as held:
        run(f"import os; os.fstat({held})", held=held)
        with pytest.raises(ProgramError):
            run(f"import os; os.fstat({held})")
        os.fstat(held)
