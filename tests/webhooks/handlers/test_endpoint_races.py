"""Concurrent requests on one merchant's endpoints: the limits hold, and each idempotency key takes effect once."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from paysandbox.aws import runtime
from paysandbox.aws.hashing_keys import hashing_keys
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.endpoint import MAX_ENDPOINTS, DisabledBecause
from paysandbox.webhooks.endpoints import secrets as webhook_secrets
from paysandbox.webhooks.endpoints.endpoints import get_endpoints
from tests.support.builders import build
from tests.support.builders.build import HOUR
from tests.support.clients.call import Reply
from tests.support.clients.endpoints import Subscriber
from tests.support.worlds.aws_transport import Wire

# Other tests run every line that this file runs; tracing would double its time.
pytestmark = pytest.mark.untraced

MANY = 20

AtOnce = Callable[..., list[Reply]]


@pytest.fixture
def acme() -> Subscriber:
    """The merchant, at a fixed time and without the log line: a Lambda process writes one at a time."""
    return Subscriber(now=runtime.now())


@pytest.fixture
def at_once(wire: Wire) -> AtOnce:
    """Send all requests at once; the first calls of the named operations wait for one another."""

    def send(asks: Sequence[Callable[[], Reply]], *operations: str) -> list[Reply]:
        hashing_keys()
        webhook_secrets.master()
        webhook_tables.endpoints()
        with wire.meeting(len(asks), *operations), ThreadPoolExecutor(len(asks)) as pool:
            return [answer.result() for answer in [pool.submit(ask) for ask in asks]]

    return send


@pytest.mark.full
@pytest.mark.parametrize("has_some", [False, True])
@pytest.mark.parametrize("parties", [2, MANY])
def test_creations_under_one_key(has_some: bool, parties: int, acme: Subscriber, at_once: AtOnce) -> None:
    before = [acme.created()] if has_some else []
    replies = at_once([lambda: acme.create("a-key")] * parties, "PutItem", "UpdateItem")
    assert {reply.status for reply in replies} == {200}
    assert len({reply.text for reply in replies}) == 1
    assert sum(not reply.replayed for reply in replies) == 1
    assert len(acme.all()) == 1 + len(before)


@pytest.mark.full
@pytest.mark.parametrize("there", [0, 1, MAX_ENDPOINTS - 1])
def test_twenty_creations_respect_the_limit(there: int, acme: Subscriber, at_once: AtOnce) -> None:
    for _ in range(there):
        acme.created()
    replies = at_once([lambda n=n: acme.create(f"key-{n}") for n in range(MANY)], "PutItem", "UpdateItem")
    told = Counter(reply.code for reply in replies)
    assert told == {None: MAX_ENDPOINTS - there, "endpoint_limit_reached": MANY - MAX_ENDPOINTS + there}
    assert len(acme.all()) == MAX_ENDPOINTS


@pytest.mark.full
def test_rotations_under_one_key_and_under_many(acme: Subscriber, at_once: AtOnce) -> None:
    """Each key gets its own version and keeps it."""
    endpoint_id = acme.created()
    same = at_once([lambda: acme.rotate(endpoint_id, "a-key")] * MANY, "PutItem", "UpdateItem")
    assert len({reply.text for reply in same}) == 1
    assert sum(not reply.replayed for reply in same) == 1
    keys = [f"key-{number}" for number in range(MANY)]
    others = at_once([lambda key=key: acme.rotate(endpoint_id, key) for key in keys], "PutItem", "UpdateItem")
    secrets = [reply.json["secret"] for reply in [same[0], *others]]
    assert len(set(secrets)) == 1 + MANY
    assert [acme.rotate(endpoint_id, key).json["secret"] for key in ["a-key", *keys]] == secrets


@pytest.mark.full
@pytest.mark.parametrize("one_key", [True, False])
def test_enabling_happens_once(one_key: bool, acme: Subscriber, at_once: AtOnce) -> None:
    endpoint_id = acme.created()
    acme.fails(endpoint_id, runtime.now() - HOUR, because=DisabledBecause.FAILING)
    keys = ["a-key" if one_key else f"key-{number}" for number in range(MANY)]
    replies = at_once([lambda key=key: acme.enable(endpoint_id, key) for key in keys], "PutItem", "UpdateItem")
    assert {reply.says for reply in replies} == {"enabled"}
    assert get_endpoints(webhook_tables.endpoints(), build.MERCHANT)[endpoint_id].generation == 2


def test_changes_of_different_parts_lose_nothing(acme: Subscriber, at_once: AtOnce) -> None:
    """Nor do they lose the concurrent writes of a worker."""
    endpoint_id = acme.created()
    since = runtime.now()

    def fails() -> Reply:
        acme.fails(endpoint_id, since)
        return acme.get(endpoint_id)

    replies = at_once(
        [
            lambda: acme.update(endpoint_id, description="new"),
            lambda: acme.update(endpoint_id, events=["payment_voided"]),
            lambda: acme.update(endpoint_id, status="disabled"),
            lambda: acme.rotate(endpoint_id, "a-key"),
            fails,
        ],
        "UpdateItem",
    )
    assert {reply.status for reply in replies} == {200}
    shown = acme.get(endpoint_id).json
    assert (shown["description"], shown["events"], shown["status"]) == ("new", ["payment_voided"], "disabled")
    assert shown["failing_since"]
    assert shown["previous_secret_valid_until"]


def test_a_late_write_does_not_recreate_a_deleted_endpoint(acme: Subscriber, at_once: AtOnce) -> None:
    endpoint_id = acme.create("a-key").json["endpoint_id"]
    at_once(
        [
            lambda: acme.delete(endpoint_id),
            lambda: acme.delete(endpoint_id),
            lambda: acme.create("a-key"),
            lambda: acme.update(endpoint_id, description="late"),
            lambda: acme.rotate(endpoint_id, "b-key"),
            lambda: acme.enable(endpoint_id, "c-key"),
        ],
        "UpdateItem",
    )
    assert acme.all() == []
