"""Donations: the functions of their routes, the queues of Stripe events and of receipts, and their workers.

The credentials of the Stripe account are not in the template: `paysandbox donations secrets set` stores them after the
deployment.
"""

from pathlib import Path
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_ses as ses
from constructs import Construct

from paysandbox.aws import schema
from paysandbox.aws.resources import (
    DEAD_PAYMENTS,
    DONATIONS,
    DONATIONS_STREAM,
    NOTIFICATION_QUEUE,
    PAYMENT_QUEUE,
    RECEIPT_SENDER,
    STRIPE_SECRET_KEY,
    TOPIC,
    UNPUBLISHED_EVENTS,
    Grant,
)
from paysandbox.aws.settings import AbandonSettings, ClockSettings, ReceiptSettings
from paysandbox.donations import routes as donations
from paysandbox.http.route import Function
from stacks import nag_reasons
from stacks.data.donors_stack import DonorsStack
from stacks.environments import Environment
from stacks.functions import Functions
from stacks.regions import SES_IDENTITY, has
from stacks.resources import READ_STREAM, Place, Resources
from stacks.workers.events_stack import EventsStack, dead_letters_name
from stacks.workers.queues import WORKER_TIMEOUT_S, feed, queue
from stacks.workers.requests_stack import RequestsStack
from stacks.workers.streams import read_stream
from stacks.workers.sweeps import REPORT_FAILED_RUN, nightly

GROUP: Final = "donations"

APPLY_STRIPE_EVENTS: Final = "apply_stripe_events"
SEND_RECEIPTS: Final = "send_receipts"
SWEEP_DONATIONS: Final = "sweep_donations"
PUBLISH_DONATION_EVENTS: Final = "publish_donation_events"

PAYMENTS_QUEUE: Final = PAYMENT_QUEUE.name
DEAD_PAYMENTS_QUEUE: Final = DEAD_PAYMENTS.name
NOTIFICATIONS_QUEUE: Final = NOTIFICATION_QUEUE.name
DEAD_NOTIFICATIONS_QUEUE: Final = "donation-notifications-dead"

# A nightly run asks Stripe about one donation after another.
SWEEP_TIMEOUT_S: Final = 300

# For a transaction, AWS checks the permission for each of its operations.
_APPLY: Final = Function(
    name=APPLY_STRIPE_EVENTS,
    group=GROUP,
    grants=(
        Grant(DONATIONS, ("GetItem", "PutItem", "UpdateItem")),
        Grant(NOTIFICATION_QUEUE, ("SendMessage",)),
        Grant(DEAD_PAYMENTS, ("SendMessage",)),
    ),
    needs=(ClockSettings,),
    timeout_s=WORKER_TIMEOUT_S,
)
_SEND: Final = Function(
    name=SEND_RECEIPTS,
    group=GROUP,
    grants=(Grant(DONATIONS, ("GetItem", "UpdateItem")), Grant(RECEIPT_SENDER, ("SendEmail",))),
    needs=(ClockSettings, ReceiptSettings),
    timeout_s=WORKER_TIMEOUT_S,
)
_SWEEP: Final = Function(
    name=SWEEP_DONATIONS,
    group=GROUP,
    grants=(
        Grant(DONATIONS, ("GetItem", "PutItem", "UpdateItem")),
        Grant(DONATIONS, ("Query",), schema.RECENT_DONATIONS),
        Grant(DONATIONS, ("Query",), schema.OPEN_RECEIPTS),
        Grant(STRIPE_SECRET_KEY, ("GetParameter",)),
        Grant(NOTIFICATION_QUEUE, ("SendMessage",)),
        REPORT_FAILED_RUN,
    ),
    needs=(ClockSettings, AbandonSettings),
    timeout_s=SWEEP_TIMEOUT_S,
)
# Publishes like the ledger's function, with the same dead-letter queue.
_PUBLISH: Final = Function(
    name=PUBLISH_DONATION_EVENTS,
    group=GROUP,
    grants=(
        Grant(TOPIC, ("Publish",)),
        Grant(UNPUBLISHED_EVENTS, ("SendMessage",)),
        Grant(DONATIONS_STREAM, READ_STREAM),
    ),
    timeout_s=WORKER_TIMEOUT_S,
)


class DonationsStack(cdk.Stack):
    """The functions of the routes, four workers, two queues with dead-letter queues, and the sender of receipts."""

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        *,
        packages: Path,
        resources: Resources,
        donors: DonorsStack,
        events: EventsStack,
        requests: RequestsStack,
    ) -> None:
        super().__init__(
            scope,
            environment.named("donations"),
            env=environment.aws,
            description="Serverless Payments Sandbox: donations",
        )
        # This stack refers to the events stack's topic and dead-letter queue by name.
        self.add_stack_dependency(events)
        self._environment = environment
        dead_payments = queue(self, environment, DEAD_PAYMENTS_QUEUE)
        payments = queue(self, environment, PAYMENTS_QUEUE, dead=dead_payments)
        dead_notifications = queue(self, environment, DEAD_NOTIFICATIONS_QUEUE)
        notifications = queue(self, environment, NOTIFICATIONS_QUEUE, dead=dead_notifications)
        for resource, sqs_queue, fact in (
            (PAYMENT_QUEUE, payments, "payment_queue_url"),
            (NOTIFICATION_QUEUE, notifications, "notification_queue_url"),
            (DEAD_PAYMENTS, dead_payments, "dead_letter_queue"),
        ):
            resources.add(
                resource, Place(service="sqs", arns=(sqs_queue.queue_arn,), facts={fact: sqs_queue.queue_url})
            )
        sender = environment.receipts_from
        if sender is not None and not has(self, SES_IDENTITY, "a sender of receipts, which are refused"):
            sender = None
        resources.add(RECEIPT_SENDER, self._sender(sender))
        # The local engine serves Cognito on the API's own port.
        sign_in = "" if environment.vendor == "local" else f"https://cognito-idp.{self.region}.amazonaws.com"
        facts = {
            "ses_from_email": sender or "",
            "cognito_user_pool_id": donors.pool.user_pool_id,
            "cognito_user_pool_client_id": donors.client.user_pool_client_id,
            "sign_in_origin": sign_in,
        }
        functions = Functions(self, environment, packages=packages, resources=resources, requests=requests, facts=facts)
        functions.make_routes(donations.ROUTES)
        feed(self, functions.make(_APPLY), APPLY_STRIPE_EVENTS, payments, at_once=environment.payers_max)
        feed(self, functions.make(_SEND), SEND_RECEIPTS, notifications, at_once=environment.senders_max)
        nightly(self, environment, functions.make(_SWEEP), SWEEP_DONATIONS)
        read_stream(
            self,
            functions.make(_PUBLISH),
            PUBLISH_DONATION_EVENTS,
            stream=donors.stream_arn,
            dead_letters=self.format_arn(service="sqs", resource=dead_letters_name(environment)),
            only=(schema.DONATIONS_ONLY,),
            lanes=environment.stream_lanes,
        )
        for name, value, description in (
            ("PaymentQueueUrl", payments.queue_url, "SQS queue of Stripe events"),
            ("PaymentDeadQueueUrl", dead_payments.queue_url, "Dead-letter queue of Stripe events"),
            ("NotificationQueueUrl", notifications.queue_url, "SQS queue of receipts"),
            ("NotificationDeadQueueUrl", dead_notifications.queue_url, "Dead-letter queue of receipts"),
            ("StripeKeyParameter", environment.stripe_key_parameter, "SSM parameter of Stripe's secret key"),
            ("StripeWebhookParameter", environment.stripe_webhook_parameter, "SSM parameter of its webhook secret"),
            (
                "StripePublishableParameter",
                environment.stripe_publishable_parameter,
                "SSM parameter of its publishable key",
            ),
        ):
            cdk.CfnOutput(self, name, value=value, description=description)

    def _sender(self, address: str | None) -> Place:
        """Create the sender of receipts, if any: an SES identity, confirmed by e-mail, and a configuration set."""
        if address is None:
            return Place(service="ses", arns=(), facts={"ses_configuration_set": ""})
        ses.EmailIdentity(self, "sender", identity=ses.Identity.email(address))
        delivery = ses.ConfigurationSet(
            self,
            "receipts",
            configuration_set_name=self._environment.named("receipts"),
            # Receipts contain donors' names, so the receiving mail server must use TLS.
            tls_policy=ses.ConfigurationSetTlsPolicy.REQUIRE,
        ).configuration_set_name
        # Any identity, since SES in its sandbox also asks for the right to the recipient's. The condition names the
        # sender.
        parts = (("identity", "*"), ("configuration-set", delivery))
        return Place(
            service="ses",
            arns=tuple(self.format_arn(service="ses", resource=kind, resource_name=name) for kind, name in parts),
            facts={"ses_configuration_set": delivery},
            conditions={"StringEquals": {"ses:FromAddress": address}},
            reason=("IAM5 of mail", f"Resource::{nag_reasons.written_arn(self, 'ses', 'identity/*')}"),
        )
