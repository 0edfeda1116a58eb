"""What a person or a script needs to know of a sandbox: addresses, keys, health."""

from __future__ import annotations

import shlex
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cli.terminal.failure import Failure

if TYPE_CHECKING:
    from cli.connection.keys import MerchantKey
    from cli.connection.target import Target


@dataclass(frozen=True)
class Health:
    """What GET /health answered, in one word and in detail."""

    healthy: bool
    detail: str


def health_of(target: Target) -> Health:
    """Ask the sandbox itself."""
    import httpx

    try:
        # A proxy of the caller's is not asked for a port of this machine.
        answer = httpx.get(f"{target.base_url}/health", timeout=15, trust_env=not target.is_local)
    except httpx.HTTPError as error:
        return Health(False, f"{target.base_url}/health does not answer: {error}")
    if answer.status_code == httpx.codes.OK:
        return Health(True, "ok")
    return Health(False, f"{target.base_url}/health answers {answer.status_code}: {answer.text[:300]}")


def facts(
    target: Target, keys: Sequence[MerchantKey], *, healthy: bool, donations: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The facts that scripts rely on; names are added to them, never changed."""
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
        ],
        "donations": None if donations is None else dict(donations),
    }


def donation_facts(target: Target) -> dict[str, str]:
    """Where Stripe is to send its events, and the pool whose donors may donate. Raises Failure where they are not."""
    donors = target.outputs("donors")
    return {
        "stripe_webhook_url": target.outputs("api")["StripeWebhookUrl"],
        "user_pool_id": donors["UserPoolId"],
        "web_app_client_id": donors["WebAppClientId"],
        "table": donors["DonationsTable"],
    }


def exports(target: Target, facts: Mapping[str, Any]) -> str:
    """The same as lines for a shell. The API key is the first merchant's on the sandbox plan."""
    key = next((entry["api_key"] for entry in facts["merchants"] if entry["plan"] == "sandbox"), None)
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
    """How AWS's tools reach the local AWS, as lines for a shell. Raises Failure for an environment in an account."""
    from cli.sandbox.cdk import aws_variables

    if not target.is_local:
        raise Failure(
            f"{target.environment} is in an AWS account, which takes your own credentials.",
            "Only the sandbox on this machine has an access key of its own.",
        )
    return _export_lines(
        {"AWS_ENDPOINT_URL": target.aws_endpoint_url, **aws_variables(target), "AWS_DEFAULT_REGION": target.region}
    )


def _export_lines(values: Mapping[str, str | None]) -> str:
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in values.items() if value)


def docs_url(target: Target) -> str:
    """Where the API is described, by the sandbox itself."""
    from paysandbox.reference.routes import GET_DOCS

    return f"{target.base_url}{GET_DOCS.path}"


def stripe_client(target: Target, api_key: str) -> str:
    """How Stripe's SDK for Python is pointed at the sandbox: a line to paste."""
    return f'stripe.StripeClient("{api_key}", base_addresses={{"api": "{target.base_url}"}})'


def curl(target: Target, api_key: str) -> str:
    """An authorization to paste: complete, and harmless to paste twice, since the idempotency key stays the same."""
    body = (
        f'{{"amount": 1250, "currency": "USD", "card": {{"number": "4242424242424242", "exp_month": 12, '
        f'"exp_year": {datetime.now(UTC).year + 3}}}}}'
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
