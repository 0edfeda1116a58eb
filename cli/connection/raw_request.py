"""`paysandbox get` and `paysandbox post`: send any request as the merchant."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.connection.api_session import IdempotencyKey
from cli.connection.caller import Caller, over_the_api
from cli.connection.credentials import access, where_from
from cli.terminal.output import print_bytes, print_json_text, print_note

if TYPE_CHECKING:
    from cli.connection.http_client import Response

_V1: Final = "/v1/"
# A number of twelve digits or more is a card number, which the API takes as text.
_TYPED: Final = re.compile(r"0|-?[1-9][0-9]{0,10}|true|false|null")

app = typer.Typer()

EXAMPLES_GET: Final = """[bold]Examples[/bold]
  paysandbox get /payments/auth_…
  paysandbox get '/payments?limit=3' | jq -r '.data[].auth_id'
  paysandbox get /v1/payment_intents
"""

EXAMPLES_POST: Final = """[bold]Examples[/bold]
  paysandbox post /payments/capture auth_id=auth_… amount=400
  paysandbox post /payments/authorize amount=1250 currency=USD card.number=4242424242424242 \
      card.exp_month=12 card.exp_year=2030
  paysandbox post /payments/authorize --data @payment.json
  paysandbox post /v1/payment_intents amount=1250 currency=usd
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


@app.command(epilog=EXAMPLES_GET)
@over_the_api
def get(path: Path_, *, caller: Caller) -> None:
    """Send a GET request. The status line goes to stderr and the body to stdout; a 4xx or 5xx exits with 1."""
    _send(caller, "GET", path)


@app.command(epilog=EXAMPLES_POST)
@over_the_api
def post(
    path: Path_,
    fields: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME=VALUE]...",
            help="Fields of the body. Numbers (up to 11 digits), true, false and null keep their type; "
            "NAME:=JSON sends any JSON.",
        ),
    ] = None,
    data: Annotated[
        str | None, typer.Option("--data", metavar="JSON|@FILE", help="The body, or @ and the file that contains it.")
    ] = None,
    idempotency_key: IdempotencyKey = None,
    *,
    caller: Caller,
) -> None:
    """Send a POST request. The status line goes to stderr and the body to stdout; a 4xx or 5xx exits with 1.

    Fields are sent as JSON, and to the Stripe-compatible API (/v1) as a form.
    """
    if fields and data is not None:
        raise typer.BadParameter("Give either fields or --data.", param_hint="--data")
    form = _is_v1(path)
    if data is not None:
        content = _content(data)
    elif form:
        content = _form(fields or [])
    else:
        content = json.dumps(_object(fields), ensure_ascii=False).encode() if fields else None
    from cli.connection.api import fresh_idempotency_key

    key = fresh_idempotency_key() if idempotency_key is None else idempotency_key
    _send(caller, "POST", path, content, key)


def _send(caller: Caller, method: str, path: str, content: bytes | None = None, key: str | None = None) -> None:
    from cli.connection.api import Api

    url, api_key = access(caller)
    v1 = _is_v1(path)
    headers = {"Authorization": f"Bearer {api_key}"} if v1 else {"X-Api-Key": api_key}
    if content is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded" if v1 else "application/json"
    if key is not None:
        headers["Idempotency-Key" if v1 else "X-Idempotency-Key"] = key
    api = Api(_v1_base(caller) or url if v1 else url, api_key, say=print_note)
    response = api.request(method, path, content, headers=headers, idempotency_key=key)
    _print(response)
    if response.status == 401 and (advice := where_from(api_key)) is not None:
        print_note(advice)
    if response.status >= 400:
        raise typer.Exit(1)


def _v1_base(caller: Caller) -> str | None:
    """Return the base URL of an environment's Stripe-compatible API in AWS, or None where it is the native API's."""
    from cli.connection.target import LOCAL, resolve
    from cli.state.state_dir import StateDir

    if caller.env in {None, LOCAL} or caller.base_url is not None:
        return None
    return resolve(caller.env or LOCAL, StateDir.find()).outputs("v1")["StripeApiBase"].rstrip("/")


def _print(response: Response) -> None:
    request_id = response.headers.get("request-id") or response.headers.get("x-amzn-requestid")
    replayed = "  replayed" if response.headers.get("idempotent-replayed") == "true" else ""
    print_note(f"{response.status} {response.reason}{f'  {request_id}' if request_id else ''}{replayed}")
    if "json" in response.headers.get("content-type", ""):
        print_json_text(response.text)
    elif response.content:
        print_bytes(response.content)


def _content(data: str) -> bytes:
    if not data.startswith("@"):
        return data.encode()
    try:
        return Path(data[1:]).read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"Cannot read {data[1:]}: {error.strerror}.", param_hint="--data") from None


def _object(fields: list[str]) -> dict[str, Any]:
    """Return the fields as one object. A dot in a name makes a nested object: `card.exp_month=12`."""
    body: dict[str, Any] = {}
    for field in fields:
        name, value = _field(field)
        *outer, last = name.split(".")
        inner = body
        for part in outer:
            inner = inner.setdefault(part, {})
            if not isinstance(inner, dict):
                raise typer.BadParameter(f"{part!r} in {name!r} is not an object.")
        inner[last] = value
    return body


def _form(fields: list[str]) -> bytes:
    from urllib.parse import urlencode

    pairs = [_field(field) for field in fields]
    return urlencode([(name, value if isinstance(value, str) else json.dumps(value)) for name, value in pairs]).encode()


def _field(text: str) -> tuple[str, Any]:
    name, separator, value = text.partition("=")
    if not separator or not name.removesuffix(":"):
        raise typer.BadParameter(f"{text!r} is not a field. Use NAME=VALUE or NAME:=JSON.")
    if not name.endswith(":"):
        return name, json.loads(value) if _TYPED.fullmatch(value) else value
    try:
        return name[:-1], json.loads(value)
    except ValueError:
        raise typer.BadParameter(f"{value!r} in {text!r} is not valid JSON.") from None
