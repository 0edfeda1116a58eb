"""Lists over the API: cursors are followed until the limit or the end."""

import json
from typing import Any

import pytest

from cli.connection.api import Api
from cli.connection.api_paths import LIST_PAYMENTS
from cli.connection.http_client import Request, Response
from cli.connection.paging import read_list


def read(pages: list[list[int]], **options: Any) -> tuple[dict[str, Any], list[str]]:
    """Read a list that has these pages, and return its body and the queries of the requests."""
    asked: list[str] = []

    def send(request: Request) -> Response:
        number = len(asked)
        asked.append(request.url.partition("?")[2])
        body = {"data": pages[number], "next_cursor": str(number + 1) if number + 1 < len(pages) else None}
        return Response(200, {}, json.dumps(body).encode())

    wanted = {"limit": 3, "every": False, "cursor": None, **options}
    answer = read_list(Api("http://sandbox", "k", send=send), LIST_PAYMENTS, {"status": "expired"}, **wanted)
    assert json.loads(answer.text) == answer.body
    return answer.body, asked


@pytest.mark.parametrize(
    "pages, options, data, next_cursor, limits",
    [
        ([[1, 2], []], {}, [1, 2], None, [3, 1]),
        ([[], [], [1]], {}, [1], None, [3, 3, 3]),
        ([[1], [2, 3], [4]], {}, [1, 2, 3], "2", [3, 2]),
        ([[1, 2, 3], [4]], {}, [1, 2, 3], "1", [3]),
        ([[1, 2, 3], [4]], {"every": True}, [1, 2, 3, 4], None, [100, 100]),
        ([[*range(100)], [*range(100, 150)]], {"limit": 150}, [*range(150)], None, [100, 50]),
        ([[]], {}, [], None, [3]),
    ],
)
def test_pages_are_read_until_the_limit_or_the_end(
    pages: list[list[int]], options: dict[str, Any], data: list[int], next_cursor: str | None, limits: list[int]
) -> None:
    body, asked = read(pages, **options)
    assert body == {"data": data, "next_cursor": next_cursor}
    after = ["", *(f"&cursor={number}" for number in range(1, len(asked)))]
    assert asked == [f"status=expired&limit={limit}{more}" for limit, more in zip(limits, after, strict=True)]
