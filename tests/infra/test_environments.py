"""Parsing of `-c env=… -c name=value`."""

import re
from pathlib import Path

import pytest

from cli.terminal.options import ENVIRONMENTS as KNOWN
from stacks.environments import ENVIRONMENTS, SETTINGS, SettingError, deployed_environment, environment_of
from tests.infra.templates import FLAGS, OTHER_BUS
from tests.support.tools.blocks import blocks

CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/1"


@pytest.mark.parametrize(
    "context, field, value",
    [
        ({}, "name", "dev"),  # no environment named
        ({"env": "prod"}, "name", "prod"),
        ({"env": "local"}, "account", "000000000000"),
        ({"env": "local"}, "region", "us-east-1"),
        ({"env": "local", "port": "4710"}, "port", 4710),
        ({"env": "local"}, "vendor", "local"),
        ({"env": "prod"}, "vendor", "aws"),
        ({"retention_days": "30"}, "retention_days", 30),
        ({"retention_days": 30}, "retention_days", 30),  # as in cdk.json
        ({"accept_any_card": "true"}, "accept_any_card", True),
        ({"accept_any_card": False}, "accept_any_card", False),
        ({"env": "prod", "customer_key": "false"}, "customer_key", False),
        ({"clock_offset_s": "-60"}, "clock_offset_s", -60),
        ({"log_level": "DEBUG"}, "log_level", "DEBUG"),
        ({"env": "local", "domain": ""}, "domain", None),
        ({"env": "local"}, "probe_every_minutes", None),
        ({"env": "prod", "probe_every_minutes": ""}, "probe_every_minutes", None),
        ({"budget_usd": "25"}, "budget_usd", 25),
        ({"domain": "pay.example.com", "certificate_arn": CERTIFICATE}, "base_url", "https://pay.example.com"),
        ({}, "donations_secrets_prefix", "/donate-now"),
        ({"env": "local"}, "donations_secrets_prefix", "/donate-now"),  # the engine is not a real account
        ({"env": "prod"}, "stripe_key_parameter", "/donate-now/prod/STRIPE_SECRET_KEY"),
        ({"env": "staging"}, "stripe_webhook_parameter", "/donate-now/staging/STRIPE_WEBHOOK_SECRET"),
        ({"donations_secrets_prefix": "/mine/dev"}, "donations_secrets_prefix", "/mine/dev"),
        ({}, "stripe_api", "https://api.stripe.com"),
        ({"env": "local", "port": "4710"}, "stripe_api", "http://127.0.0.1:4710"),
        (
            {"domain": "a.example", "certificate_arn": CERTIFICATE, "stripe_api_base": ""},
            "stripe_api",
            "https://a.example",
        ),
        ({}, "receipts_from", None),
        ({"receipts_from": "thanks+d@example.org"}, "receipts_from", "thanks+d@example.org"),
        ({"donation_abandoned_after_hours": "48"}, "donation_abandoned_after_hours", 48),
        ({}, "dispute_fee", "default=1500"),
        ({"dispute_fee": "default=1500,jpy=1300"}, "dispute_fee", "default=1500,jpy=1300"),
        ({"dispute_fee_returned": "false"}, "dispute_fee_returned", False),
        ({}, "disbursements_secrets_prefix", "/disbursements"),
        ({"disbursements_secrets_prefix": "/mine/dev"}, "disbursements_secrets_prefix", "/mine/dev"),
        ({"env": "prod"}, "paypal_credentials_parameter", "/disbursements/prod/PAYPAL_CREDENTIALS"),
        ({}, "paypal_api", "https://api-m.sandbox.paypal.com"),
        ({"paypal_api_base": "https://api-m.paypal.com"}, "paypal_api", "https://api-m.paypal.com"),
        ({"env": "local", "port": "4710"}, "paypal_api", "http://127.0.0.1:4710/_paypal"),
        ({"env": "local", "paypal_api_base": "http://127.0.0.1:9000"}, "paypal_api", "http://127.0.0.1:9000"),
        ({}, "disbursement_fee", ""),
        ({"disbursement_fee": "usd=25,eur=35"}, "disbursement_fee", "usd=25,eur=35"),
        ({"disbursement_fee": "paypal:usd=25,usd=30"}, "disbursement_fee", "paypal:usd=25,usd=30"),
        ({}, "disbursement_method", "paypal"),
        ({"disbursement_method": "ach"}, "disbursement_method", "ach"),
        ({"disbursement_method": "stripe"}, "disbursement_method", "stripe"),
        ({}, "ach_cutoffs", "02:15,10:30,14:45,16:45"),
        ({"ach_cutoffs": "02:00,10:00,14:00,16:00"}, "ach_cutoffs", "02:00,10:00,14:00,16:00"),
        ({}, "accept_removal", ()),
        ({"accept_removal": "domain,firewall"}, "accept_removal", ("domain", "firewall")),
        ({"accept_removal": ["domain"]}, "accept_removal", ("domain",)),  # as in a file
        ({"accept_removal": ""}, "accept_removal", ()),
        (FLAGS, "name", "dev"),  # CDK's own keys are not checked
        ({"cli-telemetry": False, "acknowledged-issue-numbers": [34892]}, "name", "dev"),
        ({"availability-zones:account=1:region=eu-west-1": []}, "name", "dev"),
    ],
)
def test_settings_from_the_command_line(context: dict, field: str, value: object) -> None:
    given = getattr(environment_of(context), field)
    assert given == value
    assert type(given) is type(value)


@pytest.mark.parametrize(
    "context, said",
    [
        ({"env": "production"}, "'production'; choose one of local, dev, staging, prod"),
        ({"env": ""}, "choose one of local, dev, staging, prod"),
        ({"retention": "30"}, "no setting 'retention'; choose one of env, accept_any_card"),
        ({"retention-days": "30"}, "no setting 'retention-days'"),
        ({"name": "mine"}, "no setting 'name'"),
        ({"vendor": "local"}, "no setting 'vendor'"),  # a laptop's build is never an AWS asset
        ({"retention_days": "a month"}, "retention_days must be a whole number, and is 'a month'"),
        ({"retention_days": "1.5"}, "whole number"),
        ({"retention_days": "2"}, "at least 3"),
        ({"minimum_amount": "0"}, "at least 1"),
        ({"probe_every_minutes": "0"}, "at least 1"),
        ({"accept_any_card": "yes"}, "one of true, false"),
        ({"log_level": "WARNING"}, "one of DEBUG, INFO, and is"),
        ({"request_log_sample_percent": "101"}, "must be at most 100, and is 101"),
        ({"request_log_sample_percent": "-1"}, "must be at least 0, and is -1"),
        ({"log_retention_days": "8"}, "CloudWatch takes 1, 3, 5, 7"),
        ({"domain": "pay.example.com"}, "needs a certificate"),
        ({"env": "staging", "donations_secrets_prefix": "/donate-now"}, "is that of dev"),
        ({"env": "dev", "donations_secrets_prefix": "/donate-now/prod"}, "is that of prod"),
        ({"donations_secrets_prefix": "donate-now"}, "donations_secrets_prefix must be a path"),
        ({"donations_secrets_prefix": "/donate-now/"}, "donations_secrets_prefix must be a path"),
        ({"donations_secrets_prefix": "/donate/*"}, "donations_secrets_prefix must be a path"),
        ({"donations_secrets_prefix": "/AWS/donate"}, "donations_secrets_prefix must be a path"),
        ({"outage_bus_arn": "default"}, "outage_bus_arn must be arn:aws:events:<region>:<account>:event-bus/<name>"),
        ({"outage_bus_arn": OTHER_BUS, "probe_every_minutes": ""}, "outage_bus_arn needs the alarm `outage`"),
        ({"receipts_from": "receipts"}, "receipts_from must be an e-mail address"),
        ({"receipts_from": "Receipts <receipts@example.com>"}, "receipts_from must be an e-mail address"),
        ({"receipts_from": "*@example.com"}, "receipts_from must be an e-mail address"),
        ({"stripe_api_base": "http://api.stripe.com"}, "stripe_api_base must begin with https://"),
        ({"stripe_api_base": ""}, "or the sandbox must have a domain of its own"),
        ({"donation_abandoned_after_hours": "23"}, "at least 24"),
        ({"donor_requests_per_s": "0"}, "at least 1"),
        ({"env": "staging", "disbursements_secrets_prefix": "/disbursements"}, "is that of dev"),
        ({"env": "dev", "disbursements_secrets_prefix": "/disbursements/prod"}, "is that of prod"),
        ({"disbursements_secrets_prefix": "paypal"}, "disbursements_secrets_prefix must be a path"),
        ({"disbursements_secrets_prefix": "/paypal/"}, "disbursements_secrets_prefix must be a path"),
        ({"disbursements_secrets_prefix": "/aws/paypal"}, "disbursements_secrets_prefix must be a path"),
        ({"paypal_api_base": ""}, "paypal_api_base is needed, since dev has no simulator"),
        ({"paypal_api_base": "http://api-m.paypal.com"}, "paypal_api_base must be https://"),
        ({"paypal_api_base": "https://api-m.paypal.com/"}, "paypal_api_base must be https://"),
        ({"paypal_api_base": "https://id:secret@api-m.paypal.com"}, "paypal_api_base must be https://"),
        ({"paypal_certificate_host": "https://api.paypal.com"}, "paypal_certificate_host must be the name of a host"),
        ({"paypal_certificate_host": "*.paypal.com"}, "paypal_certificate_host must be the name of a host"),
        ({"disbursement_fee": "25"}, "disbursement_fee: '25' does not read like usd=25 (currency, minor units)."),
        ({"disbursement_fee": "xxx=25"}, "disbursement_fee: 'xxx' is not the code of a currency."),
        ({"disbursement_fee": "usd=25,USD=30"}, "disbursement_fee: 'USD' is there twice."),
        (
            {"disbursement_fee": "venmo:usd=25"},
            "disbursement_fee: 'venmo' is not one of the payment methods: paypal, ach, stripe.",
        ),
        ({"disbursement_method": "venmo"}, "disbursement_method must be"),
        ({"ach_cutoffs": "02:15"}, "ach_cutoffs: '02:15' has 1 cut-offs."),
        ({"ach_cutoffs": "02:15,10:30,14:45,17:00"}, "ach_cutoffs: 17:00 is later than FedACH's deadline, 16:45."),
        ({"accept_removal": "Domain"}, "accept_removal must be one of domain, dashboard_domain, firewall"),
        ({"accept_removal": "firewall", "waf_requests_per_5_minutes": "9000"}, "take firewall out of accept_removal"),
        ({"dispute_fee": "1500"}, "dispute_fee: '1500' does not read like eur=2000 (currency, minor units)."),
        ({"dispute_fee": "default=1500,xxx=1"}, "dispute_fee: 'xxx' is neither default nor the code of a currency."),
    ],
)
def test_invalid_settings_are_refused_with_the_choices(context: dict, said: str) -> None:
    with pytest.raises(SettingError, match=re.escape(said)):
        environment_of(context)


def test_an_environment_has_the_settings_of_its_file_but_for_those_of_one_deployment(tmp_path: Path) -> None:
    (tmp_path / "dev.toml").write_text('retention_days = 30\naccept_any_card = true\nalarm_email = "ops@example.com"\n')
    found = deployed_environment({"env": "dev", "retention_days": "5"}, tmp_path)

    assert (found.retention_days, found.accept_any_card, found.alarm_email) == (5, True, "ops@example.com")
    assert deployed_environment({"env": "prod"}, tmp_path) == ENVIRONMENTS["prod"]


@pytest.mark.parametrize(
    "text, message",
    [
        ("retention_days", "dev.toml is not TOML"),
        ("retention = 30", "dev.toml: there is no setting 'retention'; choose one of accept_any_card"),
        ('name = "mine"', "dev.toml: there is no setting 'name'"),
        ("retention_days = 2", "retention_days must be at least 3"),
        (
            "retention_days = 1.5",
            "dev.toml: retention_days must be a text, a whole number or true or false",
        ),
        ("cors_origins = []", "dev.toml: cors_origins must be a text"),
        ('accept_removal = "domain"', "dev.toml: accept_removal must be a list of texts, and is 'domain'"),
        ("accept_removal = [1]", "accept_removal must be one of domain"),
        ('github_repository = "owner/name"', "dev.toml: github_repository is only taken from the command line"),
        ("pull_requests_may_diff = true", "dev.toml: pull_requests_may_diff is only taken from the command line"),
    ],
)
def test_a_file_that_is_wrong_is_refused_by_name(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "dev.toml").write_text(text)
    with pytest.raises(SettingError, match=re.escape(message)):
        deployed_environment({}, tmp_path)


OTHER_TOML = (
    "docs/how-to/lose-answers.md",  # the plan of a run of `paysandbox lose --mcp`
    "docs/how-to/reset-and-seed.md",  # a seed file
    "docs/how-to/use-with-coding-agents.md",  # the configuration of an agent
)


def test_the_settings_in_the_docs_are_accepted(tmp_path: Path, subtests: pytest.Subtests) -> None:
    settings = [block for block in blocks("toml") if block.file not in OTHER_TOML]
    assert settings
    for block in settings:
        with subtests.test(str(block)):
            (tmp_path / "prod.toml").write_text(block.text)
            assert deployed_environment({"env": "prod"}, tmp_path) != ENVIRONMENTS["prod"]


def test_the_files_of_this_repository_change_nothing() -> None:
    for name, environment in ENVIRONMENTS.items():
        assert (SETTINGS / f"{name}.toml").is_file()
        assert deployed_environment({"env": name}) == environment


def test_each_environment_has_its_own_stripe_account() -> None:
    prefixes = [one.donations_secrets_prefix for one in ENVIRONMENTS.values() if one.name != "local"]
    assert len(set(prefixes)) == len(prefixes) == 3


def test_there_are_four_environments() -> None:
    assert list(ENVIRONMENTS) == ["local", "dev", "staging", "prod"]


def test_command_line_knows_every_environment() -> None:
    assert tuple(ENVIRONMENTS) == KNOWN
