"""HTML pages for errors that no handler produces: those of the wall and of the engine's API Gateway."""

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from engine.wall.request import Request
from paysandbox.http.html import HTML, PAGE_HEADERS, prefers_html, problem_page

PROBLEM: Final = "application/problem+json"

_NEARBY_MAX: Final = 4
_SIMILARITY_MIN: Final = 0.6
_COMPARED_LENGTH: Final = 200

Headers = Sequence[tuple[bytes, bytes]]


def wants_page(request: Request) -> bool:
    """Return whether the client prefers HTML to JSON."""
    return prefers_html([request.headers.get("accept", "")])


def page_of(problem: Mapping[str, Any], path: str, routes: Iterable[str]) -> bytes:
    """Return a problem as HTML. For an unknown path, the page lists routes with similar paths."""
    missing = problem.get("code") == "resource_not_found"
    return problem_page(problem, nearby=nearby(path, routes) if missing else ()).encode()


def nearby(path: str, routes: Iterable[str]) -> list[str]:
    """Return the routes (`GET /payments`) with the most similar paths."""
    by_path: dict[str, list[str]] = {}
    for route in routes:
        by_path.setdefault(route.partition(" ")[2], []).append(route)
    close = difflib.get_close_matches(path[:_COMPARED_LENGTH], by_path, n=_NEARBY_MAX, cutoff=_SIMILARITY_MIN)
    return [route for like in close for route in by_path[like]][:_NEARBY_MAX]


def page_headers() -> list[tuple[bytes, bytes]]:
    """Return the headers of every page."""
    return [(name.lower().encode(), value.encode()) for name, value in {**PAGE_HEADERS, "Vary": "Accept"}.items()]


def with_pages(send: Any, request: Request, routes: Iterable[str]) -> Any:
    """Return a `send` that converts problems to HTML and passes on everything else."""
    start: dict[str, Any] | None = None
    parts: list[bytes] = []

    async def sending(message: dict[str, Any]) -> None:
        nonlocal start
        if message["type"] == "http.response.start" and _is_problem(message.get("headers", ())):
            start = message
        elif start is None:
            await send(message)
        else:
            parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                body, content_type = _shown(b"".join(parts), request.path, routes)
                await send({**start, "headers": _of_page(start["headers"], body, content_type)})
                await send({"type": "http.response.body", "body": body})

    return sending


def _shown(body: bytes, path: str, routes: Iterable[str]) -> tuple[bytes, str]:
    try:
        problem = json.loads(body)
    except ValueError:
        return body, PROBLEM
    return page_of(problem, path, routes), HTML


def _is_problem(headers: Headers) -> bool:
    return any(name.lower() == b"content-type" and value.startswith(PROBLEM.encode()) for name, value in headers)


def _of_page(headers: Headers, body: bytes, content_type: str) -> list[tuple[bytes, bytes]]:
    others = [(name, value) for name, value in headers if name.lower() not in (b"content-type", b"content-length")]
    about = [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode())]
    return [*others, *about, *page_headers()]
