"""The handlers' fixtures."""

from tests.support.handlers import *  # noqa: F403 - pytest finds fixtures by name
