"""Random sequences of calls through Stripe's SDK, on the real handlers, checked against a one-page model of an intent.

After every call, its outcome and the intent match the model, and the ledger's books balance. A valid call repeated
under its key gets the original answer byte for byte, whatever has happened since. Between the calls, cardholders
authenticate or fail to, banks answer, and refunds end.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
import stripe
from hypothesis import HealthCheck, given, settings, strategies as st

from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.stripe_api.version import STRIPE_VERSION
from tests.support.clients.challenges import complete
from tests.support.clients.simulated_steps import simulate
from tests.support.clients.stripe_call import BEFORE_BASIL
from tests.support.clients.stripe_sdk import sdk_here
from tests.support.clients.stripe_sdk_calls import UNEXPECTED, Sdk
from tests.support.tools.ledger_audit import audit
from tests.support.worlds import table_snapshot

# Other tests cover every line that this one runs; tracing would double its time.
pytestmark = pytest.mark.untraced

FEW: Final = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
MANY: Final = settings(FEW, max_examples=2_000, derandomize=False)

GOOD, OTHER, BAD = "pm_card_visa", "pm_card_amex", "pm_card_chargeDeclined"
CHALLENGED, PENDING_REFUNDS = "pm_card_authenticationRequired", "pm_card_pendingRefund"
ACTION, PROCESSING = "requires_action", "processing"
OK, DECLINED, MISSING_CODE = "ok", "card_declined", "none"

# --- the model --------------------------------------------------------------------------------------------------------


@dataclass
class Model:
    """The simplest model of an intent. Every method returns `ok` or the code of the error."""

    amount: int
    manual: bool
    card: str | None
    held: int | None = None
    captured: int = 0
    refunded: int = 0
    released: int = 0
    cancelled: bool = False
    waits: str | None = None

    @property
    def is_open(self) -> bool:
        return self.held is None and not self.cancelled

    @property
    def status(self) -> str:
        if self.waits:
            return self.waits
        if self.is_open:
            return "requires_confirmation" if self.card else "requires_payment_method"
        if self.held:
            return "requires_capture"
        return "succeeded" if self.captured else "canceled"

    def shown(self) -> tuple[str, int, int, int]:
        """Return the status, the amount, the capturable amount and the captured amount."""
        return self.status, self.amount, self.held or 0, self.captured

    def update(self, amount: int | None, card: str | None) -> str:
        is_same = (amount or self.amount, card or self.card) == (self.amount, self.card)
        if is_same:
            return OK
        if not self.is_open or self.waits == PROCESSING:
            return UNEXPECTED
        self.amount, self.card, self.waits = amount or self.amount, card or self.card, None
        return OK

    def confirm(self, card: str | None, *, slow: bool = False) -> str:
        card = card or self.card
        if not self.is_open or self.waits == PROCESSING or card is None:
            return UNEXPECTED
        if slow:
            self.waits = PROCESSING
        elif card == CHALLENGED:
            self.waits = ACTION
        else:
            return self.answer(approved=card != BAD)
        return OK

    def answer(self, *, approved: bool) -> str:
        self.waits = None
        if not approved:
            self.card = None
            return DECLINED
        self.held, self.captured = (self.amount, 0) if self.manual else (0, self.amount)
        return OK

    def capture(self, amount: int | None, *, final: bool) -> str:
        if not self.held:
            return UNEXPECTED
        taken = amount or self.held
        if taken > self.held:
            return "amount_too_large"
        self.captured += taken
        self.released += self.held - taken if final else 0
        self.held = 0 if final else self.held - taken
        return OK

    def cancel(self) -> str:
        if not self.is_open and not self.held:
            return UNEXPECTED
        self.released += self.held or 0
        self.held, self.cancelled, self.waits = (None if self.is_open else 0), True, None
        return OK

    def refund(self, amount: int | None) -> str:
        left = self.captured - self.refunded
        if not self.captured:
            return UNEXPECTED
        if not left:
            return "charge_already_refunded"
        if (amount or left) > left:
            return MISSING_CODE
        self.refunded += amount or left
        return OK


# --- programs ---------------------------------------------------------------------------------------------------------

amounts = st.integers(1, 9)
cards = st.sampled_from([GOOD, OTHER, BAD, BAD, CHALLENGED, PENDING_REFUNDS])
which = st.integers(0, 2)
calls = st.one_of(
    st.tuples(st.just("open"), amounts, st.booleans(), st.none() | cards, st.booleans()),
    st.tuples(st.just("update"), which, st.none() | amounts, st.none() | cards),
    st.tuples(st.just("confirm"), which, st.none() | cards),
    st.tuples(st.just("confirm"), which, st.just(CHALLENGED)),
    st.tuples(st.just("pend"), which),
    st.tuples(st.just("settle"), which, st.booleans()),
    st.tuples(st.just("settle"), which, st.booleans()),
    st.tuples(st.just("end"), which, st.sampled_from(["succeed", "fail"])),
    st.tuples(st.just("capture"), which, st.none() | amounts, st.booleans()),
    st.tuples(st.just("capture"), which, amounts, st.booleans()),
    st.tuples(st.just("cancel"), which),
    st.tuples(st.just("refund"), which, st.none() | amounts, st.sampled_from(["charge", "payment_intent"])),
    st.tuples(st.just("refund"), which, amounts, st.sampled_from(["charge", "payment_intent"])),
    st.tuples(st.just("refund"), which, st.just(9), st.sampled_from(["charge", "payment_intent"])),
    st.tuples(st.just("again"), st.integers(0, 20)),
)
programs = st.lists(calls, min_size=8, max_size=12).map(lambda drawn: [("open", 5, True, GOOD, True), *drawn])

Outcome = tuple[str, str]
"""`ok` or the error's code, and the body."""


@dataclass
class Desk:
    """Driver that makes the calls of one program and checks each against the model."""

    sdk: Sdk
    keys: Iterator[int]
    intents: list[str] = field(default_factory=list[str])
    models: list[Model] = field(default_factory=list[Model])
    statuses: set[str] = field(default_factory=set[str])
    made: list[tuple[Callable[[], Outcome], Outcome]] = field(
        default_factory=list[tuple[Callable[[], Outcome], Outcome]]
    )

    def do(self, call: tuple[Any, ...]) -> None:
        """Make one call, and check the state after it."""
        word, *words = call
        if word == "again":
            repeat, before = self.made[words[0] % len(self.made)]
            assert repeat() == before
        elif word == "open":
            self._open(*words)
        elif word in ("settle", "end"):
            number = words[0] % len(self.intents)
            getattr(self, f"_{word}")(self.intents[number], self.models[number], words[1])
            self.look(number, call)
        else:
            number = words[0] % len(self.intents)
            expected = getattr(self, f"_{word}")(self.intents[number], self.models[number], *words[1:])
            assert self.made[-1][1][0] == expected, call
            self.look(number, call)
        audit()

    def look(self, number: int, after: Any) -> None:
        """Check an intent against its model."""
        shown, model = self.sdk.v1.payment_intents.retrieve(self.intents[number]), self.models[number]
        assert (shown.status, shown.amount, shown.amount_capturable, shown.amount_received) == model.shown(), after
        self.statuses.add(shown.status)

    def look_at_all(self) -> None:
        """Check every intent and its refunds, among which is what was released, in versions before basil."""
        for number, intent in enumerate(self.intents):
            self.look(number, "the end")
            model = self.models[number]
            for version, released in ((STRIPE_VERSION, 0), (BEFORE_BASIL, model.released)):
                of = {"payment_intent": intent, "limit": 100}
                refunds = self.sdk.v1.refunds.list(of, {"stripe_version": version}).data
                left = [one.amount for one in refunds if one.status not in ("failed", "canceled")]
                assert sum(left) == model.refunded + released

    def _call(self, ask: Callable[[Any], Any]) -> Any:
        """Make a call under a new idempotency key, and remember it for repetition."""
        options = {"idempotency_key": f"key-{next(self.keys)}"}
        answer: list[Any] = []

        def make() -> Outcome:
            answer.clear()
            try:
                answer.append(ask(options))
            except stripe.StripeError as error:
                answer.append(error)
                return error.code or MISSING_CODE, str(error.http_body)
            return OK, answer[0].last_response.body

        outcome = make()
        first = answer[0]
        self.made.append((make, outcome))
        return first

    def _open(self, amount: int, manual: bool, card: str | None, confirm: bool) -> None:
        params = {
            "amount": amount,
            "currency": "eur",
            "capture_method": "manual" if manual else "automatic",
            "payment_method": card,
            "confirm": confirm,
        }
        done = self._call(lambda options: self.sdk.v1.payment_intents.create(params, options))
        code = self.made[-1][1][0]
        if confirm and card is None:
            # An invalid request binds no key: a repeated one is refused anew, with a `request_log_url` of its own.
            repeat, _ = self.made.pop()
            assert code == repeat()[0] == UNEXPECTED
            return
        model = Model(amount, manual, card)
        assert code == (model.confirm(None) if confirm else OK)
        self.intents.append(intent_of(done).id if isinstance(done, stripe.CardError) else done.id)
        self.models.append(model)

    def _update(self, intent: str, model: Model, amount: int | None, card: str | None) -> str:
        params = {"amount": amount, "payment_method": card}
        self._call(lambda options: self.sdk.v1.payment_intents.update(intent, params, options))
        return model.update(amount, card)

    def _confirm(self, intent: str, model: Model, card: str | None) -> str:
        params = {"payment_method": card}
        self._call(lambda options: self.sdk.v1.payment_intents.confirm(intent, params, options))
        return model.confirm(card)

    def _pend(self, intent: str, model: Model) -> str:
        """Confirm, and let the bank take its time."""
        slow = {"headers": {"X-Sandbox-Outcome": "pending:3600:approve"}}
        params = {"payment_method": GOOD}
        self._call(lambda options: self.sdk.v1.payment_intents.confirm(intent, params, {**options, **slow}))
        return model.confirm(GOOD, slow=True)

    def _settle(self, intent: str, model: Model, approved: bool) -> None:
        """Let the cardholder authenticate, or fail to; or let the bank answer."""
        match model.waits:
            case None:
                assert simulate(intent, "authenticate", result="Y").status == 409
            case "requires_action":
                shown = self.sdk.v1.payment_intents.retrieve(intent)
                complete(shown.next_action.redirect_to_url.url, "succeeded" if approved else "failed")
                model.answer(approved=approved)
            case _:
                step = ("approve", {}) if approved else ("decline", {"code": "lost_card"})
                assert simulate(intent, step[0], **step[1]).status == 200
                model.answer(approved=approved)

    def _end(self, intent: str, model: Model, how: str) -> None:
        """End the newest refund that is pending."""
        refunds = self.sdk.v1.refunds.list({"payment_intent": intent, "limit": 100}).data
        ended = next((one for one in refunds if one.status == "pending"), None)
        if ended is None:
            return
        assert simulate(ended.id, how).status == 200
        model.refunded -= ended.amount if how == "fail" else 0

    def _capture(self, intent: str, model: Model, amount: int | None, final: bool) -> str:
        params = {"amount_to_capture": amount, "final_capture": final}
        self._call(lambda options: self.sdk.v1.payment_intents.capture(intent, params, options))
        return model.capture(amount, final=final)

    def _cancel(self, intent: str, model: Model) -> str:
        self._call(lambda options: self.sdk.v1.payment_intents.cancel(intent, {}, options))
        return model.cancel()

    def _refund(self, intent: str, model: Model, amount: int | None, by: str) -> str:
        charge = self.sdk.v1.payment_intents.retrieve(intent).latest_charge
        named = {"charge": charge} if by == "charge" and charge else {"payment_intent": intent}
        self._call(lambda options: self.sdk.v1.refunds.create({**named, "amount": amount}, options))
        return model.refund(amount)


def intent_of(declined: stripe.CardError) -> Any:
    """Return the intent in a decline's error."""
    return declined.error and declined.error.payment_intent


both = pytest.mark.parametrize(
    "amount",
    [
        pytest.param(FEW, marks=pytest.mark.full),
        pytest.param(MANY, marks=[pytest.mark.soak, pytest.mark.timeout(1_800)]),
    ],
    ids=["few", "many"],
)


@both
def test_any_random_program(amount: settings, ledger: Ledger) -> None:
    keys = itertools.count()
    current: set[str] = set()
    statuses: set[str] = set()

    def run(program: list[tuple[Any, ...]]) -> None:
        table_snapshot.put_back(table_snapshot.EMPTY)
        scenario = Desk(sdk_here(), keys)
        for call in program:
            scenario.do(call)
        scenario.look_at_all()
        current.update(code for _, (code, _) in scenario.made)
        statuses.update(scenario.statuses)

    amount(given(programs)(run))()
    # Enough coverage: every possible outcome of a call occurred.
    assert {OK, DECLINED, UNEXPECTED, "amount_too_large", MISSING_CODE} <= current
    assert {ACTION, PROCESSING, "requires_payment_method", "requires_capture", "succeeded", "canceled"} <= statuses
