"""The table of each function's rights: a change of a right is a change of a committed line.

    python -m tests.infra.test_rights_table          rewrites the table

The table shows whether a commit that moves code or merges functions grants more rights than before.
"""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from api_reference.routes import ROUTES
from paysandbox.http.route import functions_of
from paysandbox.stripe_api.routes import ROUTES as V1_ROUTES
from tests.infra.templates import ACCOUNT, REGION, Json, Synthesized, listed, statements, templates_for

COMMITTED: Final = Path(__file__).with_name("rights.json")
# As it was when each route had a function of its own.
BY_ROUTE: Final = Path(__file__).with_name("rights_by_route.json")

# Every function has these, over its own log group, or over resources that cannot be named.
_EVERY_FUNCTION: Final = {
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}

_EXPORTED: Final = re.compile(r":ExportsOutput(?:Ref|FnGetAtt)(\w+?)(?:[0-9A-F]{8})(StreamArn|Arn)?[0-9A-F]{8}$")
_GENERATED: Final = re.compile(r"[0-9A-F]{8}$")
_PSEUDO: Final = {"AWS::Partition": "aws", "AWS::Region": REGION, "AWS::AccountId": ACCOUNT}

# The local environment, and the one with everything: test_rights covers the omissions of the other two.
ENVIRONMENTS: Final = ("local", "prod")

Rights = dict[str, dict[str, str]]
"""Actions by function and resource (with the condition, if any)."""


def rights(synthesized: Synthesized) -> Rights:
    """Return the rights of each function's role, except writing its log and its traces."""
    prefix = f"paysandbox-{synthesized.environment.name}-"
    found: Rights = {}
    for function in synthesized.all("AWS::Lambda::Function"):
        role = function.properties["Role"]["Fn::GetAtt"][0]
        name = function.properties["FunctionName"].removeprefix(prefix)
        mine: dict[str, set[str]] = {}
        for policy in synthesized.all("AWS::IAM::Policy"):
            if policy.stack != function.stack or {"Ref": role} not in policy.properties["Roles"]:
                continue
            for statement in statements(policy):
                actions = set(listed(statement["Action"]))
                if actions <= _EVERY_FUNCTION:
                    continue
                for resource in listed(statement["Resource"]):
                    where = _place(resource).replace(prefix, "") + _condition(statement.get("Condition"), prefix)
                    mine.setdefault(where, set()).update(actions)
        found[name] = {where: " ".join(sorted(actions)) for where, actions in sorted(mine.items())}
    return found


def _place(resource: Any) -> str:
    """Return a readable name of a statement's resource, without account, region and generated letters."""
    if isinstance(resource, str):
        return re.sub(r"arn:aws:(\w+):[\w-]*:\d*:", r"\1 ", resource)
    ((intrinsic, value),) = resource.items()
    if intrinsic == "Ref":
        return _PSEUDO.get(value) or _GENERATED.sub("", value)
    if intrinsic == "Fn::GetAtt":
        name, attribute = value
        return _GENERATED.sub("", name) + attribute.removesuffix("Arn")
    if intrinsic == "Fn::ImportValue":
        exported = _EXPORTED.search(value)
        assert exported is not None, value
        return exported[1] + (exported[2] or "").removesuffix("Arn")
    assert intrinsic == "Fn::Join", resource
    return re.sub(r"arn:aws:(\w+):[\w-]*:\d*:", r"\1 ", "".join(_place(part) for part in value[1]))


def _condition(condition: Json | None, prefix: str) -> str:
    if condition is None:
        return ""
    return " if " + _plain(condition).replace(prefix, "")


def _plain(value: Any) -> str:
    if isinstance(value, dict) and not any(key.startswith("Fn::") or key == "Ref" for key in value):
        return ", ".join(f"{key}={_plain(inner)}" for key, inner in sorted(value.items()))
    if isinstance(value, list):
        return " or ".join(sorted(_plain(inner) for inner in value))
    return _place(value)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_rights_match_the_table(environment: str) -> None:
    committed = json.loads(COMMITTED.read_text())[environment]
    found = rights(templates_for(env=environment))
    assert set(found) == set(committed)
    for function, mine in found.items():
        assert mine == committed[function], function


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_shared_functions_have_the_union_of_their_routes_rights(environment: str) -> None:
    """The comparison is with the time of one function per route; newer routes are not in that table."""
    before = json.loads(BY_ROUTE.read_text())[environment]
    after = json.loads(COMMITTED.read_text())[environment]
    compared = [row for row in functions_of(ROUTES + V1_ROUTES) if all(route.name in before for route in row.routes)]
    assert compared
    for row in compared:
        assert after[row.name] == union(before[route.name] for route in row.routes), row.name


def union(routes: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Return the combined rights of a function that serves several routes."""
    every: dict[str, set[str]] = {}
    for route in routes:
        for where, actions in route.items():
            every.setdefault(where, set()).update(actions.split())
    return {where: " ".join(sorted(actions)) for where, actions in every.items()}


def test_a_new_right_is_detected() -> None:
    """One more action in one policy changes the table."""
    synthesized = templates_for(env="local")
    before = json.dumps(rights(synthesized))
    (policy,) = (
        each for each in synthesized.all("AWS::IAM::Policy") if each.id.startswith("capturepaymentroleDefaultPolicy")
    )
    for statement in statements(policy):
        if "PaymentsLedger" in json.dumps(statement["Resource"]):
            statement["Action"] = [*listed(statement["Action"]), "dynamodb:DeleteItem"]
            assert json.dumps(rights(synthesized)) != before
            return
    raise AssertionError("who captures writes the ledger")


if __name__ == "__main__":
    every = {name: rights(templates_for(env=name)) for name in ENVIRONMENTS}
    COMMITTED.write_text(json.dumps(every, indent=1, sort_keys=True) + "\n")
