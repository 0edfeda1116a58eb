"""The PayPal rail over HTTP: the conformance suite, with scripted faults and with the simulator's recipients."""

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Final

import pytest

from paysandbox.aws import runtime
from paysandbox.core.errors import Refused
from paysandbox.disbursements.disbursement import Disbursement, Source
from paysandbox.disbursements.paypal import rail as paypal_rail, token_items
from paysandbox.disbursements.rail import ProviderUpdate, Rail, Unknown
from paysandbox.disbursements.rails import rail_of
from paysandbox.disbursements.steps import Step, stepped
from paysandbox.disbursements.store import tables
from paysandbox.http import outbound
from tests.disbursements.rail_conformance import RailConformance, Situation
from tests.support.builders import disbursements
from tests.support.fakes import paypal_server
from tests.support.fakes.paypal_server import RETRY_AFTER_S, Fault, PaypalServer
from tests.support.fakes.receiver import receiver
from tests.support.worlds.handlers import Lines

_numbers: Final = count(1)


def sent(**parts: Any) -> Disbursement:
    """Build a disbursement as it is recorded before its first request."""
    given = disbursements.accepted(next(_numbers), **parts)
    return stepped(given, Step.SEND, Source.WORKER, given.created_at)


def rail() -> Rail:
    return paypal_rail.rail()


@dataclass
class _Paypal:
    """PayPal as the conformance suite sees it. `script` says which faults make a situation."""

    server: PaypalServer
    emails: Mapping[Situation, str]
    script: Mapping[Situation, list[Fault]]

    @property
    def rail(self) -> Rail:
        return rail()

    def arrange(self, situation: Situation) -> Disbursement:
        self.server.script += self.script.get(situation, [])
        return sent(email=f"{self.emails.get(situation, 'jane')}@example.com")

    def payments(self, disbursement: Disbursement) -> int:
        return self.server.payments(disbursement)

    def a_day_later(self) -> None:
        self.server.advance(86_401)


OUTCOMES: Final = {
    Situation.FAILED: "failed+RECEIVER_UNCONFIRMED",
    Situation.UNCLAIMED: "unclaimed",
    Situation.HELD: "held",
    Situation.BLOCKED: "blocked",
    Situation.RETURNED: "refunded",
    Situation.REVERSED: "reversed",
}


class TestScripted(RailConformance):
    """Faults of the network and of PayPal, in front of an account that works."""

    @pytest.fixture
    def provider(self, paypal: PaypalServer) -> _Paypal:
        script = {
            Situation.REFUSED: [Fault.POOR],
            Situation.LOST_BEFORE: [Fault.LOST_BEFORE],
            Situation.LOST_AFTER: [Fault.LOST_AFTER],
            Situation.FAILING: [Fault.FAILING_BEFORE],
            Situation.FAILED_ANSWER: [Fault.FAILING_AFTER],
            Situation.MALFORMED: [Fault.MALFORMED],
            Situation.RATE_LIMITED: [Fault.RATE_LIMITED],
            Situation.SILENT: [Fault.FAILING_BEFORE] * 3,
        }
        return _Paypal(paypal, OUTCOMES, script)


class TestSimulator(RailConformance):
    """The same by the special recipients of the simulator."""

    @pytest.fixture
    def provider(self, paypal: PaypalServer) -> _Paypal:
        emails = {
            Situation.REFUSED: "poor",
            Situation.LOST_BEFORE: "lost",
            Situation.LOST_AFTER: "timeout",
            Situation.FAILING: "lost",
            Situation.FAILED_ANSWER: "error",
            Situation.MALFORMED: "timeout",
            Situation.RATE_LIMITED: "busy",
            Situation.SILENT: "never",
        }
        return _Paypal(paypal, OUTCOMES | emails, {})


def test_the_rail_of_a_method(paypal: PaypalServer) -> None:
    assert isinstance(rail_of("paypal"), paypal_rail.PaypalRail)
    with pytest.raises(KeyError):
        rail_of("pigeon")


@pytest.mark.parametrize("fault", [Fault.CUT, Fault.TIMED_OUT, Fault.EMPTY, Fault.TOO_LARGE])
def test_other_responses_without_a_result(paypal: PaypalServer, fault: Fault) -> None:
    paypal.script = [fault]
    given = sent()
    assert isinstance(rail().send(given), Unknown)
    assert isinstance(rail().send(replace(given, attempts=2)), ProviderUpdate)
    assert paypal.payments(given) == 1


def test_redirects_are_not_followed(paypal: PaypalServer) -> None:
    paypal.script = [Fault.REDIRECTED]
    assert rail().send(sent()) == Unknown(reason="answer_unexpected (307)")
    assert len(paypal.bodies()) == 1


def test_the_provider_says_how_long_to_wait(paypal: PaypalServer) -> None:
    paypal.script = [Fault.RATE_LIMITED]
    assert rail().send(sent()) == Unknown(reason="rate_limited (429)", retry_after_s=RETRY_AFTER_S)


def test_a_faulty_account_fails_no_disbursement(paypal: PaypalServer, lines: Lines) -> None:
    """It is for an operator to put right. Then the same request pays."""
    paypal.script = [Fault.NOT_AUTHORIZED]
    given = sent()
    assert rail().send(given) == Unknown(reason="authorization_error (403)")
    [line] = lines()
    assert (line["level"], line["error"]) == ("ERROR", "AUTHORIZATION_ERROR")
    assert isinstance(rail().send(replace(given, attempts=2)), ProviderUpdate)


def test_a_request_is_always_the_same_bytes(paypal: PaypalServer) -> None:
    given = sent()
    rail().send(given)
    rail().send(replace(given, attempts=7, version=9))
    first, second = paypal.bodies()
    assert first == second


def test_a_batch_is_forgotten_after_30_days(paypal: PaypalServer) -> None:
    """Sent again after that, it is paid again: so nothing is sent after 29 days."""
    given = sent()
    rail().send(given)
    paypal.advance(29 * 86_400)
    rail().send(given)
    assert paypal.payments(given) == 1
    paypal.advance(86_401)
    rail().send(given)
    assert paypal.payments(given) == 2


@pytest.mark.parametrize(
    "currency, amount, code",
    [("KWD", 1_500, "CURRENCY_NOT_SUPPORTED"), ("HUF", 12_50, "CURRENCY_WITHOUT_DECIMALS")],
)
def test_an_amount_that_paypal_cannot_pay_is_not_sent(
    paypal: PaypalServer, currency: str, amount: int, code: str
) -> None:
    assert rail().send(sent(currency=currency, amount=amount)) == ProviderUpdate(step=Step.FAIL, code=code)
    assert paypal.requests == []


def test_the_original_is_known_even_if_it_cannot_be_read(paypal: PaypalServer, monkeypatch: pytest.MonkeyPatch) -> None:
    given = sent()
    first = rail().send(given)
    real = outbound.request

    def failing_reads(method: str, url: str, **rest: Any) -> Any:
        return outbound.JsonAnswer(503, None) if method == "GET" else real(method, url, **rest)

    monkeypatch.setattr(outbound, "request", failing_reads)
    again = rail().send(replace(given, attempts=2))
    assert isinstance(first, ProviderUpdate)
    assert again == ProviderUpdate(reference=first.reference)


# --- the token --------------------------------------------------------------------------------------------------------


def test_one_token_for_many_requests(paypal: PaypalServer) -> None:
    for _ in range(3):
        rail().send(sent())
    assert paypal.tokens_fetched() == 1


def test_one_token_for_many_processes(paypal: PaypalServer) -> None:
    for _ in range(3):
        paypal_server.forget()  # a new execution environment
        rail().send(sent())
    assert paypal.tokens_fetched() == 1


def test_workers_that_start_at_once_fetch_one_token(paypal: PaypalServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has a process of its own, which a lock per thread stands for here."""
    from paysandbox.disbursements.paypal import token as paypal_token

    class EachItsOwn(threading.local):
        def __init__(self) -> None:
            self.lock = threading.Lock()
            self.tokens: dict[str, Any] = {}
            self.failed_until: dict[str, float] = {}

    monkeypatch.setattr(paypal_token, "_Cache", EachItsOwn())
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda one: rail().send(one), [sent() for _ in range(8)]))
    assert all(isinstance(answer, ProviderUpdate) for answer in answers)
    assert paypal.tokens_fetched() == 1


def test_threads_that_wait_for_a_token_do_not_ask_one_after_the_other(
    paypal: PaypalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If PayPal gives no token, the first one's answer is that of all: a batch must end within its function's time."""
    with receiver(answers=[500]) as failing:
        monkeypatch.setenv("PAYSANDBOX_PAYPAL_API_BASE", failing.url.rstrip("/"))
        runtime._settings.cache_clear()
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda one: rail().send(one), [sent() for _ in range(8)]))
        assert all(isinstance(answer, Unknown) for answer in answers)
        assert len(failing.received) == 1
    runtime._settings.cache_clear()


def test_a_token_that_paypal_does_not_take_is_fetched_once_again(paypal: PaypalServer) -> None:
    rail().send(sent())
    paypal.script = [Fault.UNAUTHORIZED]
    given = sent()
    assert isinstance(rail().send(given), ProviderUpdate)
    assert (paypal.tokens_fetched(), paypal.payments(given)) == (2, 1)


def test_a_second_401_is_unknown(paypal: PaypalServer, lines: Lines) -> None:
    paypal.script = [Fault.UNAUTHORIZED] * 3
    assert rail().send(sent()) == Unknown(reason="credentials_refused")
    assert len(paypal.bodies()) == 2
    assert lines()[-1]["level"] == "ERROR"


def test_wrong_credentials_fail_no_disbursement(paypal: PaypalServer, lines: Lines) -> None:
    paypal.store_credentials(client_secret="another-secret")
    assert rail().send(sent()) == Unknown(reason="credentials_refused")
    assert paypal.bodies() == []
    text = str(lines())
    assert "another-secret" not in text
    assert paypal.api.account.client_id not in text


def test_missing_credentials_send_nothing(paypal: PaypalServer) -> None:
    runtime.ssm().delete_parameter(Name=paypal_server.PARAMETER)
    with pytest.raises(Refused, match="paypal_not_configured"):
        rail().send(sent())
    assert paypal.requests == []


def test_the_shared_token_is_sealed(paypal: PaypalServer) -> None:
    rail().send(sent())
    table = tables.disbursements()
    found: Any = table.client.scan(TableName=table.table)
    shared = [item for item in found["Items"] if item["customer_id"]["S"] == token_items.TOKEN_PARTITION]
    assert shared
    for item in shared:
        assert b"A21AA" not in item["sealed"]["B"]
        assert {"merchant_key", "due_key", "version", "status"} & item.keys() == set()


def test_another_secret_cannot_open_the_shared_token(paypal: PaypalServer) -> None:
    """After a rotation the old token is not used, and a new one is fetched."""
    rail().send(sent())
    paypal_server.forget()
    paypal.store_credentials(client_secret="rotated")
    assert isinstance(rail().send(sent()), Unknown)
    assert paypal.tokens_fetched() == 2


def test_the_lease_of_a_killed_worker_ends(paypal: PaypalServer, monkeypatch: pytest.MonkeyPatch) -> None:
    from paysandbox.disbursements.paypal import token as paypal_token

    monkeypatch.setattr(paypal_token, "LEASE_S", 1)

    def killed(_: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(paypal_token, "_fetch", killed)
        with pytest.raises(KeyboardInterrupt):
            rail().send(sent())
    assert isinstance(rail().send(sent()), ProviderUpdate)
