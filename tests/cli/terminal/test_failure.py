"""Failures: a sentence with advice, in the requested output format."""

import errno
import json

import pytest
from botocore import exceptions as aws

from cli.terminal.failure import Failure, from_exception, print_failure
from cli.terminal.output import program_words

FULL = OSError(errno.ENOSPC, "No space left on device")
DENIED = aws.ClientError({"Error": {"Code": "AccessDenied", "Message": "not you"}}, "DescribeStacks")


@pytest.mark.parametrize(
    "error, message, advice",
    [
        (Failure("No.", "Do."), "No.", "Do."),
        (FULL, "The disk is full", "Free"),
        (PermissionError(errno.EACCES, "Permission denied", "/root/state"), "/root/state", "PAYSANDBOX_HOME"),
        (OSError(errno.EROFS, "Read-only file system", "/mnt/state"), "system: /mnt/state", "PAYSANDBOX_HOME"),
        (aws.NoCredentialsError(), "No AWS credentials", "AWS_PROFILE"),
        (aws.ProfileNotFound(profile="x"), "could not be found", "AWS_PROFILE"),
        (aws.EndpointConnectionError(endpoint_url="http://localhost:4566"), "did not respond", "paysandbox up"),
        (aws.InvalidDefaultsMode(mode="x", valid_modes=["legacy"]), "invalid defaults mode: x", "~/.aws/config"),
        (DENIED, "DescribeStacks: AccessDenied: not you", "account"),
    ],
)
def test_actionable_errors_have_a_message(error, message, advice):
    failure = from_exception(error)

    assert failure is not None
    assert message in failure.message
    assert advice in failure.advice


@pytest.mark.parametrize("error", [ValueError("a fault of ours"), KeyError("x"), OSError(errno.EIO, "I/O error")])
def test_bugs_keep_their_traceback(error):
    assert from_exception(error) is None


def test_errors_go_to_stderr_on_a_terminal(capsys):
    print_failure(Failure("The sandbox is not running.", "Start it: paysandbox up"), as_json=False)
    said = capsys.readouterr()

    assert said.out == ""
    assert said.err.splitlines() == ["The sandbox is not running.", f"Start it: {program_words()} up"]


def test_errors_are_the_only_json_document_on_stdout(capsys):
    print_failure(Failure("The sandbox is not running.", "Start it: paysandbox up"), as_json=True)
    said = capsys.readouterr()

    assert said.out == ""
    assert json.loads(said.err) == {
        "type": "about:blank",
        "title": "The sandbox is not running.",
        "detail": "Start it: paysandbox up",
    }
