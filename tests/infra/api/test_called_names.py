"""The functions and aliases that a release's APIs call: each is there until the next release is deployed.

    python -m tests.infra.api.test_called_names          adds to the committed list what the APIs call now

An API is deployed after the functions that it calls by name. Until then, the API of the last release calls names that
the new templates may not have, and its callers get a 5xx. A release is a new `VERSION`: the command then also removes
from the list what no API calls any more.
"""

import json
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

import pytest

from paysandbox import VERSION
from tests.infra.templates import Synthesized, names, templates_for

COMMITTED: Final = Path(__file__).with_name("called_names.json")
COMMAND: Final = ".venv/bin/python -m tests.infra.api.test_called_names"
RELEASE: Final = "release"
NAMES: Final = "names"
DEPLOYED: Final = tuple(name for name in names() if name != "local")


def called(synthesized: Synthesized) -> set[str]:
    """Return the names that the integrations and authorizers of the APIs call, without the environment's prefix."""
    start = re.escape(synthesized.environment.named(""))
    apis = [json.dumps(api.properties["Body"]) for api in synthesized.all("AWS::ApiGateway::RestApi")]
    return {name for api in apis for name in re.findall(rf":function:{start}([\w:]+)/invocations", api)}


def present(synthesized: Synthesized) -> set[str]:
    """Return the names of the functions, and of their aliases as `function:alias`."""
    start = synthesized.environment.named("")
    of_id = {
        (function.stack, function.id): function.properties["FunctionName"].removeprefix(start)
        for function in synthesized.all("AWS::Lambda::Function")
        if "FunctionName" in function.properties
    }
    aliases = {
        f"{of_id[alias.stack, alias.properties['FunctionName']['Ref']]}:{alias.properties['Name']}"
        for alias in synthesized.all("AWS::Lambda::Alias")
    }
    return {*of_id.values(), *aliases}


def mistakes(
    committed: Collection[str], release: str, *, called: Collection[str], present: Collection[str]
) -> Iterator[str]:
    """Yield what to do about each name that is missing in the list or in the templates, and about a new version."""
    for name in sorted({*committed} - {*present}):
        yield (
            f"{name} is called by the APIs of {release}, which are deployed after the functions. Keep it for one "
            f"release: leave the function (or alias) in its stack beside what replaces it. If {name} is in no "
            f"release, remove it from {COMMITTED.name}."
        )
    for name in sorted({*called} - {*committed}):
        yield f"{name} is called and not in {COMMITTED.name}. Run {COMMAND}"
    if release != VERSION:
        yield f"{COMMITTED.name} is of {release}, and this is {VERSION}. Run {COMMAND}"


def read() -> tuple[list[str], str]:
    """Return the committed names, and the version that they are of."""
    committed = json.loads(COMMITTED.read_text())
    return committed[NAMES], committed[RELEASE]


@pytest.mark.parametrize("environment", DEPLOYED)
def test_everything_that_the_last_release_calls_is_there(environment: str) -> None:
    synthesized = templates_for(env=environment)
    committed, release = read()
    assert not [*mistakes(committed, release, called=called(synthesized), present=present(synthesized))]


@pytest.mark.parametrize(
    "committed, release, expected",
    [
        (["pay:live", "read"], VERSION, []),
        (["pay:live", "read", "unused"], VERSION, []),
        (["pay:live", "read", "gone"], VERSION, ["gone is called by the APIs"]),
        (["pay:live", "read", "read:live"], VERSION, ["read:live is called by the APIs"]),
        (["read"], VERSION, ["pay:live is called and not in called_names.json"]),
        (["pay:live", "read"], "0.0.9", ["called_names.json is of 0.0.9"]),
    ],
)
def test_what_is_missing_is_named(committed: list[str], release: str, expected: list[str]) -> None:
    found = [*mistakes(committed, release, called={"pay:live", "read"}, present={"pay", "pay:live", "read", "unused"})]
    assert len(found) == len(expected)
    assert all(map(str.startswith, found, expected))


def test_names_are_found_in_the_templates(synthesized: Synthesized) -> None:
    money = "authorize_payment" if synthesized.environment.name == "local" else "authorize_payment:live"
    assert {money, "get_payment", "authorize_v1"} <= called(synthesized) <= present(synthesized)


def _write() -> None:
    deployed = [templates_for(env=name) for name in DEPLOYED]
    committed, release = read()
    if missing := {*committed} - set.intersection(*map(present, deployed)):
        raise SystemExit(f"not in the templates: {', '.join(sorted(missing))}")
    now = set[str]().union(*map(called, deployed))
    listed = now | {*committed} if release == VERSION else now
    COMMITTED.write_text(json.dumps({RELEASE: VERSION, NAMES: sorted(listed)}, indent=1) + "\n")


if __name__ == "__main__":
    _write()
