"""A pytest plugin for long tests: with `--stop-after`, those that fit into the time, others each night.

    pytest -m soak -p tests.support.tools.stop_after -p tests.support.tools.soak --soak-seed 1234

The seed decides the order of the files and of the tests of a file, and what `random` returns in each test. Hypothesis
prints the seed of a test that fails.
"""

import random

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option to the command line."""
    parser.addoption("--soak-seed", type=int, required=True, metavar="SEED")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Shuffle the files and the tests of each. Those of a file stay together, since they share fixtures."""
    dice = random.Random(config.getoption("--soak-seed"))
    place = {path: dice.random() for path in sorted({item.path for item in items})}
    dice.shuffle(items)
    items.sort(key=lambda item: place[item.path])


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Give each test random numbers that do not depend on the tests before it."""
    random.seed(f"{item.config.getoption('--soak-seed')} {item.nodeid}")
