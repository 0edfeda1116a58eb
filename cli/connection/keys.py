"""`paysandbox keys`: create, import, list and revoke merchants' API keys.

Keys that were issued elsewhere are in `imported_keys.py`. The rest is about the sandbox's own.

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
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.connection.completion import complete_key_id
from cli.terminal.failure import Failure
from cli.terminal.options import AsJson, Environment
from cli.terminal.output import print_json, print_line, print_note
from cli.terminal.secret_input import STDIN, read_secrets, secret_option
from paysandbox.core.merchant import api_key, dashboard_key, is_merchant, is_operator_key, merchant_of
from paysandbox.core.payout_destination import PayoutDestination
from paysandbox.http.credential import KeyKind, is_key, is_live_key, key_digest, publishable_key

if TYPE_CHECKING:
    from cli.connection.imported_keys import Import, ImportedKey
    from cli.connection.operator_keys import OperatorKey
    from cli.connection.target import Target
    from paysandbox.http.api_keys import ApiKeys

MERCHANT_RULE: Final = "2 to 32 characters: a-z, 0-9 and hyphen."

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


def create_key(target: Target, merchant: str, plan: str) -> MerchantKey:
    """Create a key for the merchant on the plan (`Plan`). A failure leaves nothing behind."""
    if not is_merchant(merchant):
        raise Failure(f"{merchant!r} is not a valid merchant name.", MERCHANT_RULE)
    outputs = target.outputs("api")
    plan_id, digests = _plan_ids(target, outputs)[Plan(plan)], _digests(target, outputs)
    v1_plan_id = v1_plan_ids(target)[Plan(plan)]
    gateway = target.client("apigateway")
    text = (dashboard_key if plan == Plan.DASHBOARD else api_key)(merchant, random_text(SECRET_LENGTH))
    name = f"{name_prefix(target)}{merchant}-{plan}-{random_text(SUFFIX_LENGTH)}"
    try:
        made = gateway.create_api_key(name=name, value=text, enabled=True)
        key = MerchantKey(merchant, plan, text, made["id"], utc(made.get("createdDate")))
        key = _with_publishable(gateway, key, name)
        for key_id in key.ids:
            gateway.create_usage_plan_key(usagePlanId=v1_plan_id, keyId=key_id, keyType="API_KEY")
        _put_digests(digests, key)
        gateway.create_usage_plan_key(usagePlanId=plan_id, keyId=made["id"], keyType="API_KEY")
    except BaseException:  # Ctrl-C between the calls leaves a key behind, just like an error
        _remove_unfinished(gateway, name, digests, text)
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
            f"Create one: paysandbox keys create --merchant {merchant}{_env_option(target)}",
        )
    return of_merchant[0]


def _order(key: MerchantKey) -> tuple[str, int, datetime, str]:
    rank = {Plan.SANDBOX: 0, Plan.DASHBOARD: 2}.get(Plan(key.plan), 1)
    return key.merchant, rank, key.created_at or datetime.min.replace(tzinfo=UTC), key.key_id


def revoke_key(target: Target, key_or_id: str) -> MerchantKey | ImportedKey | OperatorKey:
    """Delete the key, given itself or its ID, and return it. Raises Failure if the environment has no such key."""
    from cli.connection.imported_keys import revoke_imported_key
    from cli.connection.operator_keys import revoke_operator_key

    if (of_operator := revoke_operator_key(target, key_or_id)) is not None:
        return of_operator
    found = next((key for key in list_keys(target) if key_or_id in (key.api_key, key.key_id)), None)
    if found is None:
        imported = revoke_imported_key(target, key_or_id)
        if imported is not None:
            return imported
        raise Failure(
            f"There is no such key in {target.environment}.",
            f"List the keys: paysandbox keys list{_env_option(target)}",
        )
    digests, gateway = _digests(target, target.outputs("api")), target.client("apigateway")
    # First, while the key can still be found: if this is interrupted, the next attempt continues.
    _delete_digests(digests, found.api_key)
    # Deleted rather than disabled: the local engine accepts a disabled key.
    for key_id in reversed(found.ids):
        gateway.delete_api_key(apiKey=key_id)
    # Again, since a concurrent `up` that saw the key may have stored them in between.
    _delete_digests(digests, found.api_key)
    return found


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
    from paysandbox.http.api_keys import ApiKeys

    _refuse_missing(target, outputs, "table of keys", _TABLE_OUTPUT)
    return ApiKeys(target.client("dynamodb"), outputs[_TABLE_OUTPUT])


def _refuse_missing(target: Target, outputs: Mapping[str, str], what: str, *names: str, stack: str = "api") -> None:
    missing = [name for name in names if name not in outputs]
    if missing:
        raise Failure(f"The {stack} stack of {target.environment} has no output for its {what} ({', '.join(missing)}).",
                      f"It was deployed by another version. {target.deploy_advice}")  # fmt: skip


def _with_publishable(gateway: Any, key: MerchantKey, name: str) -> MerchantKey:
    """Create the publishable key in API Gateway. Its name begins with `name`, so that both are found by it."""
    made = gateway.create_api_key(name=f"{name}{_PUBLISHABLE_SUFFIX}", value=key.publishable, enabled=True)
    return replace(key, publishable_id=made["id"])


def _delete_publishable(gateway: Any, key: MerchantKey) -> None:
    """Delete the publishable key, unless somebody else just did."""
    if key.publishable_id is not None:
        with suppress(gateway.exceptions.NotFoundException):
            gateway.delete_api_key(apiKey=key.publishable_id)


def _put_digests(digests: ApiKeys, key: MerchantKey) -> None:
    from paysandbox.http.api_keys import StoredKey, put_key, put_merchant

    put_merchant(digests, key.merchant)
    since = key.created_at or datetime.now(UTC)
    for kind, digest in zip(KeyKind, key.digests, strict=True):
        put_key(
            digests, StoredKey(digest=digest, merchant=key.merchant, kind=kind, key_id=key.key_id, created_at=since)
        )


def _delete_digests(digests: ApiKeys, text: str) -> None:
    from paysandbox.http.api_keys import delete_keys

    delete_keys(digests, [key_digest(text), key_digest(publishable_key(text))])


def name_prefix(target: Target) -> str:
    """Return what the names of the environment's keys in API Gateway begin with."""
    return f"paysandbox-{target.environment}-"


def _remove_unfinished(gateway: Any, name: str, digests: ApiKeys, text: str) -> None:
    """Delete the keys of this name and their digests, even if their creation was not acknowledged."""
    try:
        _delete_digests(digests, text)
        for found in pages(gateway, "get_api_keys", nameQuery=name):  # a prefix search; names end at random
            gateway.delete_api_key(apiKey=found["id"])
    except Exception as error:
        raise Failure(
            "The key was only partly created and could not be removed. It was not printed.",
            f"Delete {name} in API Gateway when AWS responds again.",
        ) from error


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


def _env_option(target: Target) -> str:
    return "" if target.is_local else f" --env {target.environment}"


# --- commands ---------------------------------------------------------------------------------------------------------

app = typer.Typer(name="keys", no_args_is_help=True, help="Create, import, list and revoke API keys.")


def _merchant_name(text: str) -> str:
    if not is_merchant(text):
        raise typer.BadParameter(f"{text!r} is not a valid merchant name. {MERCHANT_RULE}")
    return text


EXAMPLES_CREATE = """[bold]Examples[/bold]
  paysandbox keys create --merchant acme                a new merchant
  paysandbox keys create --merchant acme --plan load    a key without a rate limit
  paysandbox keys create --merchant acme --plan dashboard --env dev
  paysandbox keys create --merchant acme --simulation manual
  paysandbox keys create --merchant acme --payout-destination balance
  paysandbox keys create --merchant acme --env dev      in AWS
  paysandbox keys create --operator                     a key that moves the clock over HTTP
  KEY=$(paysandbox keys create --merchant acme --json | jq -r .api_key)
"""


@app.command(epilog=EXAMPLES_CREATE)
def create(
    merchant: Annotated[
        str | None,
        typer.Option(
            "--merchant",
            metavar="NAME",
            callback=lambda text: text if text is None else _merchant_name(text),
            help=f"Merchant name. {MERCHANT_RULE}",
        ),
    ] = None,
    operator: Annotated[
        bool,
        typer.Option(
            "--operator",
            help="Instead of a merchant's key, one for POST /sandbox/clock, which moves the clock, and nothing else.",
        ),
    ] = False,
    plan: Annotated[
        Plan,
        typer.Option(
            "--plan",
            help="sandbox: 100 requests a minute. load: no limit. dashboard: a limit for pages that poll, and "
            "successful reads are not logged.",
        ),
    ] = Plan.SANDBOX,
    simulation: Annotated[
        Simulation | None,
        typer.Option(
            "--simulation",
            help="Setting of the merchant. manual: simulated steps happen only with `simulate`. Default: unchanged, "
            "automatic for a new merchant.",
        ),
    ] = None,
    payout_destination: Annotated[
        PayoutDestination | None,
        typer.Option(
            "--payout-destination",
            help="Setting of the merchant. balance: settlement payouts are added to its funds, "
            "for disbursements. Default: unchanged, bank for a new merchant.",
        ),
    ] = None,
    env: Environment = "local",
    as_json: AsJson = False,
) -> None:
    """Create an API key. A merchant is created with its first key.

    Existing keys stay valid. To rotate a key, create a new one, then revoke the old one.
    """
    if (merchant is not None) == operator:
        raise typer.BadParameter("Give either --merchant NAME or --operator.")
    target = _target(env)
    if merchant is None:
        _create_for_operator(target, as_json=as_json)
        return
    if simulation is not None or payout_destination is not None:
        # Before the key, so that none of its payments moves by itself.
        change_settings(target, merchant, simulation=simulation, payout_destination=payout_destination)
    key = create_key(target, merchant, plan)
    if as_json:
        made = {"merchant": key.merchant, "plan": key.plan, "key_id": key.key_id, "api_key": key.api_key}
        print_json({**made, "publishable_key": key.publishable})
        return
    print_line(key.api_key)
    print_note(f"Merchant {key.merchant}, plan {key.plan}, key id {key.key_id}.")
    print_note("Send it in the X-Api-Key header, or use it as a Stripe secret key with /v1.")
    print_note(f"Publishable key, for web pages: {key.publishable}")
    if not target.is_local:
        print_note("AWS can take up to a minute to accept it; until then requests get a 401.")


def _create_for_operator(target: Target, *, as_json: bool) -> None:
    from cli.connection.operator_keys import PLAN, create_operator_key

    key = create_operator_key(target)
    if as_json:
        print_json({"plan": PLAN, "key_id": key.key_id, "operator_key": key.text})
        return
    print_line(key.text)
    print_note(f"Operator's key, key id {key.key_id}. Send it in the X-Api-Key header of POST /sandbox/clock.")
    if not target.is_local:
        print_note("AWS can take up to a minute to accept it; until then requests get a 401.")


@app.command("list", epilog="[bold]Example[/bold]\n  paysandbox keys list --show-secrets      unmasked")
def list_command(
    show_secrets: Annotated[bool, typer.Option("--show-secrets", help="Print the keys in full.")] = False,
    env: Environment = "local",
    as_json: AsJson = False,
) -> None:
    """List the API keys of all merchants. Keys are masked unless --show-secrets is given.

    Keys issued by Stripe are stored as digests only. They are always masked, and
    show the time at which they were imported or first seen.
    """
    from cli.connection.imported_keys import imported_keys
    from cli.connection.operator_keys import PLAN, operator_keys

    target = _target(env)
    keys, imported, of_operators = list_keys(target), imported_keys(target), operator_keys(target)
    if as_json:
        own = [_as_json(key, show_secrets=show_secrets) for key in keys]
        others = [_operator_as_json(key, show_secrets=show_secrets) for key in of_operators]
        print_json({"data": [*own, *map(_imported_as_json, imported), *others]})
        return
    if not keys and not imported and not of_operators:
        print_note(f"No keys. Create one: paysandbox keys create --merchant demo{_env_option(target)}")
        return
    from cli.terminal.columns import columns
    from cli.terminal.console import answers

    rows = [
        (key.merchant, key.plan, key.api_key if show_secrets else key.masked, key.key_id, _minute(key)) for key in keys
    ]
    rows += [(key.merchant, key.plan, key.masked, key.key_id, _origin(key)) for key in imported]
    rows += [("", PLAN, key.text if show_secrets else key.masked, key.key_id, _minute(key)) for key in of_operators]
    header = ("MERCHANT", "PLAN", "KEY", "ID", "CREATED")
    answers().print(columns(header, rows, drop=("CREATED", "PLAN")))


def _plan_of_import(plan: Plan) -> Plan:
    if plan is Plan.DASHBOARD:
        raise typer.BadParameter("The dashboard has keys of its own. Choose sandbox or load.")
    return plan


EXAMPLES_IMPORT = """[bold]Examples[/bold]
  printenv STRIPE_SECRET_KEY | paysandbox keys import --merchant shop
  paysandbox keys import --key-file keys.txt --plan load --env dev
"""


@app.command("import", epilog=EXAMPLES_IMPORT)
def import_command(
    key_file: Annotated[
        str,
        typer.Option(
            "--key-file", metavar="FILE", help="The keys, one per line, read from this file or standard input (-)."
        ),
    ] = STDIN,
    merchant: Annotated[
        str | None,
        typer.Option(
            "--merchant",
            metavar="NAME",
            callback=lambda text: text if text is None else _merchant_name(text),
            help=f"Merchant of the keys. Default: one per Stripe account, or demo. {MERCHANT_RULE}",
        ),
    ] = None,
    plan: Annotated[
        Plan,
        typer.Option("--plan", callback=_plan_of_import, help="sandbox: 100 requests a minute. load: no limit."),
    ] = Plan.SANDBOX,
    env: Environment = "local",
    as_json: AsJson = False,
) -> None:
    """Import Stripe test keys, so that /v1 accepts them.

    Only digests are stored. A local sandbox accepts Stripe test keys without
    this command, on the sandbox plan. A known key is moved to this merchant and
    plan, and a revoked key is accepted again.
    """
    from cli.connection.imported_keys import check_importable, import_key

    texts = read_secrets(key_file, "Test key", hint="--key-file")
    target = _target(env)
    check_importable(target, texts)
    results = [import_key(target, text, merchant, plan) for text in dict.fromkeys(texts)]
    if as_json:
        print_json({"data": [_import_as_json(result) for result in results]})
        return
    for result in results:
        print_line(_import_words(result))


@app.command(epilog="[bold]Example[/bold]\n  paysandbox keys sync --env dev      after the stack v1 was made again")
def sync(env: Environment = "local", as_json: AsJson = False) -> None:
    """Register API keys with /v1 and its usage plans again.

    For keys whose creation was interrupted, and for all keys after the stack v1
    was made again. `paysandbox up` does it for a local sandbox. Keys that are
    registered do not change.
    """
    keys = sync_keys(_target(env))
    if as_json:
        print_json({"data": [_as_json(key, show_secrets=False) for key in keys]})
    else:
        print_line(f"Keys known to both APIs: {len(keys)}.")


EXAMPLES_REVOKE = """[bold]Examples[/bold]
  paysandbox keys revoke abcd123456                 an id from `keys list`
  pass show acme | paysandbox keys revoke --key-file -
"""


def _key_id(text: str | None) -> str | None:
    if text is not None and (is_key(text) or is_live_key(text) or is_operator_key(text)):
        raise typer.BadParameter("Do not pass a key as an argument. Give the key's id, or use --key-file.")
    return text


@app.command(epilog=EXAMPLES_REVOKE)
def revoke(
    key_id: Annotated[
        str | None,
        typer.Argument(
            metavar="KEY_ID",
            callback=_key_id,
            autocompletion=complete_key_id,
            help="The key's ID, from `keys list`.",
        ),
    ] = None,
    key: Annotated[str | None, secret_option("key", "The key itself, instead of its id")] = None,
    env: Environment = "local",
    as_json: AsJson = False,
) -> None:
    """Revoke an API key permanently. Requests with it get a 401, on /v1 within a minute.

    The merchant's payments are kept. Using a revoked Stripe key does not restore
    it; `keys import` does.
    """
    named = key_id if key is None else key
    if named is None or (key_id is not None and key is not None):
        raise typer.BadParameter("Give either the key's id or --key-file.", param_hint="KEY_ID")
    from cli.connection.operator_keys import PLAN, OperatorKey

    revoked = revoke_key(_target(env), named)
    if isinstance(revoked, OperatorKey):
        if as_json:
            print_json({"merchant": None, "plan": PLAN, "revoked": revoked.key_id})
        else:
            print_line(f"Revoked {revoked.masked}, an operator's key (key id {revoked.key_id}).")
        return
    if as_json:
        print_json({"merchant": revoked.merchant, "plan": revoked.plan, "revoked": revoked.key_id})
    else:
        print_line(f"Revoked {revoked.masked} of merchant {revoked.merchant} (key id {revoked.key_id}).")


def _target(env: str) -> Target:
    from cli.connection.target import resolve
    from cli.sandbox.state_dir import StateDir

    return resolve(env, StateDir.find())


def _as_json(key: MerchantKey, *, show_secrets: bool) -> dict[str, str | None]:
    return {
        "merchant": key.merchant,
        "plan": key.plan,
        "masked_key": key.masked,
        **({"api_key": key.api_key} if show_secrets else {}),
        "key_id": key.key_id,
        "created_at": _second(key.created_at),
    }


def _operator_as_json(key: OperatorKey, *, show_secrets: bool) -> dict[str, str | None]:
    from cli.connection.operator_keys import PLAN

    return {
        "merchant": None,
        "plan": PLAN,
        "masked_key": key.masked,
        **({"operator_key": key.text} if show_secrets else {}),
        "key_id": key.key_id,
        "created_at": _second(key.created_at),
    }


def _second(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z") if at else None


def _imported_as_json(key: ImportedKey) -> dict[str, str]:
    return {
        "merchant": key.merchant,
        "plan": key.plan,
        "masked_key": key.masked,
        "key_id": key.key_id,
        "created_at": key.created_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "kind": key.kind,
        "origin": "first_seen" if key.first_seen else "imported",
    }


def _import_as_json(result: Import) -> dict[str, str | bool | None]:
    return {**_imported_as_json(result.key), "changed": result.changed, "previous_merchant": result.previous_merchant}


def _import_words(result: Import) -> str:
    key = result.key
    taken_from = f", before of merchant {result.previous_merchant}" if result.previous_merchant else ""
    did = "Imported" if result.changed else "Unchanged:"
    return f"{did} {key.masked} of merchant {key.merchant}{taken_from} (plan {key.plan}, key id {key.key_id})."


def _minute(key: MerchantKey | ImportedKey | OperatorKey) -> str:
    return f"{key.created_at:%Y-%m-%d %H:%M} UTC" if key.created_at else ""


def _origin(key: ImportedKey) -> str:
    return f"{'first seen' if key.first_seen else 'imported'} {_minute(key)}"
