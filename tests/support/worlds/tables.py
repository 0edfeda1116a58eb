"""AWS in this process, with the ledger as the data stack creates it, and everything else that handlers need.

    with tables.sandbox() as ledger:
        ...

moto answers every service, and DynamoDB too unless another store is chosen (stores.py).

Keys, indexes and billing mode of the table come from the synthesized template, so that a missing index fails here. A
synth takes four seconds, so its result is cached as long as the sources stay the same.
"""

import json
import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch

from moto import mock_aws

from paysandbox.aws import runtime
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.aws.hashing_keys import hashing_keys
from paysandbox.aws.schema import (
    BESIDE_LEDGER,
    CUSTOMERS,
    DELIVERIES,
    DISBURSEMENTS,
    DONATIONS,
    ENDPOINTS,
    EVENTS,
    FAULTS,
    FEED,
    INBOX,
    LEDGER,
    MERCHANT_FUNDS,
    MERCHANT_SETTINGS,
    PARTITION_KEY,
    REQUEST_LOG,
    SETTLEMENT_BATCHES,
    SETTLEMENT_ENTRIES,
)
from paysandbox.clock import deployed as deployed_clock
from paysandbox.customers import tables as customers_table
from paysandbox.disbursements.store import tables as disbursements_table
from paysandbox.disputes import tables as disputes_tables
from paysandbox.donations import stripe_secrets, tables as donation_tables
from paysandbox.feed import tables as feed_tables
from paysandbox.funds import tables as funds_table
from paysandbox.inbox import tables as inbox_table
from paysandbox.payments.simulation import settings as simulation_settings
from paysandbox.payments.timers import tables as timer_table
from paysandbox.request_log import tables as request_log_table
from paysandbox.search_index import tables as search_index_tables
from paysandbox.settlement import tables as settlement_tables
from paysandbox.stripe_api.resource_kit import tables as stripe_objects_table
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.endpoints import secrets as webhook_secrets
from tests.support.builders import build
from tests.support.tools import synthesized
from tests.support.worlds import stores
from tests.support.worlds.moto_secrets import put_parameter, put_secret
from tests.support.worlds.moto_store import MOTO, REGION
from tests.support.worlds.stores import Store

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

ROOT: Final = Path(__file__).resolve().parents[3]
TABLE: Final = "paysandbox-test-PaymentsLedger"
REQUESTS: Final = "paysandbox-test-RequestLog"
FEEDS: Final = "paysandbox-test-Feed"
STRIPE_OBJECTS: Final = "paysandbox-test-StripeObjects"
MERCHANTS: Final = "paysandbox-test-MerchantSettings"
TIMED: Final = "paysandbox-test-Timers"
DISPUTED: Final = "paysandbox-test-Disputes"
FOUND_BY: Final = "paysandbox-test-SearchIndex"
INJECTED: Final = f"paysandbox-test-{FAULTS}"
"""The table of faults."""
WEBHOOKS: Final[dict[str, str]] = {name: f"paysandbox-test-{name}" for name in (ENDPOINTS, EVENTS, DELIVERIES, INBOX)}
"""The webhook tables and the inbox, by their names without the environment."""
SETTLEMENT: Final[dict[str, str]] = {
    name: f"paysandbox-test-{name}" for name in (SETTLEMENT_ENTRIES, SETTLEMENT_BATCHES)
}
"""The settlement tables, by their names without the environment."""
DISBURSEMENT_TABLES: Final[Mapping[str, str]] = {
    name: f"paysandbox-test-{name}" for name in (CUSTOMERS, MERCHANT_FUNDS, DISBURSEMENTS)
}
"""The tables of customers, funds and disbursements, by their names without the environment."""
GIVEN: Final = f"paysandbox-test-{DONATIONS}"
"""The donations table."""
_OF_HANDLERS: Final[Mapping[str, str]] = {
    TABLE: LEDGER,
    REQUESTS: REQUEST_LOG,
    FEEDS: FEED,
    MERCHANTS: MERCHANT_SETTINGS,
    INJECTED: FAULTS,
    **{f"paysandbox-test-{row.name}": row.name for row in BESIDE_LEDGER},
    **{name: like for like, name in (WEBHOOKS | SETTLEMENT).items()},
    GIVEN: DONATIONS,
}
"""The tables of handlers, by their names, each with the template's."""

STRIPE_KEY_PARAMETER: Final = "/donate-now/STRIPE_SECRET_KEY"
STRIPE_WEBHOOK_PARAMETER: Final = "/donate-now/STRIPE_WEBHOOK_SECRET"
STRIPE_KEY: Final = build.api_key("donate-now")
STRIPE_WEBHOOK_SECRET: Final = "whsec_" + b64encode(b"d" * 32).decode()
HASHING_KEYS_SECRET: Final = "/paysandbox/test/pepper"
WEBHOOK_SECRET_NAME: Final = "/paysandbox/test/webhooks"

# Two versions of the body's key, so that a test can rotate it: new items use `current`.
PEPPERS: Final[Mapping[int, bytes]] = {1: b"b" * 32, 2: b"r" * 32}
CARD_PEPPER: Final = b"c" * 32
WEBHOOK_SECRET: Final = b"w" * 32

# Variables of the developer's shell, which must not reach the tested code.
_FOREIGN: Final = ("AWS_", "PAYSANDBOX_", "POWERTOOLS_")

_AWS: Final = {
    "AWS_DEFAULT_REGION": REGION,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "POWERTOOLS_SERVICE_NAME": "payments",
}

_TAKEN_FROM_TEMPLATE: Final = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "BillingMode")

MAX_ITEM_BYTES: Final = 400 * 1024


# In a separate process: with the CDK loaded, every garbage collection here would take half a second.
_SYNTHESIZE: Final = """
import json
import aws_cdk as cdk
from aws_cdk.assertions import Template
from stacks.data.data_stack import DataStack
from stacks.data.donors_stack import donations_table
from stacks.environments import environment_of
from stacks.workers.requests_stack import feed_table, request_log_table
from stacks.resources import Resources
from stacks.workers.settlement_stack import settlement_tables
from stacks.workers.webhooks_stack import webhook_tables

local = environment_of({"env": "local"})
beside = cdk.Stack(cdk.App(), "beside")
request_log_table(beside, local)
feed_table(beside, local)
webhook_tables(beside, local)
settlement_tables(beside, local)
donations_table(beside, local)
tables = {}
for stack in (DataStack(cdk.App(), local, resources=Resources()), beside):
    tables |= Template.from_stack(stack).find_resources("AWS::DynamoDB::Table")
print(json.dumps(list(tables.values())))
"""


@cache
def table_properties() -> Mapping[str, Mapping[str, Any]]:
    """Return the properties of the templates' tables, by the tables' names without their environment."""
    every = [table["Properties"] for table in synthesized.kept({"env": "local"}, _tables, maker=Path(__file__))]
    return {table["TableName"].removeprefix("paysandbox-local-"): table for table in every}


def _tables() -> Any:
    bin_folder = Path(sys.executable).parent  # the folder of this project's node
    done = subprocess.run(
        [sys.executable, "-c", _SYNTHESIZE],
        cwd=ROOT,
        # Without CloudFormation's rules, which tests/infra applies: they take half of the time.
        env={"PATH": os.pathsep.join([str(bin_folder), os.environ.get("PATH", os.defpath)]), "CDK_VALIDATION": "false"},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)


def create_table(client: "DynamoDBClient", name: str = TABLE, like: str = LEDGER) -> None:
    """Create a table with the template's properties of `like`, by a call."""
    client.create_table(**_definition(name, like))


@cache
def _definition(name: str, like: str) -> dict[str, Any]:
    whole = table_properties()[like]
    return {"TableName": name} | {part: whole[part] for part in _TAKEN_FROM_TEMPLATE if part in whole}


def use(store: Store) -> None:
    """Let this store answer from now on in the sandbox, with the tables of handlers: its own, or new ones."""
    stores.choose(store)
    for name, like in _OF_HANDLERS.items():
        if not store.has(name):
            store.create(_definition(name, like))


def put_stripe_secrets() -> None:
    """Store the secrets that `paysandbox up` writes: the Stripe account's key, and its webhook secret."""
    for name, value in ((STRIPE_KEY_PARAMETER, STRIPE_KEY), (STRIPE_WEBHOOK_PARAMETER, STRIPE_WEBHOOK_SECRET)):
        put_parameter(name, value)


@contextmanager
def sandbox(store: Store = MOTO, **told: Any) -> Iterator[Ledger]:
    """Yield a fresh AWS with an empty ledger and a hashing key, which handlers of this process use.

    `store` has the tables. `told` are keywords of `build.function_environment` that differ from its defaults.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    names: dict[str, Any] = {
        "ledger_table": TABLE,
        "request_log_table": REQUESTS,
        "feed_table": FEEDS,
        "hashing_keys_secret": HASHING_KEYS_SECRET,
    }
    with (
        patch.dict(os.environ, kept | _AWS | build.function_environment(**names | told), clear=True),
        mock_aws(),
        stores.answering(store),
    ):
        forget(clients=bool(told))
        store.forget_tables()
        use(store)
        put_stripe_secrets()
        put_pepper()
        put_secret(WEBHOOK_SECRET_NAME, b64encode(WEBHOOK_SECRET).decode())
        try:
            yield runtime.ledger()
        finally:
            forget(clients=bool(told))


def forget(*, clients: bool = True) -> None:
    """Forget what a new execution environment lacks: settings, hashing keys, clients.

    Creating a client takes 50 ms, so sandboxes with the same settings share one.
    """
    runtime._settings.cache_clear()
    hashing_keys.cache_clear()
    webhook_secrets.master.cache_clear()
    stripe_secrets.secret_key.cache_clear()
    stripe_secrets.webhook_secret.cache_clear()
    if clients:
        runtime.ledger.cache_clear()
        request_log_table.request_log.cache_clear()
        feed_tables.feed.cache_clear()
        stripe_objects_table.objects_table.cache_clear()
        simulation_settings.forget()
        deployed_clock.forget()
        timer_table.table.cache_clear()
        disputes_tables.disputes.cache_clear()
        customers_table.customers.cache_clear()
        funds_table.funds.cache_clear()
        search_index_tables.search_index.cache_clear()
        disbursements_table.disbursements.cache_clear()
        runtime.secrets_manager.cache_clear()
        runtime.ssm.cache_clear()
        webhook_tables.forget()
        inbox_table.inbox.cache_clear()
        settlement_tables.forget()
        runtime.s3.cache_clear()
        donation_tables.donations.cache_clear()
        runtime.dynamodb.cache_clear()
        runtime.sns.cache_clear()
        runtime.lambda_functions.cache_clear()
        runtime.sqs.cache_clear()
        runtime.ses.cache_clear()


def put_pepper(*, current: int = 1, versions: tuple[int, ...] = (1,)) -> None:
    """Write the hashing keys as the secret generator does. A different `current` is a rotation."""
    secret = {
        "card": b64encode(CARD_PEPPER).decode(),
        "body": {str(version): b64encode(PEPPERS[version]).decode() for version in versions},
        "current": current,
    }
    put_secret(HASHING_KEYS_SECRET, json.dumps(secret))


def items(ledger: Ledger) -> dict[str, dict[str, Any]]:
    """Return the whole ledger by ID, to check that a rejected request left it unchanged."""
    pages = ledger.client.get_paginator("scan").paginate(TableName=ledger.table, ConsistentRead=True)
    found: list[dict[str, Any]] = [dict(item) for page in pages for item in page["Items"]]
    return {item[PARTITION_KEY]["S"]: item for item in found}
