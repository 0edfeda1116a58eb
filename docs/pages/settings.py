"""docs/reference/settings.md: the settings of an environment with their defaults, from `stacks/environments.py`."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

from docs.pages.markdown import code, codes, head, table
from stacks.environments import ENVIRONMENTS, SETTING_OF, Environment

MEANINGS: Final[Mapping[str, Mapping[str, str]]] = {
    "Account and API": {
        "account": "AWS account to deploy to. Default: the account of your credentials.",
        "region": "AWS Region to deploy to. Default: the Region of your credentials.",
        "domain": "Custom domain of the API. It needs a certificate. Without one, API Gateway's own host name is used.",
        "certificate_arn": "ARN of the domain's ACM certificate, in the same Region.",
        "cors_origins": "Origins whose pages may call both APIs from a browser, separated by commas, beside the "
        "[dashboard's](../how-to/deploy.md#allow-other-pages-to-call-the-api). `*`: any, in the local environment "
        "only.",
        "dashboard": "Host the dashboard on CloudFront.",
        "dashboard_domain": "Custom domain of the dashboard. It needs a certificate. Without one, CloudFront's own "
        "host name is used.",
        "dashboard_certificate_arn": "ARN of the dashboard's ACM certificate, in us-east-1.",
        "port": "Port of the local sandbox. `paysandbox up --port` sets it.",
        "sandbox_requests_per_minute": "Request rate of an API key on the plan `sandbox`, per minute, on each API.",
        "sandbox_burst": "Burst of an API key on the plan `sandbox`, in requests.",
        "dashboard_requests_per_s": "Request rate of a dashboard's key, which polls, per second, on each API.",
        "dashboard_burst": "Burst of a dashboard's key, in requests.",
        "public_requests_per_s": "Request rate of each route without an API key, for all callers together, per second. "
        "Pages and scripts have limits of their own.",
        "public_burst": "Burst of each such route, in requests.",
        "page_requests_per_s": "Request rate of each page that payers and donors open (Checkout, 3-D Secure, OAuth, "
        "`/donate`), and of its form, frames and files, for all callers together, per second.",
        "page_burst": "Burst of each page, form, and route of files, in requests. A page with Stripe.js loads five "
        "files of one route.",
        "script_requests_per_s": "Request rate of the script of each train of Stripe.js, for all callers together, per "
        "second.",
        "script_burst": "Burst of each script, in requests.",
        "script_max_age_s": "How long a browser uses a script or a frame of Stripe.js before it asks for a newer one, "
        "in seconds. After an upgrade, the previous script runs for this long.",
        "preflight_requests_per_s": "Request rate of the preflight and of HEAD of each path, for all callers together, "
        "per second. It is the default of a stage.",
        "preflight_burst": "Burst of the preflight and of HEAD of each path, in requests.",
        "donor_requests_per_s": "Request rate of each donor route, for all donors together, per second.",
        "donor_burst": "Burst of each donor route, in requests.",
        "waf_requests_per_5_minutes": "Requests of one address to both APIs within five minutes, at least as many as "
        "the largest limited usage plan lets a key send (6,080 by default). "
        "Beyond it the address gets a 429. Empty: no firewall. It "
        "[costs](../how-to/deploy.md#limit-anonymous-callers) 6 USD a "
        "month and 0.60 USD per million requests.",
        "key_cache_s": "How long the Stripe-compatible API caches a key, in seconds (0 to 3600). "
        "A revoked key can work for this long.",
        "accept_unknown_keys": "Accept test keys that Stripe issued, or that somebody invented, [at first sight]"
        "(../how-to/use-stripe-sdks.md#use-the-key-that-you-have). Local environment only.",
    },
    "Payments": {
        "authorization_validity_days": "Days until an authorization expires.",
        "minimum_amount": "Smallest amount of a payment, in minor units.",
        "accept_any_card": "Accept every card number with a correct check digit, not only test cards.",
        "accept_card_numbers_in_text": "Accept card numbers in references, descriptions and metadata. "
        "They are stored as sent and masked in logs.",
        "reference_keys": "Keys of metadata whose value is a payment's reference, if it has no other, separated by "
        "commas, the first that it has. They match whatever their case, underscores, hyphens and spaces: `orderId` is "
        "`order_id`.",
        "billing_retry_days": "On which days after the first attempt the payment of an invoice is attempted again, "
        "separated by commas. Empty for no retries. A subscription keeps the setting of its creation.",
        "billing_after_retries": "What a subscription becomes when the last attempt at an invoice has failed.",
        "retention_days": "Days until a payment is deleted, counted from its last operation.",
        "clock_offset_s": "Seconds that the sandbox's clock is ahead. Use `paysandbox clock` instead.",
        "clock_may_move": "Allow `paysandbox clock` to move the sandbox's clock.",
    },
    "Stripe-compatible API": {
        "stripe_version": "Version of Stripe's API of requests that send no `Stripe-Version`, of the listed events, "
        "and of webhook endpoints without an `api_version`. [Stripe's releases](stripe-coverage.md#versions).",
    },
    "Webhooks": {
        "webhook_retries_s": "Delays before the second and later attempts of a delivery, in seconds, separated by "
        "commas.",
        "webhook_disable_after_days": "Days of failed attempts after which an endpoint is disabled.",
        "event_retention_days": "Days that events and deliveries are kept.",
        "webhook_allowed_hosts": "Non-public hosts that may receive webhooks, separated by commas. Local "
        "environment only.",
    },
    "Workers": {
        "planners_max": "Executions that plan webhook deliveries at once, of ten events each (2 to 1,000).",
        "deliverers_max": "Executions that deliver webhooks at once, ten each (2 to 1,000).",
        "unhealthy_deliverers_max": "The same for endpoints that fail or are slow (2 to 1,000).",
        "payers_max": "Executions that apply Stripe's webhooks to donations at once (2 to 1,000), which limits the "
        "rate at which donations succeed.",
        "senders_max": "Executions that send receipts at once (2 to 1,000).",
        "punctual_timers": "Whether what falls due on a payment within 15 minutes happens on the second. Otherwise it "
        "happens within a minute. Costs 26 US cents a month.",
        "stream_lanes": "Batches of a stream shard that are published at once (1 to 10). The events of a payment stay "
        "in order.",
        "warm_payments_per_s": "Payments a second that the tables take at once. It can only be raised, which is billed "
        "once: [Capacity](../explanation/capacity.md#warm-tables). Empty: AWS's default.",
    },
    "Settlement": {
        "settlement_cron": "Schedule of the nightly run, in UTC: minute, hour, day of the month, month, day of the "
        "week, "
        "year (EventBridge Scheduler).",
        "settlement_skips_weekends": "Do not run on Saturdays and Sundays.",
        "settlement_holidays": "Dates without a run, separated by commas, such as `2026-12-25`.",
        "settlement_fees": "Fee by card brand: fixed minor units + basis points, separated by commas.",
        "payout_minimum": "Smallest balance that is paid out, in minor units. Smaller balances are carried over.",
        "dispute_fee": "Fee of a chargeback by currency, in minor units, separated by commas, such as "
        "`default=1500,jpy=1300`. `default` is the fee in all other currencies.",
        "dispute_fee_returned": "Return the fee of a chargeback to a merchant who wins. Some processors do, others "
        "keep it.",
    },
    "Donations": {
        "donations": "Have Donate Now. `false` leaves out its stacks, routes and pollers.",
        "donations_secrets_prefix": "Path of the SSM parameters that hold the secrets of the Stripe account.",
        "stripe_api_base": "Base URL of Stripe's API, without `/v1`, for donations and disbursements by `stripe`. "
        "Empty: this sandbox's Stripe-compatible API.",
        "receipts_from": "Sender address of e-mail receipts. Empty: no receipts are sent.",
        "donation_abandoned_after_hours": "Hours after which a pending donation is checked at Stripe.",
    },
    "Disbursements": {
        "disbursements": "Have customers, funds and disbursements. `false` leaves out their stack, routes and pollers.",
        "disbursements_secrets_prefix": "Path of the SSM parameter that holds the credentials of the PayPal account.",
        "paypal_api_base": "Base URL of PayPal's API. Empty: the simulator. Local environment only.",
        "paypal_certificate_host": "Host of the certificates that PayPal signs webhooks with.",
        "paypal_certificate_root": "File with the root certificate of those certificates. Empty: the public roots.",
        "disbursement_method": "How a disbursement is paid if its request does not say it.",
        "disbursement_fee": "Fee of a disbursement by currency, in minor units, separated by commas, such as "
        "`usd=25,eur=35`. Currencies that are not listed have none. `paypal:usd=30` is the fee of one payment method.",
        "ach_cutoffs": "The four cut-offs of a banking day, in New York, to which ACH payments are collected: one for "
        "the next morning's settlement, three for the same day's. None is later than FedACH's.",
        "waiting_requests_max": "Requests that may wait for the result of a disbursement at once (`Prefer: wait=N`). "
        "Each occupies an execution for up to 20 seconds.",
    },
    "Data": {
        "keep_data": "Keep tables, buckets and keys on `cdk destroy`, and keep settlement entries forever.",
        "deletion_protection": "Protect tables and the user pool against deletion.",
        "point_in_time_recovery": "Keep 35 days of continuous backups of the tables.",
        "customer_key": "Encrypt the ledger, payment methods and donations with a customer managed KMS key.",
        "secrets_key": "KMS key of the secrets: a customer managed one, or AWS's (`aws/secretsmanager` and `aws/ssm`, "
        "at no cost).",
        "log_retention_days": "Days that log groups are kept. One of the values that CloudWatch accepts.",
        "log_level": "Level from which functions log. Not above `INFO`: the request log, the feed and the metrics are "
        "lines of that level.",
        "request_log_sample_percent": "Share of the successful requests that `GET /requests` stores, in percent. "
        "Declines and errors are always stored.",
    },
    "Operations": {
        "gradual_rollout": "Send a tenth of the traffic to new code of authorize, capture, void and refund first.",
        "rollout_alarms": "Failures of new code end its rollout. `false` only to deploy a fix: while an alarm rings, "
        "CodeDeploy starts no rollout.",
        "tracing": "Traces of AWS X-Ray. `off`: none. `lambda`: of API Gateway, the functions that it calls, and Step "
        "Functions. `full`: also of workers and of each AWS call of the functions, with annotations; cold starts take "
        "longer.",
        "snap_start": "Start authorize, capture, void and refund from a snapshot (Lambda SnapStart). Billed by the "
        "hour and by the start.",
        "layers_without_byte_code": "Layers may be deployed without byte code, from a machine without the functions' "
        "Python. Every cold start then compiles them.",
        "accept_removal": "What a deployment [may remove](../how-to/deploy.md#remove-a-domain-or-a-firewall) although "
        f"the previous one made it: a list of {codes(SETTING_OF)}.",
        "alarm_email": "Address that is notified of alarms. Empty: nobody.",
        "outage_bus_arn": "Event bus of another Region or account that also receives the changes of the alarm `outage` "
        "([a second channel](../how-to/operate.md#a-second-channel-for-outage)). Empty: none.",
        "p95_ms_max": "Threshold of the alarm `latency-p95`, in milliseconds.",
        "server_errors_max": "Threshold of the alarm `server-errors`: 5xx responses to callers with a key per 5 min.",
        "probe_every_minutes": "Interval of the availability probe, in minutes. Empty: no probe.",
        "usage_cents_per_day_max": "Threshold of the alarm `cost-per-day`, in US cents. Empty: no alarm.",
        "dispute_percent_per_day_max": "Threshold of the alarm `dispute-rate`: chargebacks of a day in percent of the "
        "captures. Empty: no alarm.",
        "metric_math": "Use alarms on metric math expressions.",
        "budget_usd": "Monthly AWS budget, in US dollars. Empty: no budget.",
    },
    "Deployment pipeline": {
        "github_repository": "Repository whose workflows may deploy, as `owner/name`. Empty: no pipeline stack.",
        "github_provider_arn": "ARN of the account's existing OIDC provider for GitHub.",
        "pull_requests_may_diff": "Allow workflows of pull requests to read the deployed stacks for a diff.",
        "verified_by_pipeline": "Allow the pipeline to run `paysandbox verify`, which creates an API key.",
    },
    "Local engine": {
        "gateway_response_resources": "Define gateway responses as resources, which the local engine needs.",
        "routing_rules": "Route `/v1/api` of the domain to the native API by a routing rule, which the local engine "
        "lacks.",
        "shared_logs": "One log group for the functions of a stack whose requests are stored, and one for its others, "
        "instead of one for each.",
        "live_aliases": "Invoke the functions of authorize, capture, void and refund through their alias `live`.",
        "limits_methods": "Limit the requests to each method of the APIs. Only the local environment does not.",
    },
}
"""Meaning of each setting, by section. The page cannot be generated while one is missing."""


def page() -> str:
    """The page."""
    return "\n".join([*_introduction(), *_sections()]) + "\n"


def _introduction() -> Iterator[str]:
    yield from head("Settings", "`stacks/environments.py`")
    yield "Settings of an environment. Its defaults are in `stacks/environments.py`. Put your own into"
    yield "`environments/<environment>.toml`, which every deployment reads:"
    yield ""
    yield "```toml"
    yield "retention_days = 30"
    yield "```"
    yield ""
    yield "`-c` overrides a setting for a single deployment:"
    yield ""
    yield "```console"
    yield "$ cdk deploy --all -c env=dev -c retention_days=30"
    yield "```"
    yield ""
    yield f"`-c env=…` selects the environment: {codes(ENVIRONMENTS)}. The default is `dev`. An unknown name or an"
    yield 'invalid value is an error that lists the alternatives. An empty value (`alarm_email = ""`) unsets a'
    yield "setting. The local sandbox has its settings in `environments/local.toml`, and `paysandbox up` deploys them."
    yield ""
    yield "*Default* applies to every environment that is not listed."


def _sections() -> Iterator[str]:
    hints = get_type_hints(Environment)
    known = {field.name: field for field in fields(Environment) if field.name != "name"}
    described = {name for section in MEANINGS.values() for name in section}
    if known.keys() != described:
        raise AssertionError(f"settings and their meanings differ: {sorted(known.keys() ^ described)}")
    for title, section in MEANINGS.items():
        yield from ("", f"## {title}", "")
        yield from table(
            ("Setting", "Type", "Default", "Meaning"),
            (
                (f'<a id="{name}"></a>{code(name)}', _type(hints[name]), _defaults(name, known[name].default), words)
                for name, words in section.items()
            ),
        )


def _type(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return " or ".join(code(value) for value in get_args(hint))
    if get_origin(hint) is tuple:
        return "list"
    (kind,) = [part for part in (get_args(hint) or (hint,)) if part is not type(None)]
    return {bool: "`true` or `false`", int: "integer", str: "string"}[kind]


def _defaults(name: str, default: Any) -> str:
    default = None if default is MISSING else default
    other = {env: getattr(each, name) for env, each in ENVIRONMENTS.items() if getattr(each, name) != default}
    return "; ".join([_value(default), *(f"{env}: {_value(value)}" for env, value in other.items())])


def _value(value: Any) -> str:
    if value is None or value in ("", ()):
        return "empty"
    return code(str(value).lower() if isinstance(value, bool) else value)
