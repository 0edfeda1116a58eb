"""The Stripe rail over HTTP, at the sandbox's own /v1: the conformance suite, and what only Stripe does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from typing import Any, Final

import pytest

from paysandbox.aws import runtime
from paysandbox.core.errors import Code, Refused
from paysandbox.disbursements.disbursement import UNCLAIMED_FOR, Disbursement, Source, Status
from paysandbox.disbursements.provider_update_rules import informed
from paysandbox.disbursements.rail import ProviderUpdate, Rail, Unknown
from paysandbox.disbursements.rails import rail_of
from paysandbox.disbursements.steps import Step, stepped
from paysandbox.disbursements.stripe import client as stripe_client
from paysandbox.disbursements.stripe.messages import KEY_LASTS, PAYOUTS_PATH, TRANSFERS_PATH
from paysandbox.disbursements.stripe.rail import rail
from paysandbox.donations import stripe_secrets
from tests.disbursements.rail_conformance import RailConformance, Situation
from tests.disbursements.workers.conftest import Lines
from tests.stripe_api.scenarios import RESOURCE
from tests.support.builders import disbursements
from tests.support.clients.stripe_merchant import done
from tests.support.fakes.stripe_platform import OWNER, RETRY_AFTER_S, Fault, StripePlatform, bank
from tests.support.worlds import tables
from tests.webhooks.workers.conftest import Clock

DAY: Final = timedelta(days=1)
AMOUNT: Final = 12_50
CLOSED: Final = "000111111113"
PAID_THEN_CLOSED: Final = "000123456813"

_numbers: Final = count(1)


def sent(account: str, **parts: Any) -> Disbursement:
    """Build a disbursement to a connected account as it is recorded before its first request."""
    given = disbursements.accepted(
        next(_numbers), method="stripe", stripe_account=account, created_at=runtime.now(), **parts
    )
    return stepped(given, Step.SEND, Source.WORKER, given.created_at)


def after(disbursement: Disbursement, answer: ProviderUpdate | Unknown) -> Disbursement:
    """Return a disbursement as the worker records an answer."""
    return informed(disbursement, answer, runtime.now())[0] if isinstance(answer, ProviderUpdate) else disbursement


def step_of(answer: ProviderUpdate | Unknown) -> tuple[Step | None, str | None]:
    """Return what an answer says, and why."""
    assert isinstance(answer, ProviderUpdate), answer
    return answer.step, answer.code


SCRIPT: Final[Mapping[Situation, list[Fault]]] = {
    Situation.LOST_BEFORE: [Fault.LOST_BEFORE],
    Situation.LOST_AFTER: [Fault.LOST_AFTER],
    Situation.FAILING: [Fault.FAILING_BEFORE],
    Situation.FAILED_ANSWER: [Fault.FAILING_AFTER],
    Situation.MALFORMED: [Fault.MALFORMED],
    Situation.RATE_LIMITED: [Fault.RATE_LIMITED],
    Situation.SILENT: [Fault.FAILING_BEFORE] * 3,
}
BANKS: Final[Mapping[Situation, str | None]] = {
    Situation.FAILED: CLOSED,
    Situation.BLOCKED: CLOSED,
    Situation.RETURNED: PAID_THEN_CLOSED,
    Situation.UNCLAIMED: None,
}


@dataclass
class _Stripe:
    """Stripe as the conformance suite sees it. `known` has each disbursement as the worker has recorded it."""

    platform: StripePlatform
    clock: Clock
    known: dict[str, Disbursement] = field(default_factory=dict[str, Disbursement])
    swept: Callable[[], None] = lambda: None
    next_day: Callable[[], None] = lambda: None

    @property
    def rail(self) -> Rail:
        return _Recorded(self)

    def arrange(self, situation: Situation) -> Disbursement:
        self.platform.script += [(TRANSFERS_PATH, fault) for fault in SCRIPT.get(situation, [])]
        account = self.platform.account(BANKS.get(situation, "000123456789"))
        amount = 2_000_00 if situation is Situation.REFUSED else AMOUNT
        made = sent(account, amount=amount)

        def drain() -> None:
            self.platform.drain(account, AMOUNT)

        def top_up() -> None:
            self.platform.top_up(account, AMOUNT)

        if situation is Situation.HELD:
            self.platform.before[PAYOUTS_PATH] = drain
            self.next_day = top_up
        elif situation is Situation.BLOCKED:
            self.swept, self.next_day = drain, top_up
        elif situation is Situation.REVERSED:
            self.next_day = lambda: (top_up(), self.platform.reverse(self.platform.transfers(made)[0]["id"]))[0]
        return made

    def payments(self, disbursement: Disbursement) -> int:
        return len(self.platform.transfers(disbursement))

    def a_day_later(self) -> None:
        happens, self.next_day = self.next_day, lambda: None
        happens()
        self.days_pass(4)

    def days_pass(self, days: int) -> None:
        """Let the worker ask for the outcomes on each of these days."""
        for _ in range(days):
            self.platform.sweep()
            happens, self.swept = self.swept, lambda: None
            happens()
            for disbursement in [*self.known.values()]:
                self.known[disbursement.batch_id] = after(disbursement, rail().ask(disbursement))
            self.clock.advance(DAY)
        self.platform.sweep()


@dataclass
class _Recorded:
    """The rail, with a worker that records what it says, and asks again on the days after it was sent."""

    stripe: _Stripe
    name: str = "stripe"

    def send(self, disbursement: Disbursement) -> ProviderUpdate | Unknown:
        answer = rail().send(disbursement)
        if isinstance(answer, ProviderUpdate) and disbursement.batch_id not in self.stripe.known:
            self.stripe.known[disbursement.batch_id] = after(disbursement, answer)
            if answer.step is None:
                self.stripe.days_pass(3)
        return answer

    def ask(self, disbursement: Disbursement) -> ProviderUpdate | Unknown:
        return self._answered(disbursement, rail().ask)

    def cancel(self, disbursement: Disbursement) -> ProviderUpdate | Unknown:
        return self._answered(disbursement, rail().cancel)

    def _answered(
        self, disbursement: Disbursement, request: Callable[[Disbursement], ProviderUpdate | Unknown]
    ) -> ProviderUpdate | Unknown:
        known = self.stripe.known.get(disbursement.batch_id)
        if known is None or known.reference != disbursement.reference:
            return request(disbursement)
        answer = request(replace(known, cancel_requested=disbursement.cancel_requested))
        self.stripe.known[disbursement.batch_id] = after(known, answer)
        return answer


class TestStripe(RailConformance):
    """Faults of the network and of Stripe, in front of a platform that works."""

    @pytest.fixture
    def provider(self, platform: StripePlatform, clock: Clock) -> _Stripe:
        return _Stripe(platform, clock)


def test_the_rail_of_the_method(platform: StripePlatform) -> None:
    assert rail_of("stripe").name == "stripe"


def test_what_is_sent(platform: StripePlatform) -> None:
    account = platform.account()
    given = sent(account)
    made = after(given, rail().send(given))
    (transfer,), (payout,) = platform.transfers(given), platform.payouts(given)
    assert (made.reference, made.item_reference, made.payout) == (transfer["id"], payout["id"], payout["id"])
    assert (transfer["amount"], transfer["currency"], transfer["destination"]) == (AMOUNT, "usd", account)
    assert transfer["transfer_group"] == given.id
    assert (payout["amount"], payout["currency"], payout["status"]) == (AMOUNT, "usd", "pending")
    keys = [headers["Idempotency-Key"] for _, _, headers, _ in platform.requests if "Idempotency-Key" in headers]
    assert keys == [f"{given.batch_id}-transfer-0", f"{given.batch_id}-payout-0"]


@pytest.mark.parametrize("fault", [each for each in Fault if each is not Fault.UNAUTHORIZED])
@pytest.mark.parametrize("path", [TRANSFERS_PATH, PAYOUTS_PATH, "/reversals"])
def test_no_fault_pays_twice_or_loses(path: str, fault: Fault, platform: StripePlatform, clock: Clock) -> None:
    """Whatever goes wrong with a request, and with its repetition, the next ones find the outcome."""
    one = sent(platform.account(CLOSED))
    platform.script += [(path, fault), (path, fault)]
    for attempt in range(1, 8):
        one = replace(one, attempts=attempt)
        one = after(one, rail().send(one) if one.reference is None else rail().ask(one))
        platform.sweep()
        clock.advance(timedelta(minutes=1))
    assert (one.status, one.code) == (Status.FAILED, "ACCOUNT_CLOSED")
    (transfer,), (payout,) = platform.transfers(one), platform.payouts(one)
    assert (transfer["reversed"], payout["status"]) == (True, "failed")
    assert len(platform.script) <= 1, "what was made is found, and not sent again"


@pytest.mark.parametrize(
    "fault, reason",
    [
        (Fault.RATE_LIMITED, "busy (429)"),
        (Fault.IN_USE, "busy (409)"),
        (Fault.REDIRECTED, "answer_unexpected (307)"),
        (Fault.EMPTY, "answer_malformed"),
        (Fault.NOT_PERMITTED, "refused: MORE_PERMISSIONS_REQUIRED (403)"),
        (Fault.KEY_REUSED, "refused: IDEMPOTENCY_ERROR (400)"),
        (Fault.UNAUTHORIZED, "credentials_refused"),
    ],
)
def test_answers_without_a_result(fault: Fault, reason: str, platform: StripePlatform) -> None:
    platform.script = [(TRANSFERS_PATH, fault)]
    answer = rail().send(sent(platform.account()))
    assert isinstance(answer, Unknown)
    assert answer.reason == reason
    assert answer.retry_after_s == {Fault.RATE_LIMITED: RETRY_AFTER_S, Fault.IN_USE: 60}.get(fault)


def test_after_23_hours_a_transfer_is_looked_for_and_never_sent(platform: StripePlatform, clock: Clock) -> None:
    lost, found = sent(platform.account()), sent(platform.account())
    platform.script = [(TRANSFERS_PATH, Fault.LOST_BEFORE)]
    assert isinstance(rail().send(lost), Unknown)
    platform.script = [(TRANSFERS_PATH, Fault.LOST_AFTER)]
    assert isinstance(rail().send(found), Unknown)
    clock.advance(KEY_LASTS)
    before = len(platform.posts(TRANSFERS_PATH))
    assert rail().send(replace(lost, attempts=2)) == Unknown(reason="not_found")
    made = after(found, rail().send(replace(found, attempts=2)))
    assert (made.reference, len(platform.posts(TRANSFERS_PATH))) == (platform.transfers(found)[0]["id"], before)
    assert [payout["id"] for payout in platform.payouts(found)] == [made.payout]


@pytest.mark.full
def test_after_23_hours_a_payout_is_looked_for_on_every_page(platform: StripePlatform, clock: Clock) -> None:
    account = platform.account()
    platform.top_up(account, 300_00)
    one = sent(account)
    platform.script = [(PAYOUTS_PATH, Fault.LOST_AFTER)]
    assert isinstance(rail().send(one), Unknown)
    for _ in range(101):
        platform.drain(account, 1_00)
    clock.advance(KEY_LASTS)
    made = after(one, rail().send(replace(one, attempts=2)))
    (payout,) = platform.payouts(one)
    assert made.payout == payout["id"]
    pages = [path for method, path, _, _ in platform.requests if (method, path) == ("GET", PAYOUTS_PATH)]
    assert len(pages) == 2


def test_a_payout_that_was_never_made_is_made_after_23_hours(platform: StripePlatform, clock: Clock) -> None:
    one = sent(platform.account())
    platform.script = [(PAYOUTS_PATH, Fault.LOST_BEFORE)]
    assert isinstance(rail().send(one), Unknown)
    clock.advance(KEY_LASTS)
    made = after(one, rail().send(replace(one, attempts=2)))
    assert len(platform.payouts(one)) == 1
    assert made.payout is not None
    assert platform.posts(PAYOUTS_PATH)[-1][2]["Idempotency-Key"] == f"{one.batch_id}-payout-1"


def test_an_unclaimed_one_is_paid_once_the_account_has_a_bank(platform: StripePlatform, clock: Clock) -> None:
    account = platform.account(None)
    one = sent(account)
    one = after(one, rail().send(one))
    assert (one.status, one.code) == (Status.UNCLAIMED, "REQUIREMENTS_PAST_DUE")
    done(OWNER.post(RESOURCE["update_account"], account, external_account=bank("000123456789")))
    clock.advance(DAY)
    one = after(one, rail().ask(one))
    assert (one.status, one.payout is not None) == (Status.UNCLAIMED, True)
    clock.advance(3 * DAY)
    platform.sweep()
    assert after(one, rail().ask(one)).status is Status.PAID


def test_after_29_days_an_unclaimed_one_is_returned(platform: StripePlatform, clock: Clock) -> None:
    one = sent(platform.account(None))
    one = after(one, rail().send(one))
    clock.advance(UNCLAIMED_FOR - 2 * DAY)
    one = after(one, rail().ask(one))
    assert one.status is Status.UNCLAIMED
    clock.advance(DAY)
    one = after(one, rail().ask(one))
    assert one.status is Status.RETURNED
    assert platform.transfers(one)[0]["reversed"] is True


def test_a_canceled_payout_is_taken_back(platform: StripePlatform) -> None:
    """An operator of the platform cancels it while it is pending."""
    one = sent(platform.account())
    one = after(one, rail().send(one))
    as_account = {"Stripe-Account": one.stripe_account or ""}
    done(OWNER.ask(RESOURCE["cancel_payout"], one.payout, {}, headers=as_account))
    assert step_of(rail().ask(one)) == (Step.FAIL, "PAYOUT_CANCELED")
    assert platform.transfers(one)[0]["reversed"] is True


def test_a_paid_one_that_cannot_be_taken_back_stays_unknown(
    platform: StripePlatform, clock: Clock, lines: Lines
) -> None:
    one = sent(platform.account(PAID_THEN_CLOSED))
    one = after(one, rail().send(one))
    platform.sweep()
    one = after(one, rail().ask(one))
    assert one.status is Status.PAID
    clock.advance(2 * DAY)
    platform.sweep()
    platform.drain(one.stripe_account or "", AMOUNT)
    assert rail().ask(one) == Unknown(reason="not_reversed: BALANCE_INSUFFICIENT")
    [error] = [line for line in lines() if line["level"] == "ERROR"]
    assert (error["message"], error["error"]) == (
        "Stripe refuses the account",
        f"transfer {one.reference} is not reversed: BALANCE_INSUFFICIENT",
    )
    platform.top_up(one.stripe_account or "", AMOUNT)
    assert after(one, rail().ask(one)).status is Status.RETURNED


def test_a_transfer_of_another_disbursement_is_not_taken_for_its_own(platform: StripePlatform) -> None:
    one, other = sent(platform.account()), sent(platform.account())
    made = after(other, rail().send(other))
    answer = rail().ask(replace(one, reference=made.reference))
    assert answer == Unknown(reason=f"of_another: {made.reference}")


@pytest.mark.parametrize(
    "parts, code",
    [
        ({"stripe_account": "acct_nosuchaccount"}, "RESOURCE_MISSING"),
        ({"amount": 123, "currency": "ISK"}, "BALANCE_INSUFFICIENT"),
        ({"amount": 1_01, "currency": "MGA"}, "AMOUNT_NOT_WHOLE"),
    ],
)
def test_refusals_at_the_first_request(parts: Mapping[str, Any], code: str, platform: StripePlatform) -> None:
    one = replace(sent(platform.account()), **parts)
    assert step_of(rail().send(one)) == (Step.FAIL, code)
    assert platform.transfers(one) == []


def test_without_a_key_nothing_is_sent(platform: StripePlatform) -> None:
    one = sent(platform.account())
    runtime.ssm().delete_parameter(Name=tables.STRIPE_KEY_PARAMETER)
    try:
        with pytest.raises(Refused) as refused:
            rail().send(one)
    finally:
        tables.put_stripe_secrets()
    assert refused.value.code is Code.STRIPE_NOT_CONFIGURED
    assert platform.posts(TRANSFERS_PATH) == []


def test_a_rotated_key_is_read_again(platform: StripePlatform, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stripe_secrets, "PATIENCE", timedelta())
    one = sent(platform.account())
    assert isinstance(stripe_client.read_account(one), Mapping)  # the key is read
    platform.script = [(TRANSFERS_PATH, Fault.UNAUTHORIZED)]
    other = tables.STRIPE_KEY[:-1] + "z"
    runtime.ssm().put_parameter(Name=tables.STRIPE_KEY_PARAMETER, Type="SecureString", Value=other, Overwrite=True)
    try:
        assert isinstance(rail().send(one), ProviderUpdate)
    finally:
        tables.put_stripe_secrets()
    first, second = platform.posts(TRANSFERS_PATH)
    assert first[2]["Authorization"] != second[2]["Authorization"]
    assert first[2]["Idempotency-Key"] == second[2]["Idempotency-Key"]
