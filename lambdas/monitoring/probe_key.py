"""The probe's own API key: found on its usage plan, or made there, as `paysandbox keys create` would make it.

It is looked for on the plan, never in the account's list of keys: reading that list would be a right to read every key.
"""

from typing import TYPE_CHECKING, Final

from paysandbox.aws.runtime import random_key_secret, random_suffix
from paysandbox.core.merchant import api_key

if TYPE_CHECKING:
    from types_boto3_apigateway import APIGatewayClient

MERCHANT: Final = "probe"


def find_key(gateway: "APIGatewayClient", plan: str, environment: str) -> str | None:
    """The key's text, or None where the plan has none. Raises KeyError for one that does not say its text."""
    pages = gateway.get_paginator("get_usage_plan_keys")
    for page in pages.paginate(usagePlanId=plan, nameQuery=_name(environment)):
        for key in page.get("items", []):
            return key["value"]  # pyright: ignore[reportTypedDictNotRequiredAccess] - better than a key for each run
    return None


def make_key(gateway: "APIGatewayClient", plan: str, environment: str) -> None:
    """Make a key and put it on the plan. One that was made and not put there opens nothing."""
    text = api_key(MERCHANT, random_key_secret())
    made = gateway.create_api_key(name=_name(environment) + random_suffix(), value=text, enabled=True)
    gateway.create_usage_plan_key(usagePlanId=plan, keyId=made["id"], keyType="API_KEY")


def _name(environment: str) -> str:
    """What its name begins with."""
    return f"paysandbox-{environment}-{MERCHANT}-sandbox-"
