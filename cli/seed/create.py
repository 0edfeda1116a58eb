"""Creates the objects of a seed file over the Stripe-compatible API, each under a key derived from its table."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cli.connection.request_parts import FORM
from cli.seed.seed_file import KINDS, Entry, SeedFile, form, idempotency_key
from cli.terminal.failure import Failure

if TYPE_CHECKING:
    from cli.connection.api import Api
    from cli.connection.http_client import Response

_DECLINED: Final = 402


@dataclass(frozen=True)
class Created:
    """An object: its table, its ID, its status if it has one, an endpoint's signing secret, and whether it is new."""

    entry: Entry
    object_id: str
    status: str | None
    secret: str | None
    is_new: bool


def create(api: Api, file: SeedFile) -> Iterator[Created]:
    """Create the objects in order, and yield each. A declined payment counts as created.

    The API repeats its first answer to a key for 24 hours of the sandbox's clock, and creates nothing then. Raises
    Failure with the table and the parameter that the API refused; what is above that table exists already.
    """
    ids: dict[tuple[str, str], str] = {}
    for entry in file.entries:
        params = entry.resolved(ids)
        key = idempotency_key(entry, params)
        headers = {"Authorization": f"Bearer {api.api_key}", "Content-Type": FORM, "Idempotency-Key": key}
        path = KINDS[entry.kind].path
        response = api.request("POST", path, form(params).encode(), headers=headers, idempotency_key=key)
        made = _object_in(entry, response)
        ids[entry.kind, entry.name] = made["id"]
        is_new = response.headers.get("idempotent-replayed") != "true"
        yield Created(entry, made["id"], made.get("status"), made.get("secret"), is_new)


def _object_in(entry: Entry, response: Response) -> Mapping[str, Any]:
    try:
        body = json.loads(response.content)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Failure(
            f"{entry.place}: the response is {response.status}: {response.text[:200]!r}", "See paysandbox logs."
        )
    error = body.get("error")
    if error is None:
        return body
    if response.status == _DECLINED and "payment_intent" in error:
        return error["payment_intent"]
    place = f"{entry.place} {error['param']}" if error.get("param") else entry.place
    raise Failure(f"{place}: {error.get('message', '')}", "Change the file and seed again: nothing is created twice.")
