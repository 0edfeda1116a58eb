"""The events that the search's command causes are those of `paysandbox trigger`, with its operations."""

import json
import re
from pathlib import Path

from cli.webhooks.billing_trigger import BILLING_OPERATIONS
from cli.webhooks.trigger import TRIGGERABLE
from docs.dashboard_facts import resources_json, triggers_json

FOLDER = Path(__file__).resolve().parents[2] / "dashboard/src/app"
EVENTS = json.loads(triggers_json())
SOURCE = (FOLDER / "trigger.ts").read_text().partition("const OPERATIONS")[2]
RESOURCES = json.loads(resources_json())
PERFORMED = {*re.findall(r"^  (\w+): ", SOURCE, re.MULTILINE), *RESOURCES["creations"], *RESOURCES["updates"]}
ONLY_OF_THE_PROGRAM = {
    *("expire", "settle", "ping", "pay_session", "create_late", "create_declined"),
    *BILLING_OPERATIONS,
}


def test_events_are_those_of_the_program() -> None:
    assert [*EVENTS] == [*TRIGGERABLE]


def test_each_operation_is_performed_or_left_to_the_program() -> None:
    operations = {name for names in EVENTS.values() for name in names}
    assert operations - PERFORMED == ONLY_OF_THE_PROGRAM
    assert operations >= PERFORMED
