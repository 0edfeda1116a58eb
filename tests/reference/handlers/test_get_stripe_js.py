"""GET /v3 and GET /<train>/stripe.js: the stand-in for Stripe's browser library."""

import pytest

from paysandbox.reference.routes import GET_STRIPE_JS, TRAINS
from tests.support.clients.call import event, send, send_event

MAX_BYTES = 60_000


@pytest.mark.parametrize("train", TRAINS)
def test_a_script_for_each_train(train: str) -> None:
    reply = send(GET_STRIPE_JS[train])
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert f'const TRAIN = {{"name":"{train}",' in reply.text
    assert len(reply.text.encode()) < MAX_BYTES
    assert reply.headers["Cache-Control"] == "public, max-age=60"


def test_with_a_slash_behind_it_and_for_every_origin() -> None:
    reply = send_event(GET_STRIPE_JS["v3"], event(GET_STRIPE_JS["v3"]) | {"path": "/v3/"})
    assert reply.text == send(GET_STRIPE_JS["v3"]).text
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
