"""The registry of resources that functions have grants on: the construct of each, and the IAM actions of a grant.

The stack that creates a resource registers it. One loop over the registry applies the grants of every function.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam, aws_lambda as lambda_

from layers.build import TargetName, shared_layer
from paysandbox.aws.resources import Grant, Resource
from stacks import nag_reasons

# DynamoDB uses a customer managed key with the caller's permissions: reads need the first two actions, writes all four.
_READ_UNDER_KEY: Final = ("kms:Decrypt", "kms:DescribeKey")
_WRITE_UNDER_KEY: Final = ("kms:Encrypt", "kms:GenerateDataKey")
# Not ListStreams, although Lambda names it too when it rejects a role. It has no resource type, so on an ARN it permits
# nothing: Service Authorization Reference, "Actions, resources, and condition keys for Amazon DynamoDB".
READ_STREAM: Final = ("DescribeStream", "GetRecords", "GetShardIterator")
_READS: Final = frozenset({"BatchGetItem", "GetItem", "Query", *READ_STREAM})

Arn = str | Callable[[cdk.Stack], str]
"""An ARN, or a function that formats it in the stack that uses it, so that the stack imports nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A registered resource.

    `facts` are settings for functions with a grant on it, keyed by the names of the settings' fields. `conditions` are
    those of a policy statement, in IAM's form.
    """

    service: str
    arns: tuple[Arn, ...]
    facts: Mapping[str, object] | Callable[[cdk.Stack], Mapping[str, object]] = field(default_factory=dict[str, object])
    conditions: Mapping[str, Mapping[str, object]] | None = None
    table_key: str | None = None
    """The ARN of the customer managed key that encrypts a table."""
    secret_key: str | None = None
    """The ARN of the customer managed key that encrypts a secret or a parameter."""
    reason: tuple[str, str] | None = None
    """Why grants on it contain a wildcard: a reason of `nag_reasons`, and the finding."""


class Resources:
    """The resources of one environment, registered as the stacks are created."""

    def __init__(self) -> None:
        self._places: dict[Resource, Place] = {}
        self._layers: dict[TargetName, Path] = {}

    def shared_layer(self, target: TargetName) -> Path:
        """Return the folder of our own layer, whose sources are read once for all stacks."""
        if target not in self._layers:
            self._layers[target] = shared_layer(target)
        return self._layers[target]

    def add(self, resource: Resource, place: Place) -> None:
        """Register a resource. Once only: two constructs with one name would be two tables for one function."""
        if resource in self._places:
            raise AssertionError(f"{resource.name} is registered twice")
        self._places[resource] = place

    def facts(self, grants: Iterable[Grant], stack: cdk.Stack) -> dict[str, object]:
        """Return the settings that a function in this stack needs for these grants."""
        settings: dict[str, object] = {}
        for resource in dict.fromkeys(grant.resource for grant in grants):
            facts = self._places[resource].facts
            for name, value in (facts(stack) if callable(facts) else facts).items():
                if settings.setdefault(name, value) != value:
                    raise AssertionError(f"two resources of one function are both its {name}; {resource.name} is one")
        return settings

    def grant(self, function: lambda_.Function, grants: Sequence[Grant]) -> None:
        """Grant a function exactly these permissions, and the KMS permissions that they require."""
        for resource in dict.fromkeys(grant.resource for grant in grants):
            self._allow(function, self._places[resource], [grant for grant in grants if grant.resource == resource])

    def _allow(self, function: lambda_.Function, place: Place, grants: Sequence[Grant]) -> None:
        stack = cdk.Stack.of(function)
        arns = [arn(stack) if callable(arn) else arn for arn in place.arns]
        if not arns:
            return
        for grant in grants:
            function.add_to_role_policy(
                iam.PolicyStatement(
                    actions=[f"{place.service}:{action}" for action in grant.actions],
                    resources=[f"{arn}/index/{grant.index.name}" for arn in arns] if grant.index else arns,
                    conditions=place.conditions,
                )
            )
        if place.table_key is not None:
            writes = any(not _READS.issuperset(grant.actions) for grant in grants)
            function.add_to_role_policy(_use_of_table_key(stack, place.table_key, writes=writes))
        if place.secret_key is not None:
            function.add_to_role_policy(_use_of_secret_key(stack, place.secret_key, place.service, arns))
        if place.reason is not None:
            why, finding = place.reason
            nag_reasons.acknowledge(function.role or function, why, finding=finding)


def named(service: str, resource: str, name: str | None = None) -> Callable[[cdk.Stack], str]:
    """Return a function that formats an ARN in the stack that uses it, so that nothing is imported."""
    return lambda stack: stack.format_arn(service=service, resource=resource, resource_name=name)


# Where each service puts the ARN of what it encrypts into the encryption context.
_CONTEXTS: Final = {"secretsmanager": "SecretARN", "ssm": "PARAMETER_ARN"}


def only_for(stack: cdk.Stack, service: str, arns: Sequence[str]) -> dict[str, dict[str, str | list[str]]]:
    """Return the condition under which a key decrypts these secrets or parameters, and nothing else that it encrypts.

    `service` is `secretsmanager` or `ssm`. `?` in an ARN stands for any character.
    """
    context = f"kms:EncryptionContext:{_CONTEXTS[service]}"
    return {
        "StringLike": {context: arns[0] if len(arns) == 1 else [*arns]},
        "StringEquals": {"kms:ViaService": f"{service}.{stack.region}.amazonaws.com"},
    }


def _use_of_table_key(stack: cdk.Stack, key_arn: str, *, writes: bool) -> iam.PolicyStatement:
    """Return the permission to read, or also write, a table with a customer managed key, only through DynamoDB."""
    return iam.PolicyStatement(
        actions=[*_READ_UNDER_KEY, *(_WRITE_UNDER_KEY if writes else ())],
        resources=[key_arn],
        conditions={"StringEquals": {"kms:ViaService": f"dynamodb.{stack.region}.amazonaws.com"}},
    )


def _use_of_secret_key(stack: cdk.Stack, key_arn: str, service: str, arns: Sequence[str]) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=["kms:Decrypt"], resources=[key_arn], conditions=only_for(stack, service, arns))
