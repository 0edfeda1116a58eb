"""The registry of resources that functions have grants on: the construct of each, and the IAM actions of a grant.

The stack that creates a resource registers it. One loop over the registry applies the grants of every function.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam, aws_lambda as lambda_

from paysandbox.aws.resources import Grant, Resource
from stacks import nag_reasons

# DynamoDB opens a table under a customer's key with the rights of the caller: reading needs the first, writing both.
_READ_UNDER_KEY: Final = ("kms:Decrypt", "kms:DescribeKey")
_WRITE_UNDER_KEY: Final = ("kms:Encrypt", "kms:GenerateDataKey")
# Lambda refuses an event source mapping whose role lacks any of these four over the stream.
READ_STREAM: Final = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
_READS: Final = frozenset({"BatchGetItem", "GetItem", "Query", *READ_STREAM})

Arn = str | Callable[[cdk.Stack], str]
"""An ARN, or how to write it down in the stack of whoever uses it, where that stack is to import nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a resource is.

    `facts` are what functions are told of it, under the names of the settings' fields. `limits` are condition keys of
    DynamoDB's and their values: a request may name no more than these (`*` stands for anything).
    """

    service: str
    arns: tuple[Arn, ...]
    facts: Mapping[str, object] | Callable[[cdk.Stack], Mapping[str, object]] = field(default_factory=dict[str, object])
    limits: Mapping[str, Sequence[str]] | None = None
    table_key: str | None = None
    """The ARN of the customer's key that a table lies under."""
    secret_key: str | None = None
    """The ARN of the key that a parameter lies under."""
    reason: tuple[str, str] | None = None
    """Why a right over it names anything in it: a reason of `nag_reasons`, and the finding."""


class Resources:
    """The resources of one environment, registered as the stacks are created."""

    def __init__(self) -> None:
        self._places: dict[Resource, Place] = {}

    def add(self, resource: Resource, place: Place) -> None:
        """Register a resource. Once: two constructs under one name would be two tables for one function."""
        if resource in self._places:
            raise AssertionError(f"{resource.name} is registered twice")
        self._places[resource] = place

    def facts(self, grants: Iterable[Grant], stack: cdk.Stack) -> dict[str, object]:
        """Return the settings of a function with these grants in this stack."""
        told: dict[str, object] = {}
        for resource in dict.fromkeys(grant.resource for grant in grants):
            facts = self._places[resource].facts
            for name, value in (facts(stack) if callable(facts) else facts).items():
                if told.setdefault(name, value) != value:
                    raise AssertionError(f"two resources of one function are both its {name}; {resource.name} is one")
        return told

    def grant(self, function: lambda_.Function, grants: Sequence[Grant]) -> None:
        """Grant a function exactly these permissions, and those on KMS keys that they require."""
        for resource in dict.fromkeys(grant.resource for grant in grants):
            self._allow(function, self._places[resource], [grant for grant in grants if grant.resource == resource])

    def _allow(self, function: lambda_.Function, place: Place, grants: Sequence[Grant]) -> None:
        stack = cdk.Stack.of(function)
        arns = [arn(stack) if callable(arn) else arn for arn in place.arns]
        if not arns:
            return
        for grant in grants:
            limits = {f"{place.service}:{name}": [*values] for name, values in (place.limits or {}).items()}
            function.add_to_role_policy(
                iam.PolicyStatement(
                    actions=[f"{place.service}:{action}" for action in grant.actions],
                    resources=[f"{arn}/index/{grant.index.name}" for arn in arns] if grant.index else arns,
                    conditions={"ForAllValues:StringLike": limits} if limits else None,
                )
            )
        if place.table_key is not None:
            writes = any(not _READS.issuperset(grant.actions) for grant in grants)
            function.add_to_role_policy(_use_of_table_key(stack, place.table_key, writes=writes))
        if place.secret_key is not None:
            function.add_to_role_policy(_opening(stack, place.secret_key, arns))
        if place.reason is not None:
            why, finding = place.reason
            nag_reasons.acknowledge(function.role or function, why, finding=finding)


def named(service: str, resource: str, name: str | None = None) -> Callable[[cdk.Stack], str]:
    """An ARN that each stack writes down by itself, so that nothing is imported."""
    return lambda stack: stack.format_arn(service=service, resource=resource, resource_name=name)


def only_for(stack: cdk.Stack, parameters: Sequence[str]) -> dict[str, dict[str, str | list[str]]]:
    """The condition under which a key opens these parameters (ARNs) and nothing else that lies under it.

    Parameter Store names the parameter in the encryption context, so the right ends where the parameter does.
    """
    return {
        "StringEquals": {
            "kms:EncryptionContext:PARAMETER_ARN": parameters[0] if len(parameters) == 1 else [*parameters],
            "kms:ViaService": f"ssm.{stack.region}.amazonaws.com",
        }
    }


def _use_of_table_key(stack: cdk.Stack, key_arn: str, *, writes: bool) -> iam.PolicyStatement:
    """The right to read a table under a customer's key, or to write it too; through DynamoDB and no other service."""
    return iam.PolicyStatement(
        actions=[*_READ_UNDER_KEY, *(_WRITE_UNDER_KEY if writes else ())],
        resources=[key_arn],
        conditions={"StringEquals": {"kms:ViaService": f"dynamodb.{stack.region}.amazonaws.com"}},
    )


def _opening(stack: cdk.Stack, key_arn: str, parameters: Sequence[str]) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=["kms:Decrypt"], resources=[key_arn], conditions=only_for(stack, parameters))
