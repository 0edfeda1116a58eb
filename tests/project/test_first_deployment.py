"""The steps of the workflow that deploy an environment, in a shell, with an account whose stacks are files.

The account behaves as the guide says of CloudFormation and the CDK CLI: a stack whose creation failed can only be
deleted, and not while it is protected.
"""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml
from aws_cdk import DefaultStackSynthesizer

ROOT = Path(__file__).resolve().parents[2]
WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/deploy_environment.yml").read_text())
STEPS = {step["name"]: step for step in WORKFLOW["jobs"]["deploy"]["steps"] if "name" in step}

ACCOUNT, REGION = "123456789012", "eu-west-1"
QUALIFIER = DefaultStackSynthesizer.DEFAULT_QUALIFIER
LOOKUP = f"arn:aws:iam::{ACCOUNT}:role/cdk-{QUALIFIER}-lookup-role-{ACCOUNT}-{REGION}"

# Each writes its arguments to the log. The session may ask who it is, and becomes the lookup role to read stacks.
AWS = f"""\
#!/bin/bash
echo "aws $*" >> "$WORLD/log"
case "$*" in
  "sts get-caller-identity --query Arn --output text")
    echo "arn:aws:sts::{ACCOUNT}:assumed-role/paysandbox-prod-deploy/run" ;;
  "configure set profile.lookup.role_arn {LOOKUP}" | "configure set profile.lookup.credential_source Environment") ;;
  "--profile lookup cloudformation describe-stacks --stack-name paysandbox-prod-data "*)
    if [ -e "$WORLD/denied" ]; then echo "An error occurred (AccessDenied)" >&2; exit 254; fi
    if [ ! -e "$WORLD/data" ]; then
      echo "An error occurred (ValidationError): Stack with id paysandbox-prod-data does not exist" >&2; exit 254
    fi
    cat "$WORLD/data" ;;
  *) echo "An error occurred (AccessDenied)" >&2; exit 254 ;;
esac
"""
# The stack data exists once a deployment began; webhooks is the one whose creation fails.
NPX = """\
#!/bin/bash
echo "npx $*" >> "$WORLD/log"
protection=True
for option in "$@"; do if [ "$option" = deletion_protection=false ]; then protection=False; fi; done
if [ -e "$WORLD/stuck" ]; then echo "webhooks is in ROLLBACK_COMPLETE and protected" >&2; exit 1; fi
echo "$protection" > "$WORLD/data"
if [ -e "$WORLD/fails" ]; then
  rm "$WORLD/fails"
  if [ ! -e "$WORLD/webhooks" ] && [ "$protection" = True ]; then touch "$WORLD/stuck"; fi
  exit 1
fi
touch "$WORLD/webhooks"
"""


@dataclass
class Account:
    """An account, and the commands that ran in it."""

    folder: Path
    is_protected_by_settings: bool = True
    commands: list[str] = field(default_factory=list)

    def write(self, name: str, text: str = "") -> None:
        (self.folder / name).write_text(text)

    def run(self) -> bool:
        """Run the job's deployment. Return whether it succeeded; `commands` are those of this run."""
        (self.folder / "log").unlink(missing_ok=True)
        stack = {"properties": {"terminationProtection": True} if self.is_protected_by_settings else {}}
        (self.folder / "cdk.out").mkdir(exist_ok=True)
        self.write("cdk.out/manifest.json", manifest({"paysandbox-prod-data": stack}))
        names = list(STEPS)
        ok = all(self._step(STEPS[name]) for name in names[names.index("What would change") + 1 :])
        log = self.folder / "log"
        self.commands = log.read_text().splitlines() if log.exists() else []
        return ok

    @property
    def deployments(self) -> list[str]:
        """Whether each deployment of the last run was with or without protection."""
        return [
            "without protection" if "-c deletion_protection=false" in command else "as configured"
            for command in self.commands
            if command.startswith("npx cdk deploy --all ")
        ]

    def _step(self, step: Mapping[str, str]) -> bool:
        environment = {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "WORLD": str(self.folder),
            "AWS_REGION": REGION,
            "ENVIRONMENT": "prod",
            "CDK_CONTEXT": "-c alarm_email=ops@example.com -c deletion_protection=true",
        }
        # As GitHub runs `shell: bash`.
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        return done.returncode == 0


def manifest(artifacts: Mapping[str, object]) -> str:
    """Return a manifest as the CDK writes it, with two spaces."""
    return json.dumps({"artifacts": artifacts}, indent=2)


@pytest.fixture
def account(tmp_path: Path) -> Account:
    """A new account."""
    (tmp_path / "bin").mkdir()
    for name, text in (("aws", AWS), ("npx", NPX)):
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    return Account(tmp_path)


def test_a_new_environment_is_created_without_protection_and_gets_it_then(account: Account) -> None:
    assert account.run()
    assert account.deployments == ["without protection", "as configured"]
    assert account.run()
    assert account.deployments == ["as configured"]


def test_a_failed_first_deployment_is_repeated(account: Account) -> None:
    for _ in range(2):
        account.write("fails")
        assert not account.run()
        assert account.deployments == ["without protection"]
    assert account.run()
    assert account.deployments == ["without protection", "as configured"]


@pytest.mark.parametrize("protected", ["False", "True"])
def test_a_deployment_that_fails_while_it_turns_protection_on_is_repeated(account: Account, protected: str) -> None:
    assert account.run()
    account.write("data", protected)
    account.write("fails")
    assert not account.run()
    assert account.run()


def test_an_existing_environment_never_loses_its_protection(account: Account) -> None:
    for name, text in (("data", "True"), ("webhooks", "")):
        account.write(name, text)
    account.write("fails")
    for is_ok in (False, True):
        assert account.run() is is_ok
        assert account.deployments == ["as configured"]


def test_an_environment_without_protection_is_deployed_once(account: Account) -> None:
    account.is_protected_by_settings = False
    assert account.run()
    assert account.deployments == ["as configured"]
    assert not [command for command in account.commands if command.startswith("aws")]


def test_an_account_that_cannot_be_read_is_not_changed(account: Account) -> None:
    """Protection of an existing environment would be turned off."""
    account.write("denied")
    assert not account.run()
    assert account.deployments == []
