"""Environments: everything that differs between a laptop, a team's account and production.

Each row below lists the values that differ from the defaults. A team's own are in `environments/<name>.toml`, and
`cdk deploy -c <name>=<value>` overrides any of them for one deployment. An unknown environment or name, or a value of
the wrong type or size, is rejected with a list of the valid choices.
"""

import math
import os
import re
import tomllib
import types
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

import aws_cdk as cdk

from paysandbox.aws import schema
from paysandbox.disbursements.ach.windows import FEDACH_CUTOFFS, read_cutoffs
from paysandbox.disbursements.fees import DisbursementFeesInvalidError, read_disbursement_fees
from paysandbox.http.cors import ANY_ORIGIN
from paysandbox.payments.disputes.fees import STANDARD_DISPUTE_FEES, DisputeFeesInvalidError, read_dispute_fees
from paysandbox.search_index.terms import STANDARD_REFERENCE_KEYS, ReferenceKeysInvalidError, read_reference_keys
from paysandbox.settlement.business_day import read_days
from paysandbox.settlement.close import MINIMUM_PAYOUT
from paysandbox.settlement.fees import STANDARD_FEES, FeesInvalidError, read_fees
from paysandbox.stripe_api.billing.dunning import STANDARD_RETRY_DAYS, RetryDaysInvalidError, read_retry_days
from paysandbox.stripe_api.version import STRIPE_VERSION, known_version

DEFAULT: Final = "dev"

STRIPE_API: Final = "https://api.stripe.com"
"""Stripe's own API."""

SETTINGS: Final = Path(__file__).resolve().parent.parent / "environments"
"""The folder of the files with a team's own settings."""

_TRUST: Final = ("github_repository", "github_provider_arn", "pull_requests_may_diff")
"""Settings of who may deploy. A change that is merged must not give itself these rights."""

Removable = Literal["domain", "dashboard_domain", "firewall", "identity", "subscription", "outage_channel"]

SETTING_OF: Final[Mapping[Removable, str]] = {
    "domain": "domain",
    "dashboard_domain": "dashboard_domain",
    "firewall": "waf_requests_per_5_minutes",
    "identity": "receipts_from",
    "subscription": "alarm_email",
    "outage_channel": "outage_bus_arn",
}
"""The settings without which a deployment removes what others rely on, by what it removes."""

HOUR_S: Final = 3_600
DAY_S: Final = 86_400

# A subset of the retention periods that CloudWatch supports for a log group.
LOG_RETENTION_DAYS: Final = (1, 3, 5, 7, 14, 30, 60, 90, 180, 365, 731)

KEY_CACHE_MAX_S: Final = 3_600

FIREWALL_WINDOW_S: Final = 300
"""How long the firewall counts the requests of an address."""
APIS: Final = 2
"""The native and the Stripe-compatible API. A key's usage plan limits it on each, the firewall counts both."""

# Repositories created since the summer of 2026 have GitHub's immutable subjects, with an id after each of the two
# names.
_REPOSITORY: Final = re.compile(r"[A-Za-z0-9][\w-]{0,99}(@\d+)?/[\w.-]{1,100}(@\d+)?", re.ASCII)
# Each delay has at most five digits (about a day), and there are no more retries than fit into the table of attempts.
_RETRIES: Final = re.compile(r"[1-9]\d{0,4}(,[1-9]\d{0,4}){0,14}")
# No asterisk, since the address is also part of an ARN.
_ADDRESS: Final = re.compile(r"[\w.%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII)
_HOST: Final = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:\d{1,5})?", re.ASCII)
# As a browser sends it: scheme, host and port, in lower case, without a slash at the end.
_ORIGIN: Final = re.compile(r"https?://[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?", re.ASCII)
# CloudFront takes certificates from this region only.
_CERTIFICATE_OF_CLOUDFRONT: Final = re.compile(r"arn:aws[a-z-]*:acm:us-east-1:\d{12}:certificate/.+")
_BUS: Final = re.compile(r"arn:aws[a-z-]*:events:[a-z0-9-]+:\d{12}:event-bus/[\w./-]+", re.ASCII)
# API Gateway's limit of a stage variable, less the dashboard's own origin.
_ORIGINS_LENGTH_MAX: Final = 400
_PAYPAL_API: Final = re.compile(r"https://[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(:\d{1,5})?", re.ASCII)
# Parameter Store reserves the prefixes /aws and /ssm.
_PREFIX: Final = re.compile(r"(?!/(aws|ssm)\b)(/[\w.-]+)+", re.ASCII | re.IGNORECASE)
_CRON: Final = re.compile(r"[0-9*?,/LW#A-Z-]+( [0-9*?,/LW#A-Z-]+){5}")
_KEYS_OF_CDK_CLI: Final = ("acknowledged-issue-numbers", "cli-telemetry")
"""What `cdk acknowledge` and `cdk cli-telemetry` write."""
_PROVIDER: Final = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:oidc-provider/token\.actions\.githubusercontent\.com")


class SettingError(SystemExit):
    """An invalid setting, with the valid choices. Ends the synth with its message and no stack trace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """One environment. Every field except the first can be overridden with `-c <field>=<value>`."""

    name: str

    # None means the caller's (CDK_DEFAULT_*). If those are unset too, the stacks are environment-agnostic: a synth
    # needs no credentials.
    account: str | None = None
    region: str | None = None

    # Settings passed to the functions.
    clock_offset_s: int = 0
    retention_days: int = 90
    authorization_validity_days: int = 7
    minimum_amount: int = 1
    accept_any_card: bool = False
    accept_card_numbers_in_text: bool = False
    # Not above INFO: the request log, the feed and the metrics are made of lines of that level.
    log_level: Literal["DEBUG", "INFO"] = "INFO"
    # The share of the successful requests that the request log stores; declines and errors are always stored. Each
    # stored request costs two write units, and its log line is in CloudWatch Logs in any case.
    request_log_sample_percent: int = 100

    # The keys of metadata whose value is shown as a payment's reference, if it has no other, in this order. They match
    # whatever their case, underscores, hyphens and spaces.
    reference_keys: str = STANDARD_REFERENCE_KEYS

    # On which days after the first attempt the payment of an invoice is attempted again, and what its subscription
    # becomes when the last attempt has failed. At Stripe each account sets both.
    billing_retry_days: str = STANDARD_RETRY_DAYS
    billing_after_retries: Literal["canceled", "unpaid", "past_due"] = "canceled"

    # The version of Stripe's API of requests and webhook endpoints that name none. At Stripe each account has one.
    stripe_version: str = STRIPE_VERSION

    # Webhooks. The delays in seconds before the second and later attempts are those of Standard Webhooks 1.0.
    webhook_retries_s: str = "5,300,1800,7200,18000,36000,50400,72000,86400"
    webhook_disable_after_days: int = 5
    event_retention_days: int = 30
    # Hosts that may receive webhooks although they are not public, separated by commas. Local only.
    webhook_allowed_hosts: str = ""

    # Workers: how many executions each queue may take at once (SQS allows 2 to 1,000), how many batches of a stream's
    # shard are read at once (1 to 10), and the payments a second that tables take without growing first (None: AWS's
    # default). The least here leaves the API room in a new account, which has ten executions. The payers' number limits
    # the rate at which donations succeed, since those writes go to one partition of an index; the senders' the rate of
    # e-mails. `benchmarks/capacity.py` calculates them.
    planners_max: int = 2
    deliverers_max: int = 2
    unhealthy_deliverers_max: int = 2
    payers_max: int = 2
    senders_max: int = 2
    stream_lanes: int = 1
    # Whether what falls due within 15 minutes happens on the second, or with the next sweep. Polling the queue costs 26
    # cents a month.
    punctual_timers: bool = False
    warm_payments_per_s: int | None = None

    # Settlement: the nightly run as an EventBridge Scheduler expression in UTC, the days on which none starts, fees by
    # brand (fixed minor units + basis points), and the minimum payout (minor units).
    settlement_cron: str = "0 2 * * ? *"
    settlement_skips_weekends: bool = False
    settlement_holidays: str = ""
    settlement_fees: str = STANDARD_FEES
    payout_minimum: int = MINIMUM_PAYOUT
    # What a chargeback costs the merchant, by currency (minor units), and whether it is returned to one who wins.
    dispute_fee: str = STANDARD_DISPUTE_FEES
    dispute_fee_returned: bool = True

    # Features that an environment on AWS may leave out: no functions, routes or pollers of theirs are created.
    donations: bool = True
    disbursements: bool = True

    # Donations: the prefix of the Stripe account's secrets, which two environments in one account must not share; the
    # URL of Stripe's API without /v1 (None: the sandbox's own Stripe-compatible API), from which disbursements by
    # stripe are paid too; the sender of receipts (None: no receipts); and how long a donation stays pending before
    # Stripe is asked about it.
    donations_secrets_prefix: str = "/donate-now"
    stripe_api_base: str | None = STRIPE_API
    receipts_from: str | None = None
    donation_abandoned_after_hours: int = 24

    # Disbursements: the prefix of the PayPal account's credentials, which two environments in one account must not
    # share; the URL of PayPal's API (None: the simulator beside the local engine); the host of the certificates that it
    # signs webhooks with, and their root ("": those of the layer; "credentials": the one in the credentials, as the
    # simulator's is); how one is paid that does not say it; and what one costs the merchant, by payment method and
    # currency (minor units).
    disbursements_secrets_prefix: str = "/disbursements"
    paypal_api_base: str | None = "https://api-m.sandbox.paypal.com"
    paypal_certificate_host: str = "api.sandbox.paypal.com"
    paypal_certificate_root: str = ""
    disbursement_method: Literal["paypal", "ach", "stripe"] = "paypal"
    disbursement_fee: str = ""
    # The four cut-offs of a banking day, in New York, to which ACH entries are collected: FedACH's, or earlier ones.
    ach_cutoffs: str = FEDACH_CUTOFFS
    # How many requests may wait at once for the result of a disbursement; each takes an execution for up to 20 seconds.
    # The default leaves eight of the ten executions of a new account.
    waiting_requests_max: int = 2

    # Whether `paysandbox clock` may shift the functions' time. The command reads this from an output of the api stack.
    clock_may_move: bool = False

    # The API. A domain needs a certificate in its region. With a port, the local engine serves it over plain HTTP.
    domain: str | None = None
    certificate_arn: str | None = None
    port: int | None = None
    # The origins whose pages may call both APIs, separated by commas, beside the dashboard's. Locally any ("*").
    cors_origins: str = ""
    # Whether the stages limit their methods.
    limits_methods: bool = True
    # Whether the dashboard is hosted. CloudFront creates no distribution in an account that AWS has not verified yet.
    dashboard: bool = True
    # The dashboard's own domain instead of CloudFront's, with a certificate in us-east-1.
    dashboard_domain: str | None = None
    dashboard_certificate_arn: str | None = None
    # Limits of a key on the plan `sandbox`, on each of the two APIs.
    sandbox_requests_per_minute: int = 100
    sandbox_burst: int = 100
    # Limits of a dashboard's key on each of the two APIs: two tabs that poll every second, and the pages' other reads.
    dashboard_requests_per_s: int = 10
    dashboard_burst: int = 40
    # Limits of each route that requires no key, over all callers. They bound what strangers cost, and one stranger can
    # use them up: only the firewall counts per address.
    public_requests_per_s: int = 10
    public_burst: int = 20
    # The same of each page that payers and donors open, and of its form, frames and files. The burst, which costs
    # nothing, lets 20 visitors come at once: a page with Stripe.js loads five files of one route.
    page_requests_per_s: int = 10
    page_burst: int = 100
    # The same of the script of each train of Stripe.js, which shops' pages load, and how long browsers keep it and the
    # frames' files.
    script_requests_per_s: int = 10
    script_burst: int = 100
    script_max_age_s: int = 3_600
    # The same of each path's preflight and HEAD: the default of a stage.
    preflight_requests_per_s: int = 2
    preflight_burst: int = 20
    # Limits of each route for donors, over all donors: anyone can sign up, and each donation makes a call to Stripe.
    donor_requests_per_s: int = 10
    donor_burst: int = 20
    # The firewall's limit per address, on both APIs together, in requests within five minutes: no less than the largest
    # limited usage plan lets a key send. A key of the plan `load` has no limit but the account's, so only the operator
    # knows what its servers send. None: no firewall, which has a fixed price (`stacks/operations/prices.py`).
    waf_requests_per_5_minutes: int | None = None
    # How many seconds API Gateway caches the authorizer's result for a key. A revoked key may be accepted for as long.
    key_cache_s: int = 60
    # Whether the Stripe-compatible API accepts test keys that were issued elsewhere at first sight. Local only.
    accept_unknown_keys: bool = False

    # Retention and durability.
    keep_data: bool = False
    deletion_protection: bool = False
    point_in_time_recovery: bool = False
    customer_key: bool = False
    # The key of the secrets: a customer managed one of the environment's own, or AWS's, `aws/secretsmanager` and
    # `aws/ssm`, which cost nothing.
    secrets_key: Literal["customer", "aws"] = "customer"
    log_retention_days: int = 7

    # Traces of AWS X-Ray: none (off), of API Gateway, Lambda and Step Functions (lambda), or also of every AWS call of
    # the functions, with annotations (full), for which a cold start imports the X-Ray SDK.
    tracing: Literal["off", "lambda", "full"] = "lambda"

    # Whether new code of the functions that move money reaches a tenth of the callers first (`stacks/api/rollout.py`).
    gradual_rollout: bool = False
    # Whether failures of new code end its rollout. Off for the deployment of a fix: while an alarm rings, CodeDeploy
    # starts no rollout.
    rollout_alarms: bool = True
    # Whether new execution environments of those functions start from a snapshot. Billed by the hour and by the start:
    # `stacks/operations/prices.py`.
    snap_start: bool = False
    # Whether layers may be deployed without byte code, from a machine without the functions' Python: callers then wait
    # for the compiler at each cold start.
    layers_without_byte_code: bool = True

    # The alarms, and the address that they notify. None omits a part: the local engine has no budgets and no metric
    # math.
    alarm_email: str | None = None
    # A bus of another Region or account, which also receives the changes of the alarm `outage`.
    outage_bus_arn: str | None = None
    p95_ms_max: int = 50
    server_errors_max: int = 10
    probe_every_minutes: int | None = 5
    usage_cents_per_day_max: int | None = 100
    # None by default: tests dispute as many payments as they like, and it would be an eleventh alarm.
    dispute_percent_per_day_max: int | None = None
    # Whether one alarm may combine several metrics: ten alarms per account are free, and the engine has no metric math.
    metric_math: bool = True
    # An idle environment at list price, as beside another one in an account, stays below the budget's second notice.
    budget_usd: int | None = 15

    # The engine ignores gateway responses in the API's definition.
    gateway_response_resources: bool = False
    # The engine refuses routing rules of a domain, and applies the only one (engine/corrections/routing_rules.py).
    routing_rules: bool = True
    # The engine keeps the newest lines of each log group, and names streams without the function.
    shared_logs: bool = True
    # The engine starts a worker for each alias of a function.
    live_aliases: bool = True

    # What a deployment may remove although the previous one made it (`stacks/operations/removals_stack.py`).
    accept_removal: tuple[Removable, ...] = ()

    # The pipeline: the repository whose workflows may deploy to this environment. Without one, there is no pipeline
    # stack. An account can have only one OIDC provider for GitHub; if it has one already, its ARN is given here.
    github_repository: str | None = None
    github_provider_arn: str | None = None
    # Whether workflows of pull requests may diff against the deployed stacks, which requires read access to the
    # account.
    pull_requests_may_diff: bool = False
    # Whether the pipeline verifies its deployments, for which it creates an API key.
    verified_by_pipeline: bool = False

    def __post_init__(self) -> None:
        for field, least in _AT_LEAST.items():
            value = getattr(self, field)
            if value is not None and value < least:
                raise SettingError(f"{field} must be at least {least}, and is {value}")
        for field, most in _AT_MOST.items():
            if getattr(self, field) > most:
                raise SettingError(f"{field} must be at most {most}, and is {getattr(self, field)}")
        if self.log_retention_days not in LOG_RETENTION_DAYS:
            choices = ", ".join(map(str, LOG_RETENTION_DAYS))
            raise SettingError(f"log_retention_days is {self.log_retention_days}; CloudWatch takes {choices}")
        if self.key_cache_s > KEY_CACHE_MAX_S:
            raise SettingError(f"key_cache_s is {self.key_cache_s}; API Gateway takes at most {KEY_CACHE_MAX_S}")
        if self.domain is not None and self.port is None and self.certificate_arn is None:
            raise SettingError(
                f"domain {self.domain} needs a certificate of its region: -c certificate_arn=arn:aws:acm:…"
            )

        if not _RETRIES.fullmatch(self.webhook_retries_s):
            raise SettingError(
                f"webhook_retries_s must be seconds separated by commas, such as 5,300,1800, and is "
                f"{self.webhook_retries_s!r}"
            )
        if known_version(self.stripe_version) != self.stripe_version:
            raise SettingError(
                f"stripe_version must be a release of Stripe's API, such as {STRIPE_VERSION} or 2024-06-20, and is "
                f"{self.stripe_version!r}"
            )
        self._check_reference_keys()
        self._check_billing()
        self._check_firewall()
        self._check_origins()
        self._check_local_only()
        self._check_rollout()
        self._check_removals()
        self._check_settlement()
        self._check_features()
        self._check_donations()
        self._check_disbursements()
        self._check_pipeline()
        self._check_outage_channel()

    def _check_billing(self) -> None:
        try:
            read_retry_days(self.billing_retry_days)
        except RetryDaysInvalidError as error:
            raise SettingError(f"billing_retry_days: {error}") from None

    def _check_reference_keys(self) -> None:
        try:
            read_reference_keys(self.reference_keys)
        except ReferenceKeysInvalidError as error:
            raise SettingError(f"reference_keys: {error}") from None

    def _check_firewall(self) -> None:
        limit, least = self.waf_requests_per_5_minutes, least_of_firewall(self)
        if limit is not None and limit < least:
            raise SettingError(
                f"waf_requests_per_5_minutes must be at least {least}, and is {limit}: a key of a usage plan may send "
                f"so many, and the firewall would block its server. For a key of the plan load, which has no limit, "
                f"count {FIREWALL_WINDOW_S} times what its servers behind one address send in a second"
            )

    def _check_origins(self) -> None:
        if self.cors_origins == ANY_ORIGIN:
            if self.name != "local":
                raise SettingError(
                    f"cors_origins * is for the local environment alone, and this is {self.name}: list the origins of "
                    f"the pages that call the API, such as https://shop.example.com,http://localhost:3000"
                )
        elif not all(_ORIGIN.fullmatch(origin) for origin in self.listed_origins):
            raise SettingError(
                f"cors_origins must be origins separated by commas, such as "
                f"https://shop.example.com,http://localhost:3000, and is {self.cors_origins!r}"
            )
        if len(self.cors_origins) > _ORIGINS_LENGTH_MAX:
            raise SettingError(
                f"cors_origins must have at most {_ORIGINS_LENGTH_MAX} characters, and has {len(self.cors_origins)}"
            )
        domain, certificate = self.dashboard_domain, self.dashboard_certificate_arn
        if domain is not None and (not _ORIGIN.fullmatch(f"https://{domain}") or ":" in domain):
            raise SettingError(
                f"dashboard_domain must be the name of a host such as dashboard.example.com, and is {domain!r}"
            )
        if (domain is None) != (certificate is None):
            raise SettingError("dashboard_domain and dashboard_certificate_arn are set together, or neither")
        if certificate is not None and not _CERTIFICATE_OF_CLOUDFRONT.fullmatch(certificate):
            raise SettingError(
                f"dashboard_certificate_arn must be arn:aws:acm:us-east-1:…, since CloudFront takes certificates from "
                f"us-east-1 only, and is {certificate!r}"
            )

    def _check_local_only(self) -> None:
        if self.name == "local":
            return
        if self.accept_unknown_keys:
            raise SettingError(
                f"accept_unknown_keys is for the local environment alone, and this is {self.name}: here "
                f"`paysandbox keys import` makes keys known that were issued elsewhere"
            )
        if self.webhook_allowed_hosts:
            raise SettingError(
                f"webhook_allowed_hosts is for the local environment alone, and this is {self.name}: from AWS, events "
                f"are sent to public addresses only"
            )
        if not self.limits_methods:
            raise SettingError(
                f"limits_methods=false is for the local environment alone, and this is {self.name}: without limits, "
                f"strangers may send what the account allows"
            )

    def _check_rollout(self) -> None:
        for name, uses_versions in (("gradual_rollout", self.gradual_rollout), ("snap_start", self.snap_start)):
            if uses_versions and not self.live_aliases:
                raise SettingError(f"{name} needs live_aliases=true: it is for published versions")

    def _check_removals(self) -> None:
        for name in self.accept_removal:
            setting = SETTING_OF[name]
            if getattr(self, setting) is not None:
                raise SettingError(
                    f"accept_removal names {name}, which {setting} makes: take {name} out of accept_removal, so that "
                    f"it is not removed when {setting} is forgotten, or remove {setting}"
                )

    def _check_settlement(self) -> None:
        try:
            read_fees(self.settlement_fees)
        except FeesInvalidError as error:
            raise SettingError(f"settlement_fees: {error}") from None
        try:
            read_dispute_fees(self.dispute_fee, returned_if_won=self.dispute_fee_returned)
        except DisputeFeesInvalidError as error:
            raise SettingError(f"dispute_fee: {error}") from None
        try:
            read_days(self.settlement_holidays)
        except ValueError as error:
            raise SettingError(f"settlement_holidays: {error}") from None
        if not _CRON.fullmatch(self.settlement_cron):
            raise SettingError(
                f"settlement_cron must be six fields as in '0 2 * * ? *' (minute, hour, day of the month, month, day "
                f"of the week, year), and is {self.settlement_cron!r}"
            )

    def _check_features(self) -> None:
        if self.name == "local" and self.left_out:
            raise SettingError(f"{self.left_out[0]}=false is for environments on AWS: a local start sets both up")

    def _check_donations(self) -> None:
        if not _PREFIX.fullmatch(self.donations_secrets_prefix):
            raise SettingError(
                f"donations_secrets_prefix must be a path of SSM parameters such as /donate-now/staging, and is "
                f"{self.donations_secrets_prefix!r}"
            )
        if self.receipts_from is not None and not _ADDRESS.fullmatch(self.receipts_from):
            raise SettingError(
                f"receipts_from must be an e-mail address such as receipts@example.com, and is {self.receipts_from!r}"
            )
        if self.name != "local" and not self.stripe_api.startswith("https://"):
            raise SettingError(
                f"stripe_api_base must begin with https://, since Stripe's secret key is sent there, or the sandbox "
                f"must have a domain of its own; it is {self.stripe_api_base!r}"
            )

    def _check_disbursements(self) -> None:
        try:
            read_disbursement_fees(self.disbursement_fee)
        except DisbursementFeesInvalidError as error:
            raise SettingError(f"disbursement_fee: {error}") from None
        try:
            read_cutoffs(self.ach_cutoffs)
        except ValueError as error:
            raise SettingError(f"ach_cutoffs: {error}") from None
        if not _PREFIX.fullmatch(self.disbursements_secrets_prefix):
            raise SettingError(
                f"disbursements_secrets_prefix must be a path of SSM parameters such as /disbursements/staging, and is "
                f"{self.disbursements_secrets_prefix!r}"
            )
        if not _HOST.fullmatch(self.paypal_certificate_host):
            raise SettingError(
                f"paypal_certificate_host must be the name of a host such as api.paypal.com, and is "
                f"{self.paypal_certificate_host!r}"
            )
        if self.name == "local":
            return
        if self.paypal_api_base is None:
            raise SettingError(f"paypal_api_base is needed, since {self.name} has no simulator of PayPal")
        if not _PAYPAL_API.fullmatch(self.paypal_api_base):
            raise SettingError(
                f"paypal_api_base must be https://, a host and no slash at the end, since PayPal's secret is sent "
                f"there; it is {self.paypal_api_base!r}"
            )

    def _check_outage_channel(self) -> None:
        bus = self.outage_bus_arn
        if bus is None:
            return
        if _BUS.fullmatch(bus) is None:
            raise SettingError(
                f"outage_bus_arn must be arn:aws:events:<region>:<account>:event-bus/<name>, and is {bus!r}"
            )
        if self.probe_every_minutes is None:
            raise SettingError("outage_bus_arn needs the alarm `outage`, which probe_every_minutes makes")

    def _check_pipeline(self) -> None:
        repository, provider = self.github_repository, self.github_provider_arn
        if repository is not None and not _is_repository(repository):
            raise SettingError(
                f"github_repository must be owner/name, or owner@id/name@id as GitHub's tokens have it since 2026, "
                f"and is {repository!r}"
            )
        if provider is not None and _PROVIDER.fullmatch(provider) is None:
            raise SettingError(
                "github_provider_arn must be arn:aws:iam::<account>:oidc-provider/token.actions.githubusercontent.com, "
                f"and is {provider!r}"
            )
        if provider is not None and repository is None:
            raise SettingError("github_provider_arn needs a repository too: -c github_repository=owner/name")

    @property
    def base_url(self) -> str | None:
        """The URL of the API, or None without a domain: only API Gateway knows it then."""
        if self.domain is None:
            return None
        return f"http://{self.domain}:{self.port}" if self.port is not None else f"https://{self.domain}"

    @property
    def listed_origins(self) -> tuple[str, ...]:
        """The origins whose pages may call, beside the dashboard's; `("*",)` for any."""
        return tuple(origin for origin in self.cors_origins.split(",") if origin)

    @property
    def stripe_api(self) -> str:
        """The URL of the Stripe account's API, or "" for a local sandbox without a domain, which has none."""
        return self.stripe_api_base or self.base_url or ""

    @property
    def paypal_api(self) -> str:
        """The base URL of PayPal's API: the simulator beside the local engine, if none is set."""
        return self.paypal_api_base or f"{self.base_url or ''}/_paypal"

    @property
    def paypal_credentials_parameter(self) -> str:
        """The SSM parameter with the credentials of the PayPal account."""
        return f"{self.disbursements_secrets_prefix}/PAYPAL_CREDENTIALS"

    @property
    def stripe_key_parameter(self) -> str:
        """The name of the SSM SecureString with Stripe's secret key, stored after the deployment."""
        return f"{self.donations_secrets_prefix}/STRIPE_SECRET_KEY"

    @property
    def stripe_webhook_parameter(self) -> str:
        """The name of the SSM SecureString with Stripe's webhook signing secret, stored after the deployment."""
        return f"{self.donations_secrets_prefix}/STRIPE_WEBHOOK_SECRET"

    @property
    def stripe_publishable_parameter(self) -> str:
        """The name of the SSM parameter with Stripe's publishable key, stored after the deployment. It is no secret."""
        return f"{self.donations_secrets_prefix}/STRIPE_PUBLISHABLE_KEY"

    @property
    def stripe_js_origin(self) -> str:
        """Where donors' pages load Stripe.js: from Stripe, or "" for the stand-in of this sandbox."""
        return "https://js.stripe.com" if self.stripe_api == STRIPE_API else ""

    @property
    def aws(self) -> cdk.Environment:
        """The account and region of the stacks."""
        return cdk.Environment(
            account=self.account or os.environ.get("CDK_DEFAULT_ACCOUNT"),
            region=self.region or os.environ.get("CDK_DEFAULT_REGION"),
        )

    @property
    def vendor(self) -> Literal["local", "aws"]:
        """The platform that packages are built for. Not a setting, so that no laptop's build can be deployed to AWS."""
        return "local" if self.name == "local" else "aws"

    @property
    def removal_policy(self) -> cdk.RemovalPolicy:
        """The removal policy of stateful resources. What is kept is deleted again only if its creation fails."""
        return cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if self.keep_data else cdk.RemovalPolicy.DESTROY

    @property
    def left_out(self) -> tuple[str, ...]:
        """The features that this environment does not have."""
        features = {"donations": self.donations, "disbursements": self.disbursements}
        return tuple(name for name, is_made in features.items() if not is_made)

    @property
    def is_traced(self) -> bool:
        """Whether requests are traced at all."""
        return self.tracing != "off"

    @property
    def facts(self) -> dict[str, object]:
        """The environment's settings for functions, keyed by the field names in `settings.py`."""
        return asdict(self) | {
            "environment": self.name,
            "clock_table": self.named(schema.MERCHANT_SETTINGS) if self.clock_may_move else "",
            "faults_table": self.named(schema.FAULTS) if self.clock_may_move else "",
            "retention_s": self.retention_days * DAY_S,
            "disputes_retention_s": self.retention_days * DAY_S,
            "authorization_validity_s": self.authorization_validity_days * DAY_S,
            "event_retention_s": self.event_retention_days * DAY_S,
            # A sandbox whose data may be lost deletes settlement entries together with their payments.
            "settlement_entries_retention_s": 0 if self.keep_data else self.retention_days * DAY_S,
            "request_log_sample_percent": self.request_log_sample_percent,
            "webhook_local": self.name == "local",
            "stripe_api_base": self.stripe_api,
            "stripe_key_parameter": self.stripe_key_parameter,
            "stripe_webhook_parameter": self.stripe_webhook_parameter,
            "stripe_publishable_parameter": self.stripe_publishable_parameter,
            "stripe_js_origin": self.stripe_js_origin,
            "paypal_api_base": self.paypal_api,
            "paypal_credentials_parameter": self.paypal_credentials_parameter,
            "donation_abandoned_after_s": self.donation_abandoned_after_hours * HOUR_S,
            "webhook_disable_after_s": self.webhook_disable_after_days * DAY_S,
        }

    @property
    def tags(self) -> dict[str, str]:
        """The tags of all resources of this environment."""
        # Budgets filter by the environment's tag alone, so its value names the project too.
        return {"project": "paysandbox", "environment": f"paysandbox-{self.name}"}

    def named(self, what: str) -> str:
        """Return a physical name that is unique among the environments of one account."""
        return f"paysandbox-{self.name}-{what}"

    def replaceable_name(self, what: str) -> str | None:
        """Return such a name, or None for a resource that `cdk destroy` retains.

        A generated name cannot conflict with the retained resource in the next deployment.
        """
        return None if self.keep_data else self.named(what)


def least_of_firewall(environment: Environment) -> int:
    """Return the most requests that a key of a limited usage plan may send in the firewall's window."""
    plans = (
        (environment.sandbox_requests_per_minute / 60, environment.sandbox_burst),
        (environment.dashboard_requests_per_s, environment.dashboard_burst),
    )
    return math.ceil(APIS * max(FIREWALL_WINDOW_S * per_s + burst for per_s, burst in plans))


_AT_LEAST: Final[Mapping[str, int]] = {
    "retention_days": 3,  # an idempotency record expires after a day, and its payment must outlive it
    "authorization_validity_days": 1,
    "minimum_amount": 1,
    "request_log_sample_percent": 0,
    "payout_minimum": 1,
    "waiting_requests_max": 0,
    "webhook_disable_after_days": 1,
    "event_retention_days": 4,  # longer than the time until the last retry
    "donation_abandoned_after_hours": 24,  # Stripe replays the response of an idempotency key for as long
    "planners_max": 2,
    "deliverers_max": 2,
    "unhealthy_deliverers_max": 2,
    "payers_max": 2,
    "senders_max": 2,
    "stream_lanes": 1,
    "warm_payments_per_s": 1,
    "donor_requests_per_s": 1,
    "donor_burst": 1,
    "port": 1,
    "sandbox_requests_per_minute": 1,
    "sandbox_burst": 1,
    "dashboard_requests_per_s": 1,
    "dashboard_burst": 1,
    "public_requests_per_s": 1,
    "public_burst": 1,
    "page_requests_per_s": 1,
    "page_burst": 1,
    "script_requests_per_s": 1,
    "script_burst": 1,
    "script_max_age_s": 0,
    "preflight_requests_per_s": 1,
    "preflight_burst": 1,
    "key_cache_s": 0,
    "p95_ms_max": 1,
    "server_errors_max": 1,
    "probe_every_minutes": 1,
    "usage_cents_per_day_max": 1,
    "dispute_percent_per_day_max": 1,
    "budget_usd": 1,
}

# Lambda's limits of an event source, and a share in percent.
_AT_MOST: Final[Mapping[str, int]] = {
    "request_log_sample_percent": 100,
    "planners_max": 1_000,
    "deliverers_max": 1_000,
    "unhealthy_deliverers_max": 1_000,
    "payers_max": 1_000,
    "senders_max": 1_000,
    "stream_lanes": 10,
}

ENVIRONMENTS: Final[Mapping[str, Environment]] = {
    environment.name: environment
    for environment in (
        Environment(
            name="local",
            # The engine's account. It is no real account, so the CDK CLI refuses to deploy this environment to AWS.
            account="000000000000",
            region="us-east-1",
            # The engine serves AWS itself as `localhost` on the same port and distinguishes the two by the Host header.
            domain="127.0.0.1",
            port=4610,
            clock_may_move=True,
            gateway_response_resources=True,
            routing_rules=False,
            shared_logs=False,
            live_aliases=False,
            # Pages of an application in development have ports and names of any kind, and the sandbox no real money.
            cors_origins=ANY_ORIGIN,
            punctual_timers=True,
            # Five tabs of one merchant that poll four times a second, and their other reads.
            dashboard_requests_per_s=50,
            dashboard_burst=200,
            # The engine applies the default of a stage to routes with a key too: it looks up theirs under other paths.
            limits_methods=False,
            # A new build of Stripe.js shows with the next load of a page.
            script_max_age_s=0,
            planners_max=3,
            deliverers_max=5,
            payers_max=3,
            stripe_api_base=None,
            paypal_api_base=None,
            waiting_requests_max=20,
            # The sandbox's own port serves it.
            dashboard=False,
            paypal_certificate_host="127.0.0.1",
            paypal_certificate_root="credentials",
            receipts_from="receipts@donate-now.example",
            # Short, so that a revoked key is rejected soon while someone tests revocation.
            key_cache_s=5,
            accept_unknown_keys=True,
            # The engine has no X-Ray.
            tracing="off",
            probe_every_minutes=None,
            usage_cents_per_day_max=None,
            metric_math=False,
            budget_usd=None,
        ),
        Environment(name="dev", clock_may_move=True, tracing="full", secrets_key="aws", pull_requests_may_diff=True),
        Environment(
            name="staging",
            donations_secrets_prefix="/donate-now/staging",
            disbursements_secrets_prefix="/disbursements/staging",
            keep_data=True,
            point_in_time_recovery=True,
            log_retention_days=30,
            verified_by_pipeline=True,
        ),
        Environment(
            name="prod",
            donations_secrets_prefix="/donate-now/prod",
            disbursements_secrets_prefix="/disbursements/prod",
            keep_data=True,
            deletion_protection=True,
            point_in_time_recovery=True,
            customer_key=True,
            gradual_rollout=True,
            layers_without_byte_code=False,
            # For 5,000 payments a second (docs/explanation/capacity.md).
            planners_max=75,
            deliverers_max=310,
            unhealthy_deliverers_max=125,
            payers_max=20,
            waiting_requests_max=20,
            public_requests_per_s=50,
            public_burst=100,
            page_requests_per_s=50,
            stream_lanes=3,
            warm_payments_per_s=5_000,
            request_log_sample_percent=5,
            log_retention_days=365,
            probe_every_minutes=1,
            budget_usd=25,
        ),
    )
}


def deployed_environment(context: Mapping[str, Any], folder: Path = SETTINGS) -> Environment:
    """Return the environment that the context selects, with the settings of its file, and the context's overrides."""
    name = context.get("env", DEFAULT)
    own = settings_in(folder / f"{name}.toml") if name in ENVIRONMENTS else {}
    return environment_of({**own, **context})


def settings_in(file: Path) -> dict[str, Any]:
    """Return the settings in a file, or none if there is no file. Raises SettingError with the file's name."""
    where = f"{file.parent.name}/{file.name}"
    try:
        own = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise SettingError(f"{where} is not TOML: {error}") from None
    hints = get_type_hints(Environment)
    known = {field.name for field in fields(Environment)} - {"name"}
    for key, value in own.items():
        if key not in known:
            raise SettingError(f"{where}: there is no setting {key!r}; choose one of {', '.join(sorted(known))}")
        if key in _TRUST:
            raise SettingError(
                f"{where}: {key} is only taken from the command line, -c {key}=…: who may deploy is not "
                f"decided by what is deployed"
            )
        if get_origin(hints[key]) is tuple:
            if not isinstance(value, list):
                raise SettingError(f"{where}: {key} must be a list of texts, and is {value!r}")
        elif not isinstance(value, str | int):
            raise SettingError(f"{where}: {key} must be a text, a whole number or true or false, and is {value!r}")
    return own


def environment_of(context: Mapping[str, Any]) -> Environment:
    """Return the environment that the context (`-c name=value`, `cdk.json`) selects, with its overrides."""
    name = context.get("env", DEFAULT)
    if name not in ENVIRONMENTS:
        raise SettingError(f"there is no environment {name!r}; choose one of {', '.join(ENVIRONMENTS)}")
    hints = get_type_hints(Environment)
    changeable = {field.name: hints[field.name] for field in fields(Environment) if field.name != "name"}
    overrides = {key: value for key, value in context.items() if key != "env" and _is_ours(key)}
    for key in overrides:
        if key not in changeable:
            raise SettingError(f"there is no setting {key!r}; choose one of env, {', '.join(sorted(changeable))}")
    given = {key: _parsed(key, value, changeable[key]) for key, value in overrides.items()}
    return _with_secrets_of_its_own(replace(ENVIRONMENTS[name], **given))


def _with_secrets_of_its_own(environment: Environment) -> Environment:
    """Return the environment. Raise SettingError if it shares its secrets with another one, except with `local`.

    Two environments may be in one AWS account, and would then share a Stripe or PayPal account.
    """
    for other in ENVIRONMENTS.values():
        if "local" in (environment.name, other.name) or other.name == environment.name:
            continue
        if other.donations_secrets_prefix == environment.donations_secrets_prefix:
            raise SettingError(
                f"donations_secrets_prefix {environment.donations_secrets_prefix} is that of {other.name}: two "
                f"environments that share Stripe's secrets would take each other's donations"
            )
        if other.disbursements_secrets_prefix == environment.disbursements_secrets_prefix:
            raise SettingError(
                f"disbursements_secrets_prefix {environment.disbursements_secrets_prefix} is that of {other.name}: two "
                f"environments that share PayPal's credentials would take each other's webhooks"
            )
    return environment


def _is_repository(text: str) -> bool:
    match = _REPOSITORY.fullmatch(text)
    return match is not None and (match[1] is None) == (match[2] is None)


def _is_ours(key: str) -> bool:
    # CDK's own keys are feature flags (`@aws-cdk/…`), switches (`aws:cdk:…`) and cached lookups (`…:account=…`).
    # Its CLI writes others into cdk.context.json.
    return not any(mark in key for mark in "@:/") and key not in _KEYS_OF_CDK_CLI


def _parsed(name: str, value: Any, hint: Any) -> Any:
    """Convert a value from the command line (text) or from a file (already typed) to the field's type.

    On the command line, a list's values are separated by commas.
    """
    if isinstance(hint, types.UnionType):
        if value in (None, ""):
            return None
        (hint,) = (part for part in get_args(hint) if part is not types.NoneType)
    if get_origin(hint) is tuple:
        listed = value if isinstance(value, (list, tuple)) else [part for part in str(value).split(",") if part]
        return tuple(_parsed(name, part, get_args(hint)[0]) for part in listed)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    choices = get_args(hint) if get_origin(hint) is Literal else ("true", "false") if hint is bool else None
    if choices is not None and text not in choices:
        raise SettingError(f"{name} must be one of {', '.join(choices)}, and is {text!r}")
    if hint is bool:
        return text == "true"
    if hint is int:
        try:
            return int(text)
        except ValueError:
            raise SettingError(f"{name} must be a whole number, and is {text!r}") from None
    return text
