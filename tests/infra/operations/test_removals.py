"""The stack that refuses a deployment which would remove what a setting was forgotten for."""

import json

from stacks.environments import ENVIRONMENTS, SETTING_OF, environment_of
from stacks.operations.removals_stack import made_by_settings
from tests.infra.templates import OTHER_BUS, Synthesized

CHECKED = "Custom::CheckedRemovals"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1"
EVERYTHING = {
    "env": "prod",
    "domain": "pay.example.com",
    "certificate_arn": CERTIFICATE,
    "dashboard_domain": "dashboard.example.com",
    "dashboard_certificate_arn": CERTIFICATE,
    "waf_requests_per_5_minutes": "9000",
    "receipts_from": "receipts@example.com",
    "alarm_email": "ops@example.com",
    "outage_bus_arn": OTHER_BUS,
}


def test_the_check_precedes_every_other_stack(synthesized: Synthesized) -> None:
    """On AWS. The local engine removes nothing that somebody relies on."""
    name = f"paysandbox-{synthesized.environment.name}-removals"
    if synthesized.environment.name == "local":
        assert name not in synthesized.templates
        return
    assert synthesized.after[name] == set()
    assert {stack for stack, others in synthesized.after.items() if name not in others} == {name}


def test_nothing_in_its_stack_can_fail_after_the_check(synthesized: Synthesized) -> None:
    """The rollback would be an update that removes what the failed deployment added, and would be refused."""
    if synthesized.environment.name == "local":
        return
    resources = synthesized.template("removals")["Resources"]
    (check,) = (name for name, resource in resources.items() if resource["Type"] == CHECKED)
    before, found = {check}, [check]
    while found:
        whole = json.dumps(resources[found.pop()])
        needed = {name for name in resources if f'"{name}"' in whole} - before
        before |= needed
        found += needed
    assert before == set(resources)


def test_what_is_checked(synthesized: Synthesized) -> None:
    if synthesized.environment.name == "local":
        return
    properties = synthesized.one(CHECKED).properties
    assert properties["File"] == f"environments/{synthesized.environment.name}.toml"
    assert properties["Made"] == made_by_settings(synthesized.environment, is_hosted=True)
    assert properties["Accepted"] == []


def test_each_setting_that_makes_something_is_named_with_its_line() -> None:
    made = made_by_settings(environment_of(EVERYTHING), is_hosted=True)
    assert made == {
        "domain": 'domain = "pay.example.com"',
        "dashboard_domain": 'dashboard_domain = "dashboard.example.com", dashboard = true',
        "firewall": "waf_requests_per_5_minutes = 9000",
        "identity": 'receipts_from = "receipts@example.com"',
        "subscription": 'alarm_email = "ops@example.com"',
        "outage_channel": f'outage_bus_arn = "{OTHER_BUS}"',
    }
    assert made.keys() == SETTING_OF.keys()
    without = made_by_settings(environment_of(EVERYTHING), is_hosted=False)
    assert made.keys() - without.keys() == {"dashboard_domain"}
    assert made_by_settings(ENVIRONMENTS["prod"], is_hosted=True) == {}
