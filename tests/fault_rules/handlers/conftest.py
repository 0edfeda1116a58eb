"""Fixtures that run the handlers in this process, with an empty ledger for every test."""

from tests.support.worlds.handlers import *  # noqa: F403 - fixtures, by their names
