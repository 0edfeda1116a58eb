"""GET /v3 and GET /<train>/stripe.js: the stand-in for Stripe's browser library."""

import pytest

from paysandbox.http.route import Route
from paysandbox.reference.routes import GET_STRIPE_JS, GET_STRIPE_JS_FRAME, TRAINS
from tests.support.clients.call import event, send, send_event

MAX_BYTES = 60_000


@pytest.mark.parametrize("train", TRAINS)
def test_a_script_for_each_train(train: str) -> None:
    reply = send(GET_STRIPE_JS[train])
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert f'const TRAIN = {{"name":"{train}",' in reply.text
    assert len(reply.text.encode()) < MAX_BYTES


@pytest.mark.parametrize(
    "route, file",
    [
        *((GET_STRIPE_JS[train], None) for train in TRAINS),
        (GET_STRIPE_JS_FRAME, "stripe.js"),
        (GET_STRIPE_JS_FRAME, "frames.js"),
        (GET_STRIPE_JS_FRAME, "controller.html"),
    ],
)
def test_a_browser_keeps_a_file_for_an_hour_and_then_asks_whether_it_changed(route: Route, file: str | None) -> None:
    path = {"file": file} if file else None
    reply = send(route, path=path)
    assert reply.headers["Cache-Control"] == "public, max-age=3600"
    tag = reply.headers["ETag"]
    known = send(route, path=path, headers={"If-None-Match": tag})
    assert (known.status, known.text) == (304, "")
    # RFC 9110, section 15.4.5: what a 200 would have had.
    assert (known.headers["ETag"], known.headers["Cache-Control"]) == (tag, reply.headers["Cache-Control"])
    assert send(route, path=path, headers={"If-None-Match": '"of another build"'}).text == reply.text


def test_each_train_has_a_strong_tag_of_its_own() -> None:
    tags = {send(route).headers["ETag"] for route in GET_STRIPE_JS.values()}
    assert len(tags) == len(TRAINS)
    assert all(tag.startswith('"') for tag in tags)


def test_locally_a_new_build_shows_with_the_next_load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYSANDBOX_SCRIPT_MAX_AGE_S", "0")
    assert send(GET_STRIPE_JS["v3"]).headers["Cache-Control"] == "public, max-age=0"


def test_with_a_slash_behind_it_and_for_every_origin() -> None:
    reply = send_event(GET_STRIPE_JS["v3"], event(GET_STRIPE_JS["v3"]) | {"path": "/v3/"})
    assert reply.text == send(GET_STRIPE_JS["v3"]).text
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
