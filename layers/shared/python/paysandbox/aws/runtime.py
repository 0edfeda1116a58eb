# pyright: standard
"""What is not pure: the clock, the dice, this function's settings and its AWS clients, each made once."""

import os
import secrets
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from paysandbox.aws import signing
from paysandbox.aws.conditional_write import Ledger
from paysandbox.aws.settings import ClockSettings, LedgerSettings, Settings
from paysandbox.core.ids import SUFFIX_LENGTH, base32

if TYPE_CHECKING:
    from types_boto3_apigateway import APIGatewayClient
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_s3 import S3Client
    from types_boto3_sesv2 import SESV2Client
    from types_boto3_sns import SNSClient
    from types_boto3_sqs import SQSClient
    from types_boto3_ssm import SSMClient

_Need = TypeVar("_Need", bound=Settings)

_ENGINE: Final = "AWS_ENDPOINT_URL"
"""Where the local engine answers as AWS; not set on AWS. The engine gives it to every function that it starts."""

# Three tries with their pauses (a second, then two) fit into a function's ten seconds; ten tries (the default for
# DynamoDB) do not. What we send is validated by the contract, and the user agent is a constant: leaving out boto3's own
# checks and the building of its agent saves a third of a call's CPU time.
_CLIENT: Final[Any] = Config(
    retries={"mode": "standard", "total_max_attempts": 3},
    connect_timeout=0.5,
    read_timeout=1.8,
    parameter_validation=False,
    user_agent="paysandbox",
    max_pool_connections=32,
)
# Signing is a quarter of such a call, and the ledger and its log are what every request writes.
_TABLE: Final[Any] = _CLIENT.merge(Config(signature_version=signing.SIGNATURE_VERSION))


def settings_of(kind: type[_Need]) -> _Need:
    """This function's settings of one kind, read once."""
    return cast("_Need", _settings(kind))


@cache
def _settings(kind: type[Settings]) -> Settings:
    return kind.from_env(os.environ)


def engine_port() -> int | None:
    """The port at which the local engine answers, as AWS and as the API; None on AWS."""
    return urlsplit(os.environ.get(_ENGINE, "")).port


def now() -> datetime:
    """The sandbox's time: wall time in UTC plus the environment's clock offset."""
    return datetime.now(UTC) + timedelta(seconds=settings_of(ClockSettings).clock_offset_s)


def wall_now() -> datetime:
    """Wall time in UTC: for what others hold against their own clocks, such as the time of a signature."""
    return datetime.now(UTC)


def random_suffix() -> str:
    """The part of an operation's id that is its own: 50 random bits."""
    return base32(secrets.token_bytes(8), SUFFIX_LENGTH)


def random_key_secret() -> str:
    """The secret part of an API key: 160 random bits."""
    return base32(secrets.token_bytes(20), 32)


def random_idempotency_key() -> str:
    """An idempotency key for a request that came without one: 160 random bits."""
    return base32(secrets.token_bytes(20), 32)


def random_bytes() -> bytes:
    """80 random bits, for an id that nobody can guess."""
    return secrets.token_bytes(10)


@cache
def ledger() -> Ledger:
    """The payments ledger."""
    settings = settings_of(LedgerSettings)
    return Ledger(_table_client(), settings.ledger_table, settings.retention_s)


@cache
def dynamodb() -> "DynamoDBClient":
    """DynamoDB, for all tables but the ledger."""
    return _table_client()


def _table_client() -> "DynamoDBClient":
    # One for the ledger and one for the rest: botocore bounds retries by client, and another table's trouble is to use
    # up none of a payment's.
    signing.register()
    return boto3.client("dynamodb", config=_TABLE)


@cache
def ssm() -> "SSMClient":
    """Parameter Store."""
    return boto3.client("ssm", config=_CLIENT)


@cache
def sns() -> "SNSClient":
    """SNS, where events are published."""
    return boto3.client("sns", config=_CLIENT)


@cache
def sqs() -> "SQSClient":
    """SQS, where a worker puts what it cannot work on."""
    return boto3.client("sqs", config=_CLIENT)


@cache
def ses() -> "SESV2Client":
    """SES, where mails are sent. It has no token for a mail, so a call that is made again may be a second mail: of one
    whose answer is late nobody asks again."""
    once = Config(retries={"mode": "standard", "total_max_attempts": 1}, connect_timeout=2, read_timeout=20)
    return boto3.client("sesv2", config=_CLIENT.merge(once))


@cache
def s3() -> "S3Client":
    """S3, where reports are put: megabytes at once, which take longer than an item of a table."""
    return boto3.client("s3", config=_CLIENT.merge(Config(read_timeout=20)))


@cache
def s3_links() -> "S3Client":
    """S3, to sign links that a browser follows; it is not called.

    Of AWS's hosts only the bucket's own in its region takes a link anywhere. The local engine is `localhost`, and a
    name before that is found by browsers alone: there the bucket is the beginning of the path.
    """
    style = "path" if _ENGINE in os.environ else "virtual"
    how: Any = {"addressing_style": style, "us_east_1_regional_endpoint": "regional"}
    return boto3.client("s3", config=Config(signature_version="s3v4", s3=how))


@cache
def api_gateway() -> "APIGatewayClient":
    """API Gateway, to find or make a key."""
    return boto3.client("apigateway", config=_CLIENT)
