"""The path that a request may have meant which no route has, by the catalog of both APIs.

The catalog takes longer to import than a local request takes, so it is only for a request that failed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

_LEAST: Final = 0.6
"""How similar each part of two paths must be, from 0 to 1, as for words (paysandbox/core/suggestion.py)."""

_LEAST_BELOW_V1: Final = 0.9
"""The same where `/v1` was left out too."""

_LONGEST: Final = 200
_V1: Final = "v1"


def near_path(method: str, path: str) -> str | None:
    """Return the path of a route that is nearest to one that no route of the method has, or None if none is near.

    The path may have a query. Values of parameters are taken over: `/disputez/du_1` may mean `/disputes/du_1`.
    """
    sent = path.partition("?")[0][:_LONGEST]
    typed = _parts(sent)
    routes = [parts for each, parts in _catalog() if each == ("GET" if method == "HEAD" else method)]
    if any(_matches(typed, parts) for parts in routes):
        return None if sent == _joined(typed) else _joined(typed)
    near = [
        (similarity, wanted is typed, meant)
        for wanted, least in ((typed, _LEAST), ([_V1, *typed], _LEAST_BELOW_V1))
        for parts in routes
        if _are_of_one_api(wanted, parts)
        for similarity, meant in [_compared(wanted, parts)]
        if similarity[0] >= least
    ]
    return max(near)[-1] if near else None


def _catalog() -> Iterator[tuple[str, Sequence[str]]]:
    from api_reference.routes import ROUTES
    from paysandbox.stripe_api.routes import ROUTES as V1_ROUTES

    for route in ROUTES:
        yield route.method, _parts(route.path)
    for route in V1_ROUTES:
        yield route.method, [_V1, *_parts(route.path)]


def _are_of_one_api(typed: Sequence[str], parts: Sequence[str]) -> bool:
    return len(typed) == len(parts) and (typed[:1] == [_V1]) == (parts[:1] == [_V1])


def _compared(typed: Sequence[str], parts: Sequence[str]) -> tuple[tuple[float, float], str]:
    """Return how similar the fixed parts are, and the route's path with the values that were sent.

    The similarity is that of the least similar part, from 0 to 1, and the sum over all parts.
    """
    from difflib import SequenceMatcher

    fixed = [place for place, part in enumerate(parts) if not _is_parameter(part) and part != _V1]
    ratios = [SequenceMatcher(None, typed[place].lower(), parts[place], autojunk=False).ratio() for place in fixed]
    meant = _joined([word if _is_parameter(part) else part for word, part in zip(typed, parts, strict=True)])
    return (min(ratios, default=0.0), sum(ratios)), meant


def _matches(typed: Sequence[str], parts: Sequence[str]) -> bool:
    return len(typed) == len(parts) and all(
        _is_parameter(part) or part == word for word, part in zip(typed, parts, strict=True)
    )


def _is_parameter(part: str) -> bool:
    return part.startswith("{")


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def _joined(parts: Sequence[str]) -> str:
    return f"/{'/'.join(parts)}"
