"""The handlers' fixtures."""

from tests.support.worlds.handlers import *  # noqa: F403 - pytest finds fixtures by name
