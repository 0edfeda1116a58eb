"""Pages of a search: objects that match a query, newest first, among the newest MAX_SEARCHED.

There is no index of what can be searched, so rows (payments) are read newest first, and each object of a row is
compared. A page token says after which object to continue, and how many were compared before.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, Generic, TypeVar

from paysandbox.aws.cursor import cursor_of, position_of
from paysandbox.aws.dynamodb.sharded_index import ShardedIndex, newest
from paysandbox.aws.search_time import has_search_time
from paysandbox.core.errors import Code, Refused
from paysandbox.core.headers import SEARCHED_HEADER
from paysandbox.core.record import record, replace
from paysandbox.http.answer import Body
from paysandbox.http.page_size import fitting
from paysandbox.stripe_api.lists.answer import listed_json
from paysandbox.stripe_api.lists.page import Objects
from paysandbox.stripe_api.lists.search import SearchQuery
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.requests import TOTAL_COUNT

MAX_SEARCHED: Final = 10_000
"""Objects that a search compares, over all its pages. Older ones are not found."""

_AT_ONCE: Final = 100

_RESERVE_MS: Final = 3_000
"""What remains of the function's time when a search stops reading."""

_MOST_S: Final = 60
"""More than any function has."""

_NO_OBJECT: Final = "none_a"
"""In the place of a row without objects."""

_PLACE: Final = re.compile(r"(\d{1,5}) ([A-Za-z0-9_-]{1,64}) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z#\S{1,64})")

T = TypeVar("T")


@record
class _Place:
    """An object that was compared, the sort key of its row, and how many were compared up to and including it."""

    compared: int
    object_id: str
    position: str

    def text(self) -> str:
        """Return it as the text of a page token."""
        return f"{self.compared} {self.object_id} {self.position}"


@record(kw_only=True)
class SearchSource(Generic[T]):
    """What is searched: rows, their sort keys, and their objects, newest first. `tied_to` binds page tokens to it."""

    index: ShardedIndex[T]
    position_of: Callable[[T], str]
    objects_of: Callable[[T], Objects]
    tied_to: tuple[str, ...]


@record(kw_only=True)
class _Compared(Generic[T]):
    """An object to compare, and whether it comes after the start of the page."""

    row: T
    place: _Place
    body: Mapping[str, Any]
    beyond: bool


@record(kw_only=True)
class SearchPage(Generic[T]):
    """The objects found, each as its row and its ID; the token of the next page; and how many match, if counted.

    `tokens` are those of the pages that would follow each object. `compared` is how many objects this page took.
    """

    found: Sequence[tuple[T, str]]
    tokens: Sequence[str] = ()
    next_page: str | None
    total: int | None
    compared: int


def search_page(
    source: SearchSource[T],
    query: SearchQuery,
    *,
    limit: int,
    page: str | None,
    counted: bool,
    has_time: Callable[[], bool],
) -> SearchPage[T]:
    """Return at most `limit` objects after those of the previous pages.

    If there is no time left, a page ends early, and the next one continues: it may be empty. `counted`: also count all
    that match, which compares from the newest again. A limit of 0 leads to the page that was asked for. Raises
    Refused(parameter_invalid) for the page token of another search, and if there is no time to count.
    """
    start = _read(page, source.tied_to) if page is not None else None
    if limit == 0 and not counted:
        return SearchPage(found=(), next_page=page, total=None, compared=0)
    found, tokens = list[tuple[T, str]](), list[str]()
    total, compared, last, following = 0, 0, start, None
    for candidate in _objects(source, start, has_time, from_newest=counted):
        if isinstance(candidate, _Place):
            if counted:
                raise Refused(Code.PARAMETER_INVALID, "total_count timed out. Search without it.", "expand")
            following = candidate
            break
        compared += 1
        if query.matches(candidate.body):
            total += 1
            if candidate.beyond and following is None:
                if len(found) < limit:
                    found.append((candidate.row, candidate.place.object_id))
                    tokens.append(cursor_of(candidate.place.text(), source.tied_to))
                else:
                    following = last
        if following is not None and not counted:
            break
        last = candidate.place
    token = cursor_of(following.text(), source.tied_to) if following else None
    counted_total = total if counted else None
    return SearchPage(found=found, tokens=tokens, next_page=token, total=counted_total, compared=compared)


def time_to_search(context: Any, *, counted: bool) -> Callable[[], bool]:
    """Return a function that says whether a search may read on: for a page, until the local engine's time is over, and
    always until the function's own is nearly over (`context` is Lambda's). A count that ends early is none."""
    has_search_time_left = has_search_time(_MOST_S)

    def has_time() -> bool:
        return context.get_remaining_time_in_millis() > _RESERVE_MS and (counted or has_search_time_left())

    return has_time


def answer_search(url: str, data: Sequence[Body], page: SearchPage[T]) -> StripeAnswer:
    """Answer with a page, of which `data` are the objects, and say in a header with how many it was compared."""
    headers = {SEARCHED_HEADER: str(page.compared)}
    return StripeAnswer(body=render_search_result(url, data, page), outcome="listed", headers=headers)


def render_search_result(url: str, data: Sequence[Body], page: SearchPage[T]) -> Body:
    """Render a page of objects, or the first of them if not all fit into a response.

    `url` is the path of the search (`/v1/charges/search`).
    """
    shown = fitting(data, listed_json)
    next_page = page.next_page if len(shown) == len(data) else page.tokens[len(shown) - 1]
    body: Body = {
        "object": "search_result",
        "data": shown,
        "has_more": next_page is not None,
        "next_page": next_page,
        "url": url,
    }
    return body if page.total is None else body | {TOTAL_COUNT: page.total}


def _objects(
    source: SearchSource[T], start: _Place | None, has_time: Callable[[], bool], *, from_newest: bool
) -> Iterator[_Compared[T] | _Place]:
    """Yield the objects to compare, newest first, and the last place if there is no time for the others.

    Without `from_newest`, only those beyond the start.
    """
    index, compared = source.index, 0
    if start is not None and not from_newest:
        index, compared = replace(index, until=start.position), start.compared
    cursor, place = None, start
    while True:
        rows, cursor = newest(index, limit=_AT_ONCE, cursor=cursor)
        for row in rows:
            position, objects = source.position_of(row), source.objects_of(row)
            beyond = _beyond(position, [name for name, _ in objects], start)
            place = _Place(compared, _NO_OBJECT, position)
            for name, body in objects:
                if not from_newest and name not in beyond:
                    continue
                if compared == MAX_SEARCHED:
                    return
                compared += 1
                place = _Place(compared, name, position)
                yield _Compared(row=row, place=place, body=body, beyond=name in beyond)
        if cursor is None:
            return
        if place is not None and not has_time():
            yield place
            return


def _beyond(position: str, names: Sequence[str], start: _Place | None) -> frozenset[str]:
    """Return the objects of a row that come after the start: a row's objects may be split between two pages."""
    if start is None or position < start.position:
        return frozenset(names)
    if position > start.position:
        return frozenset()
    return frozenset(names[names.index(start.object_id) + 1 :] if start.object_id in names else names)


def _read(page: str, tied_to: tuple[str, ...]) -> _Place:
    try:
        match = _PLACE.fullmatch(position_of(page, tied_to, _PLACE))
    except Refused:
        match = None
    if match is None:
        raise Refused(
            Code.PARAMETER_INVALID, "Invalid page: send next_page of the previous page, with the same query.", "page"
        )
    return _Place(int(match[1]), match[2], match[3])
