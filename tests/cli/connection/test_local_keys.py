"""The local sandbox's AWS without boto3: its keys, what a shell completes from them, and numbers of items."""

import boto3
import pytest

from cli.connection import completion
from cli.connection.keys import find_key, local_keys
from cli.connection.local_aws import LocalAws
from cli.connection.target import Target
from cli.terminal.failure import Failure
from engine.wall.access_key import AccessKey
from tests.support.fakes.wire import HANG_UP, Reply, served


def key(merchant, number, plan="sandbox", at=1_900_000_000):
    return {
        "id": f"id{number}",
        "name": f"paysandbox-local-{merchant}-{plan}-abcdefgh",
        "value": f"sk_test_{merchant}_{str(number) * 32}",
        "createdDate": at + number,
    }


KEYS = [
    key("demo", 2),
    key("demo", 3, "load"),
    key("demo-two", 4),
    key("acme", 5, "load"),
    key("acme", 6, at=0),
    key("acme", 7, at=1),
    key("late", 8),
    {"id": "id9", "name": "paysandbox-local-billing", "value": "of somebody else", "createdDate": 1},
]
ON = {"p1": ["id2", "id4", "id6", "id7", "id9", "deleted"], "p2": ["id3", "id5"]}


def engine(request):
    """Provide API Gateway's lists, with keys in pages of two."""
    assert "/us-east-1/apigateway/aws4_request" in request.headers["authorization"]
    if request.path == "/usageplans":
        plans = [{"id": "p1", "name": "paysandbox-local-sandbox"}, {"id": "p2", "name": "paysandbox-local-load"}]
        return Reply(body={"item": [*plans, {"id": "p3", "name": "paysandbox-dev-load"}]})
    if request.path.startswith("/usageplans/"):
        return Reply(body={"item": [{"id": found} for found in ON[request.path.split("/")[2]]]})
    assert request.path == "/apikeys"
    assert request.query["includeValues"] == "true"
    named = [found for found in KEYS if found["name"].startswith(request.query["name"])]
    start = int(request.query.get("position", "0"))
    more = {"position": str(start + 2)} if start + 2 < len(named) else {}
    return Reply(body={"item": named[start : start + 2], **more})


@pytest.fixture
def target():
    with served(engine) as wire:
        yield Target("local", "us-east-1", wire.base_url, wire.base_url, AccessKey("PAYSANDBOXTESTTEST12", "secret"))


@pytest.mark.parametrize("merchant, ids", [
    ("", ["id6", "id7", "id5", "id2", "id3", "id4"]),  # by merchant, plan and age; id8 is on no plan
    ("demo", ["id2", "id3"]),
    ("acme", ["id6", "id7", "id5"]),
    ("nobody", []),
])  # fmt: skip
def test_listed_keys(target, merchant, ids):
    assert [found.key_id for found in local_keys(target, merchant)] == ids


def test_a_key_is_found_by_its_merchant(target):
    found = find_key(target, "demo")
    assert (found.api_key, found.plan) == ("sk_test_demo_" + "2" * 32, "sandbox")
    with pytest.raises(Failure, match="Merchant nobody has no API key in local"):
        find_key(target, "nobody")


@pytest.mark.parametrize(
    "reply", [HANG_UP, Reply(403, {"message": "no"}), Reply(200, "text"), Reply(body={"item": [{}]})]
)
def test_a_failing_engine_is_an_error(reply):
    with served(lambda _: reply) as wire:
        access_key = AccessKey("PAYSANDBOXTESTTEST12", "secret")
        with pytest.raises(Failure, match="did not list its API keys"):
            local_keys(Target("local", "us-east-1", wire.base_url, wire.base_url, access_key))


def test_shell_completion_of_merchants(target, monkeypatch):
    monkeypatch.setattr("cli.connection.target.resolve", lambda *_: target)

    assert completion.complete_merchant("") == ["acme", "demo", "demo-two"]
    assert completion.complete_merchant("demo-") == ["demo-two"]
    assert completion.complete_key_id("id2") == [("id2", "demo, sandbox")]
    assert "capture_payment" in completion.complete_route("capture_")
    assert completion.complete_route("nothing_begins_so") == []


def test_no_completion_without_a_running_sandbox(monkeypatch, tmp_path):
    monkeypatch.setenv("PAYSANDBOX_HOME", str(tmp_path))
    assert completion.complete_merchant("") == completion.complete_key_id("") == []


def test_items_are_counted_on_all_pages():
    def pages(request):
        assert request.headers["x-amz-target"] == "DynamoDB_20120810.Scan"
        assert request.body.items() >= {"TableName": "t", "Select": "COUNT", "FilterExpression": "c"}.items()
        start = request.body.get("ExclusiveStartKey", {"id": {"N": "0"}})["id"]["N"]
        return Reply(body={"Count": 2, **({"LastEvaluatedKey": {"id": {"N": "1"}}} if start == "0" else {})})

    with served(pages) as wire:
        assert LocalAws(wire.base_url, "PAYSANDBOXTESTTEST12", "secret").count_items("t", "c") == 4
    assert len(wire.requests) == 2


def test_requests_are_signed_for_a_service_of_aws():
    """For a name that it does not know, ministack reads the models of all services before it responds: seconds."""
    with served(engine) as wire:
        aws = LocalAws(wire.base_url, "PAYSANDBOXTESTTEST12", "secret")
        assert aws.usage_plans()
    [request] = wire.requests
    scope = request.headers["authorization"].partition("Credential=")[2].partition(",")[0].split("/")
    assert scope[3] in boto3.Session().get_available_services()
