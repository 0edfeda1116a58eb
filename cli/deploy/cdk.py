"""Runs the CDK CLI against the local engine.

Offline and isolated from the user's configuration: no telemetry, notices, version check, credentials or proxy.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from cli.connection.target import Target
from cli.deploy.installation import ROOT
from cli.state.state_dir import StateDir
from cli.terminal.failure import Failure

NODE_FOLDER = ROOT / ".venv" / "bin"
CDK = ROOT / "node_modules" / ".bin" / "cdk"

STOP_PATIENCE_S = 5.0
OUTPUT_LINES_MAX = 25


class CdkError(Exception):
    """A failure of the CDK CLI: its command, and the end of its output."""

    def __init__(self, command: str, output: Sequence[str]) -> None:
        super().__init__(f"cdk {command} failed")
        self.command = command
        self.output = list(output)


def cdk(
    *arguments: str | Path,
    target: Target,
    home: StateDir,
    folder: Path,
    log: IO[str],
    each_line: Callable[[str], None] = lambda _: None,
    held: int | None = None,
) -> None:
    """Run one CDK command in `folder` until it ends, and pass each line of its output to `each_line`.

    `held` is the descriptor of the home's lock. The command inherits it, so that a command which outlives a killed `up`
    still blocks the next `up`. On an interrupt, the command and its child processes are ended.
    """
    command = [CDK, *arguments, "--no-notices", "--no-color"]
    log.write(f"$ cdk {' '.join(map(str, arguments))}\n")
    running = subprocess.Popen(
        command,
        cwd=folder,
        env=environment(target, home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
        pass_fds=() if held is None else (held,),
    )
    output: list[str] = []
    try:
        assert running.stdout is not None  # noqa: S101 - requested above
        for line in running.stdout:
            log.write(line)
            output.append(line.rstrip())
            each_line(output[-1])
        code = running.wait()
    except BaseException:
        _end(running)
        raise
    finally:
        if running.stdout is not None:
            running.stdout.close()
        log.flush()
    if code != 0:
        _refuse_full_disk(output)
        raise CdkError(str(arguments[0]), [line for line in output if line][-OUTPUT_LINES_MAX:])


def environment(target: Target, home: StateDir) -> dict[str, str]:
    """Return the CDK CLI's environment variables: the engine's, without the caller's account, proxy or settings."""
    return {
        "PATH": f"{NODE_FOLDER}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        # Only for the caches of jsii and CDK: without them, each synth unpacks the whole construct library.
        "HOME": str(Path.home()),
        "CDK_HOME": str(home.path / "cdk"),
        "TMPDIR": str(home.tmp),
        "LANG": "C.UTF-8",
        "AWS_ENDPOINT_URL": target.aws_endpoint_url or "",
        **aws_variables(target),
        "AWS_REGION": target.region,
        "AWS_DEFAULT_REGION": target.region,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "CDK_DISABLE_VERSION_CHECK": "true",
        "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
    }


def aws_variables(target: Target) -> dict[str, str]:
    """Return the access key of a local target, as the environment variables of AWS tools."""
    key = target.access_key
    return {} if key is None else {"AWS_ACCESS_KEY_ID": key.id, "AWS_SECRET_ACCESS_KEY": key.secret}


def _end(running: subprocess.Popen[str]) -> None:
    for ending in (signal.SIGTERM, signal.SIGKILL):
        if running.poll() is not None:
            return
        # Not reaped yet, so the process ID, which is also its group's ID, cannot have been reused.
        os.killpg(running.pid, ending)
        try:
            running.wait(STOP_PATIENCE_S)
        except subprocess.TimeoutExpired:
            continue


def _refuse_full_disk(output: Sequence[str]) -> None:
    if any("ENOSPC" in line or "No space left" in line for line in output):
        raise Failure(
            "The disk is full.", "Free about 1 GB, then run the same command again. It continues where it stopped."
        )
