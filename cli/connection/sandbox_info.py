"""Facts about a sandbox, for people and scripts: URLs, keys, health."""

from __future__ import annotations

import shlex
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cli.terminal.failure import Failure
from paysandbox.clock.rules import CARD_YEARS
from paysandbox.core.merchant import is_dashboard_key

if TYPE_CHECKING:
    from cli.connection.keys import MerchantKey
    from cli.connection.target import Target


@dataclass(frozen=True)
class Health:
    """The result of GET /health, and its detail."""

    healthy: bool
    detail: str


def health_of(target: Target) -> Health:
    """Request GET /health."""
    import httpx

    try:
        # The caller's proxy is bypassed for this machine's ports.
        answer = httpx.get(f"{target.base_url}/health", timeout=15, trust_env=not target.is_local)
    except httpx.HTTPError as error:
        return Health(False, f"{target.base_url}/health does not respond: {error}")
    if answer.status_code == httpx.codes.OK:
        return Health(True, "ok")
    return Health(False, f"{target.base_url}/health returns {answer.status_code}: {answer.text[:300]}")


def facts(
    target: Target,
    keys: Sequence[MerchantKey],
    *,
    healthy: bool,
    donations: Mapping[str, str] | None = None,
    unsaved: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the facts that scripts rely on. Names may be added but never change.

    `unsaved` is since when a local sandbox fails to save its state, and why (engine/state/unsaved.py).
    The dashboard's own keys are not among them: `paysandbox keys list` lists every key.
    """
    return {
        "environment": target.environment,
        "healthy": healthy,
        "base_url": target.base_url,
        "aws_endpoint_url": target.aws_endpoint_url,
        "region": target.region,
        "merchants": [
            {
                "merchant": key.merchant,
                "plan": key.plan,
                "api_key": key.api_key,
                "publishable_key": key.publishable,
            }
            for key in keys
            if not is_dashboard_key(key.api_key)
        ],
        "donations": None if donations is None else dict(donations),
        "unsaved": None if unsaved is None else dict(unsaved),
    }


def donation_facts(target: Target) -> dict[str, str]:
    """Return the Stripe webhook's URL and the donors' user pool. Raises Failure if they are not deployed."""
    donors = target.outputs("donors")
    return {
        "stripe_webhook_url": target.outputs("api")["StripeWebhookUrl"],
        "user_pool_id": donors["UserPoolId"],
        "web_app_client_id": donors["WebAppClientId"],
        "table": donors["DonationsTable"],
    }


def exports(target: Target, facts: Mapping[str, Any], merchant: str) -> str:
    """Return the facts as `export` lines, with the merchant's API key. Raises Failure if the merchant has none."""
    of_merchant = [entry for entry in facts["merchants"] if entry["merchant"] == merchant]
    # Keys on the sandbox plan come first. A merchant created for load tests has none on it.
    key = next((entry["api_key"] for entry in of_merchant), None)
    if key is None and facts["healthy"]:
        env = "" if target.is_local else f" --env {target.environment}"
        raise Failure(
            f"Merchant {merchant} has no API key in {target.environment}.",
            f"Create one: paysandbox keys create --merchant {merchant}{env}",
        )
    values = {
        "PAYSANDBOX_BASE_URL": facts["base_url"],
        "PAYSANDBOX_API_KEY": key,
        "PAYSANDBOX_AWS_ENDPOINT_URL": facts["aws_endpoint_url"],
        "PAYSANDBOX_REGION": facts["region"],
    }
    if target.access_key is not None:
        values |= {"PAYSANDBOX_AWS_ACCESS_KEY_ID": target.access_key.id}
        values |= {"PAYSANDBOX_AWS_SECRET_ACCESS_KEY": target.access_key.secret}
    return _export_lines(values)


def aws_exports(target: Target) -> str:
    """Return the variables for AWS tools, as `export` lines. Raises Failure for an environment in AWS."""
    from cli.deploy.cdk import aws_variables

    if not target.is_local:
        raise Failure(
            f"{target.environment} is in an AWS account. Use your own credentials.",
            "Only the local sandbox has an access key of its own.",
        )
    return _export_lines(
        {"AWS_ENDPOINT_URL": target.aws_endpoint_url, **aws_variables(target), "AWS_DEFAULT_REGION": target.region}
    )


def _export_lines(values: Mapping[str, str | None]) -> str:
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in values.items() if value)


def docs_url(target: Target) -> str:
    """Return the URL of the sandbox's API reference."""
    from paysandbox.reference.routes import GET_DOCS

    return f"{target.base_url}{GET_DOCS.path}"


def stripe_client(target: Target, api_key: str) -> str:
    """Return a line of Python that points Stripe's SDK at the sandbox."""
    return f'stripe.StripeClient("{api_key}", base_addresses={{"api": "{target.base_url}"}})'


def curl(target: Target, api_key: str) -> str:
    """Return a curl command that authorizes a payment. Its idempotency key is fixed, so it is safe to repeat."""
    body = (
        f'{{"amount": 1250, "currency": "USD", "card": {{"number": "4242424242424242", "exp_month": 12, '
        f'"exp_year": {datetime.now(UTC).year + CARD_YEARS}}}}}'
    )
    return " \\\n  ".join(
        (
            f"curl -sS {target.base_url}/payments/authorize",
            f"-H 'X-Api-Key: {api_key}'",
            f"-H 'X-Idempotency-Key: try-{uuid.uuid4().hex[:12]}'",
            "-H 'Content-Type: application/json'",
            f"-d '{body}'",
        )
    )
