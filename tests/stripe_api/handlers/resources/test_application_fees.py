"""Application fees are retrieved and listed by their charge, and have events."""

import json

from paysandbox.stripe_api.connect.application_fee import APPLICATION_FEE, fee_events
from paysandbox.stripe_api.resource_kit.events import object_messages
from paysandbox.stripe_api.resource_kit.objects_table import get_object
from paysandbox.stripe_api.resource_kit.tables import objects_table
from paysandbox.stripe_api.resources.application_fees.fee_resources import APPLICATION_FEES
from tests.support.builders.build import MERCHANT, OTHER_MERCHANT
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong
from tests.support.clients.transfers import PLATFORM, ROUTE, charge_of, connected, fee_returned, paid_direct, paid_to


def test_they_are_listed_newest_first() -> None:
    account = connected()
    first, second = charge_of(paid_to(account)), charge_of(paid_direct(account), account)
    listed = done(PLATFORM.get(ROUTE["list_application_fees"], expand=["data.account"]))["data"]
    assert [each["id"] for each in listed] == [second["application_fee"], first["application_fee"]]
    assert {each["account"]["id"] for each in listed} == {account}
    of_one = done(PLATFORM.get(ROUTE["list_application_fees"], charge=first["id"]))["data"]
    assert [each["id"] for each in of_one] == [first["application_fee"]]


def test_they_are_the_platforms() -> None:
    fee = charge_of(paid_to(connected()))["application_fee"]
    assert wrong(StripeMerchant(OTHER_MERCHANT).get(ROUTE["get_application_fee"], fee)) == missing("id")


def test_their_events() -> None:
    fee = charge_of(paid_to(connected()))["application_fee"]
    made = get_object(objects_table(), APPLICATION_FEE, MERCHANT, fee)
    fee_returned(fee, amount=1_00)
    after = get_object(objects_table(), APPLICATION_FEE, MERCHANT, fee)
    assert made is not None
    assert after is not None
    events = [fee_events(before, now) for before, now in ((None, made), (made, after), (after, after))]
    assert events == [("created",), ("refunded",), ()]
    (message,) = object_messages(APPLICATION_FEES, made, after)
    assert json.loads(message.body)["data"]
