"""Each route's requests with their calls, and those that it refuses (`tests/support/builders/scenario.py`)."""

from paysandbox.aws import runtime
from paysandbox.aws.cursor import cursor_of
from paysandbox.aws.schema import FEED_SHARDS
from paysandbox.core.errors import Code
from paysandbox.feed.cursor_rule import FeedCursor, cursor_text
from paysandbox.feed.feed_table import CLOCKS_DIFFER
from paysandbox.feed.routes import GET_FEED
from tests.support.builders.scenario import Parts, Refusal, Scenario, sending
from tests.support.clients.call import Merchant
from tests.support.worlds.handlers import Clock


def _followed(demo: Merchant, _: Clock) -> Parts:
    """Return a cursor from a clock that is ahead as far as the reader looks, so that both are in the same hour.

    A read leaves such a cursor as it is.
    """
    cursor = FeedCursor(runtime.wall_now() + CLOCKS_DIFFER)
    return {"query": {"after": cursor_of(cursor_text(cursor), ("get_feed", demo.name))}}


SCENARIOS = (
    # A query of each shard for each hour since the cursor: a client that follows the feed has one or two hours.
    Scenario("followed", GET_FEED, ("Query",) * FEED_SHARDS, _followed, outcome="listed"),
)


REFUSALS = (Refusal(GET_FEED, Code.CURSOR_INVALID, sending(query={"after": "x"}), "after"),)
