"""A challenge ends once: by the page, a simulated result, its timer or a void, whichever is recorded first."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from paysandbox.aws import runtime
from paysandbox.aws.hashing_keys import hashing_keys
from paysandbox.core.errors import PROBLEMS, Refused
from paysandbox.payments.ledger.store import change_payment, get_payment
from paysandbox.payments.payment import Payment, state_of
from paysandbox.payments.timers.steps import timer_change
from paysandbox.payments.timers.timer import timers_of
from paysandbox.simulate.routes import SIMULATE_ACTION
from tests.support.builders.build import VALIDITY
from tests.support.clients.call import Merchant, Reply, send
from tests.support.clients.challenges import challenged, complete, url_of
from tests.support.worlds.aws_transport import Wire

# Other tests run every line that this file runs; tracing would double its time.
pytestmark = pytest.mark.untraced

MANY = 50
Ask = Callable[[], Reply]
AtOnce = Callable[[Sequence[Ask]], list[Reply]]


@pytest.fixture
def at_once(wire: Wire) -> AtOnce:
    """Send all requests at once. Each has read the payment and decided before any is recorded."""

    def send_all(asks: Sequence[Ask]) -> list[Reply]:
        hashing_keys()
        with wire.meeting(len(asks), "UpdateItem"), ThreadPoolExecutor(len(asks)) as pool:
            return [answer.result() for answer in [pool.submit(ask) for ask in asks]]

    return send_all


@pytest.fixture
def demo() -> Merchant:
    """The merchant `demo`, at a fixed time and without the log line: a Lambda process writes one at a time."""
    return Merchant(now=runtime.now())


def page(url: str, result: str, demo: Merchant) -> Ask:
    """Answer on the page."""
    return lambda: complete(url, result, now=demo.now)


def simulate(auth_id: str, result: str, demo: Merchant, key: str | None = None) -> Ask:
    """Simulate a result."""
    path = {"object_id": auth_id, "action": "authenticate"}
    return lambda: send(SIMULATE_ACTION, path=path, body={"result": result}, key=key, now=demo.now)


def timer(auth_id: str) -> Ask:
    """Let the challenge's timer fire, as the sweep does."""
    (stored,) = timers_of(read(auth_id))
    validity_s = int(VALIDITY.total_seconds())

    def fire() -> Reply:
        try:
            payment = change_payment(
                runtime.ledger(),
                lambda current: timer_change(current or read(auth_id), stored, validity_s=validity_s),
            )
        except Refused as refused:
            return Reply(PROBLEMS[refused.code].status, {}, f'{{"code": "{refused.code}"}}')
        return Reply(200, {}, f'{{"status": "{state_of(payment).status}"}}')

    return fire


def read(auth_id: str) -> Payment:
    payment = get_payment(runtime.ledger(), auth_id)
    assert payment is not None
    return payment


def outcomes(replies: Sequence[Reply]) -> Counter[str]:
    """Count what was answered."""
    return Counter(reply.says for reply in replies)


def test_fifty_equal_answers_are_one(demo: Merchant, at_once: AtOnce) -> None:
    answer = challenged(demo)
    replies = at_once([page(url_of(answer), "Y", demo)] * MANY)
    assert outcomes(replies) == {"approved": MANY}
    assert len({reply.text for reply in replies}) == 1
    assert len(demo.payment(answer["auth_id"]).json["operations"]) == 3


@pytest.mark.full
def test_of_contrary_answers_one_counts(demo: Merchant, at_once: AtOnce) -> None:
    answer = challenged(demo)
    replies = at_once([page(url_of(answer), result, demo) for result in ("Y", "N", "A", "R", "U")] * 8)
    assert sum(reply.status == 200 for reply in replies) == 8
    assert outcomes(replies)["simulation_not_allowed"] == 32
    shown = demo.payment(answer["auth_id"]).json
    assert [one["type"] for one in shown["operations"]].count("authentication") == 1


@pytest.mark.full
def test_fifty_simulated_results_are_one(demo: Merchant, at_once: AtOnce) -> None:
    answer = challenged(demo, capture_method="automatic")
    replies = at_once([simulate(answer["auth_id"], "Y", demo)] * MANY)
    assert outcomes(replies) == {"captured": 1, "simulation_not_allowed": MANY - 1}
    assert demo.payment(answer["auth_id"]).json["captured"] == 10_00


@pytest.mark.parametrize("round_", range(5))
def test_page_against_simulation_timer_and_void(round_: int, demo: Merchant, at_once: AtOnce) -> None:
    """Exactly one of them happens."""
    answer = challenged(demo)
    auth_id, url = answer["auth_id"], url_of(answer)
    asks: list[Ask] = [
        page(url, "Y", demo),
        simulate(auth_id, "N", demo),
        timer(auth_id),
        lambda: demo.void(auth_id),
    ]
    replies = at_once([*asks[round_ % 4 :], *asks[: round_ % 4]])
    done = [reply for reply in replies if reply.status == 200]
    shown = demo.payment(auth_id).json
    types = [one["type"] for one in shown["operations"]]
    if shown["status"] == "voided" and "authentication" in types:
        assert types == ["challenge", "authentication", "authorization", "void"], "approved first, then voided"
        assert len(done) == 2
    else:
        assert len(done) == 1
        assert sum(one in ("authentication", "void") for one in types) == 1
    assert {reply.status for reply in replies} <= {200, 409}


@pytest.mark.parametrize("first", ["page", "simulation", "timer", "void"])
def test_after_one_result_no_other_is_accepted(first: str, demo: Merchant) -> None:
    answer = challenged(demo)
    auth_id = answer["auth_id"]
    asks = {
        "page": page(url_of(answer), "N", demo),
        "simulation": simulate(auth_id, "R", demo),
        "timer": timer(auth_id),
        "void": lambda: demo.void(auth_id),
    }
    assert asks[first]().status == 200
    later = {name: ask().code for name, ask in asks.items() if name != first}
    void = {"void": "payment_declined"} if first != "void" else {}
    assert later == dict.fromkeys(later, "simulation_not_allowed") | void


def test_a_simulated_result_shows_the_page_as_long_as_it_is_open(demo: Merchant) -> None:
    answer = challenged(demo)
    shown = simulate(answer["auth_id"], "D", demo)().json
    assert shown["next_action"] == answer["next_action"]
    assert shown == demo.payment(answer["auth_id"]).json
