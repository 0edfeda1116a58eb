"""Errors that a user can act on: what went wrong and what to do about it.

A command raises `Failure`; the program's root catches and prints it, so no command formats errors of its own.
"""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Sequence

from cli.terminal.output import print_problem, runnable


class Failure(Exception):  # noqa: N818 - it is shown to a person, and "error" says nothing more
    """The command failed: one sentence says why, and one says what to do."""

    def __init__(self, message: str | Sequence[str], advice: str | Sequence[str] = "") -> None:
        """Each is a line or a sequence of lines; a line break within a line is shown escaped."""
        self.message_lines = [message] if isinstance(message, str) else [*message]
        self.advice_lines = [advice] if isinstance(advice, str) else [*advice]
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """What went wrong, as one text."""
        return "\n".join(self.message_lines)

    @property
    def advice(self) -> str:
        """What to do about it, as one text."""
        return "\n".join(self.advice_lines)

    def as_problem(self) -> str:
        """The same as a JSON problem (RFC 9457)."""
        return json.dumps({"type": "about:blank", "title": self.message, "detail": self.advice}, ensure_ascii=False)


def print_failure(failure: Failure, *, as_json: bool) -> None:
    """Print it on stderr: in red, or as a JSON problem."""
    if as_json:
        print_problem(failure.as_problem())
        return
    from cli.terminal.console import Text, stderr_console

    console = stderr_console()
    for line in failure.message_lines:
        console.print(Text(line, style="bold red"), soft_wrap=True)
    for line in failure.advice_lines if failure.advice else ():
        console.print(runnable(line), soft_wrap=True)


def from_exception(error: BaseException) -> Failure | None:
    """The Failure for an exception that any command can raise; None for a bug, which needs its traceback."""
    if isinstance(error, Failure):
        return error
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return Failure(
            "The disk is full.", "Free about 1 GB, then run the same command again. It continues where it stopped."
        )
    if isinstance(error, OSError) and error.errno in {errno.EACCES, errno.EPERM, errno.EROFS} and error.filename:
        return Failure(
            f"{error.strerror}: {error.filename}",
            "Run as the user who created the sandbox, or set PAYSANDBOX_HOME to another folder.",
        )
    return _from_aws(error)


def aws_settings_advice() -> str:
    """Return the sentence that says where the AWS settings come from: the names of variables, and the files."""
    names = ", ".join(sorted(name for name in os.environ if name.startswith("AWS_")))
    where = f"the environment ({names}) and in ~/.aws/config" if names else "~/.aws/config"
    return f"Correct or remove the setting. Those that apply are in {where}."


def _from_aws(error: BaseException) -> Failure | None:
    # Only a command that has loaded botocore can have raised one of its errors; loading it takes a third of a second.
    if "botocore" not in sys.modules:
        return None
    from botocore import exceptions as aws

    if isinstance(error, (aws.NoCredentialsError, aws.PartialCredentialsError, aws.TokenRetrievalError)):
        return Failure("No AWS credentials found.", "Sign in (for example: aws sso login), or set AWS_PROFILE.")
    if isinstance(error, aws.ProfileNotFound):
        return Failure(f"{error}.", "Set AWS_PROFILE to one of the profiles that `aws configure list-profiles` prints.")
    if isinstance(error, (aws.HTTPClientError, aws.ConnectionError)):
        return Failure(
            f"AWS did not respond: {error}", "Check `paysandbox status`. To start a local sandbox: paysandbox up"
        )
    if isinstance(error, aws.BotoCoreError) and not isinstance(error, aws.ParamValidationError):
        return Failure(f"AWS cannot be called: {error}", aws_settings_advice())
    if isinstance(error, aws.ClientError):
        details = error.response.get("Error", {})
        what = f"{error.operation_name}: {details.get('Code', 'error')}: {details.get('Message', '')}"
        return Failure(f"AWS rejected {what}", "Check which account and role your credentials belong to.")
    return None
