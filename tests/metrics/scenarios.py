"""The requests to each route, and the calls that each one makes, as in `tests/support/builders/scenario.py`."""

from paysandbox.aws.schema import FEED_SHARDS
from paysandbox.metrics.routes import GET_METRICS
from tests.support.builders.scenario import Scenario

SCENARIOS = (
    # A query of each shard for each hour. The last hour and the running minute are always in two.
    Scenario("of an hour", GET_METRICS, ("Query",) * FEED_SHARDS * 2, lambda *_: {}),
)
