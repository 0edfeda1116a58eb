"""The connection options of every command that calls the API; `@over_the_api` adds them."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

import typer

from cli.connection.completion import complete_merchant
from cli.terminal.options import AsJson, complete_environment, known_environment
from cli.terminal.secret_input import secret_option
from paysandbox.core.merchant import DEFAULT_MERCHANT

BASE_URL_VARIABLE: Final = "PAYSANDBOX_BASE_URL"
API_KEY_VARIABLE: Final = "PAYSANDBOX_API_KEY"


def sendable(text: str | None) -> str | None:
    """Return the text. Raises BadParameter if it is not valid in a header."""
    if text is not None and not (text.isascii() and text.isprintable()):
        raise typer.BadParameter("Use printable ASCII only, since it is sent in a header.")
    return text


def _http_url(text: str | None) -> str | None:
    if text is not None and not text.startswith(("http://", "https://")):
        raise typer.BadParameter(f"{text!r} does not begin with http:// or https://.")
    return text


_PANEL: Final = "Connection"

_Env = Annotated[
    str | None,
    typer.Option(
        "--env",
        metavar="NAME",
        callback=known_environment,
        autocompletion=complete_environment,
        rich_help_panel=_PANEL,
        help="Environment: local (this machine), dev, staging or prod (AWS, with your credentials). Default: local.",
    ),
]
_Merchant = Annotated[
    str | None,
    typer.Option(
        "--merchant",
        metavar="NAME",
        autocompletion=complete_merchant,
        rich_help_panel=_PANEL,
        help=f"Merchant whose API key is used; the key is looked up. Default: {DEFAULT_MERCHANT}.",
    ),
]
_Key = Annotated[
    str | None,
    secret_option(
        "key",
        "API key",
        f"{API_KEY_VARIABLE}, unless --env or --merchant is given",
        check=sendable,
        panel=_PANEL,
    ),
]
_BaseUrl = Annotated[
    str | None,
    typer.Option(
        "--base-url",
        metavar="URL",
        callback=_http_url,
        rich_help_panel=_PANEL,
        help="Base URL of the API. With an API key, no AWS credentials are needed. "
        f"Default: {BASE_URL_VARIABLE}, unless --env or --merchant is given.",
    ),
]


@dataclass(frozen=True, slots=True)
class Caller:
    """The connection options of a command: the sandbox, the merchant, and whether to print JSON."""

    env: _Env = None
    merchant: _Merchant = None
    key: _Key = field(default=None, repr=False)
    base_url: _BaseUrl = None
    as_json: AsJson = False

    @property
    def names_nothing(self) -> bool:
        """Whether neither --env nor --merchant is given, so that the environment variables are used."""
        return self.env is None and self.merchant is None


def over_the_api(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of `Caller` after a command's own options, which the command receives as `caller`."""
    signature = inspect.signature(command, eval_str=True)
    shared = inspect.signature(Caller, eval_str=True).parameters

    @functools.wraps(command)
    def run(**options: Any) -> None:
        caller = Caller(**{name: options.pop(name) for name in shared})
        command(**options, caller=caller)

    own = [parameter for parameter in signature.parameters.values() if parameter.name != "caller"]
    behind = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in shared.values()]
    parameters = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own] + behind
    run.__signature__ = signature.replace(parameters=parameters)  # pyright: ignore[reportAttributeAccessIssue] - functions have a signature, which their type does not say
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run
