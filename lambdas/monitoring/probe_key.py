"""The probe's own API key, which is created like one of `paysandbox keys create` and looked up on the probe's own plan.

No other key is on that plan, so the probe reads and adds none of a merchant's. A list of the account's keys would show
them all.
"""

from typing import TYPE_CHECKING, Final

from paysandbox.aws.runtime import random_key_secret, random_suffix
from paysandbox.core.merchant import api_key

if TYPE_CHECKING:
    from types_boto3_apigateway import APIGatewayClient

MERCHANT: Final = "probe"


def find_key(gateway: "APIGatewayClient", plan: str, environment: str) -> str | None:
    """Return the key's text, or None if the plan has none. Raises KeyError if API Gateway omits the text."""
    pages = gateway.get_paginator("get_usage_plan_keys")
    for page in pages.paginate(usagePlanId=plan, nameQuery=_name(environment)):
        for key in page.get("items", []):
            return key["value"]  # pyright: ignore[reportTypedDictNotRequiredAccess] - better than a key for each run
    return None


def make_key(gateway: "APIGatewayClient", plan: str, environment: str) -> None:
    """Create a key and add it to the plan. A key that was not added grants nothing."""
    text = api_key(MERCHANT, random_key_secret())
    made = gateway.create_api_key(name=_name(environment) + random_suffix(), value=text, enabled=True)
    gateway.create_usage_plan_key(usagePlanId=plan, keyId=made["id"], keyType="API_KEY")


def _name(environment: str) -> str:
    """Return the prefix of the key's name."""
    return f"paysandbox-{environment}-{MERCHANT}-"
