"""What happens to a stage after its own resource: limits of methods, variables that are known only later, and the
removal of variables that left the template.

CloudFormation updates a stage in one call, whose operations are limited, two for each limit. So the template has the
default alone, which is the limit of strangers, and a custom resource of the same stack raises the others right after.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from paysandbox.http.route import Function

# The function repeats for 40 seconds what IAM or the stage refuses at first, and then reads the stage for 40 seconds
# until it is as written. CloudFormation waits as long as it may take, and for the response.
UPDATE_STAGE: Final = Function(name="update_stage", group="provisioning", timeout_s=120)
_UPDATED_WITHIN_S: Final = 150


class Limit(NamedTuple):
    """Requests per second and burst, over all callers."""

    per_s: int
    burst: int


class StageUpdater(NamedTuple):
    """The name of the function, which is in a stack that is deployed before the APIs, and its role."""

    name: str
    role: iam.IRole


class Stage(NamedTuple):
    """A stage of an API. Its revision is another after each change of it, or of what it serves."""

    api_id: str
    name: str
    revision: str


def allow_updates(stack: cdk.Stack, updater: StageUpdater, api: str, stage: str, *, api_id: str) -> iam.Policy:
    """Permit the updater to read and change the stage of the API named `api`."""
    policy = iam.Policy(
        stack,
        f"{api}_stage_policy",
        statements=[
            iam.PolicyStatement(
                actions=["apigateway:GET", "apigateway:PATCH"],
                resources=[
                    stack.format_arn(
                        service="apigateway", account="", resource=f"/restapis/{api_id}/stages", resource_name=stage
                    )
                ],
            )
        ],
    )
    policy.attach_to_role(updater.role)
    return policy


def limit_methods(
    stack: cdk.Stack, updater: StageUpdater, stage: Stage, limits: Mapping[str, Limit], *, default: Limit
) -> cdk.CustomResource:
    """Give each method (`GET /payments`) its limit. One that is no longer among them has the default again."""
    groups = [
        {"rate": limit.per_s, "burst": limit.burst, "methods": _with(limits, limit)}
        for limit in sorted(set(limits.values()))
    ]
    properties = {
        "Limits": json.dumps(groups, separators=(",", ":")),
        # Not read: a change of the default updates the stage, and an update of the limits has to follow.
        "Default": json.dumps({"rate": default.per_s, "burst": default.burst}),
    }
    return _resource(stack, "limits", "Custom::StageLimits", updater, stage, properties)


def remove_variables(stack: cdk.Stack, updater: StageUpdater, stage: Stage, names: Iterable[str]) -> cdk.CustomResource:
    """Remove these variables, which the template has no more: CloudFormation may keep them (aws-cdk issue 23438).

    The others stay in the template, so that no update takes them away for a moment.
    """
    properties = {"Absent": json.dumps(sorted(names))}
    return _resource(stack, "variables", "Custom::StageVariables", updater, stage, properties)


def set_variables(
    stack: cdk.Stack, name: str, updater: StageUpdater, stage: Stage, variables: Mapping[str, str]
) -> cdk.CustomResource:
    """Set these variables of the stage of the API named `name`, beside those of its template."""
    properties = {"Variables": stack.to_json_string(dict(variables))}
    return _resource(stack, f"{name}_variables", "Custom::StageVariables", updater, stage, properties)


def _with(limits: Mapping[str, Limit], wanted: Limit) -> list[str]:
    return sorted(method for method, limit in limits.items() if limit == wanted)


def _resource(
    stack: cdk.Stack,
    name: str,
    resource_type: str,
    updater: StageUpdater,
    stage: Stage,
    properties: Mapping[str, str],
) -> cdk.CustomResource:
    # By its name, so that stacks share no references to functions.
    token = stack.format_arn(
        service="lambda",
        resource="function",
        resource_name=updater.name,
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )
    return cdk.CustomResource(
        stack,
        name,
        resource_type=resource_type,
        service_token=token,
        service_timeout=cdk.Duration.seconds(_UPDATED_WITHIN_S),
        properties={"RestApiId": stage.api_id, "StageName": stage.name, "Revision": stage.revision, **properties},
    )
