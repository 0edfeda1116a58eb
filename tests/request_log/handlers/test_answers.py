"""Answers in the request log: of each route of both APIs, masked, and without the secrets that were returned."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest

from paysandbox.core.cards.card_numbers import has_card_number
from paysandbox.core.cards.masking import MAX_BYTES
from paysandbox.http.route import NOT_IN_REQUEST_LOG, Access
from tests.support.builders.scenario import Scenario
from tests.support.builders.scenarios import EVERY_SCENARIO
from tests.support.clients.call import Merchant
from tests.support.tools.tiers import first_of_each, soak_but
from tests.support.worlds.handlers import Clock, Lines

SECRET_FIELDS: Final = {"secret", "client_secret", "api_key"}
# What follows is the secret part: a token, a signature, a client secret in the query.
SECRET_PARTS: Final = re.compile(
    r"(?:/authenticate/[^/\s]+/|/inbox/[^/_\s]+_|X-Amz-Signature=|_secret_)([A-Za-z0-9]{8,})"
)
EMAIL: Final = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")


def secrets_in(answer: Any) -> Iterator[str]:
    """Yield the secrets in an answer."""
    match answer:
        case dict():
            for name, value in answer.items():
                if name in SECRET_FIELDS and isinstance(value, str):
                    yield value
                yield from secrets_in(value)
        case list():
            for value in answer:
                yield from secrets_in(value)
        case str():
            yield from SECRET_PARTS.findall(answer)
            yield from EMAIL.findall(answer)
        case _:
            pass


# An answer has the fields of its path, most of them when an object is created.
CREATING_FIRST = sorted(EVERY_SCENARIO, key=lambda scenario: scenario.route.method != "POST")
FIRST_OF_SHAPE = first_of_each(
    CREATING_FIRST,
    by=lambda scenario: (scenario.route.api, re.sub(r"/?{\w+}", "", scenario.route.path), scenario.status),
)
FIRST_OF_FEATURE = first_of_each(EVERY_SCENARIO, by=lambda scenario: scenario.route.group)


@pytest.mark.parametrize("scenario", soak_but(EVERY_SCENARIO, keep=FIRST_OF_SHAPE, fast=FIRST_OF_FEATURE), ids=str)
def test_an_answer_is_logged_without_its_secrets(
    scenario: Scenario, demo: Merchant, clock: Clock, lines: Lines
) -> None:
    parts = scenario.given(demo, clock)
    lines()
    reply = scenario.ask(parts)
    line = lines()[-1]
    logged = scenario.route.access is not Access.PUBLIC and scenario.route.group not in NOT_IN_REQUEST_LOG
    assert ("answer" in line) is ("path" in line) is logged
    if not logged:
        return
    assert line["path"].startswith("/")
    assert len(line["answer"].encode()) <= MAX_BYTES
    assert "[not JSON" not in line["answer"]
    assert not has_card_number(line["answer"])
    for secret in secrets_in(reply.json):
        assert secret not in json.dumps(line)


def test_a_refusal_is_logged_as_it_was_answered(demo: Merchant, lines: Lines) -> None:
    reply = demo.authorize(tip=1)
    (line,) = lines()
    assert json.loads(line["answer"]) == reply.json


def test_the_path_of_a_challenges_page_is_not_logged(demo: Merchant, clock: Clock, lines: Lines) -> None:
    """It contains the token, and the request belongs to no merchant."""
    scenario = next(one for one in EVERY_SCENARIO if one.route.name == "show_challenge")
    parts = scenario.given(demo, clock)
    lines()
    scenario.ask(parts)
    (line,) = lines()
    assert "path" not in line
    assert parts["path"]["token"] not in json.dumps(line)
