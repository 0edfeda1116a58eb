"""The donation resources of a deployed environment in an in-memory account: table, pool, queues, Stripe's parameters.

with donation_account() as there: there.put(build_donation(), total=True)
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from cli.connection.target import Target
from paysandbox.aws.schema import DONATIONS, DONATIONS_KEY, DONATIONS_SORT, ENDPOINTS
from paysandbox.aws.settings import StripeAccountSettings
from paysandbox.core.donor import Donor
from paysandbox.donations.donation import Donation, Receipt, donation_id
from paysandbox.donations.routes import CREATE_DONATION_INTENT
from paysandbox.donations.table import Donations, donation_item, donation_key
from paysandbox.donations.writes import SUM, TOTAL, TOTALS
from tests.support.worlds import tables
from tests.support.worlds.deployed_account import Account, deployed

ENVIRONMENT: Final = "dev"
TABLE: Final = f"paysandbox-{ENVIRONMENT}-DonationsPlatformTable"
KEY_PARAMETER: Final = "/donate-now/STRIPE_SECRET_KEY"
WEBHOOK_PARAMETER: Final = "/donate-now/STRIPE_WEBHOOK_SECRET"
PUBLISHABLE_PARAMETER: Final = "/donate-now/STRIPE_PUBLISHABLE_KEY"
QUEUES: Final = ("Payment", "PaymentDead", "Notification", "NotificationDead")
KEY: Final = "arn:aws:kms:us-east-1:123456789012:key/of-the-environment"
ADDRESS: Final = "jo@example.com"


@dataclass(frozen=True)
class DonationAccount:
    """The account and its donation resources."""

    account: Account
    table: Donations
    queues: Mapping[str, str]
    pool_id: str
    client_id: str

    @property
    def target(self) -> Target:
        """The environment as the program finds it."""
        return self.account.target

    def put(self, donation: Donation, *, total: int | None = None) -> Donation:
        """Store a donation, and add `total` (by default its net amount) to the total of its currency."""
        client: Any = self.table.client
        client.put_item(TableName=TABLE, Item=donation_item(donation))
        owner = {**_key(f"DONATION#{donation.id}", "OWNER"), "email": {"S": donation.donor.email}}
        client.put_item(TableName=TABLE, Item=owner)
        client.update_item(
            TableName=TABLE,
            Key=_key(TOTALS, f"{SUM}{donation.currency}#00"),
            UpdateExpression="ADD #0 :0",
            ExpressionAttributeNames={"#0": TOTAL},
            ExpressionAttributeValues={":0": {"N": str(donation.net if total is None else total)}},
        )
        return donation

    def item(self, donation: Donation) -> dict[str, Any]:
        """Return a donation's current item."""
        key = donation_key(donation.donor.email, donation.id)
        return dict(self.table.client.get_item(TableName=TABLE, Key=key)["Item"])  # pyright: ignore[reportTypedDictNotRequiredAccess] - boto3's types call every field of an answer optional

    def messages(self, queue: str) -> list[str]:
        """Return the bodies of a queue's messages, up to ten, without removing them."""
        found = self.account.client("sqs").receive_message(
            QueueUrl=self.queues[queue], MaxNumberOfMessages=10, VisibilityTimeout=0
        )
        return [message["Body"] for message in found.get("Messages", [])]

    def parameters(self) -> dict[str, str]:
        """Return Stripe's parameters that exist, decrypted."""
        found = self.account.client("ssm").get_parameters(
            Names=[KEY_PARAMETER, WEBHOOK_PARAMETER, PUBLISHABLE_PARAMETER], WithDecryption=True
        )["Parameters"]
        return {one["Name"]: one["Value"] for one in found}


def donation(number: int = 1, **facts: Any) -> Donation:
    """Build a donation of 50 dollars. Different numbers make different donations."""
    at = datetime(2026, 11, 20, 9, number, tzinfo=UTC)
    made = Donation(
        id=donation_id(at, bytes(9) + bytes([number])),
        donor=Donor(user_id="sub-1", email=ADDRESS, name="Jo"),
        amount=50_00,
        currency="usd",
        message=None,
        anonymous=False,
        created_at=at,
        intent_id=f"pi_{number}",
    )
    return replace(made, **facts)


def paid(number: int = 1, receipt: Receipt = Receipt.SENT, **facts: Any) -> Donation:
    """Build a successful donation."""
    made = donation(number)
    return replace(made, paid=made.amount, receipt=receipt, receipt_at=made.created_at, **facts)


@contextmanager
def donation_account(
    *, base_url: str = "https://api.example.test", with_pool: bool = False
) -> Iterator[DonationAccount]:
    """Create all donation resources, empty. `base_url` is the URL of the API and of the fake Stripe.

    The pool is created only on request, since generating its keys takes time.
    """
    outputs = {"BaseUrl": base_url, "StripeWebhookUrl": f"{base_url}/webhooks/stripe"}
    with deployed(ENVIRONMENT, outputs=outputs) as account:
        dynamodb, sqs = account.client("dynamodb"), account.client("sqs")
        tables.create_table(dynamodb, TABLE, DONATIONS)
        tables.create_table(dynamodb, f"paysandbox-{ENVIRONMENT}-{ENDPOINTS}", ENDPOINTS)
        queues = {name: sqs.create_queue(QueueName=f"paysandbox-dev-{name}")["QueueUrl"] for name in QUEUES}
        pool_id, client_id = _create_pool(account.client("cognito-idp")) if with_pool else ("us-east-1_none", "none")
        account.deploy_stack("donors", {"DonationsTable": TABLE, "UserPoolId": pool_id, "WebAppClientId": client_id})
        account.deploy_stack(
            "donations",
            {
                **{f"{name}QueueUrl": url for name, url in queues.items()},
                "StripeKeyParameter": KEY_PARAMETER,
                "StripeWebhookParameter": WEBHOOK_PARAMETER,
                "StripePublishableParameter": PUBLISHABLE_PARAMETER,
            },
        )
        account.deploy_stack("secrets", {"ParameterKey": KEY})
        told = StripeAccountSettings(
            stripe_key_parameter=KEY_PARAMETER, stripe_webhook_parameter=WEBHOOK_PARAMETER, stripe_api_base=base_url
        ).to_env()
        account.deploy_function(CREATE_DONATION_INTENT.name, variables=told)
        yield DonationAccount(account, Donations(dynamodb, TABLE), queues, pool_id, client_id)


def _create_pool(cognito: Any) -> tuple[str, str]:
    policy = {
        "MinimumLength": 12,
        "RequireLowercase": True,
        "RequireUppercase": True,
        "RequireNumbers": True,
        "RequireSymbols": True,
    }
    pool = cognito.create_user_pool(
        PoolName="donors", UsernameAttributes=["email"], Policies={"PasswordPolicy": policy}
    )["UserPool"]["Id"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="WebAppClient", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    )
    return pool, client["UserPoolClient"]["ClientId"]


def _key(partition: str, sort: str) -> dict[str, dict[str, str]]:
    return {DONATIONS_KEY: {"S": partition}, DONATIONS_SORT: {"S": sort}}
