# pyright: standard
"""What requests do with setup attempts."""

from functools import partial

from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.lists.answer import list_answer
from paysandbox.stripe_api.lists.page import page_of_row
from paysandbox.stripe_api.lists.parameters import around_in, created_in
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.resource_kit.operations import Request
from paysandbox.stripe_api.setup_intents.setup_attempt import attempts_of
from paysandbox.stripe_api.setup_intents.setup_intent_resource import SETUP_INTENT


def list_attempts(request: Request) -> StripeAnswer:
    """List the attempts of a setup intent, newest first. One consistent read, and one of what is expanded."""
    query, kind = request.call.query, request.resource
    tree = request.expanded(query.expanded_paths)
    setup = request.read(SETUP_INTENT.object, query.setup_intent)
    if setup is None:
        raise no_such(SETUP_INTENT.noun, query.setup_intent, SETUP_INTENT.object)
    attempts = attempts_of(setup)
    every = [(attempt.id, body) for attempt, body in zip(attempts, request.rendered(attempts, tree), strict=True)]
    around, matching = around_in(query, kind.noun, every), partial(created_in, query.created)
    data, more = page_of_row(every, limit=query.limit, around=around, matching=matching)
    return list_answer(f"/v1{kind.path}", query, data, more=more)
