"""Custom resources: the limits of an API's methods, and what CloudFormation cannot do with a stage's variables.

CloudFormation updates a stage in one call, and a method's limit takes two operations. So the template has the default,
which is the limit of strangers, and this function raises the others in as many calls as they need.

CloudFormation "creates new variable, but doesn't delete old variable" of a stage (aws-cdk issue 23438). So this
function removes those that are no longer in the template. It also sets variables that are known only after the API.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError as NoConnectionError, HTTPClientError

from provisioning.custom_resource import deadline, error_code, log, respond, retried

if TYPE_CHECKING:
    from types_boto3_apigateway import APIGatewayClient
    from types_boto3_apigateway.type_defs import PatchOperationTypeDef, StageResponseTypeDef

OPERATIONS_MAX: Final = 40
"""How many operations one call of UpdateStage gets. AWS documents no limit; 80 are reported to be accepted."""

# A policy takes some seconds to be effective; a stage refuses an update during another one.
_REFUSED_FOR_A_WHILE: Final = frozenset(
    {"AccessDeniedException", "ConflictException", "ServiceUnavailableException", "TooManyRequestsException"}
)
# What is to be removed is not there. Terraform's provider tolerates both (aws_api_gateway_method_settings).
_NOTHING_TO_REMOVE: Final = frozenset({"BadRequestException", "NotFoundException"})

# Without retries of its own: those of this function end in time for the response.
_AWS: Final = Config(connect_timeout=2, read_timeout=8, retries={"total_max_attempts": 1})


class Limit(NamedTuple):
    """Requests per second and burst of one method, over all callers."""

    rate: int
    burst: int


class StageDiffersError(Exception):
    """The stage does not have what was written."""


def handler(event: Mapping[str, Any], context: object) -> None:  # noqa: ARG001 - Lambda passes it
    """Handle Create, Update and Delete of `Custom::StageLimits` and `Custom::StageVariables`.

    Both have RestApiId, StageName and Revision, which changes with the stage, so that an update follows each of its
    own. The first has Limits, `[{"rate", "burst", "methods": ["GET /payments", …]}]` in JSON. The second has Variables,
    a JSON object, which are removed with it, or Absent, a JSON list of variables that the stage must not have.
    """
    wanted = event["ResourceProperties"]
    respond(event, wanted.get("RestApiId"), lambda: _handle(event, wanted))


def _handle(event: Mapping[str, Any], wanted: Mapping[str, str]) -> str:
    before = event.get("OldResourceProperties", {})
    stage = _Stage(wanted["RestApiId"], wanted["StageName"])
    if event["RequestType"] == "Delete":
        # Limits, and variables of the template, end with the stage: a rollback to a template without this resource
        # deletes it, and keeps the stage.
        _delete(stage, wanted)
    else:
        _update(stage, wanted, before)
    return f"{stage.api}/{stage.name}"


class _Stage:
    """A stage of an API, and the calls that this function makes."""

    def __init__(self, api: str, name: str) -> None:
        self.api = api
        self.name = name
        self._client: APIGatewayClient = boto3.client("apigateway", config=_AWS)

    def read(self) -> "StageResponseTypeDef":
        return self._client.get_stage(restApiId=self.api, stageName=self.name)

    def patch(self, operations: "Sequence[PatchOperationTypeDef]", until: int) -> None:
        """Apply the operations. A refusal that passes is repeated."""
        for start in range(0, len(operations), OPERATIONS_MAX):
            retried(partial(self._patch, operations[start : start + OPERATIONS_MAX]), _is_temporary, until)

    def remove(self, paths: Sequence[str], until: int) -> None:
        """Remove what is at these paths. What is not there, or belongs to a method that left the API, is skipped."""
        try:
            self.patch([{"op": "remove", "path": path} for path in paths], until)
        except ClientError as error:
            if error_code(error) not in _NOTHING_TO_REMOVE:
                raise
            if len(paths) == 1:
                log(stage=self.name, not_removed=paths[0], code=error_code(error))
                return
            # One operation that is refused takes all others of its call with it.
            for path in paths:
                self.remove([path], until)

    def _patch(self, operations: "Sequence[PatchOperationTypeDef]") -> None:
        self._client.update_stage(restApiId=self.api, stageName=self.name, patchOperations=operations)
        log(stage=self.name, operations=len(operations))


def _update(stage: _Stage, wanted: Mapping[str, str], before: Mapping[str, str]) -> None:
    limits, variables, absent = _limits(wanted), _variables(wanted), _absent(wanted)
    left, until = _limits(before).keys() - limits.keys(), deadline()
    stage.patch([*_of_limits(limits), *_of_variables(variables)], until)
    stage.remove([f"/{setting_of(method)}" for method in sorted(left)], until)
    # What was there before this update is removed unread: the stage may be read as it was even earlier.
    removed = _variables(before).keys() - variables.keys() | (absent - _absent(before) if "Absent" in before else set())
    stage.remove([f"/variables/{name}" for name in sorted(removed)], until)
    if absent - removed:
        _remove_present(stage, absent - removed, until)
    _await(partial(_compare, stage, limits, variables, absent | removed))


def _remove_present(stage: _Stage, names: Collection[str], until: int) -> None:
    """Remove those variables that the stage has. Whether UpdateStage takes the removal of others is not documented."""
    present: set[str] = set()
    retried(lambda: present.update(stage.read().get("variables", {}).keys() & names), _is_temporary, until)
    stage.remove([f"/variables/{name}" for name in sorted(present)], until)


def _delete(stage: _Stage, wanted: Mapping[str, str]) -> None:
    names = _variables(wanted).keys()
    if not names:
        return
    stage.remove([f"/variables/{name}" for name in sorted(names)], deadline())
    try:
        _await(partial(_compare, stage, {}, {}, names))
    except ClientError as error:
        # The stage may be gone.
        if error_code(error) != "NotFoundException":
            raise


def _await(compare: Callable[[], None]) -> None:
    """Compare until the stage is read as it was written: GetStage may return an earlier state for a while."""
    retried(compare, lambda error: isinstance(error, StageDiffersError) or _is_temporary(error), deadline())


def _compare(stage: _Stage, limits: Mapping[str, Limit], variables: Mapping[str, str], absent: Collection[str]) -> None:
    """Read the stage. Raise StageDiffersError if a limit or a variable is not as written."""
    read = stage.read()
    current = {
        method_of(key): Limit(int(setting.get("throttlingRateLimit", -1)), setting.get("throttlingBurstLimit", -1))
        for key, setting in read.get("methodSettings", {}).items()
    }
    present = read.get("variables", {})
    if limits.items() - current.items() or variables.items() - present.items() or present.keys() & absent:
        raise StageDiffersError


def _limits(properties: Mapping[str, str]) -> dict[str, Limit]:
    """Return the limit of each method (`GET /payments`)."""
    groups = json.loads(properties.get("Limits", "[]"))
    return {method: Limit(group["rate"], group["burst"]) for group in groups for method in group["methods"]}


def _variables(properties: Mapping[str, str]) -> dict[str, str]:
    variables: dict[str, str] = json.loads(properties.get("Variables", "{}"))
    return variables


def _absent(properties: Mapping[str, str]) -> set[str]:
    return set(json.loads(properties.get("Absent", "[]")))


def _of_limits(limits: Mapping[str, Limit]) -> "Iterator[PatchOperationTypeDef]":
    for method, limit in limits.items():
        setting = f"/{setting_of(method)}/throttling"
        yield {"op": "replace", "path": f"{setting}/rateLimit", "value": str(limit.rate)}
        yield {"op": "replace", "path": f"{setting}/burstLimit", "value": str(limit.burst)}


def _of_variables(variables: Mapping[str, str]) -> "Iterator[PatchOperationTypeDef]":
    for name, value in variables.items():
        yield {"op": "replace", "path": f"/variables/{name}", "value": value}


def _is_temporary(error: Exception) -> bool:
    if isinstance(error, ClientError):
        return error_code(error) in _REFUSED_FOR_A_WHILE
    return isinstance(error, (NoConnectionError, HTTPClientError))


def setting_of(method: str) -> str:
    """Return the key of a method (`GET /payments`) in the stage's settings. The root's is `~1/GET`."""
    verb, path = method.split(" ")
    return f"{path.replace('/', '~1')}/{verb}"


def method_of(key: str) -> str:
    """Return the method of a key of the stage's settings, in which a path has its first slash or not."""
    path, _, verb = key.rpartition("/")
    return f"{verb} /{path.replace('~1', '/').lstrip('/')}"
