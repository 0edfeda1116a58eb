"""Custom resource: a SecureString that is generated once, in the account, and never replaced.

Uses CloudFormation's raw protocol: the response is a PUT to the URL in the event. It is always sent, even after a
failure, and in bounded time, since a stack waits for it (and so does the local engine's whole process). The value is
neither returned nor logged. Errors are reported by name only, because a client's message may repeat its input.
"""

import base64
import json
import secrets
import sys
import time
import urllib.request
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from types_boto3_ssm import SSMClient

KEY_BYTES: Final = 32

PEPPER: Final = "pepper"
"""JSON of two secrets with one purpose each."""

MASTER: Final = "master"
"""A single secret in Base64, from which others are derived."""

# Two calls with two attempts each, then three attempts to respond: less than the function's 45 seconds.
_AWS: Final = Config(connect_timeout=2, read_timeout=4, retries={"total_max_attempts": 2})
_ANSWER_TIMEOUT_S: Final = 4
_ANSWER_TRIES: Final = 3

# The physical ID records whether this resource created the parameter. An existing one is never deleted.
_CREATED: Final = "#created"
_FOUND: Final = "#found"


def handler(event: Mapping[str, Any], context: object) -> None:  # noqa: ARG001 - Lambda passes it
    """Handle Create, Update and Delete of `Custom::GeneratedSecret`."""
    request, wanted = event["RequestType"], event["ResourceProperties"]
    answer = {"Status": "SUCCESS", "PhysicalResourceId": event.get("PhysicalResourceId", "none")}
    try:
        ssm = boto3.client("ssm", config=_AWS)
        if request == "Delete":
            _delete(ssm, wanted, answer["PhysicalResourceId"])
        else:
            answer["PhysicalResourceId"] = _keep(ssm, wanted, event)
    except Exception as error:  # noqa: BLE001 - CloudFormation waits for a response in any case
        answer |= {"Status": "FAILED", "Reason": f"{wanted.get('ParameterName')}: {_told(error)}"}
    _log(request=request, **answer)
    _answer(event, answer)


def _keep(ssm: "SSMClient", wanted: Mapping[str, str], event: Mapping[str, Any]) -> str:
    """Create the parameter under the KMS key if it is missing, and return the physical ID. Never changes a value."""
    name, key = wanted["ParameterName"], wanted["KeyId"]
    description = wanted.get("Description", "")
    try:
        ssm.put_parameter(
            Name=name,
            Value=_generated(wanted),
            Type="SecureString",
            KeyId=key,
            Description=description,
            Overwrite=False,
        )
        found = False
    except ssm.exceptions.ParameterAlreadyExists:
        found = True
        if event.get("OldResourceProperties", {}).get("KeyId") != key:
            # Left by an earlier deployment, under its KMS key. Readers have access to the current one only.
            value = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"].get("Value", "")
            ssm.put_parameter(
                Name=name, Value=value, Type="SecureString", KeyId=key, Description=description, Overwrite=True
            )
    before = event.get("PhysicalResourceId", "")
    # Another ID would make CloudFormation delete the parameter of the previous one.
    return before if before in (name + _CREATED, name + _FOUND) else name + (_FOUND if found else _CREATED)


def _delete(ssm: "SSMClient", wanted: Mapping[str, str], physical_id: str) -> None:
    name = wanted["ParameterName"]
    if wanted.get("DeleteWithStack") != "true" or physical_id != name + _CREATED:
        return
    try:
        ssm.delete_parameter(Name=name)
    except ssm.exceptions.ParameterNotFound:
        _log(gone_already=name)


def _generated(wanted: Mapping[str, str]) -> str:
    """Generate a value of the requested form. Raises ValueError for an unknown form."""
    form = wanted.get("Form", PEPPER)
    if form == MASTER:
        return _secret()
    if form != PEPPER:
        raise ValueError(form)
    # `card` is never rotated, `body` is versioned.
    return json.dumps({"card": _secret(), "body": {"1": _secret()}, "current": 1})


def _secret() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def _told(error: Exception) -> str:
    if isinstance(error, ClientError):
        return f"{error.operation_name}: {error.response.get('Error', {}).get('Code', 'unknown')}"
    return type(error).__name__


def _log(**facts: object) -> None:
    """Write one JSON log line, in the format of all other functions."""
    sys.stdout.write(json.dumps({"service": "provisioning", **facts}) + "\n")


def _answer(event: Mapping[str, Any], answer: Mapping[str, str]) -> None:
    echoed = {field: event[field] for field in ("StackId", "RequestId", "LogicalResourceId")}
    request = urllib.request.Request(  # noqa: S310 - the address is CloudFormation's, not a caller's
        event["ResponseURL"],
        data=json.dumps({"Reason": "", **answer, **echoed}).encode(),
        # The address is signed for an empty content type.
        headers={"Content-Type": ""},
        method="PUT",
    )
    for attempt in range(1, _ANSWER_TRIES + 1):
        try:
            with urllib.request.urlopen(request, timeout=_ANSWER_TIMEOUT_S):  # noqa: S310 - as above
                return
        except OSError as error:
            _log(answer_not_taken=type(error).__name__, attempt=attempt)
            time.sleep(attempt / 2)
    raise TimeoutError("CloudFormation took no answer")
