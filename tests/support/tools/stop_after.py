"""A pytest plugin: `--stop-after 12` starts no further test after that many seconds, and reports how many are left."""

import time

import pytest

_until = pytest.StashKey[float]()
_left = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option to the command line."""
    parser.addoption("--stop-after", type=float, default=None, metavar="SECONDS")


def pytest_configure(config: pytest.Config) -> None:
    """Start the time limit, which includes collection."""
    config.stash[_until] = time.monotonic() + (config.getoption("--stop-after") or float("inf"))


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Count the tests to run."""
    session.config.stash[_left] = len(session.items)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> bool | None:
    """Skip every test that would start after the time limit."""
    if time.monotonic() > item.config.stash[_until]:
        return True
    item.config.stash[_left] -= 1
    return None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Report how many tests did not run."""
    if left := config.stash.get(_left, 0):
        terminalreporter.write_line(f"The time is over: {left} more tests did not run.")
