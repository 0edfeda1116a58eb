"""`cdk diff` after `paysandbox up`: the deployed stacks match the sources."""

import json
import os
import shutil
from pathlib import Path

import pytest

from cli.connection.target import local_target
from cli.deploy.cdk import PROGRAMS, ProgramError, aws_variables, run
from cli.state.state_dir import StateDir
from tests.e2e.conftest import Sandbox

CDK = PROGRAMS.parents[1] / "node_modules" / ".bin" / "cdk"


def diff(sandbox: Sandbox, assembly: Path, *stacks: str) -> list[str]:
    """Return the output of `cdk diff`. Raise ProgramError if there is a difference."""
    home, said = StateDir(sandbox.home), list[str]()
    target = local_target(home, sandbox.port, home.read().region)
    words = (CDK, "diff", *(stacks or ("--all",)), "--fail", "--app", assembly, "--no-notices", "--no-color")
    variables = {
        "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}",
        "CDK_HOME": str(home.path / "cdk"),
        "CDK_DISABLE_VERSION_CHECK": "true",
        "AWS_ENDPOINT_URL": str(target.aws_endpoint_url),
        "AWS_REGION": target.region,
        **aws_variables(target),
    }
    with (home.path / "diff.log").open("w") as log:
        run(words, folder=home.tmp, variables=variables, log=log, each_line=said.append)
    return said


@pytest.mark.full
def test_no_difference_after_a_deployment(sandbox: Sandbox) -> None:
    assembly = StateDir(sandbox.home).cloud_assembly
    said = diff(sandbox, assembly)
    assert [line for line in said if "Number of stacks with differences" in line] == [
        "✨  Number of stacks with differences: 0"
    ]
    assert sum("There were no differences" in line for line in said) == len([*assembly.glob("*.template.json")])


@pytest.mark.full
def test_a_changed_setting_is_found(sandbox: Sandbox, tmp_path: Path) -> None:
    assembly = shutil.copytree(StateDir(sandbox.home).cloud_assembly, tmp_path / "changed")
    template = assembly / "paysandbox-local-data.template.json"
    changed = json.loads(template.read_text())
    tables = (r for r in changed["Resources"].values() if r["Type"] == "AWS::DynamoDB::Table")
    table = next(table for table in tables if "TimeToLiveSpecification" in table["Properties"])
    table["Properties"]["TimeToLiveSpecification"]["Enabled"] = False
    template.write_text(json.dumps(changed))
    with pytest.raises(ProgramError) as found:
        diff(sandbox, assembly, "paysandbox-local-data")
    assert any("TimeToLiveSpecification" in line for line in found.value.output)
