"""Which sandbox a payment goes to, and as which merchant: from options, else from the shell, else from the target."""

from __future__ import annotations

import os
from typing import Annotated, Final

import typer

from cli.failure import Failure
from cli.secret_input import secret_option
from cli.target import LOCAL

DEFAULT_MERCHANT: Final = "demo"
BASE_URL_VARIABLE: Final = "PAYSANDBOX_BASE_URL"
API_KEY_VARIABLE: Final = "PAYSANDBOX_API_KEY"


def sendable(text: str | None) -> str | None:
    """The text, if a header can carry it."""
    if text is not None and not (text.isascii() and text.isprintable()):
        raise typer.BadParameter("It must be printable ASCII, or no header can carry it.")
    return text


def _http_url(text: str | None) -> str | None:
    if text is not None and not text.startswith(("http://", "https://")):
        raise typer.BadParameter(f"{text!r} does not begin with http:// or https://.")
    return text


_PANEL: Final = "Where, and as whom"

Env = Annotated[
    str | None,
    typer.Option(
        "--env",
        metavar="NAME",
        rich_help_panel=_PANEL,
        help="Which sandbox: local, or one that is deployed to AWS (your AWS credentials). Default: local.",
    ),
]
Merchant = Annotated[
    str | None,
    typer.Option(
        "--merchant",
        metavar="NAME",
        rich_help_panel=_PANEL,
        help=f"With a key of this merchant, looked up in API Gateway. Default: {DEFAULT_MERCHANT}.",
    ),
]
Key = Annotated[
    str | None,
    secret_option(
        "key",
        "The API key",
        f"{API_KEY_VARIABLE}, unless --env or --merchant is given",
        check=sendable,
        panel=_PANEL,
    ),
]
BaseUrl = Annotated[
    str | None,
    typer.Option(
        "--base-url",
        metavar="URL",
        callback=_http_url,
        rich_help_panel=_PANEL,
        help="At this address; with a key nothing else is needed, no AWS credentials either. "
        f"Default: {BASE_URL_VARIABLE}, unless --env or --merchant is given.",
    ),
]


def access(*, env: str | None, merchant: str | None, key: str | None, base_url: str | None) -> tuple[str, str]:
    """Base URL and API key. What is said on the command line wins over what the shell remembers."""
    # A shell that remembers one sandbox must not answer for another one that was named.
    shell = os.environ if env is None and merchant is None else {}
    url = base_url or shell.get(BASE_URL_VARIABLE)
    api_key = key or shell.get(API_KEY_VARIABLE)
    if url and api_key:
        return url, api_key
    if url:
        raise Failure(
            f"There is no API key for {url}.",
            f"Set {API_KEY_VARIABLE} or give --key-file; or name the sandbox with --env, and a key is looked up.",
        )
    from cli.home import Home
    from cli.keys import find_key
    from cli.target import resolve

    target = resolve(env or LOCAL, Home.find())
    return target.base_url, api_key or find_key(target, merchant or DEFAULT_MERCHANT).api_key


def api_key_is_given(*, env: str | None, merchant: str | None, key: str | None, base_url: str | None) -> bool:
    """Whether `access` goes by an address or a key that somebody gave, of which no environment is known."""
    shell = os.environ if env is None and merchant is None else {}
    return any((base_url, key, shell.get(BASE_URL_VARIABLE), shell.get(API_KEY_VARIABLE)))


def repeated(*, env: str | None, merchant: str | None) -> str:
    """The options that the next command needs in order to meet the same payment."""
    return "".join(
        f" {name} {value}" for name, value in (("--env", env), ("--merchant", merchant)) if value is not None
    )
