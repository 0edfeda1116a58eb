"""Stable logical ids of stateful resources: to CloudFormation, a changed logical id is a new, empty resource.

    python -m tests.infra.data.test_stateful_ids          rewrites the committed list

A resource may be added to the list. Removing one, or moving it to another stack, deletes a team's payments,
keys or secrets.
"""

import json
from pathlib import Path
from typing import Final

from tests.infra.templates import Synthesized, names, templates_for

COMMITTED: Final = Path(__file__).with_name("stateful_ids.json")

STATEFUL: Final = frozenset(
    {
        "AWS::Cognito::UserPool",
        "AWS::Cognito::UserPoolClient",
        "AWS::DynamoDB::Table",
        "AWS::KMS::Key",
        "AWS::S3::Bucket",
        "AWS::SNS::Topic",
        "AWS::SQS::Queue",
        # Merchants' keys belong to the API and its plans, and running settlements to their state machine.
        "AWS::ApiGateway::RestApi",
        "AWS::ApiGateway::UsagePlan",
        "AWS::StepFunctions::StateMachine",
        "Custom::GeneratedSecret",
    }
)

Ids = dict[str, dict[str, str]]
"""Resource types by stack and logical id."""


def stateful(synthesized: Synthesized) -> Ids:
    """Return the stateful resources of an environment's templates."""
    found: Ids = {}
    for resource in synthesized.all():
        if resource.type in STATEFUL:
            found.setdefault(resource.stack, {})[resource.id] = resource.type
    return found


def test_logical_ids_of_stateful_resources_are_unchanged(synthesized: Synthesized) -> None:
    committed = json.loads(COMMITTED.read_text())[synthesized.environment.name]
    assert stateful(synthesized) == committed


def test_every_listed_type_is_used(synthesized: Synthesized) -> None:
    """A misspelt type that no template has would go unnoticed."""
    if synthesized.environment.name == "prod":
        assert {resource.type for resource in synthesized.all()} >= STATEFUL


if __name__ == "__main__":
    every = {name: stateful(templates_for(env=name)) for name in names()}
    COMMITTED.write_text(json.dumps(every, indent=1, sort_keys=True) + "\n")
