"""The options of every command that calls the API, said once: `@over_the_api` adds them."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

import typer

from cli.terminal.options import AsJson
from cli.terminal.secret_input import secret_option

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

_Env = Annotated[
    str | None,
    typer.Option(
        "--env",
        metavar="NAME",
        rich_help_panel=_PANEL,
        help="Which sandbox: local, or one that is deployed to AWS (your AWS credentials). Default: local.",
    ),
]
_Merchant = Annotated[
    str | None,
    typer.Option(
        "--merchant",
        metavar="NAME",
        rich_help_panel=_PANEL,
        help=f"With a key of this merchant, looked up in API Gateway. Default: {DEFAULT_MERCHANT}.",
    ),
]
_Key = Annotated[
    str | None,
    secret_option(
        "key",
        "The API key",
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
        help="At this address; with a key nothing else is needed, no AWS credentials either. "
        f"Default: {BASE_URL_VARIABLE}, unless --env or --merchant is given.",
    ),
]


@dataclass(frozen=True, slots=True)
class Caller:
    """What every command over the API is told: which sandbox is meant, as whom, and whether a script is asking."""

    env: _Env = None
    merchant: _Merchant = None
    key: _Key = field(default=None, repr=False)
    base_url: _BaseUrl = None
    as_json: AsJson = False

    @property
    def names_nothing(self) -> bool:
        """Whether no sandbox and no merchant is named, so that the shell's variables count."""
        return self.env is None and self.merchant is None


def over_the_api(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of `Caller`, behind its own. It takes them as one argument, `caller`."""
    signature = inspect.signature(command, eval_str=True)
    shared = inspect.signature(Caller, eval_str=True).parameters

    @functools.wraps(command)
    def run(**options: Any) -> None:
        caller = Caller(**{name: options.pop(name) for name in shared})
        command(**options, caller=caller)

    own = [one for one in signature.parameters.values() if one.name != "caller"]
    behind = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in shared.values()]
    parameters = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own] + behind
    run.__signature__ = signature.replace(parameters=parameters)  # pyright: ignore[reportAttributeAccessIssue] - functions have a signature, which their type does not say
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    return run
