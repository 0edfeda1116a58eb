"""Signing secrets of webhook endpoints, derived from the environment's master secret."""

import base64
from datetime import datetime
from functools import cache

from paysandbox.aws import runtime
from paysandbox.aws.settings import WebhookSecretSettings
from paysandbox.core.signature import secret_of
from paysandbox.webhooks.endpoint import Endpoint


@cache
def master() -> bytes:
    """Return the master secret (of Secrets Manager, Base64), read once per execution environment."""
    name = runtime.settings_of(WebhookSecretSettings).webhook_secret_name
    return base64.b64decode(runtime.secrets_manager().get_secret_value(SecretId=name)["SecretString"])


def secret_of_version(endpoint: Endpoint, version: int) -> str:
    """Return a specific version of an endpoint's secret."""
    return secret_of(master(), endpoint.id, version)


def secrets_signing(endpoint: Endpoint, now: datetime) -> tuple[str, ...]:
    """Return the secrets that currently sign deliveries, newest first."""
    return tuple(secret_of(master(), endpoint.id, version) for version in endpoint.signing_versions(now))
