"""`paysandbox requests`: the filters sent, and the display of a request."""

import json
import shlex

import pytest

from paysandbox.request_log.schemas import LoggedRequest, LoggedRequestList
from tests.support.clients.program import KEY_FROM_STDIN, paysandbox
from tests.support.fakes.wire import Reply, served

ONE = {
    "request_id": "5f2c9d0e-0000-4000-8000-000000000001", "created_at": "2030-01-07T09:00:00.250000Z", "method": "POST",
    "route": "capture_payment", "status": 409, "outcome": "refused", "duration_ms": 12, "replayed": False,
    "code": "already_voided", "param": "auth_id", "detail": "It was voided.", "idempotency_key": "k1",
    "body": '{"auth_id": "auth_1"}',
}  # fmt: skip
TWO = {name: value for name, value in ONE.items() if name not in {"code", "param", "detail", "body"}} | {
    "status": 200, "outcome": "captured", "replayed": True, "transaction_id": "cap_1",
}  # fmt: skip
PAGE = {"data": [ONE, TWO], "next_cursor": None}


def run(words, body):
    with served(lambda _: Reply(body=body)) as wire:
        said = paysandbox("requests", *words, "--base-url", wire.base_url, *KEY_FROM_STDIN, piped="sk_test_demo_x")
    return said, wire.requests


@pytest.mark.parametrize("shape, body", [(LoggedRequest, ONE), (LoggedRequest, TWO), (LoggedRequestList, PAGE)])
def test_responses_match_the_contract(shape, body):
    assert (
        shape.model_validate(body).model_dump(exclude_none=True).items()
        >= {name: value for name, value in body.items() if value is not None and name != "data"}.items()
    )


@pytest.mark.parametrize("words, query", [
    ([], {"limit": "20"}),
    (["--failed"], {"failed": "true", "limit": "20"}),
    (["--succeeded"], {"failed": "false", "limit": "20"}),
    (["--status", "4xx", "--route", "capture_payment"], {"status": "4xx", "route": "capture_payment", "limit": "20"}),
    (["--payment", "auth_1", "--reference", "order 1"],
     {"payment_id": "auth_1", "reference": "order 1", "limit": "20"}),
    (["--limit", "3", "--cursor", "next"], {"limit": "3", "cursor": "next"}),
])  # fmt: skip
def test_filters_match_the_api(words, query):
    said, [request] = run(["list", *words], PAGE)
    assert (said.exit_code, request.path, request.query) == (0, "/requests", query)


@pytest.mark.parametrize(
    "words",
    [
        ["--failed"],
        ["--succeeded"],
        ["--status", "4xx", "--route", "capture_payment"],
        ["--payment", "auth_1", "--reference", "order 1"],
    ],
)
def test_the_next_page_has_the_same_filters(words):
    said, _ = run(["list", *words, "--limit", "2"], PAGE | {"next_cursor": "c"})
    assert f"requests list {shlex.join(words)} --limit 2 --cursor c" in said.words


def test_list_as_text_and_as_json():
    lines = run(["list"], PAGE)[0].stdout.splitlines()
    assert [line.split() for line in lines] == [
        ["WHEN", "(UTC)", "STATUS", "ROUTE", "OUTCOME", "REQUEST", "TOOK"],
        ["2030-01-07", "09:00:00", "409", "capture_payment", "already_voided", ONE["request_id"], "12", "ms"],
        ["2030-01-07", "09:00:00", "200", "capture_payment", "captured", ONE["request_id"], "12", "ms"],
    ]
    assert json.loads(run(["list", "--json"], PAGE)[0].stdout) == PAGE
    assert run(["list"], {"data": [], "next_cursor": None})[0].stdout == "No matching requests.\n"


def test_show_one_request():
    said, [request] = run(["show", "req_5f2c9d0e000040008000000000000001"], ONE)
    assert request.path == "/requests/req_5f2c9d0e000040008000000000000001"
    assert said.stdout.splitlines() == [
        "409  POST capture_payment",
        "  request id      5f2c9d0e-0000-4000-8000-000000000001",
        "  created at      2030-01-07T09:00:00.250000Z",
        "  duration ms     12",
        "  outcome         refused",
        "  replayed        false",
        "  code            already_voided",
        "  param           auth_id",
        "  detail          It was voided.",
        "  idempotency key k1",
        "  body",
        "{",
        '  "auth_id": "auth_1"',
        "}",
    ]


def test_truncated_bodies_are_shown():
    assert run(["show", "x"], ONE | {"body": '{"auth_id": "au'})[0].stdout.splitlines()[-1] == '{"auth_id": "au'
