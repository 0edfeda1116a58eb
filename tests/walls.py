"""Which rooms may import which. `make test` and `make check` call it.

    python -m tests.walls [ROOT]

import-linter judges. The rooms are the folders that are there, so a new one stands behind the walls as soon as it
exists: whoever may do more than the others is named here.
"""

import configparser
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
LAMBDAS: Final = "lambdas"
SHARED: Final = "layers/shared/python"

# It makes secrets with AWS's own client, before there is anything that the layer could read.
CALLS_AWS_ITSELF: Final = ("provisioning",)

# From the top down: each may import those below it. Those between bars do not know each other.
FLOORS: Final = (
    "reference",
    "fault_rules | metrics | search | simulate",
    "feed",
    "inbox | stripe_api | disbursements",
    "balance",
    "clock | customers | disputes | donations | postings | request_log | settlement | webhooks",
    "funds",
    "payments",
    "search_index",
    "http",
    "aws",
    "core",
)
# The folders within a feature likewise.
FLOORS_OF_FEATURES: Final[Mapping[str, Sequence[str]]] = {
    "disbursements": ("ach | paypal | stripe", "store"),
    "stripe_api": ("events | payment_methods", "lists", "objects", "catalog"),
    "webhooks": ("deliveries", "endpoints", "events | outbound"),
}
# What makes a payment likewise, by modules: a folder has its data below the payment and its rules above.
FLOORS_OF_PAYMENTS: Final = (
    "timers",
    "attempts.challenges",
    "simulation",
    "attempts.authentication | disputes.steps",
    "attempts.rules",
    "ledger | rules",
    "connect.rules",
    "disputes.rules",
    "refusals | simulated_action",
    "plan_rules",
    "change | events.event",
    "operations",
    "connect.fee_refunded | connect.transfer_reversed | connect.transferred",
    "connect.share_moved",
    "answer_parts | attempts.three_d_secure | connect.shares | disputes.step",
    "payment",
    "terms",
    "bank",
    "disputes.dispute",
    "accounts | limits | refund_status | stored",
)
# The engine likewise: every folder and file in it has its floor.
FLOORS_OF_ENGINE: Final = (
    "__main__",
    "start",
    "paypal | traces",
    "gateway | wall | workers",
    "lane | metrics",
    "state",
    "corrections",
    "dynamodb | engine_log | fast_json | holds | home_files | json_lines | limits | lock | ministack | second_port",
)
# The features of which a room that another one imports never imports that one.
ONE_WAY: Final = ("disbursements", "stripe_api", "stripe_api.resources")
PROSE: Final = ("paysandbox.reference.error_docs",)

# Within a feature: rules know only Python, shapes (of bodies, answers, events, routes) and stores know rules and not
# each other, and what works knows all three. A module's name says what it is, wherever it lies.
RULES_ARE_NAMED: Final = "fees rules statement *_lines *_record *_rules"
SHAPES_ARE_NAMED: Final = "answers queries requests routes schemas *_resource *_resources *_shape"
ACTIONS_ARE_NAMED: Final = "*_actions"
"""What works, beside the declarations of resources too, which are shapes."""
STORES_ARE_NAMED: Final = "items lists stream table writes *_index *_items *_scan *_store *_table"
# Those whose names do not say it, by their packages. A module that is named nowhere works.
RULES: Final[Mapping[str, str]] = {
    "core": "*",
    "core.cards": "*",
    "http": "cors html native_paths parameters prefer",
    "http.faults": "fault hold kinds webhook_faults",
    "http.keys": "credential",
    "payments": "accounting accounts answer_parts audit authorization_body change limits payment refund_status "
    "refusals simulated_action stored terms",
    "payments.events": "event",
    "payments.rules": "*",
    "payments.ledger": "search_terms",
    "payments.operations": "*",
    "payments.bank": "*",
    "payments.connect": "*",
    "payments.attempts": "authentication challenge_results return_url three_d_secure",
    "payments.simulation": "bank_steps planned_refund refund_steps simulation",
    "payments.disputes": "dispute dispute_body step steps",
    "payments.timers": "steps timer",
    "webhooks": "delivery endpoint",
    "webhooks.outbound": "address target",
    "webhooks.endpoints": "health",
    "webhooks.events": "facts flow_order",
    "inbox": "message verification",
    "balance": "entries journal_audit listed_transaction opening recount transaction",
    "settlement": "bank_holiday batch business_day close payout_entries payout_schedule settlement",
    "settlement.reports": "reading reconciliation report",
    "donations": "donation event",
    "stripe_api.billing": "dunning invoice lines periods subscription",
    "stripe_api.billing.auditing": "rules",
    "stripe_api.payment_intents": "open_attempt",
    "stripe_api.payment_methods": "authorization_attempt cards",
    "stripe_api.checkout": "totals",
    "stripe_api.catalog": "network_reason_codes releases tax_id_types",
    "stripe_api.objects": "future_usage intent_secrets intent_state method_types stored_object",
    "stripe_api.events": "previous_attributes",
    "stripe_api.lists": "field_type search",
    "feed": "cursor_rule entry",
    "metrics": "figures price_list samples time_range usage_cost",
    "simulate": "disbursement_actions due",
    "search": "query",
    "search_index": "terms",
    "clock": "due_sweeps",
    "disputes": "evidence",
    "customers": "bank_account customer test_bank_accounts",
    "funds": "available funding journal_entry movement",
    "disbursements": "disbursement event funds_audit methods postings rail steps",
    "disbursements.store": "journal_entries",
    "disbursements.ach": "acknowledgement answer_files correction credit_file destination file_name nacha_file "
    "record_layouts simulated_bank special_accounts windows",
    "disbursements.paypal": "incoming messages special_recipients statuses",
    "disbursements.stripe": "messages",
}
SHAPES: Final[Mapping[str, str]] = {
    "aws": "resources settings",
    "aws.events": "topic",
    "http": "answer event_envelope form problems reading route",
    "payments.events": "rendering step_events",
    "payments.attempts": "challenge_page",
    "webhooks.deliveries": "message",
    "webhooks.events": "endpoint_events",
    "settlement": "events totals",
    "donations": "events receipt_mail stripe_incoming",
    "stripe_api": "declared errors ids version version_rows",
    "stripe_api.billing": "invoice_shown parameters prices subscription_shown",
    "stripe_api.catalog": "event_types operations outline",
    "stripe_api.objects": "balance balance_transaction charge decline dispute expand fraud_warning intent method "
    "payment_snapshot refund render source stored_method tax_id three_d_secure token confirmation_token granted_token "
    "account",
    "stripe_api.ephemeral": "key",
    "stripe_api.setup_intents": "setup_attempt",
    "stripe_api.checkout": "line_item parameters shown",
    "stripe_api.discounts": "future_times redemption refusals",
    "stripe_api.payment_methods": "refusals",
    "stripe_api.events": "event object_event webhook_endpoint",
    "stripe_api.resource_kit": "declaration events parameters rendering unique_names",
    "stripe_api.resources": "*",
    "stripe_api.connect": "application_fee capabilities capability charge_terms connected_account external_account "
    "external_accounts links",
    "stripe_api.resources.payouts": "payout payout_transactions",
    "stripe_api.resources.transfers": "transfer transfer_payment transfer_transactions",
    "simulate": "object_schemas",
    "disbursements": "events",
    "reference": "welcome",
}
STORES: Final[Mapping[str, str]] = {
    "aws": "backoff environment_item cursor index_shards outages records schema search_time threads trace_context",
    "aws.dynamodb": "batch_get batch_get_tables batch_write conditional_write contention",
    "http.keys": "api_keys",
    "payments": "merchant_settings",
    "payments.ledger": "records expressions refusals store",
    "payments.timers": "audit timers",
    "webhooks.deliveries": "deliveries resends",
    "webhooks.endpoints": "endpoints health_writes",
    "settlement": "batches entries",
    "stripe_api.billing.auditing": "scan",
    "stripe_api.lists": "page",
    "clock": "due_work offset_item",
    "disputes": "dispute_audit",
    "disbursements.store": "waiting_slots",
    "funds": "store",
}
# Key names, index names and the like: facts, in a module that knows the standard library only.
SCHEMA: Final = "paysandbox.aws.schema"

Contract = Mapping[str, str | Sequence[str]]


def groups(root: Path) -> list[str]:
    """The handlers' folders, each a package of its own in the cloud."""
    return sorted(folder.name for folder in (root / LAMBDAS).iterdir() if any(folder.glob("*.py")))


def modules(root: Path) -> list[str]:
    """Every module of the layer that lies in a package."""
    layer = root / SHARED
    found = (file.relative_to(layer).with_suffix("") for file in layer.glob("paysandbox/*/**/*.py"))
    return sorted(".".join(path.parts) for path in found if path.name != "__init__")


def named(names: str, listed: Mapping[str, str], root: Path) -> list[str]:
    """The modules with these names, and those that a table lists, `*` for all of a package but its actions."""
    every = [(module, *module.removeprefix("paysandbox.").rpartition(".")[::2]) for module in modules(root)]
    return [
        module
        for module, package, name in every
        if any(fnmatchcase(name, pattern) for pattern in names.split())
        or (listed.get(package) == "*" and not fnmatchcase(name, ACTIONS_ARE_NAMED))
        or name in listed.get(package, "").split()
    ]


def kinds(root: Path) -> tuple[list[str], list[str], list[str]]:
    """The rules, the shapes and the stores."""
    return (
        named(RULES_ARE_NAMED, RULES, root),
        named(SHAPES_ARE_NAMED, SHAPES, root),
        named(STORES_ARE_NAMED, STORES, root),
    )


def contracts(root: Path) -> Mapping[str, Contract]:
    """What import-linter is to hold, by name."""
    handlers = groups(root)
    rules, shapes, stores = kinds(root)
    known = {*rules, *shapes, *stores, *PROSE}
    working = [name for name in modules(root) if name not in known]
    return {
        "no modules import each other in a circle": {"type": "no_circles"},
        **{
            f"no rooms of {package} import each other in both directions": {
                "type": "no_two_way_rooms",
                "package": f"paysandbox.{package}",
            }
            for package in ONE_WAY
        },
        # Exhaustive: a new module in the layer must be given its floor.
        "the layer has floors": {
            "type": "layers",
            "containers": ["paysandbox"],
            "layers": FLOORS,
            "exhaustive": "true",
        },
        **{
            f"the folders of {feature} have floors": {
                "type": "layers",
                "containers": [f"paysandbox.{feature}"],
                "layers": floors,
            }
            for feature, floors in FLOORS_OF_FEATURES.items()
        },
        "payments have floors": {
            "type": "layers",
            "layers": [
                " | ".join(f"paysandbox.payments.{name}" for name in floor.split(" | ")) for floor in FLOORS_OF_PAYMENTS
            ],
        },
        "the engine has floors": {
            "type": "layers",
            "containers": ["engine"],
            "layers": FLOORS_OF_ENGINE,
            "exhaustive": "true",
        },
        # It imports by name, so that a version that lacks names is refused at the start (engine/ministack.py).
        "one adapter knows ministack": {
            "type": "forbidden",
            "source_modules": ["cli", "engine", "stacks", "api_reference", "paysandbox", *handlers],
            "forbidden_modules": ["ministack"],
        },
        # The program starts it, and passes what it needs.
        "the engine knows neither the program nor what is deployed to it": {
            "type": "forbidden",
            "source_modules": ["engine"],
            "forbidden_modules": [
                "cli",
                "stacks",
                "api_reference",
                "layers",
                *handlers,
                "aws_cdk",
                "constructs",
                "boto3",
                "botocore",
            ],
        },
        # It is the handlers' world in tests too, and is compared with what it replaces.
        "our DynamoDB knows only Python": {
            "type": "forbidden",
            "source_modules": ["engine.dynamodb"],
            "forbidden_modules": ["paysandbox", "moto", "pydantic", "httpx", "aws_lambda_powertools"],
        },
        "rules know only Python": {
            "type": "forbidden",
            "source_modules": rules,
            "forbidden_modules": [
                *("boto3", "botocore", "pydantic", "httpx", "aws_lambda_powertools"),
                *("os", "time", "random", "secrets", "uuid"),
                *(name for name in modules(root) if name not in rules),
            ],
        },
        "shapes and stores do not know each other": {
            "type": "forbidden",
            "source_modules": shapes,
            "forbidden_modules": [*(name for name in stores if name != SCHEMA), *working],
        },
        "stores do not know who works with them": {
            "type": "forbidden",
            "source_modules": stores,
            "forbidden_modules": [*shapes, *working],
        },
        "stacks read facts, never behaviour": {
            "type": "forbidden",
            "source_modules": ["stacks", "api_reference"],
            "forbidden_modules": [*(name for name in stores if name != SCHEMA), *working, *handlers],
        },
        "handler groups never call each other": {"type": "independence", "modules": handlers},
        # Direct imports only: handlers reach AWS through stores and what works.
        "boto3 stays at the rim": {
            "type": "forbidden",
            "source_modules": [
                *rules,
                *shapes,
                *(group for group in handlers if group not in CALLS_AWS_ITSELF),
            ],
            "forbidden_modules": ["boto3", "botocore"],
            "allow_indirect_imports": "true",
        },
        "what runs in the cloud does not know what puts it there": {
            "type": "forbidden",
            "source_modules": ["paysandbox", *handlers],
            "forbidden_modules": [
                "stacks",
                "cli",
                "engine",
                "api_reference",
                "dashboard_site",
                "aws_cdk",
                "constructs",
            ],
        },
        # The program and the stacks read it, and the program's start must not load CDK for it.
        "facts about the dashboard's site know only Python": {
            "type": "forbidden",
            "source_modules": ["dashboard_site"],
            "forbidden_modules": [
                "paysandbox",
                "stacks",
                "cli",
                "engine",
                "api_reference",
                *handlers,
                "aws_cdk",
                "constructs",
            ],
        },
        # It talks to the deployed thing as everybody does.
        "the program never calls a handler": {
            "type": "forbidden",
            "source_modules": ["cli", "engine"],
            "forbidden_modules": [*handlers, *working],
        },
        # A payer would wait for prose at every cold start.
        "payments never read prose": {
            "type": "forbidden",
            "source_modules": [
                *handlers,
            ],
            "forbidden_modules": PROSE,
        },
    }


def packages(root: Path) -> list[str]:
    """The rooms outside of the tests."""
    return ["paysandbox", *groups(root), "stacks", "cli", "engine", "api_reference", "dashboard_site"]


def configuration(root: Path) -> configparser.ConfigParser:
    """The same as import-linter reads it."""
    written = configparser.ConfigParser(interpolation=None)
    written["importlinter"] = {"root_packages": _lines(packages(root)), "include_external_packages": "true"}
    written["importlinter"]["contract_types"] = _lines(
        ["no_circles: tests.circles.NoCircles", "no_two_way_rooms: tests.circles.NoTwoWayRooms"]
    )
    for number, (name, contract) in enumerate(contracts(root).items()):
        written[f"importlinter:contract:{number}"] = {
            "name": name,
            **{option: value if isinstance(value, str) else _lines(value) for option, value in contract.items()},
        }
    return written


def _lines(values: Sequence[str]) -> str:
    return "\n".join(["", *values])


def judge(root: Path) -> subprocess.CompletedProcess[str]:
    """What import-linter says of the sources under `root`."""
    with tempfile.NamedTemporaryFile("w", suffix=".ini") as file:
        configuration(root).write(file)
        file.flush()
        words = ["lint-imports", "--no-logo", "--config", file.name, "--cache-dir", str(root / ".import_linter_cache")]
        path = os.pathsep.join(str(root / folder) for folder in (SHARED, LAMBDAS, "."))
        path = os.pathsep.join([path, str(ROOT)])  # for the contract in tests/circles.py
        return subprocess.run(
            [Path(sys.executable).with_name(words[0]), *words[1:]],
            cwd=root,
            env=os.environ | {"PYTHONPATH": path},
            text=True,
            capture_output=True,
            check=False,
        )


def main() -> int:
    """Print what is said, and end as it ended."""
    done = judge(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT)
    print(done.stdout + done.stderr, end="")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
