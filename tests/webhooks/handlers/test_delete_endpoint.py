"""DELETE /webhooks/endpoints/{endpoint_id}: delete an endpoint."""

from tests.support.clients.endpoints import Subscriber
from tests.support.worlds.aws_transport import Wire, answer_lost


def test_a_deleted_one_is_gone(acme: Subscriber) -> None:
    endpoint_id, other = acme.created(), acme.created()
    assert acme.delete(endpoint_id).json == {"endpoint_id": endpoint_id, "deleted": True}
    for reply in (
        acme.get(endpoint_id),
        acme.update(endpoint_id, description="again"),
        acme.rotate(endpoint_id),
        acme.ping(endpoint_id),
        acme.enable(endpoint_id),
    ):
        assert (reply.status, reply.code) == (404, "resource_not_found")
    assert [one["endpoint_id"] for one in acme.all()] == [other]


def test_a_repetition_changes_nothing(acme: Subscriber) -> None:
    endpoint_id = acme.created()
    first = acme.delete(endpoint_id)
    assert acme.delete(endpoint_id).text == first.text
    assert Subscriber("globex").delete(endpoint_id).code == "resource_not_found"


def test_an_answer_that_was_lost(acme: Subscriber, wire: Wire) -> None:
    """boto3 retries the call, and meets its own deletion."""
    endpoint_id = acme.created()
    with wire.broken(answer_lost, when=lambda sent: sent.attempt == 0) as sent:
        assert acme.delete(endpoint_id).status == 200
    assert [one.operation for one in sent] == ["UpdateItem", "UpdateItem"]
