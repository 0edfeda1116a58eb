"""The base URL and API key of a command: from its options, from the environment variables, or looked up."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cli.connection.caller import API_KEY_VARIABLE, BASE_URL_VARIABLE
from cli.connection.target import LOCAL
from cli.terminal.failure import Failure
from paysandbox.core.merchant import DEFAULT_MERCHANT

if TYPE_CHECKING:
    from cli.connection.caller import Caller


def access(caller: Caller) -> tuple[str, str]:
    """Return base URL and API key. Options take precedence over environment variables."""
    # Variables of one sandbox must not be used for another one that an option selects.
    shell = os.environ if caller.names_nothing else {}
    url = caller.base_url or shell.get(BASE_URL_VARIABLE)
    api_key = caller.key or shell.get(API_KEY_VARIABLE)
    if url and api_key:
        return url, api_key
    if url:
        raise Failure(
            f"There is no API key for {url}.",
            f"Set {API_KEY_VARIABLE} or use --key-file. With --env, the key is looked up.",
        )
    from cli.connection.keys import find_key
    from cli.connection.target import resolve
    from cli.state.state_dir import StateDir

    target = resolve(caller.env or LOCAL, StateDir.find())
    return target.base_url, api_key or find_key(target, caller.merchant or DEFAULT_MERCHANT).api_key


def where_from(api_key: str | None) -> str | None:
    """Return what to do about a key that was refused, if it is the one in the environment variable."""
    if api_key is None or api_key != os.environ.get(API_KEY_VARIABLE):
        return None
    return (
        f"The key comes from {API_KEY_VARIABLE}. It may be one of another sandbox, or of before `up --fresh`. Unset "
        'it, or set it again: eval "$(paysandbox status -o env)"'
    )


def api_key_is_given(caller: Caller) -> bool:
    """Return whether a base URL or an API key was given, so that the environment is unknown."""
    shell = os.environ if caller.names_nothing else {}
    return any((caller.base_url, caller.key, shell.get(BASE_URL_VARIABLE), shell.get(API_KEY_VARIABLE)))


def repeated(caller: Caller) -> str:
    """Return the options that the next command needs to reach the same payment."""
    named = (("--env", caller.env), ("--merchant", caller.merchant))
    return "".join(f" {name} {value}" for name, value in named if value is not None)


def v1_base(caller: Caller) -> str | None:
    """Return the base URL of an environment's Stripe-compatible API in AWS, or None where it is the native API's."""
    if caller.env in {None, LOCAL} or caller.base_url is not None:
        return None
    from cli.connection.target import resolve
    from cli.state.state_dir import StateDir

    return resolve(caller.env or LOCAL, StateDir.find()).outputs("v1")["StripeApiBase"].rstrip("/")
