"""The functions of the payment routes, each with the grants of its routes, and the function that does what is due."""

from pathlib import Path
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from paysandbox.aws import schema
from paysandbox.aws.resources import (
    LEDGER,
    MERCHANT_FUNDS,
    MERCHANT_SETTINGS,
    READ_HASHING_KEYS,
    STRIPE_OBJECTS,
    TIMERS,
    Grant,
)
from paysandbox.aws.settings import AcceptanceSettings, ClockSettings, DisputeFeeSettings
from paysandbox.clock import routes as clock
from paysandbox.disputes import routes as disputes
from paysandbox.fault_rules import routes as fault_rules
from paysandbox.http.route import Function
from paysandbox.payments import routes as payments
from paysandbox.postings import routes as postings
from paysandbox.simulate import routes as simulate
from stacks.api.aliases import has_alias, make_alias
from stacks.api.rollout import Rollouts
from stacks.data.secrets_stack import SecretsStack
from stacks.environments import Environment
from stacks.functions import PAYMENT_MEMORY_MB, Functions
from stacks.resources import Resources
from stacks.workers.events_stack import EventsStack
from stacks.workers.requests_stack import RequestsStack
from stacks.workers.sweeps import REPORT_FAILED_RUN, every_minute

EXPIRE_PAYMENTS: Final = "expire_payments"
# A sweep ends by itself before this timeout. The next one, a minute later, continues with what remains.
EXPIRE_TIMEOUT_S: Final = 60
# Of 10,000 timers that fall due at once, each costs an update, its rule and its item: about 0.6 ms of a processor, and
# 0.08 of the calls that a page shares. With 512 MB, 0.29 of a processor, they would take 21 s of it.
EXPIRE_MEMORY_MB: Final = PAYMENT_MEMORY_MB

_EXPIRE: Final = Function(
    name=EXPIRE_PAYMENTS,
    group="payments",
    grants=(
        Grant(LEDGER, ("BatchGetItem", "GetItem", "PutItem", "UpdateItem")),
        Grant(LEDGER, ("Query",), schema.BY_DUE),
        # Renewals of subscriptions, whose invoices it collects.
        Grant(STRIPE_OBJECTS, ("BatchGetItem", "GetItem", "PutItem")),
        Grant(STRIPE_OBJECTS, ("Query",), schema.STRIPE_OBJECTS_DUE),
        Grant(TIMERS, ("BatchGetItem", "BatchWriteItem")),
        Grant(TIMERS, ("Query",), schema.TIMERS_DUE),
        Grant(MERCHANT_SETTINGS, ("BatchGetItem",)),
        # Payouts that fail give their amount back.
        Grant(MERCHANT_FUNDS, ("PutItem", "UpdateItem")),
        READ_HASHING_KEYS,
        REPORT_FAILED_RUN,
    ),
    needs=(AcceptanceSettings, ClockSettings, DisputeFeeSettings),
    timeout_s=EXPIRE_TIMEOUT_S,
)


class PaymentsStack(cdk.Stack):
    """The functions of the payment routes, and the sweep that performs due timers and expires payments."""

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        *,
        packages: Path,
        resources: Resources,
        secrets: SecretsStack,
        requests: RequestsStack,
        events: EventsStack,
    ) -> None:
        super().__init__(
            scope,
            environment.named("payments"),
            env=environment.aws,
            description="Serverless Payments Sandbox: the functions of the payment routes",
        )
        # The hashing keys must exist before a function can be invoked.
        self.add_stack_dependency(secrets)
        # What a release adds to a table must be known to those who read its stream (tests/infra/workers).
        self.add_stack_dependency(events)
        functions = Functions(self, environment, packages=packages, resources=resources, requests=requests)
        rollouts = Rollouts(self, environment) if environment.gradual_rollout else None

        def make_aliases(function: lambda_.Function, row: Function) -> None:
            route = next((each for each in row.routes if each.name == row.name), row.routes[0])
            if has_alias(environment, route):
                alias = make_alias(function, route)
                if rollouts is not None:
                    rollouts.roll_out(route, alias)

        functions.make_routes(payments.ROUTES, make_aliases)
        functions.make_routes((*simulate.ROUTES, *postings.ROUTES))
        functions.make_routes(disputes.ROUTES)
        functions.make_routes((*clock.ROUTES, *fault_rules.ROUTES))
        every_minute(self, environment, functions.make(_EXPIRE, memory=EXPIRE_MEMORY_MB), EXPIRE_PAYMENTS)
