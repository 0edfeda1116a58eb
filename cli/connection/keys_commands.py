"""`paysandbox keys`: create, import, list and revoke API keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.connection.completion import complete_key_id, complete_merchant
from cli.connection.keys import (
    MERCHANT_RULE,
    MerchantKey,
    Plan,
    Simulation,
    change_settings,
    create_key,
    env_option,
    list_keys,
    sync_keys,
)
from cli.terminal.options import AsJson, Environment
from cli.terminal.output import print_json, print_line, print_note
from cli.terminal.secret_input import STDIN, read_secrets, secret_option
from paysandbox.core.merchant import is_operator_key, may_have_keys
from paysandbox.core.payout_destination import PayoutDestination
from paysandbox.http.keys.credential import is_key, is_live_key

if TYPE_CHECKING:
    from datetime import datetime

    from cli.connection.imported_keys import Import, ImportedKey
    from cli.connection.operator_keys import OperatorKey
    from cli.connection.target import Target

app = typer.Typer(name="keys", no_args_is_help=True, help="Create, import, list and revoke API keys.")


def _merchant_name(text: str) -> str:
    if not may_have_keys(text):
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
    merchant: Annotated[
        str | None,
        typer.Option(
            "--merchant", metavar="NAME", autocompletion=complete_merchant, help="Only the keys of this merchant."
        ),
    ] = None,
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
    if merchant is not None:
        keys = [key for key in keys if key.merchant == merchant]
        imported, of_operators = [key for key in imported if key.merchant == merchant], []
    if as_json:
        own = [_as_json(key, show_secrets=show_secrets) for key in keys]
        others = [_operator_as_json(key, show_secrets=show_secrets) for key in of_operators]
        print_json({"data": [*own, *map(_imported_as_json, imported), *others]})
        return
    if not keys and not imported and not of_operators:
        print_note(f"No keys. Create one: paysandbox keys create --merchant {merchant or 'demo'}{env_option(target)}")
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
    from cli.connection.revocation import revoke_key

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
    from cli.state.state_dir import StateDir

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
