"""Each route's requests with their calls, and those that it refuses (`tests/support/builders/scenario.py`)."""

from collections.abc import Callable, Mapping
from typing import Any

from paysandbox.aws.schema import INDEX_SHARDS
from paysandbox.core.errors import Code
from paysandbox.webhooks.delivery import Delivery
from paysandbox.webhooks.endpoint import MAX_ENDPOINTS, DisabledBecause
from paysandbox.webhooks.routes import (
    CREATE_ENDPOINT,
    DELETE_ENDPOINT,
    ENABLE_ENDPOINT,
    GET_DELIVERY,
    GET_ENDPOINT,
    GET_EVENT,
    LIST_DELIVERIES,
    LIST_ENDPOINTS,
    LIST_EVENTS,
    PING_ENDPOINT,
    REPLAY_ENDPOINT,
    RESEND_EVENT,
    ROTATE_ENDPOINT,
    UPDATE_ENDPOINT,
)
from tests.support.builders import build
from tests.support.builders.build import DAY, MONDAY
from tests.support.builders.scenario import (
    A_PAGE,
    CLAIM_AND_UPDATE,
    KEY,
    Given,
    Parts,
    Refusal,
    Scenario,
    sending,
    with_key,
)
from tests.support.clients.call import Merchant
from tests.support.clients.endpoints import Subscriber
from tests.support.worlds import webhook_records
from tests.support.worlds.handlers import Clock


def _on_its_way(ask: Callable[[Delivery], Parts]) -> Callable[[Merchant, Clock], Parts]:
    """Prepare two events. One has a failed delivery to an endpoint, the other has no delivery yet."""

    def given(demo: Merchant, clock: Clock) -> Parts:
        clock.advance(30 * DAY)  # later than these Mondays, whatever the wall clock says
        to = webhook_records.endpoint(1)
        webhook_records.make_queues()
        webhook_records.put(to)
        given_up = webhook_records.failed(webhook_records.happened(1), to)
        webhook_records.happened(2)
        return ask(given_up)

    return given


def _resend(delivery: Delivery) -> Parts:
    return {"path": {"event_id": delivery.event_id}, **with_key({"endpoint_id": delivery.endpoint_id})}


def _resend_one_that_never_was(_: Delivery) -> Parts:
    return {"path": {"event_id": webhook_records.happened(2).id}, **with_key({})}


def _replay(delivery: Delivery, **more: Any) -> Parts:
    return {"path": {"endpoint_id": delivery.endpoint_id}, **with_key({"since": "2026-11-16T09:00:00Z"} | more)}


def _of_one(**content: Any) -> Callable[[Merchant, Clock], Parts]:
    """Prepare an enabled endpoint, to which a body is sent."""
    return lambda *_: _to(Subscriber().created(), content)


def _of_a_disabled_one(**content: Any) -> Callable[[Merchant, Clock], Parts]:
    """Prepare an endpoint that was disabled since it failed, to which a body is sent."""

    def given(*_: Any) -> Parts:
        endpoint_id = Subscriber().created()
        Subscriber().fails(endpoint_id, MONDAY, because=DisabledBecause.FAILING)
        return _to(endpoint_id, content)

    return given


def _to(endpoint_id: str, content: Mapping[str, Any]) -> Parts:
    webhook_records.make_queues()
    return {"path": {"endpoint_id": endpoint_id}, "key": KEY, "body": content or None}


def _second_endpoint(*_: Any) -> Parts:
    Subscriber().created()
    return with_key(build.endpoint_body())


_SAME_URL = build.endpoint_body()["url"]

CLAIM_AND_LOOK = ("PutItem", "GetItem")

# Deliveries of events, and those with an entry of their own: the keys of both, then the items of both.
A_MERGED_PAGE = ("Query",) * (2 * INDEX_SHARDS) + ("BatchGetItem",) * 2

OPENED_AND_MADE = ("UpdateItem", "UpdateItem", "PutItem")

SCENARIOS = (
    # Endpoints: a merchant has one item, which the first put creates.
    Scenario("the first", CREATE_ENDPOINT, (*CLAIM_AND_UPDATE, "PutItem"), lambda *_: with_key(build.endpoint_body())),
    Scenario("the second", CREATE_ENDPOINT, CLAIM_AND_UPDATE, _second_endpoint),
    Scenario("all", LIST_ENDPOINTS, ("GetItem",), lambda *_: {}),
    Scenario("one", GET_ENDPOINT, ("GetItem",), _of_one()),
    Scenario("a URL", UPDATE_ENDPOINT, ("UpdateItem",), _of_one(url="https://example.org")),
    Scenario("the URL that it has", UPDATE_ENDPOINT, ("UpdateItem",), _of_one(url=_SAME_URL)),
    Scenario(
        "describe, with the URL that it has",
        UPDATE_ENDPOINT,
        ("UpdateItem", "UpdateItem"),
        _of_one(url=_SAME_URL, description="new"),
    ),
    Scenario("disable", UPDATE_ENDPOINT, ("UpdateItem",), _of_one(status="disabled")),
    Scenario(
        "enable and describe", UPDATE_ENDPOINT, ("UpdateItem",), _of_a_disabled_one(status="enabled", description="new")
    ),
    Scenario(
        "describe, and enable what is enabled",
        UPDATE_ENDPOINT,
        ("UpdateItem", "UpdateItem"),
        _of_one(status="enabled", description="new"),
    ),
    Scenario("one", DELETE_ENDPOINT, ("UpdateItem",), _of_one()),
    Scenario("one", ROTATE_ENDPOINT, CLAIM_AND_UPDATE, _of_one()),
    Scenario("one", ENABLE_ENDPOINT, CLAIM_AND_UPDATE, _of_a_disabled_one()),
    Scenario("one", PING_ENDPOINT, (*CLAIM_AND_LOOK, "PutItem", "PutItem", "SendMessageBatch"), _of_one()),
    # Events and deliveries. The pending ones depend on the merchant's endpoints, which take one read.
    Scenario("a page", LIST_EVENTS, A_PAGE, _on_its_way(lambda _: {})),
    Scenario(
        "with its deliveries",
        GET_EVENT,
        ("GetItem", "GetItem", *A_PAGE),
        _on_its_way(lambda delivery: {"path": {"event_id": delivery.event_id}}),
    ),
    Scenario("a page", LIST_DELIVERIES, ("GetItem", *A_MERGED_PAGE), _on_its_way(lambda _: {})),
    Scenario(
        "of an event to an endpoint",
        LIST_DELIVERIES,
        ("GetItem", "GetItem", *A_MERGED_PAGE),
        _on_its_way(lambda one: {"query": {"event": one.event_id, "endpoint": one.endpoint_id, "status": "failed"}}),
    ),
    Scenario(
        "given up",
        GET_DELIVERY,
        ("GetItem", "GetItem"),
        _on_its_way(lambda delivery: {"path": {"delivery_id": delivery.id}}),
    ),
    # An idempotency record, the event and the endpoints; then a conditional update and a message per delivery.
    Scenario(
        "given up",
        RESEND_EVENT,
        (*CLAIM_AND_LOOK, "GetItem", "UpdateItem", "SendMessageBatch"),
        _on_its_way(_resend),
    ),
    Scenario(
        "never planned",
        RESEND_EVENT,
        (*CLAIM_AND_LOOK, "GetItem", "UpdateItem", "PutItem", "SendMessageBatch"),
        _on_its_way(_resend_one_that_never_was),
    ),
    Scenario(
        "one opened, one made",
        REPLAY_ENDPOINT,
        (*CLAIM_AND_LOOK, *A_PAGE, *OPENED_AND_MADE, "SendMessageBatch"),
        _on_its_way(_replay),
        side_by_side=True,
    ),
    Scenario(
        "what failed",
        REPLAY_ENDPOINT,
        (*CLAIM_AND_LOOK, *A_PAGE, "BatchGetItem", *OPENED_AND_MADE, "SendMessageBatch"),
        _on_its_way(lambda delivery: _replay(delivery, only_failed=True)),
        side_by_side=True,
    ),
)


def _of_endpoint(endpoint_id: str, **body: Any) -> dict[str, Any]:
    return {"path": {"endpoint_id": endpoint_id}} | ({"body": body} if body else {})


def _foreign_endpoint(**body: Any) -> Given:
    return lambda *_: _of_endpoint(Subscriber("globex").created(), **body)


def _as_many_endpoints_as_may_be(demo: Merchant, _: Clock) -> Parts:
    subscriber = Subscriber(demo.name)
    for number in range(MAX_ENDPOINTS):
        subscriber.created(url=f"https://example.com/{number}")
    return {"body": build.endpoint_body(), "key": "one-more"}


def _disabled_endpoint(demo: Merchant, _: Clock) -> Parts:
    endpoint_id = Subscriber(demo.name).created()
    Subscriber(demo.name).update(endpoint_id, status="disabled")
    return _of_endpoint(endpoint_id)


def _disabled(demo: Merchant, clock: Clock) -> Parts:
    webhook_records.put(webhook_records.endpoint(1, disabled=webhook_records.GONE))
    return _replay_of(webhook_records.endpoint_id(1))(demo, clock)


def _replay_of(endpoint_id: str) -> Given:
    return sending(path={"endpoint_id": endpoint_id}, body={"since": "2026-11-16T09:30:00Z"})


REFUSALS = (
    Refusal(CREATE_ENDPOINT, Code.URL_NOT_ALLOWED, sending(body=build.endpoint_body("https://10.0.0.1/")), "url"),
    Refusal(CREATE_ENDPOINT, Code.ENDPOINT_LIMIT_REACHED, _as_many_endpoints_as_may_be, claims=True),
    Refusal(CREATE_ENDPOINT, Code.IDEMPOTENCY_KEY_REQUIRED, sending(body=build.endpoint_body(), key=None)),
    Refusal(UPDATE_ENDPOINT, Code.URL_NOT_ALLOWED, lambda *_: _of_endpoint("we", url="http://example.com"), "url"),
    Refusal(UPDATE_ENDPOINT, Code.RESOURCE_NOT_FOUND, _foreign_endpoint(status="disabled")),
    Refusal(GET_ENDPOINT, Code.RESOURCE_NOT_FOUND, _foreign_endpoint()),
    Refusal(DELETE_ENDPOINT, Code.RESOURCE_NOT_FOUND, _foreign_endpoint()),
    *(
        Refusal(route, Code.RESOURCE_NOT_FOUND, _foreign_endpoint(), claims=True)
        for route in (ROTATE_ENDPOINT, PING_ENDPOINT, ENABLE_ENDPOINT)
    ),
    Refusal(PING_ENDPOINT, Code.ENDPOINT_DISABLED, _disabled_endpoint, claims=True),
    Refusal(LIST_EVENTS, Code.CURSOR_INVALID, sending(query={"cursor": "x"}), "cursor"),
    Refusal(LIST_EVENTS, Code.PARAMETER_INVALID, sending(query={"order": "oldest"}), "order"),
    Refusal(GET_EVENT, Code.RESOURCE_NOT_FOUND, sending(path={"event_id": "evt_" + "z" * 26})),
    Refusal(RESEND_EVENT, Code.RESOURCE_NOT_FOUND, sending(path={"event_id": "evt_" + "z" * 26}, body={}), claims=True),
    Refusal(LIST_DELIVERIES, Code.CURSOR_INVALID, sending(query={"cursor": "x"}), "cursor"),
    Refusal(GET_DELIVERY, Code.RESOURCE_NOT_FOUND, sending(path={"delivery_id": "wd_" + "z" * 26})),
    Refusal(REPLAY_ENDPOINT, Code.RESOURCE_NOT_FOUND, _replay_of("we_" + "z" * 26), claims=True),
    Refusal(REPLAY_ENDPOINT, Code.ENDPOINT_DISABLED, _disabled, claims=True),
)
