"""The model of what saturates first: every row has a remedy and a value, and `prod` is sized by it."""

import pytest

from benchmarks import capacity
from benchmarks.capacity import PROMISED_PER_S, main, resources, sizes
from benchmarks.cost import deliveries
from benchmarks.hot_keys import LOADS, Load, simulate
from paysandbox.aws import schema
from paysandbox.metrics.usage_cost import FEED_WRITES, REQUEST_LOG_WRITES
from stacks.api.gateway import ACCOUNT_LIMITS
from stacks.data.warm_throughput import WRITES_PER_PAYMENT
from stacks.environments import ENVIRONMENTS

# Of other things than the settings of workers: keys, accounts, what strangers may open, donations, and the average over
# a whole day.
QUOTAS = (
    "plan",
    "account",
    "quota",
    "SNS",
    "SES",
    "Secrets Manager",
    "Checkout's page",
    "Stripe.js",
    "/donate",
    "Donations",
    "where it is not warmed",
    "average of a day",
    # Of payments through the Stripe-compatible API, of which no rate is promised.
    "`StripeObjects`",
    "Stripe's objects",
)


@pytest.mark.full
def test_resources_are_sorted_by_scarcity() -> None:
    bears = [resource.payments_per_s for resource in resources()]
    assert bears == sorted(bears)
    assert bears[0] < 1, "a key on the sandbox plan"


def test_every_row_has_a_source_and_a_remedy(subtests: pytest.Subtests) -> None:
    for resource in resources():
        with subtests.test(resource.name):
            assert resource.per_s > 0 < resource.per_payment
            assert resource.more
            assert resource.source


@pytest.mark.parametrize("setting", sizes(PROMISED_PER_S))
def test_prod_carries_5_000_payments_a_second(setting: str) -> None:
    """With headroom, and no more than is needed: a queue's executions are taken from the API's."""
    needed, given = sizes(PROMISED_PER_S / capacity.HEADROOM)[setting], getattr(ENVIRONMENTS["prod"], setting)
    assert needed <= given <= 1.1 * sizes(PROMISED_PER_S)[setting]


def test_the_default_quota_of_api_gateway_is_not_for_payments_alone() -> None:
    """And a higher one does not raise the limit of a method."""
    shared, method = (one for one in resources() if one.name.startswith(("API Gateway, all", "API Gateway, one")))
    assert (shared.payments_per_s, method.payments_per_s) == (4_900, ACCOUNT_LIMITS.per_s)


@pytest.mark.full
def test_only_quotas_limit_prod() -> None:
    scarce = [resource.name for resource in resources() if resource.payments_per_s < PROMISED_PER_S]
    assert [name for name in scarce if not any(quota in name for quota in QUOTAS)] == []


@pytest.mark.full
def test_dev_settings_would_limit_the_rate() -> None:
    named = " ".join(one.name for one in resources(ENVIRONMENTS["dev"]) if one.payments_per_s < PROMISED_PER_S)
    assert all(worker in named for worker in ("Stream", "Publisher", "Planner", "Deliverer:", "Deliverer of slow"))


@pytest.mark.full
def test_in_a_new_account_the_webhook_workers_leave_the_api_four_executions() -> None:
    dev = ENVIRONMENTS["dev"]
    webhooks = dev.planners_max + dev.deliverers_max + dev.unhealthy_deliverers_max
    assert webhooks <= capacity.LAMBDA_CONCURRENCY_OF_A_NEW_ACCOUNT - 4
    (bears,) = (one.payments_per_s for one in resources() if one.name.startswith("A new AWS account"))
    assert 18 < bears < 25


def test_the_workers_of_prod_leave_the_api_the_rest_of_the_default_quota() -> None:
    prod = ENVIRONMENTS["prod"]
    shards = WRITES_PER_PAYMENT[schema.LEDGER][schema.LEDGER] * PROMISED_PER_S / capacity.PARTITION_PER_S
    queues = (prod.planners_max, prod.deliverers_max, prod.unhealthy_deliverers_max, prod.payers_max, prod.senders_max)
    api = PROMISED_PER_S * capacity.REQUESTS_PER_PAYMENT * capacity.API_S
    assert sum(queues) + shards * prod.stream_lanes + api < capacity.LAMBDA_CONCURRENCY


def test_warm_throughput_covers_a_payments_writes() -> None:
    load = next(load for load in LOADS if load.captured)
    ledger = simulate(Load(load.says, per_s=50, captured=True), seconds=1).units
    followed = deliveries.counted(capacity.EVENTS_PER_PAYMENT)["write_units"]
    assert ledger == WRITES_PER_PAYMENT[schema.LEDGER]
    assert followed == {name: sum(WRITES_PER_PAYMENT[name].values()) for name in (schema.EVENTS, schema.DELIVERIES)}
    kept = sum(WRITES_PER_PAYMENT[schema.REQUEST_LOG].values())
    assert kept == capacity.REQUESTS_PER_PAYMENT * REQUEST_LOG_WRITES
    assert WRITES_PER_PAYMENT[schema.FEED][schema.FEED] == capacity.REQUESTS_PER_PAYMENT * FEED_WRITES


def test_run_times_equal_those_of_the_cost_model() -> None:
    billed = {name: ms / 1_000 for name, ms in deliveries.BILLED_MS.items()}
    assert billed.items() <= capacity.ALONE_S.items()


@pytest.mark.full
def test_partition_keys_sustain_more_than_the_promised_rate() -> None:
    """5,000 payments a second, captured: only quotas that can be raised stand in the way."""
    (partition,) = (resource for resource in resources() if "hottest partition" in resource.name)
    assert partition.payments_per_s > 5_000


@pytest.mark.full
@pytest.mark.parametrize("wanted, code", [("0.5", 0), ("22", 1), ("100000", 1)])
def test_exit_code(wanted: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["capacity", wanted])
    assert main() == code
    printed = capsys.readouterr().out
    assert ("Nothing limits" in printed) is (code == 0)
