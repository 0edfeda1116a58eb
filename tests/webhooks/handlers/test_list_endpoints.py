"""GET /webhooks/endpoints: the merchant's webhook endpoints."""

from tests.support.clients.endpoints import Subscriber


def test_a_merchant_without_any(acme: Subscriber) -> None:
    assert acme.all() == []


def test_the_oldest_comes_first_and_no_secret_is_shown(acme: Subscriber) -> None:
    ids = [acme.created(url=f"https://example.com/{number}") for number in range(3)]
    listed = acme.all()
    assert [one["endpoint_id"] for one in listed] == ids
    assert listed == [acme.get(endpoint_id).json for endpoint_id in ids]
    assert "secret" not in listed[0]


def test_deleted_ones_and_those_of_others_are_not_listed(acme: Subscriber) -> None:
    kept, deleted = acme.created(), acme.created()
    Subscriber("globex").created()
    acme.delete(deleted)
    assert [one["endpoint_id"] for one in acme.all()] == [kept]
