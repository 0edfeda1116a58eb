"""paysandbox-client: what it sends again and what not, under which key, and the errors that it raises."""

import json
import re
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from paysandbox_client import ApiError, NoAnswerError, RequestError, Sandbox

from api_reference.openapi_file import openapi_json
from tests.support.fakes.wire import HANG_UP, Reply, Request, Wire, served
from tests.support.tools.ports import free_port
from tests.support.tools.python_package import PAYSANDBOX_CLIENT


def module(file: Path) -> Any:
    """Load the module of a file that is not installed."""
    spec = spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    loaded = module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


generator = module(PAYSANDBOX_CLIENT / "generate.py")
ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = json.loads(openapi_json())
CARD = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2030}
PAYMENT: Any = {"amount": 1250, "currency": "USD", "card": CARD}

OK = Reply(body={"auth_id": "auth_1"})
CUT_OFF = Reply(body={"auth_id": "auth_1"}, headers={"Content-Length": "4096"})
NOT_JSON = Reply(body="<html>")


def problem(status: int, code: str = "some_code", headers: dict[str, str] | None = None, **members: Any) -> Reply:
    """Return a problem as the API answers it."""
    it = {"code": code, "detail": "Why.", "status": status, "request_id": "req-1", "doc_url": f"/docs/errors/{code}"}
    return Reply(status, it | members, headers or {})


def authorize(sandbox: Sandbox) -> Any:
    return sandbox.authorize_payment(PAYMENT)


def move(sandbox: Sandbox) -> Any:
    return sandbox.move_clock({"advance_s": 60})


def read(sandbox: Sandbox) -> Any:
    return sandbox.get_payment("auth_1")


def change(sandbox: Sandbox) -> Any:
    return sandbox.update_endpoint("we_1", {"description": "the shop's"})


def delete(sandbox: Sandbox) -> Any:
    return sandbox.delete_endpoint("we_1")


class World:
    """An API that answers with given replies, one after the other and the last of them always, and a client of it."""

    def __init__(self, wire: Wire, pauses: list[float]) -> None:
        self.wire, self.pauses = wire, pauses

    def client(self, **options: Any) -> Sandbox:
        return Sandbox(self.wire.base_url, "sk_test_shop_1", pause=self.pauses.append, **options)

    @property
    def keys(self) -> list[str | None]:
        return [request.headers.get("x-idempotency-key") for request in self.wire.requests]


@pytest.fixture
def world() -> Iterator[Callable[..., World]]:
    """Provide a function that starts an API with its replies."""
    started: list[Any] = []

    def start(*replies: Reply | None) -> World:
        left = list(replies)
        context = served(lambda _: left.pop(0) if len(left) > 1 else left[0])
        started.append(context)
        return World(context.__enter__(), [])

    yield start
    for context in started:
        context.__exit__(None, None, None)


UNKNOWN: Sequence[Reply | None] = (HANG_UP, CUT_OFF, NOT_JSON, *map(problem, (500, 502, 503, 504)))
"""After these, nobody knows whether the request had its effect."""
KNOWN = tuple(map(problem, (400, 401, 402, 403, 404, 409, 413, 415, 422)))


@pytest.mark.parametrize("call", [authorize, read, change, delete], ids=lambda call: call.__name__)
def test_after_an_unknown_outcome_a_call_without_a_second_effect_is_sent_again(
    world: Callable[..., World], call: Callable[[Sandbox], Any], subtests: pytest.Subtests
) -> None:
    for lost in UNKNOWN if call is authorize else (HANG_UP, problem(503)):
        with subtests.test(lost=str(lost)):
            it = world(lost, lost, OK)
            assert call(it.client()) == OK.body
            assert len(it.wire.requests) == 3
            assert len({*it.keys}) == 1, "the attempts of a call have one key"
            assert len({json.dumps(request.body) for request in it.wire.requests}) == 1


def test_a_post_without_a_key_is_not_repeated_after_an_unknown_outcome(
    world: Callable[..., World], subtests: pytest.Subtests
) -> None:
    for lost in UNKNOWN:
        with subtests.test(lost=str(lost)):
            it = world(lost)
            with pytest.raises(RequestError) as raised:
                move(it.client())
            assert len(it.wire.requests) == 1
            assert it.keys == [None]
            assert raised.value.idempotency_key is None


@pytest.mark.parametrize("call", [authorize, move, read], ids=lambda call: call.__name__)
def test_a_request_that_was_refused_for_now_is_sent_again(
    world: Callable[..., World], call: Callable[[Sandbox], Any]
) -> None:
    """A 429 was not performed, whatever its method."""
    it = world(problem(429, headers={"Retry-After": "3"}), OK)
    assert call(it.client()) == OK.body
    assert it.pauses == [3]


@pytest.mark.parametrize("call", [authorize, move], ids=lambda call: call.__name__)
def test_a_connection_that_was_refused_is_tried_again(call: Callable[[Sandbox], Any]) -> None:
    pauses: list[float] = []
    with pytest.raises(NoAnswerError, match="was not answered") as raised:
        call(Sandbox(f"http://127.0.0.1:{free_port()}", pause=pauses.append))
    assert len(pauses) == 2
    assert not raised.value.was_sent


def test_a_refusal_is_not_repeated(world: Callable[..., World], subtests: pytest.Subtests) -> None:
    for refusal in KNOWN:
        with subtests.test(status=refusal.status):
            it = world(refusal)
            with pytest.raises(ApiError) as raised:
                authorize(it.client())
            assert len(it.wire.requests) == 1
            assert raised.value.status == refusal.status
            assert raised.value.is_outcome_known


@pytest.mark.parametrize("retries", [0, 1, 2, 4])
def test_retries_end(world: Callable[..., World], retries: int) -> None:
    it = world(problem(503))
    with pytest.raises(ApiError):
        authorize(it.client(max_retries=retries))
    assert len(it.wire.requests) == 1 + retries
    assert len(it.pauses) == retries


def test_waits_double_and_are_never_the_same(world: Callable[..., World]) -> None:
    waits: list[list[float]] = []
    for _ in range(20):
        it = world(HANG_UP)
        with pytest.raises(NoAnswerError):
            read(it.client(max_retries=6))
        waits.append(it.pauses)
    for wait_s, found in zip([0.5, 1, 2, 4, 8, 8], zip(*waits, strict=True), strict=True):
        assert all(wait_s / 2 <= each <= wait_s for each in found)
        assert len({*found}) > 1


@pytest.mark.parametrize(
    "retry_after, requests, at_least_s",
    [
        ("0", 3, 0.25),  # not at once: the back-off stays
        ("7", 3, 7),
        ("30", 3, 30),
        ("31", 1, None),  # longer than a call waits
        ("60", 1, None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 3, 0.25),
        ("-1", 3, 0.25),
        ("", 3, 0.25),
    ],
)
def test_retry_after_is_respected(
    world: Callable[..., World], retry_after: str, requests: int, at_least_s: float | None
) -> None:
    it = world(problem(503, headers={"Retry-After": retry_after}))
    with pytest.raises(ApiError) as raised:
        authorize(it.client())
    assert len(it.wire.requests) == requests
    assert all(each >= (at_least_s or 0) for each in it.pauses)
    assert raised.value.retry_after_s == (int(retry_after) if retry_after.isdigit() else None)


def test_each_call_has_a_key_of_its_own_unless_it_is_given_one(world: Callable[..., World]) -> None:
    it = world(OK)
    sandbox = it.client()
    authorize(sandbox)
    authorize(sandbox)
    sandbox.authorize_payment(PAYMENT, idempotency_key="order-1042-pay-1")
    first, second, given = it.keys
    assert first != second
    assert [uuid.UUID(key or "").version for key in (first, second)] == [4, 4]
    assert given == "order-1042-pay-1"


def test_an_error_has_what_the_problem_says(world: Callable[..., World]) -> None:
    it = world(problem(409, "capture_exceeds_authorized", param="amount", remaining=1250))
    with pytest.raises(ApiError) as raised:
        it.client().capture_payment({"auth_id": "auth_1", "amount": 2000}, idempotency_key="key-1")
    error = raised.value
    assert str(error) == "POST /payments/capture was answered with 409: capture_exceeds_authorized. Why."
    assert (error.code, error.param, error.detail) == ("capture_exceeds_authorized", "amount", "Why.")
    assert (error.status, error.request_id, error.idempotency_key) == (409, "req-1", "key-1")
    assert error.doc_url == "/docs/errors/capture_exceeds_authorized"
    assert error.problem["remaining"] == 1250


@pytest.mark.parametrize("status", [404, 502])
def test_an_error_that_is_no_problem_has_no_code(world: Callable[..., World], status: int) -> None:
    it = world(Reply(status, "<html>Bad gateway", {"Request-Id": "req-of-the-gateway"}))
    with pytest.raises(ApiError, match="Bad gateway") as raised:
        read(it.client())
    assert (raised.value.code, raised.value.request_id) == (None, "req-of-the-gateway")
    assert raised.value.is_outcome_known == (status == 404)


def test_a_redirect_is_not_followed(world: Callable[..., World]) -> None:
    it = world(Reply(HTTPStatus.FOUND, {}, {"Location": "http://127.0.0.1:9/"}))
    with pytest.raises(ApiError):
        read(it.client())
    assert len(it.wire.requests) == 1


def test_a_lost_answer_names_the_key_that_finds_out(world: Callable[..., World]) -> None:
    it = world(HANG_UP)
    with pytest.raises(NoAnswerError) as raised:
        authorize(it.client())
    assert raised.value.was_sent
    assert [raised.value.idempotency_key] * 3 == it.keys


def sent(request: Request) -> Any:
    return request.method, request.path, request.query, request.body


def test_parameters_are_sent_where_the_document_says(world: Callable[..., World]) -> None:
    it = world(OK)
    sandbox = it.client(donor_token="a.b.c")
    sandbox.authorize_payment(PAYMENT, sandbox_outcome="decline:lost_card")
    sandbox.get_payment("auth/1?x=1")
    sandbox.list_payments(status="captured", disputed=False, limit=5)
    sandbox.simulate_action("auth_1", "expire")
    first, *others = it.wire.requests
    assert sent(first) == ("POST", "/payments/authorize", {}, PAYMENT)
    assert first.headers["x-sandbox-outcome"] == "decline:lost_card"
    assert first.headers["x-api-key"] == "sk_test_shop_1"
    assert first.headers["authorization"] == "Bearer a.b.c"
    assert [sent(request) for request in others] == [
        ("GET", "/payments/auth%2F1%3Fx%3D1", {}, None),
        ("GET", "/payments", {"status": "captured", "disputed": "false", "limit": "5"}, None),
        ("POST", "/sandbox/simulate/auth_1/expire", {}, None),
    ]
    assert "content-type" not in others[-1].headers


def test_credentials_are_not_shown() -> None:
    shown = repr(Sandbox("http://127.0.0.1:4610", "sk_test_shop_1", donor_token="a.b.c"))
    assert "sk_test" not in shown
    assert "a.b.c" not in shown


@pytest.mark.parametrize("base_url", ["127.0.0.1:4610", "file:///etc/passwd", ""])
def test_only_http_is_spoken(base_url: str) -> None:
    with pytest.raises(ValueError, match="does not begin with http"):
        Sandbox(base_url)


# --- what is generated ------------------------------------------------------------------------------------------------


def test_every_operation_with_a_json_answer_is_a_method() -> None:
    """What is left out are pages, and what browsers and providers send."""
    operations = {it.name for it in generator.operations_of(DOCUMENT)}
    native = {
        facts["operationId"]
        for methods in DOCUMENT["paths"].values()
        for facts in methods.values()
        if not {"reference", "stripe_api"} & {*facts["tags"]}
    }
    assert native - operations == {
        *("complete_challenge", "show_challenge"),  # a cardholder's browser
        *("get_donation_page_file", "show_donation_page"),
        *("receive_paypal_event", "receive_stripe_event", "receive_webhook"),
    }
    assert operations <= {*dir(Sandbox)}


def test_the_posts_without_a_key_are_those_of_the_guide() -> None:
    guide = (ROOT / "docs" / "how-to" / "use-the-client.md").read_text()
    keyless = {it.name for it in generator.operations_of(DOCUMENT) if it.method == "POST" and not it.takes_key}
    assert keyless == {"move_clock", "create_customer", "cancel_disbursement"}
    assert "Three POSTs take no key" in guide
    assert {name for name in keyless if f"`{name}`" in guide} == keyless


def test_a_parameter_that_the_generator_does_not_know_is_an_error() -> None:
    api = {
        "paths": {
            "/x": {
                "get": {
                    "operationId": "get_x",
                    "tags": ["payments"],
                    "summary": "Get x",
                    "parameters": [{"name": "a", "in": "query", "description": "A.", "schema": {"type": "array"}}],
                    "responses": {
                        "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/X"}}}}
                    },
                }
            }
        }
    }
    with pytest.raises(ValueError, match="neither a scalar nor a named schema"):
        generator.operations(api)


def test_the_client_loads_neither_the_shapes_nor_a_package() -> None:
    program = "import sys; from paysandbox_client import Sandbox; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = {*done.stdout.split()}
    assert "paysandbox_client.operations" in loaded
    assert loaded & {"attr", "httpx", "paysandbox_client.shapes", "pydantic", "requests"} == set()


def test_it_imports_the_standard_library_only() -> None:
    imports = {
        name
        for file in (PAYSANDBOX_CLIENT / "src").rglob("*.py")
        for name in re.findall(r"^\s*(?:from|import) (\w+)", file.read_text(), re.MULTILINE)
    }
    assert "urllib" in imports
    assert imports <= sys.stdlib_module_names | {"paysandbox_client"}
