"""Custom resource: a secret of Secrets Manager that is generated once, in the account, and never replaced.

The value is neither returned nor logged, and nobody reads it here.
"""

import base64
import json
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config

from provisioning.custom_resource import RefusedError, log, respond

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient

KEY_BYTES: Final = 32

AWS_KEY: Final = "alias/aws/secretsmanager"
"""AWS's own key of Secrets Manager. It may not exist before the first secret of a Region: creating one that names no
key creates it."""

PEPPER: Final = "pepper"
"""JSON of two secrets with one purpose each."""

MASTER: Final = "master"
"""A single secret in Base64, from which others are derived."""

# Two calls with two attempts each, and what it takes to respond: less than the function's 45 seconds.
_AWS: Final = Config(connect_timeout=2, read_timeout=4, retries={"total_max_attempts": 2})

# The physical ID records whether this resource created the secret. An existing one is never deleted.
_CREATED: Final = "#created"
_FOUND: Final = "#found"


def handler(event: Mapping[str, Any], context: object) -> None:  # noqa: ARG001 - Lambda passes it
    """Handle Create, Update and Delete of `Custom::GeneratedSecret`."""
    wanted = event["ResourceProperties"]
    respond(event, wanted.get("SecretName"), lambda: _handle(event, wanted))


def _handle(event: Mapping[str, Any], wanted: Mapping[str, str]) -> str:
    client = boto3.client("secretsmanager", config=_AWS)
    if event["RequestType"] != "Delete":
        return _keep(client, wanted, event)
    physical_id = event.get("PhysicalResourceId", "none")
    _delete(client, wanted, physical_id)
    return physical_id


def _keep(client: "SecretsManagerClient", wanted: Mapping[str, str], event: Mapping[str, Any]) -> str:
    """Create the secret under the KMS key if it is missing, and return the physical ID. Never changes a value.

    Raises RefusedError for one that is being deleted: it keeps its name for 7 to 30 days (AWS Secrets Manager user
    guide, "Delete an AWS Secrets Manager secret").
    """
    name, key = wanted["SecretName"], wanted["KeyId"]
    under: dict[str, Any] = {} if key == AWS_KEY else {"KmsKeyId": key}
    try:
        client.create_secret(
            Name=name, Description=wanted.get("Description", ""), SecretString=_generated(wanted), **under
        )
        found = False
    except client.exceptions.ResourceExistsException:
        found = True
        if event.get("OldResourceProperties", {}).get("KeyId") != key:
            # Left by an earlier deployment, under its KMS key. Readers have access to the current one only. Secrets
            # Manager encrypts the value again.
            client.update_secret(SecretId=name, KmsKeyId=key)
    except client.exceptions.InvalidRequestException as error:
        if "scheduled for deletion" not in str(error):
            raise
        raise RefusedError(
            f"{name} is scheduled for deletion. To use it again, restore it and deploy: "
            f"aws secretsmanager restore-secret --secret-id {name}"
        ) from None
    before = event.get("PhysicalResourceId", "")
    # Another ID would make CloudFormation delete the secret of the previous one.
    return before if before in (name + _CREATED, name + _FOUND) else name + (_FOUND if found else _CREATED)


def _delete(client: "SecretsManagerClient", wanted: Mapping[str, str], physical_id: str) -> None:
    name = wanted["SecretName"]
    if wanted.get("DeleteWithStack") != "true" or physical_id != name + _CREATED:
        return
    try:
        # Without a recovery window, in which the next deployment could not use the name.
        client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    except client.exceptions.ResourceNotFoundException:
        log(gone_already=name)


def _generated(wanted: Mapping[str, str]) -> str:
    """Generate a value of the requested form. Raises ValueError for an unknown form."""
    form = wanted["Form"]
    if form == MASTER:
        return _secret()
    if form != PEPPER:
        raise ValueError(form)
    # `card` is never rotated, `body` is versioned.
    return json.dumps({"card": _secret(), "body": {"1": _secret()}, "current": 1})


def _secret() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
