"""Running the CDK CLI: detached from the caller, line by line, and ended with every process that it started."""

import io
import os
import sys
import threading

import pytest

from cli.connection.target import Target
from cli.deploy import cdk as cdk_module
from cli.deploy.cdk import CdkError, environment
from cli.sandbox import processes
from cli.terminal.failure import Failure
from engine.wall.access_key import AccessKey

KEY = AccessKey("ID", "secret")
TARGET = Target("local", "us-east-1", "http://127.0.0.1:4600", "http://localhost:4600", KEY)


@pytest.fixture
def run(home, monkeypatch, tmp_path):
    """Return a function that runs a script in place of the CLI."""

    def run(script, **more):
        program = tmp_path / "cdk"
        program.write_text(f"#!{sys.executable}\n{script}")
        program.chmod(0o755)
        monkeypatch.setattr(cdk_module, "CDK", program)
        log = io.StringIO()
        cdk_module.cdk("deploy", target=TARGET, home=home, folder=home.tmp, log=log, **more)
        return log.getvalue()

    return run


def test_callers_aws_credentials_are_not_passed_on(home, monkeypatch):
    for name in (
        "AWS_PROFILE",
        "AWS_SESSION_TOKEN",
        "AWS_CA_BUNDLE",
        "HTTPS_PROXY",
        "CDK_DEFAULT_ACCOUNT",
        "NODE_OPTIONS",
    ):
        monkeypatch.setenv(name, "of the caller")
    told = environment(TARGET, home)

    assert "of the caller" not in told.values()
    assert told["AWS_ENDPOINT_URL"] == "http://localhost:4600"
    assert (told["AWS_ACCESS_KEY_ID"], told["AWS_SECRET_ACCESS_KEY"]) == (KEY.id, KEY.secret)
    assert told["CDK_DISABLE_CLI_TELEMETRY"] == told["CDK_DISABLE_VERSION_CHECK"] == "true"


def test_output_is_forwarded_and_kept(run):
    lines = []
    log = run("import sys; print('one'); print('two', file=sys.stderr)", each_line=lines.append)

    assert sorted(lines) == ["one", "two"]
    assert "$ cdk deploy" in log
    assert "two" in log


def test_last_lines_of_output_explain_a_failure(run):
    with pytest.raises(CdkError) as failed:
        run("import sys; [print(n) for n in range(50)]; sys.exit('no such stack')")

    assert "no such stack" in failed.value.output
    assert len(failed.value.output) <= cdk_module.OUTPUT_LINES_MAX


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
        with pytest.raises(CdkError):
            run(f"import os; os.fstat({held})")
        os.fstat(held)
