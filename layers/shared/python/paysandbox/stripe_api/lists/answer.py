"""Answers of lists: as many objects of a page as fit into one response."""

from collections.abc import Sequence

from paysandbox.http.answer import Body
from paysandbox.http.page_size import fitting
from paysandbox.stripe_api.json_text import to_stripe_json
from paysandbox.stripe_api.objects.render import render_list
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.requests import Listing


def list_answer(url: str, query: Listing, data: Sequence[Body], *, more: bool) -> StripeAnswer:
    """Answer with a page of rendered objects, or with those next to the named one if not all fit into a response.

    `url` is the path of the list (`/v1/charges`). `more`: there are more beyond them.
    """
    shown = fitting(data, listed_json, from_end=query.ending_before is not None)
    return StripeAnswer(body=render_list(url, shown, has_more=more or len(shown) < len(data)), outcome="listed")


def listed_json(body: Body) -> str:
    """Encode an object as it is in a list."""
    return to_stripe_json({"data": [body]})
