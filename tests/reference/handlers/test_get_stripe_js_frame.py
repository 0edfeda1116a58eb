"""GET /v3/{file}: the frames of the stand-in for Stripe's browser library."""

import pytest

from layers.stripe_js import PAGES
from paysandbox.reference.routes import GET_STRIPE_JS, GET_STRIPE_JS_FRAME
from tests.support.clients.call import event, send, send_event

HTML = "text/html; charset=utf-8"
POLICIES = (
    "default-src 'none'; connect-src *:*{0}/v1/ *:*{0}/c/pay/ *:*{0}/authenticate/; script-src 'self'; "
    "style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *, "
    "default-src 'self' https://api.stripe.com/v1/ https://hooks.stripe.com/authenticate/"
)
"""The first names paths, the second hosts. `{0}` is the stage."""


@pytest.mark.parametrize("page", PAGES)
def test_shops_hold_frames_that_run_no_script_of_theirs(page: str) -> None:
    reply = send(GET_STRIPE_JS_FRAME, path={"file": f"{page}.html"})
    assert (reply.status, reply.headers["Content-Type"]) == (200, HTML)
    assert reply.headers["Content-Security-Policy"] == POLICIES.format("")
    assert reply.headers["Referrer-Policy"] == "no-referrer"
    assert "<script>" not in reply.text
    assert "style=" not in reply.text


@pytest.mark.parametrize("host, stage", [("pay.example.com", ""), ("abc.execute-api.us-east-1.amazonaws.com", "/live")])
def test_on_aws_frames_call_the_paths_of_the_stage(host: str, stage: str) -> None:
    sent = event(GET_STRIPE_JS_FRAME, path={"file": "controller.html"})
    sent["requestContext"]["domainName"] = host
    reply = send_event(GET_STRIPE_JS_FRAME, sent)
    assert reply.headers["Content-Security-Policy"] == POLICIES.format(stage)


@pytest.mark.parametrize(
    "file, kind", [("frames.js", "text/javascript"), ("console.js", "text/javascript"), ("frames.css", "text/css")]
)
def test_what_a_frame_loads(file: str, kind: str) -> None:
    reply = send(GET_STRIPE_JS_FRAME, path={"file": file})
    assert (reply.status, reply.headers["Content-Type"]) == (200, f"{kind}; charset=utf-8")
    assert file in send(GET_STRIPE_JS_FRAME, path={"file": "controller.html"}).text


def test_the_script_has_a_second_address_below_v3() -> None:
    assert send(GET_STRIPE_JS_FRAME, path={"file": "stripe.js"}).text == send(GET_STRIPE_JS["v3"]).text


def test_other_files_are_a_404() -> None:
    reply = send(GET_STRIPE_JS_FRAME, path={"file": "nowhere.html"})
    assert (reply.status, reply.code) == (404, "resource_not_found")
