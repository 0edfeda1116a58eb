"""Donations as items: they survive a round trip, and of several concurrent writes the table accepts one."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from hypothesis import given, strategies as st

from paysandbox.aws import runtime
from paysandbox.core.donor import Donor
from paysandbox.core.errors import Code, Refused
from paysandbox.core.timestamps import format_timestamp
from paysandbox.donations import tables as donation_tables
from paysandbox.donations.donation import Donation, Observation, Receipt, donation_id
from paysandbox.donations.lists import donations_of, pending_before, receipts_before, recent, totals
from paysandbox.donations.table import (
    DonationKey,
    Donations,
    donation_from,
    donation_item,
    find_donation,
    find_owner,
    open_donation,
    record_intent,
    update_pending,
)
from paysandbox.donations.writes import (
    EventOutcome,
    NoDonationError,
    apply_observation,
    change_receipt,
    claim_receipt,
    record_event,
)
from tests.donations import donation_scenario
from tests.donations.donation_scenario import DonationScenario
from tests.support.builders import build, donations
from tests.support.worlds import tables
from tests.support.worlds.aws_transport import Deliver, Sent, Wire

LATER = build.MONDAY + build.HOUR
KEY = DonationKey(text="KEY#1", fingerprint="fingerprint", lifetime=build.DAY)
AMOUNT = DonationKey(text="AMOUNT#usd#5000", fingerprint=None, lifetime=timedelta(seconds=60))


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    """Return the wire, which sends one request at a time: moto's transactions are not isolated."""
    with tables.sandbox(environment="donations"):
        wire = Wire()
        wire.attach(runtime.dynamodb())
        yield wire
    runtime.ses.cache_clear()
    donation_scenario.forget()


@pytest.fixture
def scenario(wire: Wire) -> DonationScenario:
    """Return a scenario with an empty table."""
    return DonationScenario()


@pytest.fixture
def table(scenario: DonationScenario) -> Donations:
    """Return the table, empty."""
    return donation_tables.donations()


def numbered(number: int, **parts: Any) -> Donation:
    """Return a donation opened this many minutes after Monday's half past nine."""
    at = build.MONDAY + number * timedelta(minutes=1)
    return donations.opened(**{"id": donation_id(at, bytes([number] * 10)), "created_at": at} | parts)


def seen(given: Donation, **parts: Any) -> Observation:
    said = {"donation_id": given.id, "intent_id": donations.INTENT_ID, "currency": given.currency, "at": LATER}
    return Observation(**said | parts)


def opened(table: Donations, given: Donation, **heard: Any) -> Donation:
    """Return a stored donation, after this observation if there is one."""
    open_donation(table, given, DonationKey(text=given.id, fingerprint=None, lifetime=build.DAY))
    return apply_observation(table, seen(given, **heard)).after if heard else given


# --- items ------------------------------------------------------------------------------------------------------------

instants = st.datetimes(min_value=build.MONDAY.replace(tzinfo=None), timezones=st.just(UTC))


@given(
    st.builds(
        Donation,
        id=st.uuids().map(str),
        donor=st.builds(Donor, user_id=st.text(), email=st.text(min_size=1), name=st.text()),
        amount=st.integers(1, 10**8),
        currency=st.sampled_from(["usd", "jpy", "kwd"]),
        message=st.none() | st.text(),
        anonymous=st.booleans(),
        created_at=instants,
        intent_id=st.none() | st.text(min_size=1),
        paid=st.integers(0, 10**8),
        refunded=st.integers(0, 10**8),
        failed=st.booleans(),
        failure=st.none() | st.text(),
        observed_at=st.none() | instants,
        receipt=st.sampled_from(Receipt),
        receipt_at=st.none() | instants,
        receipt_note=st.none() | st.text(),
        version=st.integers(1),
    )
)
def test_donations_round_trip(given: Donation) -> None:
    assert donation_from(donation_item(given)) == given


@pytest.mark.parametrize(
    "receipt, shown",
    [
        (Receipt.NONE, None),
        (Receipt.DUE, "due"),
        (Receipt.SENDING, "sending"),
        (Receipt.REFUSED, "refused"),
        (Receipt.SENT, None),
    ],
)
def test_receipt_index_lists_open_receipts(receipt: Receipt, shown: str | None) -> None:
    item = donation_item(donations.opened(receipt=receipt, receipt_at=LATER))
    assert item.get("receipt_open", {}).get("S") == shown


def test_attribute_names_match_the_specification(scenario: DonationScenario, table: Donations) -> None:
    given = opened(table, donations.opened(), paid=50_00)
    items = {(item["PK"]["S"], item["SK"]["S"]): item for item in scenario.items()}
    user = f"USER#{given.donor.email}"
    profile, donation = items[user, "PROFILE"], items[user, f"DONATION#{given.id}"]
    assert {name: value["S"] for name, value in profile.items() if name not in ("PK", "SK")} == {
        "email": given.donor.email,
        "name": given.donor.name,
        "user_id": given.donor.user_id,
        "created_at": format_timestamp(build.MONDAY),
    }
    assert {name: donation[name] for name in ("amount", "status", "currency", "donor_name", "created_at")} == {
        "amount": {"N": "5000"},
        "status": {"S": "SUCCEEDED"},
        "currency": {"S": "usd"},
        "donor_name": {"S": given.donor.name},
        "created_at": {"S": format_timestamp(build.MONDAY)},
    }
    assert donation["stripe_payment_intent_id"] == {"S": donations.INTENT_ID}
    (total,) = scenario.total_rows()
    assert (total["PK"], total["TotalAmountCents"]) == ({"S": "TOTALS"}, {"N": "5000"})
    assert total["SK"]["S"].startswith("DONATION_SUM#usd#0")


# --- opening ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wish", [KEY, AMOUNT], ids=["a key", "no key"])
@pytest.mark.parametrize("left", [timedelta(seconds=59), build.MICROSECOND, timedelta(0), -build.HOUR], ids=str)
def test_a_request_is_one_donation_during_its_lifetime(wish: DonationKey, left: timedelta, table: Donations) -> None:
    first, is_same = open_donation(table, numbered(1), wish), left > timedelta(0)
    again = numbered(2, created_at=first.created_at + wish.lifetime - left)
    assert open_donation(table, again, wish) == (first if is_same else again)
    assert (find_donation(table, again.id) is None) == is_same


def test_a_reused_key_with_another_body_is_refused(table: Donations, scenario: DonationScenario) -> None:
    open_donation(table, numbered(1), KEY)
    before = scenario.items()
    with pytest.raises(Refused) as refused:
        open_donation(table, numbered(2, amount=1_00), replace(KEY, fingerprint="of another body"))
    assert refused.value.code is Code.IDEMPOTENCY_KEY_REUSED
    assert scenario.items() == before


def test_concurrent_replacements_make_one_donation(table: Donations) -> None:
    first = open_donation(table, numbered(0), AMOUNT)
    at = first.created_at + timedelta(seconds=1)
    later = [numbered(number, created_at=at) for number in range(1, 5)]
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda one: open_donation(table, one, AMOUNT, instead_of=first.id), later))
    (second,) = {one.id for one in opened}
    assert second in {one.id for one in later}
    assert {one.id for one in donations_of(table, donations.ADA.email, limit=10)[0]} == {first.id, second}
    assert open_donation(table, numbered(9, created_at=at), AMOUNT).id == second


@pytest.mark.parametrize("message", ["For the roof", None])
@pytest.mark.parametrize("anonymous", [True, False])
def test_message_and_anonymity_of_a_pending_donation_are_updated(
    message: str | None, anonymous: bool, table: Donations
) -> None:
    given = opened(table, numbered(1, message="At first"))
    assert update_pending(table, replace(given, message=message, anonymous=anonymous))
    assert find_donation(table, given.id) == replace(given, message=message, anonymous=anonymous, version=2)


@pytest.mark.parametrize("heard", [{"paid": 50_00}, {"paid": 50_00, "refunded": 50_00}, {"failed": True}], ids=str)
def test_other_donations_are_not_updated(heard: dict[str, Any], table: Donations) -> None:
    given = opened(table, numbered(1, anonymous=True), **heard)
    assert not update_pending(table, replace(given, message="Later", anonymous=False))
    assert find_donation(table, given.id) == given


def test_a_missing_donation_is_not_created(table: Donations, scenario: DonationScenario) -> None:
    assert not update_pending(table, numbered(1))
    assert scenario.items() == []


def test_concurrent_observations_keep_the_update(table: Donations, wire: Wire) -> None:
    """The worker replaces the whole donation, so it must detect the concurrent change."""
    given = opened(table, numbered(1))

    def change_first(sent: Sent, deliver: Deliver) -> AWSResponse:
        if sent.operation == "TransactWriteItems" and not anonymous():
            update_pending(table, replace(given, anonymous=True))
        return deliver()

    def anonymous() -> bool:
        found = find_donation(table, given.id)
        return found is not None and found.anonymous

    with wire.witnessed(change_first):
        after = apply_observation(table, seen(given, paid=50_00)).after
    assert (after.anonymous, after.paid) == (True, 50_00)
    assert find_donation(table, given.id) == after


def test_messages_are_per_donor(table: Donations) -> None:
    first, other = numbered(1), numbered(2, donor=Donor(user_id="sub", email="eve@example.com", name="Eve"))
    assert open_donation(table, first, KEY) == first
    assert open_donation(table, other, KEY) == other


def test_concurrent_requests_create_one_donation(table: Donations) -> None:
    with ThreadPoolExecutor(8) as pool:
        met = list(pool.map(lambda number: open_donation(table, numbered(number), KEY), range(8)))
    assert len({one.id for one in met}) == 1
    found, _ = donations_of(table, donations.ADA.email, limit=10)
    assert found == [met[0]]


def test_profile_is_updated_and_keeps_its_creation_time(table: Donations, scenario: DonationScenario) -> None:
    opened(table, numbered(1))
    opened(table, numbered(2, donor=replace(donations.ADA, name="Ada King")))
    (profile,) = [item for item in scenario.items() if item["SK"]["S"] == "PROFILE"]
    assert (profile["name"]["S"], profile["created_at"]["S"]) == ("Ada King", format_timestamp(numbered(1).created_at))


def test_an_intent_is_recorded_once(table: Donations) -> None:
    given = opened(table, numbered(1))
    record_intent(table, given, "pi_first")
    record_intent(table, given, "pi_second")
    stands = find_donation(table, given.id)
    assert stands == replace(given, intent_id="pi_first", version=2)


def test_a_missing_donation_gets_no_intent(table: Donations, scenario: DonationScenario) -> None:
    record_intent(table, numbered(1), "pi_first")
    assert scenario.items() == []


def test_a_missing_donation_has_no_owner(table: Donations) -> None:
    assert find_owner(table, donations.DONATION_ID) is None
    assert find_donation(table, donations.DONATION_ID) is None
    with pytest.raises(NoDonationError):
        apply_observation(table, seen(donations.opened()))
    assert change_receipt(table, donations.DONATION_ID, Receipt.DUE, Receipt.SENT, LATER) is None


# --- observations -----------------------------------------------------------------------------------------------------


def test_concurrent_observations_are_all_applied(table: Donations) -> None:
    given = opened(table, numbered(1))
    heard = [seen(given, paid=50_00, refunded=cents) for cents in range(5)] * 2 + [seen(given, failed=True)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda one: apply_observation(table, one), heard))
    stands = find_donation(table, given.id)
    assert stands is not None
    assert (stands.paid, stands.refunded, stands.failed) == (50_00, 4, True)
    assert totals(table) == {"usd": 49_96}


@pytest.mark.full
def test_totals_are_summed_per_currency(table: Donations, scenario: DonationScenario) -> None:
    for number in range(24):
        currency = ("usd", "jpy")[number % 2]
        opened(table, numbered(number, currency=currency), paid=50_00, refunded=number)
    assert totals(table) == {"usd": 12 * 50_00 - sum(range(0, 24, 2)), "jpy": 12 * 50_00 - sum(range(1, 24, 2))}
    assert 2 < len(scenario.total_rows()) <= 16


def test_applied_events_stay_applied(table: Donations, scenario: DonationScenario) -> None:
    def told(outcome: EventOutcome) -> str:
        record_event(table, "evt_1", kind="charge.refunded", outcome=outcome, donation_id=None, at=LATER)
        return scenario.outcomes()["evt_1"]

    assert [
        told(outcome) for outcome in (EventOutcome.DEAD_LETTERED, EventOutcome.APPLIED, EventOutcome.UNCHANGED)
    ] == [
        "parked",
        "applied",
        "applied",
    ]


# --- receipts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("to", Receipt)
@pytest.mark.parametrize("note", [None, "why"])
def test_receipt_updates_equal_full_writes(
    to: Receipt, note: str | None, table: Donations, scenario: DonationScenario
) -> None:
    given = opened(table, numbered(1), paid=50_00)
    moved = change_receipt(table, given.id, Receipt.DUE, to, LATER, note)
    assert moved is not None
    assert moved == replace(given, receipt=to, receipt_at=LATER, receipt_note=note, version=given.version + 1)
    (item,) = [item for item in scenario.items() if "receipt" in item]
    assert item == donation_item(moved)


@pytest.mark.parametrize("stands", [one for one in Receipt if one is not Receipt.SENDING])
def test_receipt_updates_require_the_expected_status(stands: Receipt, table: Donations) -> None:
    given = opened(table, numbered(1), paid=50_00)
    before = change_receipt(table, given.id, Receipt.DUE, stands, LATER)
    assert change_receipt(table, given.id, Receipt.SENDING, Receipt.SENT, LATER, "id") is None
    assert find_donation(table, given.id) == before


def test_concurrent_workers_claim_a_receipt_once(table: Donations) -> None:
    given = opened(table, numbered(1), paid=50_00)
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda by: claim_receipt(table, given.id, LATER, f"claim-{by}"), range(8)))
    assert len([one for one in claims if one]) == 1


def test_claims_are_idempotent_per_worker(table: Donations) -> None:
    """boto3 retries so when the response was lost. The claim's name is unique."""
    given = opened(table, numbered(1), paid=50_00)
    first = claim_receipt(table, given.id, LATER, "mine")
    assert first is not None
    assert claim_receipt(table, given.id, LATER, "mine") == first
    assert claim_receipt(table, given.id, LATER, "another's") is None


# --- lists ------------------------------------------------------------------------------------------------------------


@pytest.mark.full
def test_recent_donations_are_the_latest_ten(table: Donations) -> None:
    for number in range(14):
        opened(table, numbered(number), **({"failed": True} if number in (3, 9) else {"paid": 50_00}))
    opened(table, numbered(20))
    opened(table, numbered(21), paid=50_00, refunded=50_00)
    assert [one.id for one in recent(table)] == [numbered(number).id for number in (13, 12, 11, 10, 8, 7, 6, 5, 4, 2)]


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6])
def test_a_donors_donations_are_paged_newest_first(limit: int, table: Donations) -> None:
    every = [opened(table, numbered(number)) for number in range(5)]
    opened(table, numbered(9, donor=Donor(user_id="sub", email="eve@example.com", name="Eve")))
    pages: list[list[Donation]] = []
    cursor = None
    while not pages or cursor is not None:
        page, cursor = donations_of(table, donations.ADA.email, limit=limit, cursor=cursor)
        pages.append(page)
    assert [one for page in pages for one in page] == every[::-1]
    assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)
    assert pages[-1]


@pytest.mark.parametrize("email", ["eve@example.com", "ada@example.co"])
def test_cursors_are_per_donor(email: str, table: Donations) -> None:
    for number in range(2):
        opened(table, numbered(number))
    _, cursor = donations_of(table, donations.ADA.email, limit=1)
    with pytest.raises(Refused) as refused:
        donations_of(table, email, limit=1, cursor=cursor)
    assert refused.value.code is Code.CURSOR_INVALID


def test_old_pending_donations_are_found_oldest_first(table: Donations) -> None:
    for number in (3, 1, 2, 5):
        opened(table, numbered(number))
    opened(table, numbered(0), failed=True)
    found = pending_before(table, numbered(5).created_at)
    assert [one.id for one in found] == [numbered(number).id for number in (1, 2, 3)]


def test_receipts_are_found_by_status_and_time(table: Donations) -> None:
    for number, receipt in enumerate([Receipt.DUE, Receipt.SENDING, Receipt.SENT, Receipt.DUE, Receipt.DUE]):
        given = opened(table, numbered(number), paid=50_00)
        change_receipt(table, given.id, Receipt.DUE, receipt, LATER - number * timedelta(minutes=1))
    found = {
        receipt: list(receipts_before(table, receipt, LATER))
        for receipt in (Receipt.DUE, Receipt.SENDING, Receipt.SENT)
    }
    assert found == {
        Receipt.DUE: [numbered(4).id, numbered(3).id],
        Receipt.SENDING: [numbered(1).id],
        Receipt.SENT: [],
    }


def test_lists_include_all_pages(table: Donations, wire: Wire) -> None:
    """A DynamoDB page holds a megabyte."""
    for number in range(5):
        opened(table, numbered(number, message="m" * 350_000))
    with wire.record() as sent:
        assert [one.id for one in pending_before(table, LATER)] == [numbered(number).id for number in range(5)]
    assert len(sent) > 1
