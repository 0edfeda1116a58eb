"""Faults: the table that functions read and count in while their merchant has some. Where the clock is fixed, there is
none, and the functions that manage rules refuse."""

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb

from paysandbox.aws import schema
from paysandbox.aws.resources import FAULTS, Grant
from paysandbox.aws.settings import FaultSettings
from paysandbox.http.route import Function
from stacks import nag_reasons
from stacks.environments import Environment
from stacks.resources import Place, Resources, named

_INJECT: Final = Grant(FAULTS, ("GetItem", "PutItem", "Query", "UpdateItem"))


def fault_grants(row: Function) -> tuple[Grant, ...]:
    """Return what a function needs into whose requests faults are injected."""
    return (_INJECT,) if FaultSettings in row.settings else ()


def register_faults(environment: Environment, resources: Resources) -> None:
    """Register the table for functions into whose requests faults are injected. Before any function is created."""
    arns = (named("dynamodb", "table", environment.named(schema.FAULTS)),) if environment.clock_may_move else ()
    facts = {"faults_table": environment.facts["faults_table"]}
    resources.add(FAULTS, Place(service="dynamodb", arns=arns, facts=facts))


def faults_table(stack: cdk.Stack, environment: Environment) -> dynamodb.Table:
    """Create the table of faults. Deleted with its stack everywhere: items expire within two days."""
    table = dynamodb.Table(
        stack,
        schema.FAULTS,
        table_name=environment.named(schema.FAULTS),
        partition_key=dynamodb.Attribute(name=schema.FAULTS_KEY, type=dynamodb.AttributeType.STRING),
        sort_key=dynamodb.Attribute(name=schema.FAULTS_SORT, type=dynamodb.AttributeType.STRING),
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        time_to_live_attribute=schema.TTL_ATTRIBUTE,
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
    nag_reasons.acknowledge(table, "DDB3 of faults")
    return table
