"""For how long a request compares what no index has: as the local engine says, or as long as on AWS."""

import pytest

from paysandbox.aws.search_time import SEARCH_VARIABLE, has_search_time


@pytest.mark.parametrize(
    "set_ms, default_s, left", [(None, 0, False), (None, 60, True), ("0", 60, False), ("60000", 0, True)]
)
def test_the_engines_time_is_before_the_default(
    set_ms: str | None, default_s: int, *, left: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(SEARCH_VARIABLE, raising=False)
    if set_ms is not None:
        monkeypatch.setenv(SEARCH_VARIABLE, set_ms)
    assert has_search_time(default_s)() is left
