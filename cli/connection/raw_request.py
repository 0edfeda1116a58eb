"""`paysandbox get` and `paysandbox post`: send any request as the merchant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.connection.api_session import IdempotencyKey
from cli.connection.caller import Caller, over_the_api
from cli.connection.credentials import access, v1_base, where_from
from cli.connection.request_parts import FORM, JSON, body_of, has_whole_body, headers_of, path_with
from cli.terminal.output import print_bytes, print_json_text, print_note

if TYPE_CHECKING:
    from cli.connection.http_client import Response

_V1: Final = "/v1/"
_NO_HEADERS: Final[Mapping[str, str]] = {}

# By command. Only a POST needs an idempotency key, since all others are safe to repeat.
_METHODS: Final = {"get": ("GET", "HEAD", "OPTIONS", "DELETE"), "post": ("POST", "PUT", "PATCH", "DELETE")}

app = typer.Typer()

EXAMPLES_GET: Final = """[bold]Examples[/bold]
  paysandbox get /payments/auth_…
  paysandbox get '/payments?limit=3' | jq -r '.data[].auth_id'
  paysandbox get /v1/payment_intents -d limit=3 -d 'expand\\[]=data.latest_charge'
  paysandbox get /v1/payment_intents -H 'Stripe-Version: 2022-11-15'
"""

EXAMPLES_POST: Final = """[bold]Examples[/bold]
  paysandbox post /payments/capture auth_id=auth_… amount=400
  paysandbox post /payments/authorize amount=1250 currency=USD card.number=4242424242424242 \
      card.exp_month=12 card.exp_year=2040
  paysandbox post /payments/authorize -d @payment.json
  paysandbox post /v1/customers -d email=jenny@example.com -d 'metadata\\[order]=1'
  paysandbox post -X DELETE /v1/customers/cus_…
"""


def _is_v1(path: str) -> bool:
    """Return whether a path belongs to the Stripe-compatible API, with its own kind of key and body."""
    from paysandbox.http.native_paths import is_native_below_v1

    return path.startswith(_V1) and not is_native_below_v1(path.partition("?")[0])


def _path(text: str) -> str:
    if "://" in text.partition("?")[0]:
        raise typer.BadParameter(f"{text!r} is a URL. Use a path like /payments; --base-url chooses the host.")
    return f"/{text.removeprefix('/')}"


Path_ = Annotated[str, typer.Argument(metavar="PATH", callback=_path, help="Path and query: /payments or payments.")]


def _methods(command: str) -> Callable[[str], str]:
    """Return the check of the methods that a command sends."""

    def known(text: str) -> str:
        method = text.upper()
        if method in _METHODS[command]:
            return method
        other = next((other for other, methods in _METHODS.items() if method in methods), None)
        if other is None:
            raise typer.BadParameter(f"{text!r} is not a method. Use {', '.join(_METHODS[command])}.")
        raise typer.BadParameter(f"Use `paysandbox {other}{'' if method == other.upper() else f' -X {method}'}`.")

    return known


def _method(command: str, instead: str) -> Any:
    return typer.Option(
        "--request", "-X", metavar="METHOD", callback=_methods(command), help=f"Method instead of {instead}."
    )


Headers = Annotated[
    list[str] | None,
    typer.Option("--header", "-H", metavar="'NAME: VALUE'", help="Header to send as well. Can be repeated."),
]


@app.command(epilog=EXAMPLES_GET)
@over_the_api
def get(
    path: Path_,
    data: Annotated[
        list[str] | None,
        typer.Option("--data", "-d", metavar="NAME=VALUE", help="Parameter to add to the query. Can be repeated."),
    ] = None,
    method: Annotated[str, _method("get", "GET: HEAD, OPTIONS or DELETE")] = "GET",
    header: Headers = None,
    *,
    caller: Caller,
) -> None:
    """Send a GET request. The status line goes to stderr and the body to stdout; a 4xx or 5xx exits with 1."""
    headers = headers_of(header or [], content_type=None, whole=False)
    send(caller, method, path_with(path, data or []), headers)


@app.command(epilog=EXAMPLES_POST)
@over_the_api
def post(
    path: Path_,
    fields: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME=VALUE]...",
            help="Fields of the body. Numbers (up to 11 digits), true, false and null keep their type in JSON; "
            "NAME:=JSON sends any JSON. Nested: card.number=… in JSON, card\\[number]=… in a form.",
        ),
    ] = None,
    data: Annotated[
        list[str] | None,
        typer.Option(
            "--data",
            "-d",
            metavar="NAME=VALUE|JSON|@FILE",
            help="Field of the body, which can be repeated; or the whole body, as JSON or as @ and the file that "
            "contains it.",
        ),
    ] = None,
    method: Annotated[str, _method("post", "POST: PUT, PATCH or DELETE")] = "POST",
    header: Headers = None,
    idempotency_key: IdempotencyKey = None,
    *,
    caller: Caller,
) -> None:
    """Send a POST request. The status line goes to stderr and the body to stdout; a 4xx or 5xx exits with 1.

    Fields are sent as JSON, and to the Stripe-compatible API (/v1) as a form.
    """
    form = _is_v1(path)
    content = body_of(fields or [], data or [], form=form)
    content_type = FORM if form else JSON
    headers = {} if content is None else {"Content-Type": content_type}
    typed = headers_of(header or [], content_type=content_type, whole=has_whole_body(data or []))
    if any(name.lower() == "content-type" for name in typed):
        headers = {}
    from cli.connection.api import fresh_idempotency_key

    key = fresh_idempotency_key() if idempotency_key is None and method == "POST" else idempotency_key
    send(caller, method, path, {**headers, **typed}, content, key)


def send(
    caller: Caller,
    method: str,
    path: str,
    headers: Mapping[str, str],
    content: bytes | None = None,
    key: str | None = None,
) -> None:
    """Send a request as the merchant, and print the answer. Exits with 1 for a 4xx or 5xx."""
    response = request(caller, method, path, headers, content, key)
    _print(response)
    if response.status == 404:
        from cli.connection.near_paths import near_path

        if (near := near_path(method, path)) is not None:
            print_note(f"There is no such path. Did you mean {near}?")
    failed(response)


def request(
    caller: Caller,
    method: str,
    path: str,
    headers: Mapping[str, str] = _NO_HEADERS,
    content: bytes | None = None,
    key: str | None = None,
) -> Response:
    """Send a request as the merchant, and return the answer, whatever its status."""
    from cli.connection.api import Api

    url, api_key = access(caller)
    v1 = _is_v1(path)
    sent = {"Authorization": f"Bearer {api_key}"} if v1 else {"X-Api-Key": api_key}
    if key is not None:
        sent["Idempotency-Key" if v1 else "X-Idempotency-Key"] = key
    api = Api(v1_base(caller) or url if v1 else url, api_key, say=print_note)
    response = api.request(method, path, content, headers={**sent, **headers}, idempotency_key=key)
    if response.status == 401 and (advice := where_from(api_key)) is not None:
        print_note(advice)
    return response


def failed(response: Response) -> None:
    """Exit with 1 if an answer is a 4xx or 5xx."""
    if response.status >= 400:
        raise typer.Exit(1)


def _print(response: Response) -> None:
    request_id = response.headers.get("request-id") or response.headers.get("x-amzn-requestid")
    replayed = "  replayed" if response.headers.get("idempotent-replayed") == "true" else ""
    print_note(f"{response.status} {response.reason}{f'  {request_id}' if request_id else ''}{replayed}")
    if "json" in response.headers.get("content-type", ""):
        print_json_text(response.text)
    elif response.content:
        print_bytes(response.content)
