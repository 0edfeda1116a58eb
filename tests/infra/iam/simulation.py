"""AWS's decision on requests, by a simulator of IAM that is installed from npm on first use.

`@cloud-copilot/iam-simulate` knows the resources and the context keys of each action, and refuses a request that AWS
would not know. It is under the AGPL: used by tests alone, and part of nothing that is built or published.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.infra.templates import ACCOUNT, Json
from tests.support.tools.node_package import locked_packages

SIMULATOR: Final = Path(__file__).with_name("simulator")
_NODE: Final = Path(sys.executable).with_name("node")
_WITHIN_S: Final = 240

_STAND_INS: Final = {
    "kms:EncryptionContext:SecretARN": "kms:RequestAlias",
    "kms:EncryptionContext:PARAMETER_ARN": "kms:RecipientAttestation:ImageSha384",
}
"""Keys whose name has a variable part, which the simulator takes from a request as unknown. Policies and requests have
another key of the same type for each."""

Grant = tuple[int, str, str]
"""A statement's place in its policy, an action and a resource of it."""


@dataclass(frozen=True)
class Asked:
    """A request in an account: who, what, on which ARN. `policy` and `resource_policy` are names in a table."""

    policy: str
    principal: str
    action: str
    resource: str
    context: Mapping[str, str | list[str]]
    resource_policy: str | None = None
    account: str = ACCOUNT


@dataclass(frozen=True)
class Decision:
    """Whether AWS allows a request, and the grants of the role that match it."""

    allowed: bool
    grants: frozenset[Grant]


def simulate(policies: Mapping[str, Sequence[Json]], requests: Sequence[Asked]) -> list[Decision]:
    """Return the decision on each request. Raises AssertionError with what the simulator says of an invalid one."""
    folder = locked_packages(SIMULATOR).parent
    script = folder / "simulate.mjs"
    script.write_bytes((SIMULATOR / "simulate.mjs").read_bytes())
    asked: list[dict[str, Any]] = [
        {
            "policy": one.policy,
            "resourcePolicy": one.resource_policy,
            "principal": one.principal,
            "action": one.action,
            "resource": one.resource,
            "account": one.account,
            "context": dict(one.context),
        }
        for one in requests
    ]
    text = json.dumps({"policies": policies, "requests": asked})
    for key, stand_in in _STAND_INS.items():
        text = text.replace(f'"{key}"', f'"{stand_in}"')
    done = subprocess.run(
        [_NODE, script],
        input=text,
        text=True,
        capture_output=True,
        timeout=_WITHIN_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [
        Decision(one["allowed"], frozenset((place, action, resource) for place, action, resource in one["grants"]))
        for one in json.loads(done.stdout)
    ]
