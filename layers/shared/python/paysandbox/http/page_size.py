"""How much of a list fits into one response: a page of long objects is shorter than its `limit`."""

import json
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from paysandbox.aws.dynamodb.sharded_index import ListPage
from paysandbox.core.json_text import json_text
from paysandbox.http.answer import Body

MAX_PAGE_BYTES: Final = 5_500_000
"""Of the objects of a page, as they are in a function's response: 6 MB at most (Lambda's quotas page)."""

_MOST_GROWTH: Final = 8
"""An object's bytes in a response, at most, by the bytes of its compact JSON: escapes double, indentation does more."""

T = TypeVar("T")


def fitting(bodies: Sequence[Body], encode: Callable[[Body], str], *, from_end: bool = False) -> list[Body]:
    """Return the first objects, encoded by `encode`, that fit into one response: at least one.

    With `from_end`, the last ones.
    """
    if _MOST_GROWTH * len(json.dumps(bodies)) <= MAX_PAGE_BYTES:
        return [*bodies]
    shown, left = list[Body](), MAX_PAGE_BYTES
    for body in reversed(bodies) if from_end else bodies:
        left -= response_bytes(encode(body))
        if shown and left < 0:
            break
        shown.append(body)
    return shown[::-1] if from_end else shown


def response_bytes(text: str) -> int:
    """Return the bytes of a text in a function's response, in which the body is a JSON string."""
    return len(json.dumps(text, ensure_ascii=False).encode(errors="surrogatepass"))


def render_page(page: ListPage[T], render: Callable[[T], Body]) -> Body:
    """Render a page of a list: as many of its items as fit, and the cursor of those after them.

    With a filter that no index has, also how many items it was compared with: nobody takes an empty page for an empty
    list.
    """
    shown = fitting([render(item) for item in page.items], json_text)
    body: Body = {"data": shown, "next_cursor": page.cursor_after(len(shown))}
    return body | {"searched": page.compared} if page.compared else body
