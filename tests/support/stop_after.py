"""A plugin of pytest: `--stop-after 12` begins no further test after so many seconds, and says how many were left."""

import time

import pytest

_until = pytest.StashKey[float]()
_left = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """One option of the command line."""
    parser.addoption("--stop-after", type=float, default=None, metavar="SECONDS")


def pytest_configure(config: pytest.Config) -> None:
    """The time counts from the start, collection included."""
    config.stash[_until] = time.monotonic() + (config.getoption("--stop-after") or float("inf"))


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Counts what there is to run."""
    session.config.stash[_left] = len(session.items)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> bool | None:
    """Passes over every test whose turn comes too late."""
    if time.monotonic() > item.config.stash[_until]:
        return True
    item.config.stash[_left] -= 1
    return None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The last word: what was not run."""
    if left := config.stash.get(_left, 0):
        terminalreporter.write_line(f"{left} more tests import what changed; `make test` runs them.")
