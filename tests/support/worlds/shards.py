"""How many shards the lists of a test have: as on AWS, unless it asks for fewer."""

from typing import Final

import pytest

from paysandbox.aws import index_shards
from paysandbox.aws.index_shards import LOCAL_INDEX_SHARDS, ON_AWS, IndexShards

LOCAL: Final = IndexShards(LOCAL_INDEX_SHARDS, LOCAL_INDEX_SHARDS)
"""Of a home that this version began."""

LOCAL_BEFORE: Final = IndexShards(LOCAL_INDEX_SHARDS, ON_AWS.read)
"""Of a home that an earlier version began, which spread entries as on AWS."""


def spread_over(shards: IndexShards, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have functions write and read so many shards from now on."""
    monkeypatch.setattr(index_shards, "ON_AWS", shards)


@pytest.fixture(params=[ON_AWS, LOCAL], ids=["on AWS", "local"])
def either_shards(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a test with the shards of AWS, and again with those of a laptop."""
    spread_over(request.param, monkeypatch)
