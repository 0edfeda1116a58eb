"""The registry of resources that rights refer to: each resource once, with one meaning for each of its facts."""

from typing import Any

import pytest

from paysandbox.aws.resources import DEAD_DELIVERIES, LEDGER, UNPUBLISHED_EVENTS, Grant
from stacks.resources import Place, Resources

NO_STACK: Any = None  # facts with plain values need no stack


def queue(url: str) -> Place:
    return Place(service="sqs", arns=(f"arn of {url}",), facts={"dead_letter_queue": url})


def test_resources_are_registered_once() -> None:
    resources = Resources()
    resources.add(UNPUBLISHED_EVENTS, queue("one"))
    with pytest.raises(AssertionError, match="registered twice"):
        resources.add(UNPUBLISHED_EVENTS, queue("another"))


def test_a_function_has_one_dead_letter_queue() -> None:
    """Two resources may share a setting. A function granted both would park messages in the last one."""
    resources = Resources()
    resources.add(UNPUBLISHED_EVENTS, queue("of events"))
    resources.add(DEAD_DELIVERIES, queue("of deliveries"))
    send = ("SendMessage",)
    assert resources.facts([Grant(DEAD_DELIVERIES, send)], NO_STACK) == {"dead_letter_queue": "of deliveries"}
    with pytest.raises(AssertionError, match="dead_letter_queue"):
        resources.facts([Grant(UNPUBLISHED_EVENTS, send), Grant(DEAD_DELIVERIES, send)], NO_STACK)


def test_unregistered_resources_cannot_be_granted() -> None:
    with pytest.raises(KeyError):
        Resources().facts([Grant(LEDGER, ("GetItem",))], NO_STACK)
