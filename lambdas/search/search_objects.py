"""GET /search: find a merchant's objects by whatever names them."""

from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.search.find import find
from paysandbox.search.query import read_search
from paysandbox.search.routes import SEARCH_OBJECTS
from paysandbox.search.schemas import SearchObjects, render_found


@endpoint(SEARCH_OBJECTS)
def handler(call: Call[None, SearchObjects]) -> Answer:
    """One read for each form of ID that the text has; otherwise queries of indexes, and 6,000 items at most."""
    answer = find(call.merchant, read_search(call.query.q))
    return Answer(render_found(answer.found, answer.searched), outcome="found" if answer.found else "none")
