"""GET /v1/events/{event}: an event in Stripe's shape, with its object as it was then."""

from tests.integration.stripe_api.conftest import Publish
from tests.support.stripe_shop import Sdk, opened, paid, refused


def test_each_is_what_the_list_shows(sdk: Sdk, other: Sdk, publish: Publish) -> None:
    paid(sdk)
    publish()
    for event in sdk.v1.events.list().data:
        assert sdk.v1.events.retrieve(event.id).to_dict() == event.to_dict()
        assert refused(lambda event=event: other.v1.events.retrieve(event.id)).code == "resource_missing"
        unknown = event.id[:-1] + "z"
        assert refused(lambda unknown=unknown: sdk.v1.events.retrieve(unknown)).code == "resource_missing"


def test_its_object_is_as_it_was_then(sdk: Sdk, publish: Publish) -> None:
    intent = opened(sdk)
    sdk.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    publish()
    (created,) = sdk.v1.events.list({"type": "payment_intent.created"}).data
    assert sdk.v1.events.retrieve(created.id).data.object.status == "requires_payment_method"


def test_nothing_of_it_can_be_expanded(sdk: Sdk, publish: Publish) -> None:
    opened(sdk)
    publish()
    (event,) = sdk.v1.events.list().data
    assert refused(lambda: sdk.v1.events.retrieve(event.id, {"expand": ["data"]})).param == "expand"
