"""POST /webhooks/endpoints: create a webhook endpoint."""

import base64
from typing import Any

import pytest

from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.core.signature import secret_of
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.endpoint import MAX_DELETED, MAX_ENDPOINTS
from paysandbox.webhooks.requests import EVENT_NAMES
from tests.support.builders import build
from tests.support.builders.build import ABSENT, DAY
from tests.support.clients.endpoints import Subscriber
from tests.support.worlds import tables
from tests.support.worlds.handlers import Clock, Lines, Told
from tests.support.worlds.own_port import engine_at, name_leads_to
from tests.webhooks.handlers.conftest import Stored


def test_an_endpoint_is_made_and_its_secret_shown(acme: Subscriber) -> None:
    answer = acme.create(url="https://Example.com:443/hooks?a=1", events=["payment_captured"], description="shop").json
    assert answer == {
        "endpoint_id": answer["endpoint_id"],
        "url": "https://example.com/hooks?a=1",
        "events": ["payment_captured"],
        "status": "enabled",
        "description": "shop",
        "created_at": answer["created_at"],
        "listens_since": answer["created_at"],
        "secret": secret_of(tables.WEBHOOK_SECRET, answer["endpoint_id"], 1),
    }
    assert len(base64.b64decode(answer["secret"].removeprefix("whsec_"), validate=True)) == 32
    shown = acme.get(answer["endpoint_id"]).json
    assert shown == {name: value for name, value in answer.items() if name != "secret"}


@pytest.mark.parametrize(
    "body, code, param",
    [
        ({"url": ABSENT}, "parameter_missing", "url"),
        ({"url": None}, "parameter_invalid", "url"),
        ({"url": "https://example.com/" + "x" * 2048}, "parameter_invalid", "url"),
        ({"url": "http://example.com"}, "url_not_allowed", "url"),
        ({"url": "https://169.254.169.254/latest"}, "url_not_allowed", "url"),
        ({"events": ABSENT}, "parameter_missing", "events"),
        ({"events": []}, "parameter_invalid", "events"),
        ({"events": "*"}, "parameter_invalid", "events"),
        ({"events": ["payment_paid"]}, "parameter_invalid", "events.0"),
        ({"events": ["*", 1]}, "parameter_invalid", "events.1"),
        ({"events": ["payment_captured", "payment_captured"]}, "parameter_invalid", "events"),
        ({"description": "a\nb"}, "parameter_invalid", "description"),
        ({"secret": "whsec_mine"}, "parameter_unknown", "secret"),
    ],
)
def test_a_refused_request_binds_no_key_and_creates_nothing(
    body: dict[str, Any], code: str, param: str, acme: Subscriber, ledger: Ledger, stored: Stored
) -> None:
    reply = acme.create(**body)
    assert (reply.status, reply.code, reply.json["param"]) == (400, code, param)
    assert tables.items(ledger) == {}
    assert stored() == {}


def test_an_unknown_event_is_refused_with_the_known_ones(acme: Subscriber) -> None:
    detail = acme.create(events=["payment_paid"]).json["detail"]
    assert all(name in detail for name in EVENT_NAMES)


@pytest.mark.parametrize("events", [["*"], [*EVENT_NAMES], ["endpoint_disabled", "payment_refunded"]])
def test_every_event_can_be_named(events: list[str], acme: Subscriber) -> None:
    assert acme.get(acme.created(events=events)).json["events"] == events


def test_locally_this_machine_is_a_receiver(acme: Subscriber, told: Told) -> None:
    told(webhook_local=True, webhook_allowed_hosts="web")
    for url in ("http://localhost:4242/hooks", "http://127.0.0.1:8080/", "http://web:8080/"):
        assert acme.create(url=url).json["url"] == url


@pytest.mark.parametrize(
    "url, addresses, said",
    [
        ("http://127.0.0.1:4566/?Action=CreateStack", [], "the sandbox itself, at port 4566"),
        ("http://shop.example:4566/", ["127.0.0.1"], "the sandbox itself"),
        ("http://shop.example:4566/", ["10.0.0.9", "::1"], "the sandbox itself"),
        ("https://shop.example:4566/", ["127.0.0.1"], "the sandbox itself"),
        ("https://shop.example:4566/", [], "could not be resolved"),
        ("http://other.example:8080/", [], "could not be resolved"),
        ("http://other.example/", ["8.8.8.8"], "Use https://"),
    ],
)
def test_locally_a_url_that_leads_to_the_sandbox_or_by_http_to_the_internet_makes_nothing(
    url: str,
    addresses: list[str],
    said: str,
    acme: Subscriber,
    told: Told,
    stored: Stored,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told(webhook_local=True, webhook_allowed_hosts="shop.example")
    engine_at(4566, monkeypatch)
    for name in ("shop.example", "other.example"):
        name_leads_to(name, addresses, monkeypatch)
    reply = acme.create(url=url)
    assert (reply.status, reply.code, reply.json["param"]) == (400, "url_not_allowed", "url")
    assert said in reply.json["detail"]
    assert stored() == {}


def test_locally_the_rule_moves_with_the_sandbox(acme: Subscriber, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    told(webhook_local=True)
    engine_at(4566, monkeypatch)
    assert acme.create(url="http://127.0.0.1:4567/").status == 200
    assert acme.create(url="http://127.0.0.1:4566/webhooks/stripe").status == 200
    engine_at(4567, monkeypatch)
    assert acme.create(url="http://127.0.0.1:4567/").code == "url_not_allowed"
    assert acme.create(url="http://127.0.0.1:4566/").status == 200


def test_on_aws_no_name_is_looked_up(acme: Subscriber, monkeypatch: pytest.MonkeyPatch) -> None:
    name_leads_to("shop.example", [], monkeypatch)
    assert acme.create(url="https://shop.example:4566/").status == 200


# --- retries ----------------------------------------------------------------------------------------------------------


def test_a_replay_shows_the_same_secret_after_later_changes(acme: Subscriber, clock: Clock) -> None:
    first = acme.create("a-key")
    endpoint_id = first.json["endpoint_id"]
    changes = [
        lambda: acme.update(endpoint_id, url="https://example.org/", events=["payment_voided"], description="other"),
        lambda: acme.rotate(endpoint_id),
        lambda: acme.update(endpoint_id, status="disabled"),
        lambda: acme.enable(endpoint_id),
        lambda: acme.delete(endpoint_id),
    ]
    for change in changes:
        assert change().status == 200
        again = acme.create("a-key")
        assert (again.status, again.text, again.replayed) == (200, first.text, True)
    assert acme.all() == [], "what was deleted is not made again"
    assert not first.replayed


def test_another_body_under_the_key_is_refused(acme: Subscriber) -> None:
    acme.create("a-key")
    assert acme.create("a-key", url="https://example.org/").code == "idempotency_key_reused"
    assert len(acme.all()) == 1


def test_after_a_day_the_key_makes_another_endpoint(acme: Subscriber) -> None:
    first = acme.create("a-key").json
    tomorrow = acme.at(parse_timestamp(first["created_at"]) + DAY)
    second = tomorrow.create("a-key").json
    assert second["endpoint_id"] != first["endpoint_id"]
    assert second["secret"] != first["secret"]


def test_two_merchants_with_one_key_have_two_endpoints(acme: Subscriber) -> None:
    other = Subscriber("globex")
    mine, theirs = acme.create("a-key").json, other.create("a-key").json
    assert mine["endpoint_id"] != theirs["endpoint_id"]
    assert [one["endpoint_id"] for one in other.all()] == [theirs["endpoint_id"]]


# --- limits -----------------------------------------------------------------------------------------------------------


def test_the_number_is_limited(acme: Subscriber) -> None:
    ids = [acme.created() for _ in range(MAX_ENDPOINTS)]
    refused = acme.create("one-more")
    assert (refused.status, refused.code, refused.json["limit"]) == (409, "endpoint_limit_reached", MAX_ENDPOINTS)
    assert Subscriber("globex").create().status == 200
    acme.delete(ids[3])
    assert acme.create("one-more").status == 200, "a 409 is judged anew"
    assert len(acme.all()) == MAX_ENDPOINTS


def test_the_number_of_remembered_deleted_endpoints_is_limited(acme: Subscriber, stored: Stored) -> None:
    created = acme.create().json
    _fill_deleted({f"we_{number}": created["created_at"] for number in range(MAX_DELETED)})
    refused = acme.create()
    assert (refused.code, str(MAX_DELETED) in refused.json["detail"]) == ("endpoint_limit_reached", True)
    assert acme.update(created["endpoint_id"], url="https://example.org").status == 200


def test_deleting_removes_only_what_no_replay_needs(acme: Subscriber, stored: Stored) -> None:
    created = acme.create().json
    now = parse_timestamp(created["created_at"])
    _fill_deleted(
        {
            "we_old": format_timestamp(now - 2 * DAY),
            "we_older": format_timestamp(now - 9 * DAY),
            "we_new": format_timestamp(now - DAY),
        }
    )
    acme.at(now + DAY / 24).delete(created["endpoint_id"])
    assert set(stored()[build.MERCHANT]["deleted"]["M"]) == {created["endpoint_id"], "we_new"}


def _fill_deleted(deleted: dict[str, str]) -> None:
    table = webhook_tables.endpoints()
    table.client.update_item(
        TableName=table.table,
        Key={"merchant": {"S": build.MERCHANT}},
        UpdateExpression="SET deleted = :d",
        ExpressionAttributeValues={":d": {"M": {name: {"S": at} for name, at in deleted.items()}}},
    )


# --- secrets ----------------------------------------------------------------------------------------------------------


def test_no_secret_is_kept_or_logged(acme: Subscriber, lines: Lines, stored: Stored, ledger: Ledger) -> None:
    created = acme.create("a-key").json
    rotated = acme.rotate(created["endpoint_id"], "b-key").json
    acme.create("a-key")
    for secret in (created["secret"], rotated["secret"]):
        bare = secret.removeprefix("whsec_")
        for place in (lines(), stored(), tables.items(ledger), acme.all()):
            assert bare not in str(place)
            assert base64.b64decode(bare).hex() not in str(place)
