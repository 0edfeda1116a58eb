"""DELETE /v1/webhook_endpoints/{endpoint}: stop deliveries to an endpoint, and delete it."""

from paysandbox.stripe_api.routes import DELETE_WEBHOOK_ENDPOINT, GET_WEBHOOK_ENDPOINT
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.endpoints import Subscriber
from tests.support.clients.stripe_call import StripeReply
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong
from tests.support.worlds import aws_transport as on_the_wire
from tests.support.worlds.aws_transport import Wire


def delete(name: str) -> StripeReply:
    return StripeMerchant().ask(DELETE_WEBHOOK_ENDPOINT, name)


def test_it_is_forgotten() -> None:
    made, other = done(StripeMerchant().endpoint())["id"], done(StripeMerchant().endpoint())["id"]
    assert done(delete(made)) == {"id": made, "object": "webhook_endpoint", "deleted": True}
    assert StripeMerchant().get(GET_WEBHOOK_ENDPOINT, made).status == 404
    assert StripeMerchant().get(GET_WEBHOOK_ENDPOINT, other).status == 200


def test_unknown_endpoints_and_those_of_other_merchants_are_not_found() -> None:
    StripeMerchant().endpoint()
    theirs = done(StripeMerchant(OTHER_MERCHANT).endpoint())["id"]
    for name in ("we_" + "q" * 26, "we_x", "x" * 200, theirs):
        assert wrong(delete(name)) == missing("id")
    assert StripeMerchant(OTHER_MERCHANT).get(GET_WEBHOOK_ENDPOINT, theirs).status == 200


def test_a_native_endpoint_is_not_deleted_over_v1() -> None:
    native = Subscriber().created()
    assert wrong(delete(native)) == missing("id")
    assert Subscriber().get(native).status == 200


def test_a_failing_table_is_not_reported_as_not_found(wire: Wire) -> None:
    made = done(StripeMerchant().endpoint())["id"]
    with wire.broken(on_the_wire.refused_with(500, "InternalServerError"), when=lambda _: True):
        assert wrong(delete(made))[:2] == (503, "api_error")
