"""Donations: the functions of their routes, the queues of Stripe's events and of receipts, and who works on them.

Stripe's account is named and not known: `paysandbox secrets set` puts both its secrets there after the deployment.
"""

from pathlib import Path
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_, aws_ses as ses, aws_sns as sns, aws_sqs as sqs
from constructs import Construct

from paysandbox.routes import donations
from paysandbox.settings import (
    AbandonSettings,
    ClockSettings,
    DonationsTableSettings,
    NotificationQueueSettings,
    ParkingSettings,
    ReceiptDeliverySettings,
    ReceiptSettings,
    Settings,
    StripeAccountSettings,
    TopicSettings,
)
from paysandbox.table import schema
from stacks.donors_stack import DonorsStack
from stacks.environments import Environment
from stacks.events_stack import WEBHOOK_TOPIC, EventsStack, parked_name
from stacks.functions import Functions
from stacks.queues import WORKER_TIMEOUT_S, feed, may, queue
from stacks.secrets_stack import SecretsStack
from stacks.streams import read_stream
from stacks.sweeps import nightly

GROUP: Final = "donations"

APPLY_STRIPE_EVENTS: Final = "apply_stripe_events"
SEND_RECEIPTS: Final = "send_receipts"
SWEEP_DONATIONS: Final = "sweep_donations"
PUBLISH_DONATION_EVENTS: Final = "publish_donation_events"

PAYMENTS_QUEUE: Final = "donation-payments"
DEAD_PAYMENTS_QUEUE: Final = "donation-payments-dead"
NOTIFICATIONS_QUEUE: Final = "donation-notifications"
DEAD_NOTIFICATIONS_QUEUE: Final = "donation-notifications-dead"

# These bound how fast donations succeed, which is one partition of an index, and how fast mails are sent. With those of
# webhooks they are more than the ten executions of a new account: what finds none waits in its queue.
PAYERS_MAX: Final = 3
SENDERS_MAX: Final = 2
# Of a night: Stripe is asked about one donation after another.
SWEEP_TIMEOUT_S: Final = 300

_WORKERS: Final[dict[str, tuple[tuple[type[Settings], ...], int]]] = {
    APPLY_STRIPE_EVENTS: (
        (ClockSettings, DonationsTableSettings, NotificationQueueSettings, ParkingSettings),
        WORKER_TIMEOUT_S,
    ),
    SEND_RECEIPTS: (
        (ClockSettings, DonationsTableSettings, ReceiptSettings, ReceiptDeliverySettings),
        WORKER_TIMEOUT_S,
    ),
    SWEEP_DONATIONS: (
        (ClockSettings, DonationsTableSettings, NotificationQueueSettings, StripeAccountSettings, AbandonSettings),
        SWEEP_TIMEOUT_S,
    ),
    PUBLISH_DONATION_EVENTS: ((TopicSettings, ParkingSettings), WORKER_TIMEOUT_S),
}
"""By worker, what it is told and for how many seconds it may run."""


class DonationsStack(cdk.Stack):
    """One function per route, four workers, two queues with their dead-letter queues, and who sends receipts."""

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        *,
        packages: Path,
        donors: DonorsStack,
        secrets: SecretsStack,
        events: EventsStack,
    ) -> None:
        super().__init__(
            scope,
            environment.named("donations"),
            env=environment.aws,
            description="Serverless Payments Sandbox: donations",
        )
        # Its topic is told, and its queue of the parked is used, by name.
        self.add_stack_dependency(events)
        self._environment, self._donors, self._secrets = environment, donors, secrets
        self._dead_payments = queue(self, environment, DEAD_PAYMENTS_QUEUE)
        self._payments = queue(self, environment, PAYMENTS_QUEUE, dead=self._dead_payments)
        self._dead_notifications = queue(self, environment, DEAD_NOTIFICATIONS_QUEUE)
        self._notifications = queue(self, environment, NOTIFICATIONS_QUEUE, dead=self._dead_notifications)
        self._facts: dict[str, object] = {
            "dynamo_table_name": donors.table.table_name,
            "cognito_user_pool_id": donors.pool.user_pool_id,
            "cognito_user_pool_client_id": donors.client.user_pool_client_id,
            "payment_queue_url": self._payments.queue_url,
            "notification_queue_url": self._notifications.queue_url,
        }
        self._functions = Functions(self, environment, packages=packages)
        self._routes()
        self._apply_events()
        self._send_receipts()
        self._sweep()
        self._publish()
        for name, value, description in (
            ("PaymentQueueUrl", self._payments.queue_url, "Where Stripe's events wait"),
            ("PaymentDeadQueueUrl", self._dead_payments.queue_url, "Stripe's events that nobody could apply"),
            ("NotificationQueueUrl", self._notifications.queue_url, "Where receipts wait to be sent"),
            ("NotificationDeadQueueUrl", self._dead_notifications.queue_url, "Receipts that could not be sent"),
            ("StripeKeyParameter", environment.stripe_key_parameter, "SSM parameter of Stripe's secret key"),
            ("StripeWebhookParameter", environment.stripe_webhook_parameter, "SSM parameter of its webhook secret"),
        ):
            cdk.CfnOutput(self, name, value=value, description=description)

    def _routes(self) -> None:
        for route in donations.ROUTES:
            function = self._functions.make(route.name, group=route.group, needs=route.needs, facts=self._facts)
            self._donors.allow(function, actions=route.donations, indexes=route.donation_indexes)
            if route.asks_stripe:
                self._secrets.allow_reading(function, self._environment.stripe_key_parameter)
            if route.queues_payments:
                # What it queues it has seen the signature of.
                self._secrets.allow_reading(function, self._environment.stripe_webhook_parameter)
                may(function, "sqs:SendMessage", self._payments.queue_arn)

    def _apply_events(self) -> None:
        apply = self._worker(APPLY_STRIPE_EVENTS, parking_queue=self._dead_payments.queue_url)
        feed(self, apply, APPLY_STRIPE_EVENTS, self._payments, at_once=PAYERS_MAX)
        # Of a transaction, AWS asks for the right to each of its parts.
        self._donors.allow(apply, actions=("GetItem", "PutItem", "UpdateItem"))
        may(apply, "sqs:SendMessage", self._notifications.queue_arn, self._dead_payments.queue_arn)

    def _send_receipts(self) -> None:
        sender = self._environment.receipts_from
        delivery = self._sender(sender) if sender is not None else None
        send = self._worker(SEND_RECEIPTS, ses_configuration_set=delivery or "")
        feed(self, send, SEND_RECEIPTS, self._notifications, at_once=SENDERS_MAX)
        self._donors.allow(send, actions=("GetItem", "UpdateItem"))
        if sender is not None and delivery is not None:
            # The identity is one address, so no condition has to say from which one.
            parts = (("identity", sender), ("configuration-set", delivery))
            arns = [self.format_arn(service="ses", resource=kind, resource_name=name) for kind, name in parts]
            may(send, "ses:SendEmail", *arns)

    def _sweep(self) -> None:
        sweep = self._worker(SWEEP_DONATIONS)
        indexes = (schema.RECENT_DONATIONS.name, schema.OPEN_RECEIPTS.name)
        self._donors.allow(sweep, actions=("GetItem", "PutItem", "UpdateItem"), indexes=indexes)
        self._secrets.allow_reading(sweep, self._environment.stripe_key_parameter)
        may(sweep, "sqs:SendMessage", self._notifications.queue_arn)
        nightly(self, self._environment, sweep, SWEEP_DONATIONS)

    def _publish(self) -> None:
        """As the ledger's events are published, and parked with them. Named and not imported."""
        topic_arn = self.format_arn(service="sns", resource=self._environment.named(WEBHOOK_TOPIC))
        topic = sns.Topic.from_topic_arn(self, WEBHOOK_TOPIC, topic_arn)
        parked_arn = self.format_arn(service="sqs", resource=parked_name(self._environment))
        parked = sqs.Queue.from_queue_arn(self, "parked", parked_arn)
        publish = self._worker(PUBLISH_DONATION_EVENTS, webhook_topic=topic.topic_arn, parking_queue=parked.queue_url)
        may(publish, "sns:Publish", topic.topic_arn)
        may(publish, "sqs:SendMessage", parked.queue_arn)
        self._donors.allow_stream(publish)
        read_stream(
            self,
            publish,
            PUBLISH_DONATION_EVENTS,
            stream=self._donors.stream_arn,
            parked=parked.queue_arn,
            only=schema.DONATIONS_ONLY,
        )

    def _sender(self, address: str) -> str:
        """Who sends receipts: an identity that SES writes to before it may, and a configuration set, by its name."""
        ses.EmailIdentity(self, "sender", identity=ses.Identity.email(address))
        delivery = ses.ConfigurationSet(
            self,
            "receipts",
            configuration_set_name=self._environment.named("receipts"),
            # A receipt names a donor: no mail server is told of it in the clear.
            tls_policy=ses.ConfigurationSetTlsPolicy.REQUIRE,
        )
        return delivery.configuration_set_name

    def _worker(self, name: str, **facts: object) -> lambda_.Function:
        needs, timeout_s = _WORKERS[name]
        return self._functions.make(name, group=GROUP, needs=needs, facts=self._facts | facts, timeout_s=timeout_s)
