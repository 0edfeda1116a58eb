"""Synthesizes the CDK app for the local engine, as `cdk synth` does, and without the CDK CLI.

Offline and isolated from the user's configuration: the app gets none of the caller's credentials, proxies or settings.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Final

from cli.connection.target import Target
from cli.deploy.installation import ROOT
from cli.state.state_dir import StateDir
from cli.terminal.failure import Failure

# Of the checkout's Python, and of its Node.js, which the construct library runs in.
PROGRAMS = ROOT / ".venv" / "bin"

STOP_PATIENCE_S = 5.0
OUTPUT_LINES_MAX = 25

# What the CLI adds to the settings in cdk.json for `cdk synth --no-validation`. CloudFormation's rules are a third of a
# synth, and tests/infra checks them.
_CONTEXT_OF_CLI: Final = {
    "aws:cdk:enable-path-metadata": True,
    "aws:cdk:enable-asset-metadata": True,
    "aws:cdk:disable-version-reporting": True,
    "aws:cdk:bundling-stacks": ["**"],
    "@aws-cdk/core:failSynthOnValidationErrors": False,
}


class ProgramError(Exception):
    """A failure of a program: its name, and the end of its output."""

    def __init__(self, name: str, output: Sequence[str]) -> None:
        super().__init__(f"{name} failed")
        self.output = list(output)


def synthesize(
    target: Target, home: StateDir, context: Mapping[str, str], *, log: IO[str], held: int | None = None
) -> None:
    """Write the cloud assembly for a target into its home. Raises ProgramError."""
    shutil.rmtree(home.cloud_assembly, ignore_errors=True)
    run([PROGRAMS / "python", "app.py"], folder=ROOT, variables=environment(target, home, context), log=log, held=held)


def run(
    command: Sequence[str | Path],
    *,
    folder: Path,
    variables: Mapping[str, str],
    log: IO[str],
    each_line: Callable[[str], None] = lambda _: None,
    held: int | None = None,
) -> None:
    """Run a program in `folder` until it ends, and pass each line of its output to `each_line`. Raises ProgramError.

    `held` is the descriptor of the home's lock. The program inherits it, so that one which outlives a killed `up` still
    blocks the next `up`. On an interrupt, the program and its child processes are ended.
    """
    log.write(f"$ {' '.join(map(str, command))}\n")
    log.flush()
    running = subprocess.Popen(
        command,
        cwd=folder,
        env=variables,
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
        raise ProgramError(Path(command[0]).name, [line for line in output if line][-OUTPUT_LINES_MAX:])


def environment(target: Target, home: StateDir, context: Mapping[str, str]) -> dict[str, str]:
    """Return the environment variables of the app: what the CDK CLI would tell it, and nothing of the caller's."""
    settings = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    return {
        "PATH": f"{PROGRAMS}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        # Only for jsii's cache: without it, each synth unpacks the whole construct library.
        "HOME": str(Path.home()),
        "TMPDIR": str(home.tmp),
        "LANG": "C.UTF-8",
        "PYTHONIOENCODING": "utf-8",
        "CDK_OUTDIR": str(home.cloud_assembly),
        "CDK_CONTEXT_JSON": json.dumps({**settings, **context, **_CONTEXT_OF_CLI}),
        "CDK_DEFAULT_REGION": target.region,
        "CDK_VALIDATION": "false",
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
