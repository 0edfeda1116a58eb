# pyright: standard
"""Side effects: the clock, random values, this function's settings, and its AWS clients, each created once."""

import os
import secrets
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from paysandbox.aws import environment_item, signing, tracing
from paysandbox.aws.dynamodb import contention, dynamodb_json
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.aws.events import topic_requests
from paysandbox.aws.settings import AUTHORITIES_VARIABLE, ClockSettings, LedgerSettings, Settings, table_variable
from paysandbox.core.ids import SUFFIX_LENGTH, base32
from paysandbox.core.once import once

if TYPE_CHECKING:
    from types_boto3_apigateway import APIGatewayClient
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_lambda import LambdaClient
    from types_boto3_s3 import S3Client
    from types_boto3_secretsmanager import SecretsManagerClient
    from types_boto3_sesv2 import SESV2Client
    from types_boto3_sns import SNSClient
    from types_boto3_sqs import SQSClient
    from types_boto3_ssm import SSMClient

_Settings = TypeVar("_Settings", bound=Settings)

_ENGINE: Final = "AWS_ENDPOINT_URL"
"""The local engine's URL; not set on AWS. The engine sets it for every function that it starts."""

# Three attempts with their backoff (one second, then two) fit into a function's ten seconds; ten (the default for
# DynamoDB) do not. Requests are validated by the contract, so boto3's own validation is off. That and a constant user
# agent save a third of a call's CPU time.
_CLIENT: Final[Any] = Config(
    retries={"mode": "standard", "total_max_attempts": 3},
    connect_timeout=0.5,
    read_timeout=1.8,
    parameter_validation=False,
    user_agent="paysandbox",
    max_pool_connections=32,
)
# Signing takes a quarter of a DynamoDB call's CPU time. Every request writes to DynamoDB, and has an event for SNS.
_BUSY: Final[Any] = _CLIENT.merge(Config(signature_version=signing.SIGNATURE_VERSION))


def settings_of(kind: type[_Settings]) -> _Settings:
    """Return this function's settings of one class. Read once."""
    return cast("_Settings", _settings(kind))


@cache
def _settings(kind: type[Settings]) -> Settings:
    return kind.from_env(os.environ)


def table_name(table: str) -> str:
    """Return the name in this environment of a table that this function is granted. KeyError: it is not granted."""
    return os.environ[table_variable(table)]


def engine_port() -> int | None:
    """Return the local engine's port, which serves both AWS and the API, or None on AWS."""
    url = os.environ.get(_ENGINE)
    return urlsplit(url).port if url else None


def authorities_file() -> str | None:
    """Return the file of certificate authorities that the local engine trusts besides the usual ones, or None."""
    return os.environ.get(AUTHORITIES_VARIABLE)


def now() -> datetime:
    """Return the sandbox's time: wall-clock time in UTC plus the environment's clock offset."""
    wall = datetime.now(UTC)
    return wall + timedelta(seconds=clock_offset_s(wall))


def clock_offset_s(wall: datetime) -> int:
    """Return the seconds that the sandbox's time is ahead at a wall time (UTC).

    Where the clock may move, they are read (`environment_item`). Elsewhere they are a setting, and nothing is called.
    """
    settings = settings_of(ClockSettings)
    if not settings.clock_table:
        return settings.clock_offset_s
    return environment_item.current_environment(dynamodb(), settings.clock_table, wall).offset_s or 0


def faults_until_ms(merchant: str) -> int:
    """Return until when a merchant may have faults, in milliseconds of wall time since 1970; 0 if it has none.

    It stands beside the clock's offset, so where that is read, this takes no call. Elsewhere there are no faults.
    """
    settings = settings_of(ClockSettings)
    if not settings.clock_table:
        return 0
    environment = environment_item.current_environment(dynamodb(), settings.clock_table, wall_now())
    return environment.faults_until_ms.get(merchant, 0)


def wall_now() -> datetime:
    """Return wall-clock time in UTC, for timestamps that others compare with their own clock, as in signatures."""
    return datetime.now(UTC)


def random_suffix() -> str:
    """Return a random suffix for an operation ID: 50 bits."""
    return base32(secrets.token_bytes(8), SUFFIX_LENGTH)


def random_key_secret() -> str:
    """Return the secret part of an API key: 160 random bits."""
    return base32(secrets.token_bytes(20), 32)


def random_idempotency_key() -> str:
    """Return an idempotency key for a request without one: 160 random bits."""
    return base32(secrets.token_bytes(20), 32)


def random_bytes() -> bytes:
    """Return 80 random bits, for an ID that cannot be guessed."""
    return secrets.token_bytes(10)


def random_nonce() -> bytes:
    """Return 96 random bits: a nonce of AES-GCM, which must not be used twice with one key."""
    return secrets.token_bytes(12)


@once
def ledger() -> Ledger:
    """Return the payments ledger."""
    settings = settings_of(LedgerSettings)
    return Ledger(_table_client(), settings.ledger_table, settings.retention_s, tracing.current)


@once
def dynamodb() -> "DynamoDBClient":
    """Return the DynamoDB client for all tables except the ledger."""
    return _table_client()


def _table_client() -> "DynamoDBClient":
    # One client for the ledger and one for the rest: botocore limits retries per client, and retries on another table
    # must not use up those of a payment.
    signing.register()
    client = boto3.client("dynamodb", config=_BUSY)
    contention.retry_contention(client)
    dynamodb_json.encode_at_once(client)
    return client


@once
def secrets_manager() -> "SecretsManagerClient":
    """Return the Secrets Manager client, which reads what each execution environment needs at its start."""
    return boto3.client("secretsmanager", config=_CLIENT)


@once
def ssm() -> "SSMClient":
    """Return the Parameter Store client, which reads what operators set."""
    return boto3.client("ssm", config=_CLIENT)


@once
def sns() -> "SNSClient":
    """Return the SNS client, which publishes events."""
    signing.register()
    client = boto3.client("sns", config=_BUSY)
    topic_requests.encode_once(client)
    return client


@once
def sqs() -> "SQSClient":
    """Return the SQS client."""
    return boto3.client("sqs", config=_CLIENT)


@once
def ses() -> "SESV2Client":
    """Return the SES client. It never retries: SES has no idempotency token, so a retry might send a second email."""
    single = Config(retries={"mode": "standard", "total_max_attempts": 1}, connect_timeout=2, read_timeout=20)
    return boto3.client("sesv2", config=_CLIENT.merge(single))


@once
def s3() -> "S3Client":
    """Return the S3 client for reports. Its timeout is longer, because reports are megabytes in size."""
    return boto3.client("s3", config=_CLIENT.merge(Config(read_timeout=20)))


@once
def s3_links() -> "S3Client":
    """Return an S3 client that only presigns links for browsers.

    On AWS, links use the bucket's regional host, the only one that works everywhere. The local engine is `localhost`,
    whose subdomains only browsers resolve, so there the bucket is part of the path.
    """
    style = "path" if _ENGINE in os.environ else "virtual"
    options: Any = {"addressing_style": style, "us_east_1_regional_endpoint": "regional"}
    return boto3.client("s3", config=Config(signature_version="s3v4", s3=options))


@once
def api_gateway() -> "APIGatewayClient":
    """Return the API Gateway client, which finds and creates API keys."""
    return boto3.client("apigateway", config=_CLIENT)


@once
def lambda_functions() -> "LambdaClient":
    """Return the Lambda client. Its timeout is longer, because a sweep that it invokes runs for seconds."""
    return boto3.client("lambda", config=_CLIENT.merge(Config(read_timeout=60)))
