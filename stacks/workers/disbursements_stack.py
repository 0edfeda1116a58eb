"""Customers, funds and disbursements: the functions of their routes, and the workers that pay out.

The credentials of the PayPal account and the secret key of the Stripe account are not in the template: `paysandbox
disbursements secrets set` and `paysandbox donations secrets set` store them after the deployment.
"""

from pathlib import Path
from typing import Final

import aws_cdk as cdk
from constructs import Construct

from paysandbox.aws.resources import (
    ACH_FILE_NAMES,
    ACH_FILES,
    CUSTOMERS,
    DISBURSEMENTS,
    DISBURSEMENTS_STREAM,
    MERCHANT_FUNDS,
    PAYPAL_CREDENTIALS,
    READ_HASHING_KEYS,
    STRIPE_SECRET_KEY,
    TOPIC,
    UNPUBLISHED_EVENTS,
    Grant,
)
from paysandbox.aws.schema import DISBURSEMENTS as DISBURSEMENTS_TABLE, DISBURSEMENTS_DUE
from paysandbox.aws.settings import AchSettings, ClockSettings
from paysandbox.customers import routes as customers
from paysandbox.disbursements import routes as disbursements
from paysandbox.funds import routes as funds
from paysandbox.http.route import Function
from stacks.data.data_stack import DataStack
from stacks.data.secrets_stack import SecretsStack
from stacks.environments import Environment
from stacks.functions import Functions
from stacks.resources import READ_STREAM, Resources
from stacks.workers.events_stack import EventsStack, dead_letters_name
from stacks.workers.queues import WORKER_TIMEOUT_S
from stacks.workers.requests_stack import RequestsStack
from stacks.workers.streams import read_stream
from stacks.workers.sweeps import REPORT_FAILED_RUN, every_quarter

GROUP: Final = "disbursements"

SEND_DISBURSEMENTS: Final = "send_disbursements"
SWEEP_DISBURSEMENTS: Final = "sweep_disbursements"
PUBLISH_DISBURSEMENT_EVENTS: Final = "publish_disbursement_events"

# A provider takes seconds, and one batch is sent by several threads.
SEND_TIMEOUT_S: Final = 120
SWEEP_TIMEOUT_S: Final = 600

_ADVANCE: Final = (
    Grant(DISBURSEMENTS, ("GetItem", "PutItem")),
    Grant(MERCHANT_FUNDS, ("PutItem", "UpdateItem")),
    Grant(PAYPAL_CREDENTIALS, ("GetParameter",)),
    Grant(STRIPE_SECRET_KEY, ("GetParameter",)),
)
# What joins a file has the account of its acceptance, sealed. A cancellation reads what the bank said, and asks it.
_ACH: Final = (
    Grant(DISBURSEMENTS, ("UpdateItem",)),
    READ_HASHING_KEYS,
    Grant(ACH_FILES, ("GetObject", "PutObject")),
    Grant(ACH_FILE_NAMES, ("ListBucket",)),
)
_SEND: Final = Function(
    name=SEND_DISBURSEMENTS,
    group=GROUP,
    grants=(*_ADVANCE, *_ACH, Grant(UNPUBLISHED_EVENTS, ("SendMessage",)), Grant(DISBURSEMENTS_STREAM, READ_STREAM)),
    needs=(ClockSettings, AchSettings),
    timeout_s=SEND_TIMEOUT_S,
)
_SWEEP: Final = Function(
    name=SWEEP_DISBURSEMENTS,
    group=GROUP,
    grants=(
        *_ADVANCE,
        Grant(DISBURSEMENTS, ("BatchGetItem",)),
        Grant(DISBURSEMENTS, ("Query",), DISBURSEMENTS_DUE),
        # The bank's files, and the accounts that it corrects.
        *_ACH,
        Grant(ACH_FILES, ("DeleteObject",)),
        Grant(CUSTOMERS, ("GetItem", "UpdateItem")),
        REPORT_FAILED_RUN,
    ),
    needs=(ClockSettings, AchSettings),
    timeout_s=SWEEP_TIMEOUT_S,
)
_PUBLISH: Final = Function(
    name=PUBLISH_DISBURSEMENT_EVENTS,
    group=GROUP,
    grants=(
        Grant(TOPIC, ("Publish",)),
        Grant(UNPUBLISHED_EVENTS, ("SendMessage",)),
        Grant(DISBURSEMENTS_STREAM, READ_STREAM),
    ),
    timeout_s=WORKER_TIMEOUT_S,
)

# What the worker has to do something for at once. Everything else falls due later, and the sweep does it.
TO_SEND: Final = {
    "dynamodb": {
        "NewImage": {
            "status": {"S": ["pending", "unclaimed"]},
        }
    }
}
# Every write of a disbursement; one that changes no status has no event.
WRITTEN: Final = {"dynamodb": {"NewImage": {"version": {"N": [{"exists": True}]}}}}


class DisbursementsStack(cdk.Stack):
    """The functions of the routes, the worker that sends, the sweep that asks, and the publisher of events."""

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        *,
        packages: Path,
        resources: Resources,
        data: DataStack,
        secrets: SecretsStack,
        events: EventsStack,
        requests: RequestsStack,
    ) -> None:
        super().__init__(
            scope,
            environment.named("disbursements"),
            env=environment.aws,
            description="Serverless Payments Sandbox: customers and disbursements",
        )
        # This stack refers to the events stack's topic and dead-letter queue by name.
        for stack in (secrets, events, requests):
            self.add_stack_dependency(stack)
        functions = Functions(self, environment, packages=packages, resources=resources, requests=requests)
        functions.make_routes((*customers.ROUTES, *funds.ROUTES, *disbursements.ROUTES))
        dead_letters = self.format_arn(service="sqs", resource=dead_letters_name(environment))
        for row, only in ((_SEND, TO_SEND), (_PUBLISH, WRITTEN)):
            read_stream(
                self,
                functions.make(row),
                row.name,
                stream=data.stream_of(DISBURSEMENTS_TABLE),
                dead_letters=dead_letters,
                only=(only,),
                lanes=environment.stream_lanes,
            )
        every_quarter(self, environment, functions.make(_SWEEP), SWEEP_DISBURSEMENTS)
        cdk.CfnOutput(
            self,
            "PaypalCredentialsParameter",
            value=environment.paypal_credentials_parameter,
            description="SSM parameter of PayPal's credentials",
        )
        cdk.CfnOutput(
            self,
            "StripeKeyParameter",
            value=environment.stripe_key_parameter,
            description="SSM parameter of Stripe's secret key, which donations have too",
        )
