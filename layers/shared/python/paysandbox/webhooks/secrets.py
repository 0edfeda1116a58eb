"""The secrets of webhook endpoints, derived from the environment's one."""

import base64
from datetime import datetime
from functools import cache

from paysandbox.aws import runtime
from paysandbox.aws.settings import WebhookSecretSettings
from paysandbox.core.signature import secret_of
from paysandbox.webhooks.endpoint import Endpoint


@cache
def master() -> bytes:
    """The secret that all others are derived from (SSM SecureString, Base64), read once per execution environment."""
    name = runtime.settings_of(WebhookSecretSettings).webhook_secret_parameter
    parameter = runtime.ssm().get_parameter(Name=name, WithDecryption=True)
    return base64.b64decode(parameter["Parameter"]["Value"])  # pyright: ignore[reportTypedDictNotRequiredAccess] - boto3's types call every field of an answer optional


def secret_of_version(endpoint: Endpoint, version: int) -> str:
    """A certain one of its secrets, as the answer to what made it shows it however often it is asked again."""
    return secret_of(master(), endpoint.id, version)


def secrets_signing(endpoint: Endpoint, now: datetime) -> tuple[str, ...]:
    """The secrets that sign a delivery now, the newest first."""
    return tuple(secret_of(master(), endpoint.id, version) for version in endpoint.signing_versions(now))
