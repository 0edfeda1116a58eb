"""What holds something keeps its name: to CloudFormation, a resource under another logical id is a new, empty one.

    python -m tests.infra.test_stateful_ids          writes the committed list anew

A resource may be added to the list. One that leaves it, or that moves to another stack, takes a team's payments, keys
or secrets along.
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
        # Keys of merchants belong to the API and to its plans, and settlements that run to their machine.
        "AWS::ApiGateway::RestApi",
        "AWS::ApiGateway::UsagePlan",
        "AWS::StepFunctions::StateMachine",
        "Custom::GeneratedSecret",
    }
)

Ids = dict[str, dict[str, str]]
"""By stack: the types of its resources, by their logical ids."""


def stateful(synthesized: Synthesized) -> Ids:
    """What an environment's templates hold of these."""
    found: Ids = {}
    for resource in synthesized.all():
        if resource.type in STATEFUL:
            found.setdefault(resource.stack, {})[resource.id] = resource.type
    return found


def test_what_holds_something_is_where_it_was(synthesized: Synthesized) -> None:
    committed = json.loads(COMMITTED.read_text())[synthesized.environment.name]
    assert stateful(synthesized) == committed


def test_every_type_of_the_list_is_used(synthesized: Synthesized) -> None:
    """Of what no template has, a wrong spelling would go unnoticed."""
    if synthesized.environment.name == "prod":
        assert {resource.type for resource in synthesized.all()} >= STATEFUL


if __name__ == "__main__":
    every = {name: stateful(templates_for(env=name)) for name in names()}
    COMMITTED.write_text(json.dumps(every, indent=1, sort_keys=True) + "\n")
