"""The tables of words that generated pages are made of name everything that the code has, and nothing else."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from cli.connection.sandbox_info import aws_exports
from cli.connection.target import AccessKey, Target
from docs.pages import environment_variables, events, settings
from docs.pages.markdown import pretty_json
from docs.pages.stripe_examples import stripe_examples
from paysandbox.core.event_type import EventType
from paysandbox.stripe_api.sent_events import SENT_TYPES
from stacks.environments import Environment


def test_every_environment_variable_is_documented() -> None:
    explained = {name for section in environment_variables.VARIABLES.values() for name in section}
    assert environment_variables.named_in_code() == explained


def test_an_undocumented_variable_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "cli").mkdir()
    (tmp_path / "cli" / "new.py").write_text('os.environ["PAYSANDBOX_NEW_ONE"]')
    monkeypatch.setattr(environment_variables, "ROOT", tmp_path)
    with pytest.raises(AssertionError, match="PAYSANDBOX_NEW_ONE"):
        environment_variables.page()


def test_documented_aws_variables_match_status() -> None:
    local = Target(
        environment="local",
        region="us-east-1",
        base_url="http://127.0.0.1:4566",
        aws_endpoint_url="http://localhost:4566",
        access_key=AccessKey("AKIA", "secret"),
    )
    exported = {line.removeprefix("export ").partition("=")[0] for line in aws_exports(local).splitlines()}
    assert exported == set(environment_variables.AWS)


def test_every_setting_is_documented_once() -> None:
    explained = [name for section in settings.MEANINGS.values() for name in section]
    assert sorted(explained) == sorted(field.name for field in fields(Environment) if field.name != "name")


def test_every_event_type_is_in_one_group() -> None:
    for groups, types in ((events.GROUPS, [*EventType]), (events.STRIPE_GROUPS, [*SENT_TYPES])):
        assert sorted(kind for group in groups for kind in group.types(types)) == sorted(types)


def test_the_anchor_of_each_example_leads_to_it_from_the_overview() -> None:
    """Links to `events.md#payment_captured` were published when all examples were on that page."""
    pages = events.pages()
    for kind in (*EventType, *SENT_TYPES):
        anchor = kind.replace(".", "")
        [page] = re.findall(rf'<a id="{anchor}"></a>\[`{kind}`\]\(([\w-]+)\.md#{anchor}\)', pages["events"])
        assert re.search(rf"^##+ {kind}$", pages[page], re.MULTILINE)


def test_nulls_of_an_example_share_a_line() -> None:
    example = {"a": None, "b": None, "c": {"d": None, "e": "f" * 99}, "g": [{}, {"h": 1}], "i": None}
    assert [*pretty_json(example)][2].splitlines() == [
        "{",
        '  "a": null, "b": null,',
        '  "c": {',
        '    "d": null,',
        f'    "e": "{"f" * 99}"',
        "  },",
        '  "g": [{}, {"h": 1}],',
        '  "i": null',
        "}",
    ]


def test_every_event_of_stripes_has_an_example_and_a_meaning() -> None:
    assert set(stripe_examples()) == set(events.STRIPE_MEANINGS) == set(SENT_TYPES)
    assert all(event["type"] == kind for kind, event in stripe_examples().items())
