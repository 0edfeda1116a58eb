"""The workers of webhooks, which deliver what is published."""

from tests.webhooks.workers.conftest import *  # noqa: F403 - fixtures, by their names
