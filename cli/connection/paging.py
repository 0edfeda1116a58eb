"""Lists over the API: read their pages, and print the command for the rest."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from cli.connection.credentials import repeated
from cli.terminal.output import print_note

if TYPE_CHECKING:
    from cli.connection.api import Answer, Api, Endpoint
    from cli.connection.caller import Caller


PAGE_MAX: Final = 100
"""The API's largest page."""


def read_list(
    api: Api,
    route: Endpoint,
    query: Mapping[str, Any],
    *,
    limit: int,
    every: bool,
    cursor: str | None,
    path: Mapping[str, str] | None = None,
) -> Answer:
    """Return a list's first `limit` results after `cursor`, or with `every` all: one page, or several as one.

    A page can be short although more follow, so cursors are followed until the limit or the end.
    """
    answer: Answer | None = None
    data: list[Any] = []
    while answer is None or (cursor is not None and (every or len(data) < limit)):
        size = PAGE_MAX if every else min(PAGE_MAX, limit - len(data))
        page = api.get(route, path=path, query={**query, "limit": size, "cursor": cursor})
        data += page.body["data"]
        cursor = page.body["next_cursor"]
        body = {**page.body, "data": data}
        answer = page if answer is None else replace(page, text=json.dumps(body, ensure_ascii=False), body=body)
    return answer


def print_next_page(command: str, options: Mapping[str, Any], answer: Answer, caller: Caller) -> None:
    """Print the command for the next results on stderr, and that for all, unless it is JSON or there are none.

    Times are the ones that were sent: a cursor is valid only for its filters, and a span such as 2h means another time
    later.
    """
    if caller.as_json or not answer.body["next_cursor"]:
        return
    given = {**options, "cursor": answer.body["next_cursor"]}
    words = [
        f"--{name}" if value is True else f"--{name} {shlex.quote(str(value))}"
        for name, value in given.items()
        if value is not None
    ]
    print_note(f"Next page: paysandbox {command} {' '.join(words)}{repeated(caller)}")
    print_note("All of them: --all")
