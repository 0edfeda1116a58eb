"""Messages between the workers: they survive a round trip, and no other message is accepted."""

import pytest

from paysandbox.webhooks.deliveries.message import DeliveryMessage, read_delivery_message, render_delivery_message
from paysandbox.webhooks.delivery import Delivery
from tests.support.builders.build import MONDAY


def test_a_queued_message_is_parsed_back() -> None:
    delivery = Delivery(
        id="wd_1",
        merchant="demo",
        endpoint_id="we_1",
        event_id="evt_1",
        event_type="payment_captured",
        event_at=MONDAY,
        generation=1,
        tries=3,
    )
    assert read_delivery_message(render_delivery_message(delivery)) == DeliveryMessage(
        delivery_id="wd_1", event_id="evt_1", merchant="demo", endpoint_id="we_1", tries=3
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "7",
        "[]",
        "null",
        "{}",
        '{"delivery_id":"a","endpoint_id":"b","event_id":"c","merchant":"d"}',
        '{"delivery_id":"a","endpoint_id":"b","event_id":"c","merchant":"d","tries":"1"}',
        '{"delivery_id":"a","endpoint_id":"b","event_id":"c","merchant":"d","tries":true}',
        '{"delivery_id":"","endpoint_id":"b","event_id":"c","merchant":"d","tries":1}',
        '{"delivery_id":7,"endpoint_id":"b","event_id":"c","merchant":"d","tries":1}',
        '{"delivery_id":"' + "a" * 129 + '","endpoint_id":"b","event_id":"c","merchant":"d","tries":1}',
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_delivery_message(text)
