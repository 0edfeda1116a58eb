"""Functions with a clock in moto's Lambda, for tests that move it."""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final
from unittest.mock import patch

import boto3
import moto.ec2.models  # noqa: F401 - moto's Lambda loads it with the first function, for seconds
from moto.awslambda.models import LambdaFunction

from paysandbox.aws import runtime
from paysandbox.aws.settings import ClockSettings
from tests.support.worlds.aws_transport import Wire

PREFIX: Final = "paysandbox-test-"
NAMES: Final = ("authorize_payment", "capture_payment", "get_health")
"""The functions that `build.function_environment` names."""
OTHERS: Final[Mapping[str, str]] = {"PAYSANDBOX_LEDGER_TABLE": "ledger", "POWERTOOLS_LOG_LEVEL": "INFO"}
"""The variables that a move must not change."""

[VARIABLE] = ClockSettings.variables()


@contextmanager
def deployed() -> Iterator[None]:
    """Create the functions, and remove them after the test. Their configurations have revisions, as on AWS."""
    client = runtime.lambda_functions()
    say = LambdaFunction.get_configuration

    def get_configuration(function: LambdaFunction, *arguments: Any, **options: Any) -> dict[str, Any]:
        said = say(function, *arguments, **options)
        return said | {"RevisionId": f"revision {hash(str(said))}"}

    with patch.object(LambdaFunction, "get_configuration", get_configuration):
        for name in NAMES:
            create(name)
        try:
            yield
        finally:
            for function in client.list_functions()["Functions"]:
                client.delete_function(FunctionName=function.get("FunctionName", ""))


def create(name: str) -> None:
    """Create a function, with a clock at wall time and other variables."""
    runtime.lambda_functions().create_function(
        FunctionName=PREFIX + name,
        Role=_role(),
        Runtime="python3.13",
        Handler="module.handler",
        Code={"ZipFile": _empty_zip()},
        Environment={"Variables": {**OTHERS, VARIABLE: "0"}},
    )


def variables(name: str) -> Mapping[str, str]:
    """Return a function's variables."""
    found = runtime.lambda_functions().get_function_configuration(FunctionName=PREFIX + name)
    return found.get("Environment", {}).get("Variables", {})


def offsets() -> list[int]:
    """Return the offset in seconds of each function."""
    return [int(variables(name)[VARIABLE]) for name in NAMES]


def attach(wire: Wire) -> None:
    """Let the calls of the clock pass through the transport."""
    wire.attach(runtime.lambda_functions())
    wire.attach(runtime.dynamodb())


def _role() -> str:
    iam = boto3.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName="runs", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
    return iam.get_role(RoleName="runs")["Role"]["Arn"]


def _empty_zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("module.py", "")
    return packed.getvalue()
