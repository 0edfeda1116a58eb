"""Merchants' API keys: create, find, list and revoke them.

The commands are in keys_commands.py, and keys that were issued elsewhere in imported_keys.py.

A key is stored in API Gateway and nowhere else. It contains the merchant's name, so creating a merchant's first key
creates the merchant. Keys are created after the deployment, through AWS's API, so that no template contains one.

The Stripe-compatible API accepts the same key by its digest in a table, and the publishable key derived from it. It has
usage plans of its own, and each of the two keys is on one: the publishable key is a key of API Gateway too, which is on
no plan of the native API.

A key is added to its plan of the native API last, and its digests are deleted first. So a key that `list` shows works
everywhere or is being revoked, and a key that it does not show was never given to anybody.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from cli.terminal.failure import Failure
from paysandbox.core.merchant import api_key, dashboard_key, may_have_keys, merchant_of
from paysandbox.core.payout_destination import PayoutDestination
from paysandbox.http.keys.credential import KeyKind, key_digest, publishable_key

if TYPE_CHECKING:
    from cli.connection.target import Target
    from paysandbox.http.keys.api_keys import ApiKeys

MERCHANT_RULE: Final = (
    "2 to 32 characters: a-z, 0-9 and hyphen. A name that begins with connected- is a connected account's."
)

_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"  # RFC 4648, section 6, in lower case
SECRET_LENGTH: Final = 32  # of 5 bits each: 160 bits
SUFFIX_LENGTH: Final = 8
_PUBLISHABLE_SUFFIX: Final = "-publishable"
_PAGE: Final = 500


class Simulation(StrEnum):
    """Whether what is due on a merchant's payments happens by itself."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"


class Plan(StrEnum):
    """The usage plans: 100 requests a minute, no limit of its own, or that of a dashboard, which polls."""

    SANDBOX = "sandbox"
    LOAD = "load"
    DASHBOARD = "dashboard"


# Of the stacks `api` and `v1`: each API has all plans.
_PLAN_OUTPUTS: Final = {
    Plan.SANDBOX: "UsagePlanSandboxId",
    Plan.LOAD: "UsagePlanLoadId",
    Plan.DASHBOARD: "UsagePlanDashboardId",
}
_TABLE_OUTPUT: Final = "ApiKeysTable"
_SETTINGS_OUTPUT: Final = "MerchantSettingsTable"


@dataclass(frozen=True)
class MerchantKey:
    """An active key: its merchant, its usage plan, the key itself, and its id in API Gateway.

    `publishable_id` is the publishable key's. A key whose creation was interrupted has none.
    """

    merchant: str
    plan: str
    api_key: str = field(repr=False)
    key_id: str
    created_at: datetime | None = None
    publishable_id: str | None = None

    @property
    def masked(self) -> str:
        """The key with its secret masked, except for the last four characters."""
        return f"sk_test_{self.merchant}_…{self.api_key[-4:]}"

    @property
    def publishable(self) -> str:
        """The publishable key derived from it, which a web page may contain."""
        return publishable_key(self.api_key)

    @property
    def ids(self) -> tuple[str, ...]:
        """The IDs in API Gateway of the key and of its publishable key, if it has one."""
        return (self.key_id,) if self.publishable_id is None else (self.key_id, self.publishable_id)

    @property
    def digests(self) -> tuple[str, str]:
        """The digests by which the Stripe-compatible API recognizes both keys."""
        return key_digest(self.api_key), key_digest(self.publishable)


def create_key(
    target: Target, merchant: str, plan: str, *, tags: Mapping[str, str] = MappingProxyType({})
) -> MerchantKey:
    """Create a key for the merchant on the plan (`Plan`), with these tags. A failure leaves nothing behind."""
    if not may_have_keys(merchant):
        raise Failure(f"{merchant!r} is not a valid merchant name.", MERCHANT_RULE)
    outputs = target.outputs("api")
    plan_id, digests = _plan_ids(target, outputs)[Plan(plan)], _digests(target, outputs)
    v1_plan_id = v1_plan_ids(target)[Plan(plan)]
    gateway = target.client("apigateway")
    text = (dashboard_key if plan == Plan.DASHBOARD else api_key)(merchant, random_text(SECRET_LENGTH))
    name = f"{name_prefix(target)}{merchant}-{plan}-{random_text(SUFFIX_LENGTH)}"
    made_ids: list[str] = []
    try:
        made = gateway.create_api_key(name=name, value=text, enabled=True, tags={**tags})
        made_ids.append(made["id"])
        key = MerchantKey(merchant, plan, text, made["id"], utc(made.get("createdDate")))
        key = _with_publishable(gateway, key, name, tags)
        made_ids += key.ids[1:]
        for key_id in key.ids:
            gateway.create_usage_plan_key(usagePlanId=v1_plan_id, keyId=key_id, keyType="API_KEY")
        _put_digests(digests, key)
        gateway.create_usage_plan_key(usagePlanId=plan_id, keyId=made["id"], keyType="API_KEY")
    except BaseException:  # Ctrl-C between the calls leaves a key behind, just like an error
        _remove_unfinished(gateway, name, digests, text, made_ids)
        raise
    return key


def list_keys(target: Target) -> list[MerchantKey]:
    """Return all active keys of the environment, by merchant, plan and age."""
    plan_ids = _plan_ids(target, target.outputs("api"))
    gateway = target.client("apigateway")
    # Both lists are needed: plans contain deleted keys (the local engine keeps them), and keys do not name their plan.
    plan_of = {
        entry["id"]: plan
        for plan, plan_id in plan_ids.items()
        for entry in pages(gateway, "get_usage_plan_keys", usagePlanId=plan_id)
    }
    all_keys = list(pages(gateway, "get_api_keys", includeValues=True))
    id_of = {found.get("value", ""): found["id"] for found in all_keys}
    keys = [
        MerchantKey(
            merchant,
            str(plan_of[found["id"]]),
            found["value"],
            found["id"],
            utc(found.get("createdDate")),
            id_of.get(publishable_key(found["value"])),
        )
        for found in all_keys
        if found["id"] in plan_of and (merchant := merchant_of(found.get("value", ""))) is not None
    ]
    return sorted(keys, key=_order)


def local_keys(target: Target, merchant: str = "") -> list[MerchantKey]:
    """Return a local sandbox's active keys without boto3, optionally of one merchant.

    Raises Failure without a response.
    """
    from http.client import HTTPException

    from cli.connection.local_aws import LocalAws

    aws, prefix = LocalAws.of(target), name_prefix(target)
    try:
        plan_ids = aws.usage_plans()
        plan_of = {
            key_id: plan
            for plan in Plan
            if f"{prefix}{plan}" in plan_ids
            for key_id in aws.key_ids_on(plan_ids[f"{prefix}{plan}"])
        }
        found = [key for key in aws.api_keys(f"{prefix}{merchant}") if key["id"] in plan_of]
    except (OSError, HTTPException, ValueError, KeyError) as error:
        raise Failure(f"The local sandbox did not list its API keys: {error}", "Run `paysandbox doctor`.") from error
    keys = [
        MerchantKey(name, str(plan_of[key["id"]]), key["value"], key["id"], _from_epoch(key.get("createdDate")))
        for key in found
        if (name := merchant_of(key.get("value", ""))) is not None and merchant in {"", name}
    ]
    return sorted(keys, key=_order)


def find_key(target: Target, merchant: str) -> MerchantKey:
    """Return the merchant's oldest key, preferably on the sandbox plan. Raises Failure if there is none.

    Never a dashboard's: a program's reads are logged.
    """
    listed = local_keys(target, merchant) if target.is_local else list_keys(target)
    of_merchant = [key for key in listed if key.merchant == merchant and key.plan != Plan.DASHBOARD]
    if not of_merchant:
        raise Failure(
            f"Merchant {merchant} has no API key in {target.environment}.",
            f"Create one: paysandbox keys create --merchant {merchant}{env_option(target)}",
        )
    return of_merchant[0]


def _order(key: MerchantKey) -> tuple[str, int, datetime, str]:
    rank = {Plan.SANDBOX: 0, Plan.DASHBOARD: 2}.get(Plan(key.plan), 1)
    return key.merchant, rank, key.created_at or datetime.min.replace(tzinfo=UTC), key.key_id


def revoke_own_key(target: Target, key_or_id: str) -> MerchantKey | None:
    """Delete a key that is not issued elsewhere, given itself or its ID, and return it, or None if there is none."""
    found = next((key for key in list_keys(target) if key_or_id in (key.api_key, key.key_id)), None)
    if found is not None:
        delete_key(target, found)
    return found


def delete_key(target: Target, key: MerchantKey) -> None:
    """Delete a key, its publishable key and their digests, without a search for them."""
    digests, gateway = _digests(target, target.outputs("api")), target.client("apigateway")
    # First, while the key can still be found: if this is interrupted, the next attempt continues.
    _delete_digests(digests, key.api_key)
    # Deleted rather than disabled: the local engine accepts a disabled key.
    for key_id in reversed(key.ids):
        gateway.delete_api_key(apiKey=key_id)
    # Again, since a concurrent `up` that saw the key may have stored them in between.
    _delete_digests(digests, key.api_key)


def sync_keys(target: Target) -> list[MerchantKey]:
    """Give every key what the Stripe-compatible API needs of it, also if its creation was interrupted. Idempotent.

    That is a publishable key in API Gateway, a usage plan for each of the two, and their digests. Returns the keys.
    """
    digests, v1_plans = _digests(target, target.outputs("api")), v1_plan_ids(target)
    gateway = target.client("apigateway")
    on_v1 = {
        entry["id"]
        for plan_id in v1_plans.values()
        for entry in pages(gateway, "get_usage_plan_keys", usagePlanId=plan_id)
    }
    synced: list[MerchantKey] = []
    try:
        for listed in list_keys(target):
            name = f"{name_prefix(target)}{listed.merchant}-{listed.plan}-{random_text(SUFFIX_LENGTH)}"
            key = listed if listed.publishable_id else _with_publishable(gateway, listed, name)
            synced.append(key)
            for key_id in key.ids:
                if key_id not in on_v1:
                    plan_id = v1_plans[Plan(key.plan)]
                    gateway.create_usage_plan_key(usagePlanId=plan_id, keyId=key_id, keyType="API_KEY")
            _put_digests(digests, key)
    finally:
        # A key that was revoked in the meantime may have lost these before they were made again.
        still = {key.key_id for key in list_keys(target)}
        for key in synced:
            if key.key_id not in still:
                _delete_digests(digests, key.api_key)
                _delete_publishable(gateway, key)
    return [key for key in synced if key.key_id in still]


def _plan_ids(target: Target, outputs: Mapping[str, str]) -> dict[Plan, str]:
    _refuse_missing(target, outputs, "plans", *_PLAN_OUTPUTS.values())
    return {plan: outputs[name] for plan, name in _PLAN_OUTPUTS.items()}


def v1_plan_ids(target: Target) -> dict[Plan, str]:
    """Return the usage plans of the Stripe-compatible API."""
    outputs = target.outputs("v1")
    _refuse_missing(target, outputs, "plans", *_PLAN_OUTPUTS.values(), stack="v1")
    return {plan: outputs[name] for plan, name in _PLAN_OUTPUTS.items()}


def change_settings(
    target: Target, merchant: str, *, simulation: Simulation | None, payout_destination: PayoutDestination | None
) -> None:
    """Change those of a merchant's settings that are not None."""
    from paysandbox.payments.merchant_settings import MerchantSettings, SimulationMode, change_choices

    outputs = target.outputs("api")
    _refuse_missing(target, outputs, "table of settings", _SETTINGS_OUTPUT)
    settings = MerchantSettings(target.client("dynamodb"), outputs[_SETTINGS_OUTPUT])
    change_choices(
        settings,
        merchant,
        simulation=SimulationMode(simulation) if simulation else None,
        payout_destination=payout_destination,
    )


def key_table(target: Target) -> ApiKeys:
    """Return the table of the keys' digests."""
    return _digests(target, target.outputs("api"))


def _digests(target: Target, outputs: Mapping[str, str]) -> ApiKeys:
    """Return the table of the keys' digests."""
    from paysandbox.http.keys.api_keys import ApiKeys

    _refuse_missing(target, outputs, "table of keys", _TABLE_OUTPUT)
    return ApiKeys(target.client("dynamodb"), outputs[_TABLE_OUTPUT])


def _refuse_missing(target: Target, outputs: Mapping[str, str], what: str, *names: str, stack: str = "api") -> None:
    missing = [name for name in names if name not in outputs]
    if missing:
        raise Failure(f"The {stack} stack of {target.environment} has no output for its {what} ({', '.join(missing)}).",
                      f"It was deployed by another version. {target.deploy_advice}")  # fmt: skip


def _with_publishable(
    gateway: Any, key: MerchantKey, name: str, tags: Mapping[str, str] = MappingProxyType({})
) -> MerchantKey:
    """Create the publishable key in API Gateway. Its name begins with `name`, so that both are found by it."""
    made = gateway.create_api_key(
        name=f"{name}{_PUBLISHABLE_SUFFIX}", value=key.publishable, enabled=True, tags={**tags}
    )
    return replace(key, publishable_id=made["id"])


def _delete_publishable(gateway: Any, key: MerchantKey) -> None:
    """Delete the publishable key, unless somebody else just did."""
    if key.publishable_id is not None:
        with suppress(gateway.exceptions.NotFoundException):
            gateway.delete_api_key(apiKey=key.publishable_id)


def _put_digests(digests: ApiKeys, key: MerchantKey) -> None:
    from paysandbox.http.keys.api_keys import StoredKey, put_key, put_merchant

    put_merchant(digests, key.merchant)
    since = key.created_at or datetime.now(UTC)
    for kind, digest in zip((KeyKind.SECRET, KeyKind.PUBLISHABLE), key.digests, strict=True):
        put_key(
            digests, StoredKey(digest=digest, merchant=key.merchant, kind=kind, key_id=key.key_id, created_at=since)
        )


def _delete_digests(digests: ApiKeys, text: str) -> None:
    from paysandbox.http.keys.api_keys import delete_keys

    delete_keys(digests, [key_digest(text), key_digest(publishable_key(text))])


def name_prefix(target: Target) -> str:
    """Return what the names of the environment's keys in API Gateway begin with."""
    return f"paysandbox-{target.environment}-"


def _remove_unfinished(gateway: Any, name: str, digests: ApiKeys, text: str, made_ids: Sequence[str]) -> None:
    """Delete the keys that were made, those of this name whose creation was not acknowledged, and their digests."""
    try:
        _delete_digests(digests, text)
        for key_id in made_ids:
            gateway.delete_api_key(apiKey=key_id)
        for key_id in _ids_of(gateway, name):
            gateway.delete_api_key(apiKey=key_id)
    except Exception as error:
        raise Failure(
            "The key was only partly created and could not be removed. It was not printed.",
            f"Delete {name} in API Gateway when AWS responds again.",
        ) from error


def _ids_of(gateway: Any, name: str) -> list[str]:
    """Return the IDs of the keys of this name. None without the right to list keys: one on no plan opens nothing."""
    from botocore.exceptions import ClientError

    try:
        # A prefix search; names end at random.
        return [found["id"] for found in pages(gateway, "get_api_keys", nameQuery=name)]
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "AccessDeniedException":
            raise
        return []


def pages(gateway: Any, operation: str, **query: Any) -> Iterator[dict[str, Any]]:
    """Return what API Gateway lists by an operation, from all pages."""
    for page in gateway.get_paginator(operation).paginate(PaginationConfig={"PageSize": _PAGE}, **query):
        yield from page.get("items", [])


def random_text(length: int) -> str:
    """Return random letters and digits, 5 bits each."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def utc(at: datetime | None) -> datetime | None:
    """Return a time of API Gateway in UTC."""
    return at.astimezone(UTC) if at is not None else None


def _from_epoch(at: object) -> datetime | None:
    return datetime.fromtimestamp(at, UTC) if isinstance(at, (int, float)) else None


def env_option(target: Target) -> str:
    """Return the option that selects the target's environment in a command: "" for the local one."""
    return "" if target.is_local else f" --env {target.environment}"
