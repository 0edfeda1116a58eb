"""Handlers in this process, with an empty ledger for each test."""

from tests.support.worlds.handlers import *  # noqa: F403 - fixtures, by their names
