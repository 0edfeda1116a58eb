"""Agreement of docs/how-to/deploy.md and first-deployment.md with the templates, and with the CDK CLI."""

import re
import sys
from dataclasses import fields

import boto3
import pytest
import yaml
from moto import mock_aws

from cli.main import whole_program
from paysandbox.aws import schema
from stacks.environments import ENVIRONMENTS, Environment
from stacks.operations.pipeline_stack import SESSION
from tests.infra.deployment import BUNDLE, Deployment, before, failures, order_of, run
from tests.infra.templates import DOMAINS, REGION, ROOT, Synthesized, deployed_from_github, templates_for
from tests.support.tools.makefiles import TARGETS
from tests.support.tools.tiers import full_but

GUIDE = (ROOT / "docs" / "how-to" / "deploy.md").read_text()
FIRST = (ROOT / "docs" / "how-to" / "first-deployment.md").read_text()
DEPLOYED = ("dev", "staging", "prod")
Row = list[str]


@pytest.fixture(scope="module", params=full_but(DEPLOYED, keep=lambda name: name == "prod"))
def deployed(request: pytest.FixtureRequest) -> Synthesized:
    return deployed_from_github(request.param)


def rows(heading: str, guide: str = GUIDE) -> list[Row]:
    """Return the cells of the table whose first line begins with a heading."""
    _, found, rest = guide.partition(f"\n{heading}")
    assert found, heading
    lines = rest.split("\n\n", 1)[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def staying(environment: str, guide: str = GUIDE) -> set[tuple[str, str]]:
    """Return type and name of the resources that the guide lists as retained."""
    table = rows("| type | resource | remains in |", guide)
    return {(row[0].strip("`"), row[1].strip("`")) for row in table if environment in row[2].split(", ")}


def retained(synthesized: Synthesized) -> set[tuple[str, str]]:
    """Return the same of the templates' retained resources, except log groups, which are too many to list."""
    found: set[tuple[str, str]] = set()
    for resource in synthesized.all():
        if resource.whole.get("DeletionPolicy", "Delete") == "Delete":
            continue
        stack = resource.stack.rpartition("-")[2]
        name = "all" if resource.type == "AWS::Logs::LogGroup" else f"{stack}/{resource.id[:-8]}"
        found.add((resource.type, name))
    return found


# --- time -------------------------------------------------------------------------------------------------------------


def test_a_pipeline_has_the_time_that_the_guide_states() -> None:
    """Even for one stack after the other, and credentials until its end. It deploys as the guide does."""
    job = yaml.safe_load((ROOT / ".github" / "workflows" / "deploy_environment.yml").read_text())["jobs"]["deploy"]
    (row,) = (row for row in rows("| | four at once | one after the other |") if row[0] == "first deployment")
    minutes = max(int(longest) for longest in re.findall(r"\d+ to (\d+) minutes", " ".join(row)))
    (credentials,) = (step["with"] for step in job["steps"] if "role-to-assume" in step.get("with", {}))
    assert minutes < job["timeout-minutes"] < SESSION.to_minutes()
    assert credentials["role-duration-seconds"] == SESSION.to_seconds()
    options = "--all --concurrency 4 --require-approval never"
    assert f"\n$ cdk deploy {options} -c env=dev" in GUIDE
    assert f"cdk deploy {options} " in job["steps"][-1]["run"]


# --- retained ---------------------------------------------------------------------------------------------------------


@pytest.mark.full
def test_retained_resources_match_the_templates(deployed: Synthesized) -> None:
    assert staying(deployed.environment.name) == retained(deployed)


def test_extra_and_missing_rows_are_detected(deployed: Synthesized) -> None:
    name = deployed.environment.name
    row = next(line for line in GUIDE.splitlines() if line.startswith("| `AWS::IAM::Role`"))
    assert staying(name, GUIDE.replace(row + "\n", "")) != retained(deployed)
    more = row.replace("nativeCloudWatchRole", "another")
    assert staying(name, GUIDE.replace(row, f"{row}\n{more}")) != retained(deployed)


def test_log_groups_are_retained_together(deployed: Synthesized) -> None:
    policies = {group.whole.get("DeletionPolicy") for group in deployed.all("AWS::Logs::LogGroup")}
    assert policies == {"RetainExceptOnCreate" if deployed.environment.keep_data else "Delete"}


def test_secrets_are_retained_as_documented(deployed: Synthesized) -> None:
    (row,) = (row for row in rows("| resource | remains in |") if "pepper" in row[0] and "webhooks" in row[0])
    for secret in deployed.all("Custom::GeneratedSecret"):
        kept = not secret.properties["DeleteWithStack"]
        assert (deployed.environment.name in row[1].split(", ")) is kept


def test_environments_with_termination_protection_are_named(deployed: Synthesized) -> None:
    guarded = {name.rpartition("-")[2] for name, guard in deployed.guarded.items() if guard}
    assert guarded == (
        {"data", "donors", "secrets", "settlement", "webhooks"} if deployed.environment.name == "prod" else set()
    )


# --- created ----------------------------------------------------------------------------------------------------------


def test_table_of_stacks_is_complete(deployed: Synthesized) -> None:
    told = {name for row in rows("| stack | contains |") for name in re.findall(r"`(\w+)`", row[0])}
    assert told == {stack.rpartition("-")[2] for stack in deployed.templates}


# --- what you will see ------------------------------------------------------------------------------------------------

WANTED = ("payments", "api", "v1", "monitoring")


def stack_rows() -> dict[str, Row]:
    """Return the further cells of each stack's row, in the order of the rows."""
    return {
        row[0].strip("`"): row[1:] for row in rows("| stack | minutes | possible failures in a new account |", FIRST)
    }


def test_each_stack_has_a_row_after_those_that_it_waits_for(deployed: Synthesized) -> None:
    after, listed = order_of(deployed), [*stack_rows()]
    assert sorted(listed) == sorted(after)
    for stack in after:
        assert all(listed.index(other) < listed.index(stack) for other in before(stack, after)), stack


def test_rows_name_what_a_failure_leaves(deployed: Synthesized) -> None:
    """Whenever it comes, with the guide's `--concurrency 4`."""
    four_at_once: list[Deployment] = [each for each in failures(deployed) if each.at_once == 4]
    left = {stack: {*WANTED} for stack in order_of(deployed)}
    for deployment, result in zip(four_at_once, run(four_at_once), strict=True):
        left[deployment.fails or ""] &= result.deployed
    named = {stack: set(cells[2].split(", ")) - {"none"} for stack, cells in stack_rows().items()}
    assert named == left


def test_minutes_of_the_stacks_add_up_to_those_of_the_guide() -> None:
    """One stack after the other, without the pipeline's, which is deployed by itself."""
    each = [cells[0].split(" to ") for stack, cells in stack_rows().items() if stack != "pipeline"]
    (row,) = (row for row in rows("| | four at once | one after the other |") if row[0] == "first deployment")
    fewest, most = (int(minutes) for minutes in re.findall(r"\d+", row[2]))
    assert sum(int(minutes[0]) for minutes in each) <= fewest < most <= sum(int(minutes[-1]) for minutes in each) + 5


def test_every_failure_is_in_the_table_and_has_a_source_and_a_next_step() -> None:
    for section in re.split(r"^### ", FIRST, flags=re.MULTILINE)[1:]:
        title = section.splitlines()[0]
        assert f"(#{anchor(title)})" in FIRST, title
        assert "Source: " in section, title
        assert "```console\n$ " in section or "repeat the command" in section, title


def anchor(title: str) -> str:
    return re.sub(r"[^\w -]", "", title).lower().replace(" ", "-")


def test_lines_of_the_cli_are_its_own() -> None:
    """As far as its code has them: numbers and names are put in."""
    code = BUNDLE.read_text()
    for printed, template in (
        (": deploying... [", ": deploying... [${stackIndex}/${this.options.stackCount}]"),
        (" ✅  paysandbox", '"\\u2705  %s"'),
        ("(no changes)", '"\\u2705  %s (no changes)"'),
        ("✨  Deployment time: ", "\\u2728  Deployment time: ${formatTime("),
        ("✨  Total time: ", "\\u2728  Total time: ${formatTime("),
        (
            "❌  paysandbox-dev-hosting failed to deploy",
            "\\u274C  ${import_chalk34.default.bold(stack.stackName)} failed to",
        ),
        ("Resource updates failed:", 'caption = "Resource updates failed"'),
        ("Early validation failed for change set cdk-", "Early validation failed for change set ${"),
        (
            "Has the environment been bootstrapped? Please run",
            "Has the environment been bootstrapped? Please run 'cdk boot",
        ),
    ):
        assert printed in FIRST, printed
        assert template in code, template


def test_refusals_of_the_templates_are_quoted() -> None:
    prod = deployed_from_github("prod")
    rules = [rule for template in prod.templates.values() for rule in template.get("Rules", {}).values()]
    said = {assertion["AssertDescription"] for rule in rules for assertion in rule["Assertions"]}
    flat = " ".join(FIRST.split())
    assert any(text.startswith("CDK bootstrap") and text in flat for text in said)


def test_no_function_reserves_executions(deployed: Synthesized) -> None:
    """A new account has ten, of which none can be reserved."""
    assert not [f for f in deployed.all("AWS::Lambda::Function") if "ReservedConcurrentExecutions" in f.properties]


def test_table_of_environments_matches_the_settings() -> None:
    told = {row[0]: dict(zip(DEPLOYED, row[1:], strict=True)) for row in rows("| | dev | staging | prod |")}
    for name in DEPLOYED:
        environment = ENVIRONMENTS[name]
        said = {what: cells[name] for what, cells in told.items()}
        assert said == {
            "data is kept when the stacks are deleted": yes(environment.keep_data),
            "deletion protection for the ledger and the stacks that hold data": yes(environment.deletion_protection),
            "point-in-time recovery": yes(environment.point_in_time_recovery),
            "ledger encrypted with a customer managed key": yes(environment.customer_key),
            "log retention (days)": str(environment.log_retention_days),
            "`paysandbox clock` may move time": yes(environment.clock_may_move),
            "gradual rollout of money routes to a tenth of the callers first": yes(environment.gradual_rollout),
            "sized for 5,000 payments a second": yes(environment.warm_payments_per_s == 5_000),
        }


def yes(it_is: bool) -> str:
    return "yes" if it_is else "no"


def test_nothing_is_billed_by_the_hour(deployed: Synthesized) -> None:
    by_the_hour = ("AWS::EC2::", "AWS::RDS::", "AWS::ECS::", "AWS::ElasticLoadBalancing", "AWS::ElastiCache::")
    assert not [resource for resource in deployed.all() if resource.type.startswith(by_the_hour)]


def test_the_pipeline_is_deployed_alone() -> None:
    """It comes after all other stacks, which the CLI would deploy too."""
    commands = re.findall(r"cdk deploy paysandbox-\w+-pipeline (.*)", GUIDE)
    assert commands
    assert all(command.startswith("--exclusively ") for command in commands)


def test_pipeline_roles_match_the_stack(deployed: Synthesized) -> None:
    name = deployed.environment.name
    told = {
        row[0].strip("`").replace("<env>", name).replace("<region>", REGION)
        for row in rows("| role | can be assumed by |")
    }
    made = {r.properties["RoleName"] for r in deployed.all("AWS::IAM::Role") if r.stack.endswith("-pipeline")}
    assert {role for role in told if role.startswith(f"paysandbox-{name}-")} == made


# --- commands ---------------------------------------------------------------------------------------------------------


def test_every_setting_of_the_guide_exists() -> None:
    """Those of its settings files are read by `test_environments.py`."""
    used = set(re.findall(r"-c\s+(\w+)=", GUIDE))
    assert {"env", "github_repository", "deletion_protection"} <= used
    assert used <= {"env"} | {field.name for field in fields(Environment)}


@pytest.mark.full
def test_every_output_of_the_guide_exists() -> None:
    made = templates_for(**DOMAINS)
    assert "OutputKey=='LedgerTable'" in GUIDE
    assert "LedgerTable" in made.template("data")["Outputs"]
    assert "`DomainTarget`" in GUIDE
    assert "DomainTarget" in made.template("api")["Outputs"]


def test_every_command_of_the_guide_exists() -> None:
    program = whole_program()
    typed = re.findall(r"^\$ paysandbox (\w+) (\w+)", GUIDE, re.MULTILINE)
    assert ("keys", "create") in typed
    for group, command in typed:
        assert command in program.commands[group].commands, (group, command)
    assert set(re.findall(r"`make ([a-z]+)`|^\$ make ([a-z]+)", GUIDE, re.MULTILINE)) <= (
        {(target, "") for target in TARGETS} | {("", target) for target in TARGETS}
    )


# --- restoring --------------------------------------------------------------------------------------------------------


def script(name: str) -> str:
    """Return the guide's Python script to be saved under this name."""
    (code,) = re.findall(r"```python\n(.*?)```", GUIDE.partition(f"`{name}`. It overwrites nothing")[2], re.DOTALL)
    return "\n".join(line[3:] for line in code.splitlines())


@mock_aws
def test_restore_adds_missing_items_and_overwrites_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    dynamodb = boto3.client("dynamodb")
    for table in ("restored", "ledger"):
        dynamodb.create_table(
            TableName=table,
            KeySchema=[{"AttributeName": schema.PARTITION_KEY, "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": schema.PARTITION_KEY, "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
    for table, name, version in (("restored", "lost", 1), ("restored", "kept", 1), ("ledger", "kept", 2)):
        item = {schema.PARTITION_KEY: {"S": name}, "version": {"N": str(version)}}
        dynamodb.put_item(TableName=table, Item=item)
    monkeypatch.setattr(sys, "argv", ["put_back.py", "restored", "ledger"])
    code = compile(script("put_back.py"), "put_back.py", "exec")
    for _ in range(2):
        exec(code, {})  # noqa: S102 - the guide's own code
    found = [(item[schema.PARTITION_KEY], item["version"]) for item in dynamodb.scan(TableName="ledger")["Items"]]
    assert len(found) == 2
    assert ({"S": "kept"}, {"N": "2"}) in found
    assert ({"S": "lost"}, {"N": "1"}) in found
    assert capsys.readouterr().out == "1 of 2 put back\n0 of 2 put back\n"


def test_settings_of_a_restored_table_match_the_ledger(deployed: Synthesized) -> None:
    (ledger,) = (t for t in deployed.all("AWS::DynamoDB::Table") if t.id.startswith(schema.LEDGER))
    assert ledger.properties["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert ledger.properties["TimeToLiveSpecification"]["AttributeName"] == "purge_at"
    recovered = ledger.properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
    assert recovered is (deployed.environment.name in ("staging", "prod"))
