"""`paysandbox get` and `paysandbox post`: the request, what is ambiguous, the output streams and the exit code."""

import json

import pytest

from tests.support.clients.program import KEY_FROM_STDIN, paysandbox
from tests.support.fakes.wire import Reply, served

KEY = "sk_test_demo_" + "a" * 32


def run(words, reply=None):
    with served(lambda _: reply or Reply(body={"ok": True}, headers={"Request-Id": "req-1"})) as wire:
        said = paysandbox(*words, "--base-url", wire.base_url, *KEY_FROM_STDIN, piped=KEY)
    return said, wire.requests


def test_a_get_request():
    said, [request] = run(["get", "/payments?limit=3&cursor=a%20b"])

    assert (request.method, request.path, request.query) == ("GET", "/payments", {"limit": "3", "cursor": "a b"})
    assert request.headers["x-api-key"] == KEY
    assert "x-idempotency-key" not in request.headers
    assert (said.exit_code, json.loads(said.stdout), said.stderr) == (0, {"ok": True}, "200 OK  req-1\n")


@pytest.mark.parametrize("fields, body", [
    (["auth_id=auth_1", "amount=400", "final=true"], {"auth_id": "auth_1", "amount": 400, "final": True}),
    (["card.number=4242424242424242", "card.exp_month=12"], {"card": {"number": "4242424242424242", "exp_month": 12}}),
    (["reference=007", "note=a=b", "none=null"], {"reference": "007", "note": "a=b", "none": None}),
    (['reference:="7"', "list:=[1, 2]"], {"reference": "7", "list": [1, 2]}),
    (["--data", '{"a": 1}'], {"a": 1}),
    (["-d", "auth_id=a", "amount=400", "-d", "note=a&b"], {"auth_id": "a", "amount": 400, "note": "a&b"}),
    ([], None),
])  # fmt: skip
def test_a_post_request(fields, body):
    said, [request] = run(["post", "/payments/capture", *fields, "--idempotency-key", "k 1"])

    assert (request.method, request.path, request.body) == ("POST", "/payments/capture", body)
    assert request.headers["x-idempotency-key"] == "k 1"
    assert said.exit_code == 0


def test_files_are_sent_unchanged(tmp_path):
    (tmp_path / "body.json").write_text('{"a":\n1}')
    _, [request] = run(["post", "/x", "--data", f"@{tmp_path / 'body.json'}"])
    assert request.body == {"a": 1}
    assert request.headers["content-length"] == "8"


def test_a_new_idempotency_key_is_generated():
    keys = {run(["post", "/x", "a=1"])[1][0].headers["x-idempotency-key"] for _ in range(2)}
    assert len(keys) == 2


@pytest.mark.parametrize("fields, body", [
    (["-d", "email=jenny@example.com", "-d", "metadata[a]=1"], {"email": "jenny@example.com", "metadata[a]": "1"}),
    (["-d", "phone=+49 30 1234", "-d", "name=Smith & Sons", "-d", "description="],
     {"phone": "+49 30 1234", "name": "Smith & Sons", "description": ""}),
    (["return_url=https://example.com/?a=1&b=50%25"], {"return_url": "https://example.com/?a=1&b=50%25"}),
    (["amount=007", "off_session=true", "metadata[a.b]=x"],
     {"amount": "007", "off_session": "true", "metadata[a.b]": "x"}),
    ([], None),
])  # fmt: skip
def test_a_form(fields, body):
    said, [request] = run(["post", "/v1/customers", *fields])
    assert (said.exit_code, request.method, request.body) == (0, "POST", body)


def test_a_form_of_a_file_is_sent_unchanged(tmp_path):
    (tmp_path / "body").write_text("name=a%26b&email=c")
    _, [request] = run(["post", "/v1/customers", "-d", f"@{tmp_path / 'body'}"])
    assert request.body == {"name": "a&b", "email": "c"}


@pytest.mark.parametrize("words, query", [
    (["/v1/charges", "-d", "limit=3", "-d", "expand[]=data.customer"], {"limit": "3", "expand[]": "data.customer"}),
    (["/payments?limit=3", "-d", "status=approved"], {"limit": "3", "status": "approved"}),
])  # fmt: skip
def test_fields_of_a_get_request_are_its_query(words, query):
    said, [request] = run(["get", *words])
    assert (said.exit_code, request.method, request.query, request.body) == (0, "GET", query, None)


@pytest.mark.parametrize("words, method, body", [
    (["post", "-X", "DELETE", "/v1/customers/cus_1"], "DELETE", None),
    (["get", "--request", "delete", "/webhooks/endpoints/we_1"], "DELETE", None),
    (["post", "-X", "put", "/v1/api/customer", "customer_id=c-1"], "PUT", {"customer_id": "c-1"}),
    (["get", "-X", "OPTIONS", "/payments"], "OPTIONS", None),
])  # fmt: skip
def test_other_methods_are_safe_to_repeat_without_an_idempotency_key(words, method, body):
    said, [request] = run(words)
    assert (said.exit_code, request.method, request.body) == (0, method, body)
    assert {"idempotency-key", "x-idempotency-key"} & request.headers.keys() == set()


def test_headers_are_sent():
    _, [request] = run(["get", "/v1/charges", "-H", "Stripe-Version: 2022-11-15", "-H", "User-Agent:mine/1"])
    assert (request.headers["stripe-version"], request.headers["user-agent"]) == ("2022-11-15", "mine/1")
    assert request.headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("words, sent", [
    (["/x", "a=1", "-H", "content-type: application/json; charset=utf-8"], "application/json; charset=utf-8"),
    (["/v1/customers", "-d", "@{file}", "-H", "Content-Type: application/json"], "application/json"),
])  # fmt: skip
def test_content_types(words, sent, tmp_path):
    (tmp_path / "body").write_text("{}")
    _, [request] = run(["post", *(word.format(file=tmp_path / "body") for word in words)])
    assert request.headers["content-type"] == sent


def test_stripe_paths_get_a_form_and_a_bearer_key():
    said, [request] = run(["post", "/v1/payment_intents", "amount=1250", "metadata[a]=b c", "--idempotency-key", "k1"])

    assert request.body == {"amount": "1250", "metadata[a]": "b c"}
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["idempotency-key"] == "k1"
    assert "x-api-key" not in request.headers
    assert said.exit_code == 0


@pytest.mark.parametrize("path, sent", [("payments", "/payments"), ("v1/payment_intents", "/v1/payment_intents")])
def test_the_first_slash_may_be_left_out(path, sent):
    said, [request] = run(["get", path])
    assert (said.exit_code, request.path) == (0, sent)
    assert ("authorization" in request.headers) == path.startswith("v1/")


@pytest.mark.parametrize("path", ["/v1/api/customer", "/v1/api/payment", "/v1/api?x=1"])
def test_native_paths_below_v1_get_json_and_an_api_key(path):
    said, [request] = run(["post", path, "customer_id=c-1", "--idempotency-key", "k1"])

    assert request.body == {"customer_id": "c-1"}
    assert request.headers["x-api-key"] == KEY
    assert request.headers["x-idempotency-key"] == "k1"
    assert "authorization" not in request.headers
    assert said.exit_code == 0


@pytest.mark.parametrize("status, exit_code", [(200, 0), (201, 0), (302, 0), (400, 1), (404, 1), (500, 1)])
def test_exit_code_follows_the_status(status, exit_code):
    said, _ = run(["get", "/x"], Reply(status, {"code": "x"}))
    assert (said.exit_code, json.loads(said.stdout)) == (exit_code, {"code": "x"})
    assert said.stderr.startswith(f"{status} ")


def test_text_responses_are_printed_unchanged():
    said, _ = run(["get", "/docs"], Reply(200, "<html>\n"))
    assert said.stdout == "<html>\n"


def test_replays_are_marked():
    said, _ = run(["post", "/x"], Reply(200, {}, {"Idempotent-Replayed": "true"}))
    assert said.stderr == "200 OK  replayed\n"


@pytest.mark.parametrize("words, why", [
    (["get", "http://localhost:4566/payments"], "is a URL. Use a path like /payments"),
    (["post", "/x", "amount"], "is not a field"),
    (["post", "/x", "=1"], "is not a field"),
    (["post", "/x", ":=1"], "is not a field"),
    (["post", "/x", "a:=[1"], "is not valid JSON"),
    (["post", "/x", "a=1", "a.b=2"], "is not an object"),
    (["post", "/x", "a=1", "--data", "{}"], "either fields or one whole body"),
    (["post", "/x", "-d", "a=1", "-d", "@/nonexistent/file"], "either fields or one whole body"),
    (["post", "/x", "a=1", "-d", "a=2"], "'a' is given twice"),
    (["post", "/x", "card[number]=4"], "this API takes JSON. Write card.number=…"),
    (["post", "/v1/x", "card.number=4"], "/v1 takes a form. Write card[number]=…"),
    (["post", "/v1/x", 'metadata:={"a": "1"}'], "/v1 takes a form. Write metadata[…]=…"),
    (["post", "/v1/x", "-d", '{"a": "1"}'], "/v1 takes a form, not JSON"),
    (["post", "/v1/x", "a=1", "a=2"], "'a' is given twice"),
    (["post", "/v1/x", "-d", "a=1&b=2"], "ambiguous: curl sends it as it is"),
    (["post", "/v1/x", "-d", "a=50%25"], "ambiguous: curl sends it as it is"),
    (["get", "/x", "-d", "a=1&b=2"], "ambiguous: curl sends it as it is"),
    (["get", "/x", "-d", "{}"], "sends no body"),
    (["get", "-X", "POST", "/x"], "Use `paysandbox post`."),
    (["get", "-X", "PUT", "/x"], "Use `paysandbox post -X PUT`."),
    (["post", "-X", "GET", "/x"], "Use `paysandbox get`."),
    (["post", "-X", "FETCH", "/x"], "is not a method. Use POST, PUT, PATCH, DELETE."),
    (["get", "/x", "-H", "Stripe-Version"], "is not a header"),
    (["get", "/x", "-H", "Stripe-Version:"], "is not a header"),
    (["get", "/x", "-H", "A B: c"], "is not a header"),
    (["get", "/x", "-H", "A: \u00fc"], "is not printable ASCII"),
    (["get", "/x", "-H", "A: 1", "-H", "a: 2"], "'a' is given twice"),
    (["get", "/x", "-H", f"Authorization: Bearer {KEY}"], "--merchant and --key-file choose the API key"),
    (["post", "/x", "-H", "Idempotency-Key: 1"], "Use --idempotency-key."),
    (["post", "/x", "a=1", "-H", "Content-Type: text/plain"], "Content-Type follows from the path"),
    (["post", "/x", "--data", "@/nonexistent/file"], "No such file"),
])  # fmt: skip
def test_usage_errors_send_nothing(words, why):
    said, requests = run(words)
    assert (said.exit_code, requests) == (2, [])
    assert why in said.words
