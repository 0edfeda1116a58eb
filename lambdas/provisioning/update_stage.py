"""Custom resources: the limits of an API's methods, and stage variables that are known only after the API.

CloudFormation updates a stage in one call, which takes 80 operations, and a method's limit takes two. So the template
has the default, which is the limit of strangers, and this function raises the others in as many calls as they need.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from provisioning.custom_resource import error_code, log, respond, retried

if TYPE_CHECKING:
    from types_boto3_apigateway import APIGatewayClient
    from types_boto3_apigateway.type_defs import PatchOperationTypeDef

OPERATIONS_MAX: Final = 80
"""How many operations UpdateStage takes."""

# A policy takes some seconds to be effective; a stage refuses an update during another one.
_REFUSED_FOR_A_WHILE: Final = frozenset({"AccessDeniedException", "ConflictException", "TooManyRequestsException"})

_AWS: Final = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 4})


class Limit(NamedTuple):
    """Requests per second and burst of one method, over all callers."""

    rate: int
    burst: int


class StageDiffersError(Exception):
    """The stage does not have what was written."""


def handler(event: Mapping[str, Any], context: object) -> None:  # noqa: ARG001 - Lambda passes it
    """Handle Create, Update and Delete of `Custom::StageLimits` and `Custom::StageVariables`.

    Both have RestApiId, StageName and Revision, which changes with the stage, so that an update follows each of its
    own. The first has Limits, `[{"rate", "burst", "methods": ["GET /payments", …]}]` in JSON, and Default, which is
    `{"rate", "burst"}`; the second has Variables, a JSON object.
    """
    wanted = event["ResourceProperties"]
    respond(event, wanted.get("RestApiId"), lambda: _handle(event, wanted))


def _handle(event: Mapping[str, Any], wanted: Mapping[str, str]) -> str:
    before = event.get("OldResourceProperties", {})
    if event["RequestType"] == "Delete":
        # Of limits, nothing is undone: only the stage's own deletion ends them.
        _delete_variables(wanted)
    else:
        limits, variables = _limits(wanted, before), _variables(wanted)
        operations = [*_of_limits(limits), *_of_variables(variables, before)]
        _update(wanted, operations)
        _compare(wanted, limits, variables)
    return f"{wanted['RestApiId']}/{wanted['StageName']}"


def _limits(wanted: Mapping[str, str], before: Mapping[str, str]) -> dict[str, Limit]:
    """Return the limit of each method (`GET /payments`). One that no longer has its own gets the default's."""
    if "Limits" not in wanted:
        return {}
    default = json.loads(wanted["Default"])
    former = dict.fromkeys(_listed(before), Limit(default["rate"], default["burst"]))
    return former | _listed(wanted)


def _listed(properties: Mapping[str, str]) -> dict[str, Limit]:
    groups = json.loads(properties.get("Limits", "[]"))
    return {method: Limit(group["rate"], group["burst"]) for group in groups for method in group["methods"]}


def _variables(properties: Mapping[str, str]) -> dict[str, str]:
    variables: dict[str, str] = json.loads(properties.get("Variables", "{}"))
    return variables


def _of_limits(limits: Mapping[str, Limit]) -> "Iterator[PatchOperationTypeDef]":
    for method, limit in limits.items():
        verb, path = method.split(" ")
        setting = f"/{path.replace('/', '~1')}/{verb}/throttling"
        yield {"op": "replace", "path": f"{setting}/rateLimit", "value": str(limit.rate)}
        yield {"op": "replace", "path": f"{setting}/burstLimit", "value": str(limit.burst)}


def _of_variables(variables: Mapping[str, str], before: Mapping[str, str]) -> "Iterator[PatchOperationTypeDef]":
    for name, value in variables.items():
        yield {"op": "replace", "path": f"/variables/{name}", "value": value}
    for name in _variables(before).keys() - variables.keys():
        yield {"op": "remove", "path": f"/variables/{name}"}


def _update(stage: Mapping[str, str], operations: "Sequence[PatchOperationTypeDef]") -> None:
    for start in range(0, len(operations), OPERATIONS_MAX):
        retried(partial(_patch, stage, operations[start : start + OPERATIONS_MAX]), _REFUSED_FOR_A_WHILE)
    log(stage=stage["StageName"], operations=len(operations))


def _patch(stage: Mapping[str, str], operations: "Sequence[PatchOperationTypeDef]") -> None:
    client: APIGatewayClient = boto3.client("apigateway", config=_AWS)
    client.update_stage(restApiId=stage["RestApiId"], stageName=stage["StageName"], patchOperations=operations)


def _delete_variables(wanted: Mapping[str, str]) -> None:
    try:
        _update(wanted, [*_of_variables({}, wanted)])
    except ClientError as error:
        if error_code(error) != "NotFoundException":
            raise


def _compare(stage: Mapping[str, str], limits: Mapping[str, Limit], variables: Mapping[str, str]) -> None:
    """Read the stage. Raise StageDiffersError if a limit or a variable is not as written."""
    client: APIGatewayClient = boto3.client("apigateway", config=_AWS)
    read = client.get_stage(restApiId=stage["RestApiId"], stageName=stage["StageName"])
    current = {
        method_of(key): Limit(int(setting.get("throttlingRateLimit", -1)), setting.get("throttlingBurstLimit", -1))
        for key, setting in read.get("methodSettings", {}).items()
    }
    if limits.items() - current.items() or variables.items() - read.get("variables", {}).items():
        raise StageDiffersError


def method_of(key: str) -> str:
    """Return the method of a key of the stage's settings, in which a path has its first slash or not."""
    path, _, verb = key.rpartition("/")
    return f"{verb} /{path.replace('~1', '/').lstrip('/')}"
