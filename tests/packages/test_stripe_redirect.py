"""What pytest-paysandbox sends for a page's request to Stripe's hosts, and what the page gets. No browser is needed."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from pytest_paysandbox import RedirectedRequest, StripeRedirect, redirect_stripe

from tests.support.fakes.wire import HANG_UP, Reply, served


@dataclass
class Route:
    """Playwright's route of one request, which keeps how it was answered."""

    url: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict[str, str])
    post_data_buffer: bytes | None = None
    answer: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def request(self) -> "Route":
        return self

    def fulfill(self, **answer: Any) -> None:
        self.answer = answer

    def abort(self, error_code: str) -> None:
        self.answer = {"aborted": error_code}


FROM_A_FRAME = {
    "origin": "https://js.stripe.com",
    "authorization": "Bearer pk_test_51abc",
    "accept-encoding": "gzip, br",
    "content-type": "application/x-www-form-urlencoded",
}


def test_a_call_is_sent_without_the_origin_of_its_page() -> None:
    route = Route("https://api.stripe.com/v1/tokens?a=b", "POST", FROM_A_FRAME, b"card[cvc]=123&n=%20")
    with served(lambda _: Reply(402, "declined", {"Retry-After": "1"})) as wire:
        redirect = StripeRedirect(wire.base_url)
        redirect.handle(route)

    [sent] = wire.requests
    assert (sent.method, sent.path, sent.query) == ("POST", "/v1/tokens", {"a": "b"})
    assert sent.body == {"card[cvc]": "123", "n": " "}
    assert sent.headers["authorization"] == "Bearer pk_test_51abc"
    assert sent.headers["host"] in wire.base_url
    assert sent.headers["accept-encoding"] == "identity"
    assert "origin" not in sent.headers
    assert (route.answer["status"], route.answer["body"]) == (402, b"declined")
    assert route.answer["headers"]["retry-after"] == "1"
    assert "content-length" not in route.answer["headers"]
    assert redirect.requests == [RedirectedRequest("POST", "api.stripe.com", "/v1/tokens", 402)]


def test_a_preflight_keeps_its_origin() -> None:
    asked = {"origin": "https://js.stripe.com", "access-control-request-method": "POST"}
    with served(lambda request: Reply(204, "", {"Access-Control-Allow-Origin": request.headers["origin"]})) as wire:
        route = Route("https://api.stripe.com/v1/tokens", "OPTIONS", asked)
        StripeRedirect(wire.base_url).handle(route)
    assert route.answer["headers"]["access-control-allow-origin"] == "https://js.stripe.com"


def test_a_redirect_is_left_to_the_browser() -> None:
    with served(lambda _: Reply(303, "", {"Location": "https://shop.example/"})) as wire:
        route = Route("https://hooks.stripe.com/authenticate/att_1/x", "POST")
        StripeRedirect(wire.base_url).handle(route)
    assert len(wire.requests) == 1
    assert (route.answer["status"], route.answer["headers"]["location"]) == (303, "https://shop.example/")


def test_without_an_answer_the_request_fails_in_the_browser() -> None:
    route = Route("https://js.stripe.com/v3/")
    with served(lambda _: HANG_UP) as wire:
        redirect = StripeRedirect(wire.base_url)
        redirect.handle(route)
    assert route.answer == {"aborted": "connectionrefused"}
    assert str(redirect.requests[0]) == "GET https://js.stripe.com/v3/ was not answered"


def test_each_path_that_was_redirected_is_printed_once() -> None:
    redirect = StripeRedirect("http://127.0.0.1:4610")
    assert str(redirect) == "Redirected from Stripe's hosts to http://127.0.0.1:4610:\n  nothing"
    call = RedirectedRequest("GET", "js.stripe.com", "/v3/frames.js", 200)
    redirect.requests += [call, RedirectedRequest("GET", "js.stripe.com", "/v3/", 200), call]
    assert str(redirect).splitlines()[1:] == [
        "  GET https://js.stripe.com/v3/frames.js 200 (2 times)",
        "  GET https://js.stripe.com/v3/ 200",
    ]


def test_a_context_of_the_asynchronous_api_is_refused() -> None:
    class Context:
        def add_init_script(self, script: str) -> None:
            pass

        async def route(self, url: object, handler: object) -> None:
            pass

    with pytest.raises(TypeError, match=r"playwright\.sync_api"):
        redirect_stripe(Context(), "http://127.0.0.1:4610")
