"""What went wrong and what to do about it, said once, in the shape the caller asked for.

A command raises `Failure`; the program's root catches it, so no command formats errors of its own.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Sequence

from cli.terminal.output import print_json


class Failure(Exception):  # noqa: N818 - it is told to a person, and "error" says nothing more
    """A command that cannot do what was asked: a sentence that says why, and one that says what to do."""

    def __init__(self, message: str | Sequence[str], advice: str | Sequence[str] = "") -> None:
        """Each a line, or a sequence of lines; a break within a line is shown as what it is."""
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


def tell(failure: Failure, *, as_json: bool) -> None:
    """Print it: red on stderr, or as the one JSON document on stdout."""
    if as_json:
        print_json({"error": failure.message, "advice": failure.advice})
        return
    from cli.terminal.console import Text, asides

    console = asides()
    for line in failure.message_lines:
        console.print(Text(line, style="bold red"), soft_wrap=True)
    for line in failure.advice_lines if failure.advice else ():
        console.print(line, soft_wrap=True)


def from_exception(error: BaseException) -> Failure | None:
    """The sentence for an exception that any command may meet; None for a fault of ours, which needs its traceback."""
    if isinstance(error, Failure):
        return error
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return Failure("The disk is full.", "Free about 1 GB, then run the same command again: it goes on from there.")
    if isinstance(error, PermissionError) and error.filename:
        return Failure(
            f"No permission for {error.filename}.",
            "Files of the sandbox belong to whoever made them: run as that user, or choose another PAYSANDBOX_HOME.",
        )
    return _from_aws(error)


def _from_aws(error: BaseException) -> Failure | None:
    # Only a command that has loaded botocore can have raised one of its errors; loading it takes a third of a second.
    if "botocore" not in sys.modules:
        return None
    from botocore import exceptions as aws

    if isinstance(error, (aws.NoCredentialsError, aws.PartialCredentialsError, aws.TokenRetrievalError)):
        return Failure(
            "There are no AWS credentials here.", "Sign in (for instance: aws sso login), or set AWS_PROFILE."
        )
    if isinstance(error, aws.ProfileNotFound):
        return Failure(f"{error}.", "Set AWS_PROFILE to a profile that `aws configure list-profiles` names.")
    if isinstance(error, (aws.HTTPClientError, aws.ConnectionError)):
        return Failure(
            f"AWS did not answer: {error}", "See `paysandbox status`; a local sandbox is started by `paysandbox up`."
        )
    if isinstance(error, aws.ClientError):
        said = error.response.get("Error", {})
        what = f"{error.operation_name}: {said.get('Code', 'error')}: {said.get('Message', '')}"
        return Failure(f"AWS refused {what}", "Check which account and role the credentials belong to.")
    return None
