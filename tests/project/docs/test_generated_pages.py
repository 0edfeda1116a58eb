"""The tables of words that generated pages are made of name everything that the code has, and nothing else."""

from dataclasses import fields
from pathlib import Path

import pytest

from cli.connection.sandbox_info import aws_exports
from cli.connection.target import AccessKey, Target
from docs.pages import environment_variables, events, settings
from docs.pages.stripe_examples import stripe_examples
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


def test_every_event_of_stripes_has_an_example_and_a_meaning() -> None:
    assert set(stripe_examples()) == set(events.STRIPE_MEANINGS) == set(SENT_TYPES)
    assert all(event["type"] == kind for kind, event in stripe_examples().items())
