"""`paysandbox keys`: make, list and revoke the API keys of merchants.

A key's text lives in API Gateway and nowhere else; the merchant is in it, so making a merchant's first key makes the
merchant. Keys are made after the deployment and through the API, so that no template holds one.

The Stripe-compatible API takes the same key, by its digest in a table, and the publishable key that follows from it. A
key is put on its plan last, and its digests go first: so what `list` shows works everywhere, or is on its way out, and
what it does not show has a text that nobody was told.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.terminal.failure import Failure
from cli.terminal.options import AsJson, Environment
from cli.terminal.output import print_json, print_line, print_note
from cli.terminal.secret_input import secret_option
from paysandbox.core.merchant import api_key, is_merchant, merchant_of
from paysandbox.http.credential import KeyKind, key_digest, publishable_key

if TYPE_CHECKING:
    from cli.connection.target import Target
    from paysandbox.http.api_keys import ApiKeys

MERCHANT_RULE: Final = "A merchant's name is 2 to 32 of a-z, 0-9 and hyphen."

_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"  # RFC 4648, section 6, in lower case
_SECRET_LENGTH: Final = 32  # of 5 bits each: 160 bits
_SUFFIX_LENGTH: Final = 8
_PAGE: Final = 500


class Plan(StrEnum):
    """The usage plans: 100 requests a minute, or as many as the account may have."""

    SANDBOX = "sandbox"
    LOAD = "load"


_PLAN_OUTPUTS: Final = {Plan.SANDBOX: "UsagePlanSandboxId", Plan.LOAD: "UsagePlanLoadId"}
_TABLE_OUTPUT: Final = "ApiKeysTable"


@dataclass(frozen=True)
class MerchantKey:
    """A key that works: whose it is, the plan that meters it, its text, and API Gateway's id of it."""

    merchant: str
    plan: str
    api_key: str = field(repr=False)
    key_id: str
    created_at: datetime | None = None

    @property
    def masked(self) -> str:
        """The key's text without its secret: enough to tell which, too little to use it."""
        return f"sk_test_{self.merchant}_…{self.api_key[-4:]}"

    @property
    def publishable(self) -> str:
        """The publishable key beside it: for pages, which may show it to anyone."""
        return publishable_key(self.api_key)

    @property
    def digests(self) -> tuple[str, str]:
        """What the Stripe-compatible API knows the two by."""
        return key_digest(self.api_key), key_digest(self.publishable)


def create_key(target: Target, merchant: str, plan: str) -> MerchantKey:
    """Make a key of the merchant on the plan (`sandbox` or `load`). Either it works, or nothing of it is left."""
    if not is_merchant(merchant):
        raise Failure(f"{merchant!r} is not a merchant's name.", MERCHANT_RULE)
    outputs = target.outputs("api")
    plan_id, digests = _plan_ids(target, outputs)[Plan(plan)], _digests(target, outputs)
    gateway = target.client("apigateway")
    text = api_key(merchant, _random(_SECRET_LENGTH))
    name = f"{_name_prefix(target)}{merchant}-{plan}-{_random(_SUFFIX_LENGTH)}"
    try:
        made = gateway.create_api_key(name=name, value=text, enabled=True)
        key = MerchantKey(merchant, plan, text, made["id"], _utc(made.get("createdDate")))
        _put_digests(digests, key)
        gateway.create_usage_plan_key(usagePlanId=plan_id, keyId=made["id"], keyType="API_KEY")
    except BaseException:  # Ctrl-C between the calls leaves a key behind just as an error does
        _remove_unfinished(gateway, name, digests, text)
        raise
    return key


def list_keys(target: Target) -> list[MerchantKey]:
    """All keys that work here, by merchant, plan and age."""
    plan_ids = _plan_ids(target, target.outputs("api"))
    gateway = target.client("apigateway")
    # Both lists are needed: plans name keys that were deleted since (the local engine keeps them), keys name no plan.
    plan_of = {
        entry["id"]: plan
        for plan, plan_id in plan_ids.items()
        for entry in _pages(gateway, "get_usage_plan_keys", usagePlanId=plan_id)
    }
    keys = [
        MerchantKey(merchant, str(plan_of[found["id"]]), found["value"], found["id"], _utc(found.get("createdDate")))
        for found in _pages(gateway, "get_api_keys", includeValues=True)
        if found["id"] in plan_of and (merchant := merchant_of(found.get("value", ""))) is not None
    ]
    oldest = datetime.min.replace(tzinfo=UTC)
    return sorted(keys, key=lambda key: (key.merchant, key.plan != Plan.SANDBOX, key.created_at or oldest, key.key_id))


def find_key(target: Target, merchant: str) -> MerchantKey:
    """The merchant's oldest key, on the sandbox plan if there is one. Raises Failure when there is none."""
    of_merchant = [key for key in list_keys(target) if key.merchant == merchant]
    if not of_merchant:
        raise Failure(
            f"Merchant {merchant} has no key in {target.environment}.",
            f"Make one: paysandbox keys create --merchant {merchant}{_env_option(target)}",
        )
    return of_merchant[0]


def revoke_key(target: Target, key_or_id: str) -> MerchantKey:
    """Delete the key with this text or id, and return it. Raises Failure when it is none of this environment's."""
    found = next((key for key in list_keys(target) if key_or_id in (key.api_key, key.key_id)), None)
    if found is None:
        raise Failure(
            f"There is no such key in {target.environment}.",
            f"See which there are: paysandbox keys list{_env_option(target)}",
        )
    digests = _digests(target, target.outputs("api"))
    # First, while the key can still be found: cut off here, the next try goes on.
    _delete_digests(digests, found.api_key)
    # Deleted rather than disabled: the local engine goes on taking a disabled key.
    target.client("apigateway").delete_api_key(apiKey=found.key_id)
    # And last, since an `up` that saw the key before may have put them once more in between.
    _delete_digests(digests, found.api_key)
    return found


def keep_digests(target: Target) -> None:
    """Let the Stripe-compatible API know every key of `list_keys`, those too that an earlier version made."""
    digests = _digests(target, target.outputs("api"))
    listed = list_keys(target)
    for key in listed:
        _put_digests(digests, key)
    # One that was revoked meanwhile may have lost them before they were put.
    still = {key.key_id for key in list_keys(target)}
    for key in listed:
        if key.key_id not in still:
            _delete_digests(digests, key.api_key)


def _plan_ids(target: Target, outputs: Mapping[str, str]) -> dict[Plan, str]:
    _refuse_missing(target, outputs, "plans", *_PLAN_OUTPUTS.values())
    return {plan: outputs[name] for plan, name in _PLAN_OUTPUTS.items()}


def _digests(target: Target, outputs: Mapping[str, str]) -> ApiKeys:
    """The table of what is kept of keys."""
    from paysandbox.http.api_keys import ApiKeys

    _refuse_missing(target, outputs, "table of keys", _TABLE_OUTPUT)
    return ApiKeys(target.client("dynamodb"), outputs[_TABLE_OUTPUT])


def _refuse_missing(target: Target, outputs: Mapping[str, str], what: str, *names: str) -> None:
    missing = [name for name in names if name not in outputs]
    if missing:
        raise Failure(f"The api stack of {target.environment} does not name its {what} ({', '.join(missing)}).",
                      "It was deployed by another version: deploy it anew.")  # fmt: skip


def _put_digests(digests: ApiKeys, key: MerchantKey) -> None:
    from paysandbox.http.api_keys import StoredKey, put_key

    since = key.created_at or datetime.now(UTC)
    for kind, digest in zip(KeyKind, key.digests, strict=True):
        put_key(
            digests, StoredKey(digest=digest, merchant=key.merchant, kind=kind, key_id=key.key_id, created_at=since)
        )


def _delete_digests(digests: ApiKeys, text: str) -> None:
    from paysandbox.http.api_keys import delete_keys

    delete_keys(digests, [key_digest(text), key_digest(publishable_key(text))])


def _name_prefix(target: Target) -> str:
    return f"paysandbox-{target.environment}-"


def _remove_unfinished(gateway: Any, name: str, digests: ApiKeys, text: str) -> None:
    """Delete the key of this name and its digests, if they were made: also where that was not acknowledged."""
    try:
        _delete_digests(digests, text)
        for found in _pages(gateway, "get_api_keys", nameQuery=name):  # those whose name begins so; its end is random
            gateway.delete_api_key(apiKey=found["id"])
    except Exception as error:
        raise Failure(
            "The key could not be finished, and not be removed either; nobody was told its text.",
            f"Delete {name} in API Gateway when AWS answers again.",
        ) from error


def _pages(gateway: Any, operation: str, **query: Any) -> Iterator[dict[str, Any]]:
    for page in gateway.get_paginator(operation).paginate(PaginationConfig={"PageSize": _PAGE}, **query):
        yield from page.get("items", [])


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _utc(at: datetime | None) -> datetime | None:
    return at.astimezone(UTC) if at is not None else None


def _env_option(target: Target) -> str:
    return "" if target.is_local else f" --env {target.environment}"


# --- commands ---------------------------------------------------------------------------------------------------------

app = typer.Typer(no_args_is_help=True, help="Make, list and revoke the API keys of merchants.")


def _merchant_name(text: str) -> str:
    if not is_merchant(text):
        raise typer.BadParameter(f"{text!r} is not a merchant's name. {MERCHANT_RULE}")
    return text


EXAMPLES_CREATE = """[bold]Examples[/bold]
  paysandbox keys create --merchant acme                a new merchant
  paysandbox keys create --merchant acme --plan load    for load tests
  paysandbox keys create --merchant acme --env dev      in an AWS account
  KEY=$(paysandbox keys create --merchant acme --json | jq -r .api_key)
"""


@app.command(epilog=EXAMPLES_CREATE)
def create(
    merchant: Annotated[str, typer.Option("--merchant", metavar="NAME", callback=_merchant_name, help=MERCHANT_RULE)],
    plan: Annotated[
        Plan, typer.Option("--plan", help="100 requests a minute, or all that the account allows.")
    ] = Plan.SANDBOX,
    env: Environment = "local",
    as_json: AsJson = False,
) -> None:
    """Make an API key, and with its first key the merchant. Old keys go on working: rotate by create, then revoke."""
    target = _target(env)
    key = create_key(target, merchant, plan)
    if as_json:
        made = {"merchant": key.merchant, "plan": key.plan, "key_id": key.key_id, "api_key": key.api_key}
        print_json({**made, "publishable_key": key.publishable})
        return
    print_line(key.api_key)
    _aside(f"Merchant {key.merchant}, plan {key.plan}, id {key.key_id}. Send it as X-Api-Key, or to /v1 as Stripe's.")
    _aside(f"Publishable, for pages: {key.publishable}")
    if not target.is_local:
        _aside("AWS may take up to a minute to know it everywhere; until then it is answered 401.")


@app.command("list", epilog="[bold]Example[/bold]\n  paysandbox keys list --show-secrets      with the whole keys")
def list_command(
    show_secrets: Annotated[bool, typer.Option("--show-secrets", help="Show the whole keys, in JSON too.")] = False,
    env: Environment = "local",
    as_json: AsJson = False,
) -> None:
    """List the keys of all merchants. Secrets are masked unless --show-secrets asks for them."""
    target = _target(env)
    keys = list_keys(target)
    if as_json:
        print_json([_as_json(key, show_secrets=show_secrets) for key in keys], indent=2)
        return
    if not keys:
        _aside(f"No keys. Make one: paysandbox keys create --merchant demo{_env_option(target)}")
        return
    from cli.terminal.columns import columns
    from cli.terminal.console import answers

    rows = [
        (key.merchant, key.plan, key.api_key if show_secrets else key.masked, key.key_id, _minute(key)) for key in keys
    ]
    header = ("MERCHANT", "PLAN", "KEY", "ID", "CREATED")
    answers().print(columns(header, rows))


EXAMPLES_REVOKE = """[bold]Examples[/bold]
  paysandbox keys revoke abcd123456                 the id, as `keys list` shows it
  pass show acme | paysandbox keys revoke --key-file -
"""


def _key_id(text: str | None) -> str | None:
    if merchant_of(text or "") is not None:
        raise typer.BadParameter("This is a key, which does not belong into an argument: give its id, or --key-file.")
    return text


@app.command(epilog=EXAMPLES_REVOKE)
def revoke(
    key_id: Annotated[
        str | None, typer.Argument(metavar="ID", callback=_key_id, help="The key's id, as `keys list` shows it.")
    ] = None,
    key: Annotated[str | None, secret_option("key", "The whole key, in place of its id")] = None,
    env: Environment = "local",
    as_json: AsJson = False,
) -> None:
    """Revoke a key for good: its next request is a 401, at /v1 within a minute. Payments of its merchant stay."""
    named = key_id if key is None else key
    if named is None or (key_id is not None and key is not None):
        raise typer.BadParameter("Give either the key's id or --key-file.", param_hint="ID")
    revoked = revoke_key(_target(env), named)
    if as_json:
        print_json({"merchant": revoked.merchant, "plan": revoked.plan, "revoked": revoked.key_id})
    else:
        print_line(f"Revoked {revoked.masked} of merchant {revoked.merchant} (id {revoked.key_id}).")


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
        "created_at": key.created_at.isoformat(timespec="seconds").replace("+00:00", "Z") if key.created_at else None,
    }


def _minute(key: MerchantKey) -> str:
    return f"{key.created_at:%Y-%m-%d %H:%M} UTC" if key.created_at else ""


def _aside(text: str) -> None:
    """Words for the person at the terminal, kept out of what a script reads."""
    print_note(text)
