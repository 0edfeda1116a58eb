"""Settings of every function, in every environment."""

from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from api_reference.routes import ROUTES
from cli.up.up import WARM_FUNCTIONS
from layers.build import LAMBDA_ARCHITECTURE, LAMBDA_PYTHON
from paysandbox.aws import schema
from paysandbox.aws.settings import (
    ApiKeySettings,
    ClockSettings,
    FeedSettings,
    HashingKeySettings,
    ReceiptDeliverySettings,
    ReceiptSettings,
    RequestLogSettings,
    SamplingSettings,
    Settings,
    TextSettings,
    TracingSettings,
    UnknownKeySettings,
    table_variable,
)
from paysandbox.clock.routes import MOVE_CLOCK
from paysandbox.donations.routes import CREATE_DONATION_INTENT
from paysandbox.http.route import functions_of
from paysandbox.payments.routes import AUTHORIZE_PAYMENT
from paysandbox.stripe_api import routes as stripe_api
from stacks.api.payments_stack import EXPIRE_PAYMENTS
from stacks.api.stripe_stack import AUTHORIZE_V1
from stacks.data.secrets_stack import SecretsStack
from stacks.environments import ENVIRONMENTS, environment_of
from stacks.operations.monitoring.probe import NEEDS, PROBE
from stacks.resources import Resources
from stacks.workers.disbursements_stack import PUBLISH_DISBURSEMENT_EVENTS, SEND_DISBURSEMENTS, SWEEP_DISBURSEMENTS
from stacks.workers.donations_stack import (
    APPLY_STRIPE_EVENTS,
    PUBLISH_DONATION_EVENTS,
    SEND_RECEIPTS,
    SWEEP_DONATIONS,
)
from stacks.workers.settlement_machine import WORKERS
from stacks.workers.statements import WRITE_PAYPAL_STATEMENT
from stacks.workers.timer_workers import FIRE_TIMERS, STORE_TIMERS
from stacks.workers.webhook_workers import DELIVER_EVENT, PLAN_DELIVERIES, SWEEP_DELIVERIES
from tests.infra.templates import CHANGED, Resource, Synthesized, listed, statements, templates_for, text

FUNCTION = "AWS::Lambda::Function"
EVERY_ROUTE = ROUTES + stripe_api.ROUTES
DISBURSEMENT_WORKERS = (
    SEND_DISBURSEMENTS,
    SWEEP_DISBURSEMENTS,
    PUBLISH_DISBURSEMENT_EVENTS,
    WRITE_PAYPAL_STATEMENT,
)
DONATION_WORKERS = (APPLY_STRIPE_EVENTS, SEND_RECEIPTS, SWEEP_DONATIONS, PUBLISH_DONATION_EVENTS)
POWERTOOLS_VARIABLES = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_LOG_LEVEL", "POWERTOOLS_METRICS_NAMESPACE"}
FULL_TRACING_VARIABLES = {
    *TracingSettings.variables(), "POWERTOOLS_TRACER_CAPTURE_RESPONSE", "POWERTOOLS_TRACER_CAPTURE_ERROR",
}  # fmt: skip


def common_variables(synthesized: Synthesized) -> set[str]:
    """Return the variables that every function of an environment has."""
    return POWERTOOLS_VARIABLES | (FULL_TRACING_VARIABLES if synthesized.environment.tracing == "full" else set())


def named_as(function: Resource, synthesized: Synthesized) -> str:
    return function.properties["FunctionName"].removeprefix(f"paysandbox-{synthesized.environment.name}-")


def test_each_function_runs_the_handler_of_its_name(synthesized: Synthesized) -> None:
    handlers = {named_as(f, synthesized): f.properties["Handler"] for f in synthesized.all(FUNCTION)}
    wanted = {function.name: function.handler for function in functions_of(EVERY_ROUTE)}
    probe = {PROBE: f"monitoring.{PROBE}.handler"} if synthesized.environment.probe_every_minutes else {}
    emptier = {} if synthesized.environment.keep_data else {"empty_bucket": "provisioning.empty_bucket.handler"}
    local = synthesized.environment.name == "local"
    names = () if local else ("publish_dashboard", "refuse_removals", "update_stage")
    on_aws = {name: f"provisioning.{name}.handler" for name in names}
    assert handlers == wanted | probe | emptier | on_aws | {
        "generate_secret": "provisioning.generate_secret.handler",
        "publish_event": "payments.publish_event.handler",
        "publish_object_events": "stripe_api.publish_object_events.handler",
        **{name: f"payments.{name}.handler" for name in (EXPIRE_PAYMENTS, STORE_TIMERS)},
        **({FIRE_TIMERS: f"payments.{FIRE_TIMERS}.handler"} if synthesized.environment.punctual_timers else {}),
        PLAN_DELIVERIES: f"webhooks.{PLAN_DELIVERIES}.handler",
        DELIVER_EVENT: f"webhooks.{DELIVER_EVENT}.handler",
        SWEEP_DELIVERIES: f"webhooks.{SWEEP_DELIVERIES}.handler",
        **{name: f"settlement.{name}.handler" for name in WORKERS},
        **{name: f"donations.{name}.handler" for name in DONATION_WORKERS},
        **{name: f"disbursements.{name}.handler" for name in DISBURSEMENT_WORKERS},
        "store_requests": "request_log.store_requests.handler",
        AUTHORIZE_V1: f"stripe_api.{AUTHORIZE_V1}.handler",
    }


def test_tracing_follows_the_environments_setting() -> None:
    traced = {name: environment.tracing for name, environment in ENVIRONMENTS.items()}
    assert traced == {"local": "off", "dev": "full", "staging": "lambda", "prod": "lambda"}


def test_tracing_covers_functions_apis_and_the_state_machine(synthesized: Synthesized) -> None:
    """Lambda's default is PassThrough. A function that is traced may send segments, and no other may."""
    tracing = synthesized.environment.tracing
    on = tracing != "off"
    traced = [each for each in synthesized.all(FUNCTION) if each.properties.get("TracingConfig") == {"Mode": "Active"}]
    by_api = {f.name for f in functions_of(EVERY_ROUTE)} | {AUTHORIZE_V1}
    every = {named_as(each, synthesized) for each in synthesized.all(FUNCTION)}
    wanted = {"off": set[str](), "lambda": by_api, "full": every}
    assert {named_as(each, synthesized) for each in traced} == wanted[tracing]
    for stage in synthesized.all("AWS::ApiGateway::Stage"):
        assert stage.properties["TracingEnabled"] is on, stage
    for machine in synthesized.all("AWS::StepFunctions::StateMachine"):
        assert machine.properties.get("TracingConfiguration") == {"Enabled": on}, machine
    actions = [one for p in synthesized.policies() for s in statements(p) for one in listed(s["Action"])]
    assert actions.count("xray:PutTraceSegments") == (len(traced) + 1 if on else 0)
    assert any(one.startswith("xray:") for one in actions) is on


def test_only_full_traces_make_functions_record_subsegments(synthesized: Synthesized) -> None:
    for function in synthesized.all(FUNCTION):
        variables = function.properties["Environment"]["Variables"]
        found = {name: variables[name] for name in FULL_TRACING_VARIABLES & variables.keys()}
        assert found == (
            {
                "PAYSANDBOX_TRACING": "full",
                "POWERTOOLS_TRACER_CAPTURE_RESPONSE": "false",
                "POWERTOOLS_TRACER_CAPTURE_ERROR": "false",
            }
            if synthesized.environment.tracing == "full"
            else {}
        ), function


@pytest.mark.full
@pytest.mark.parametrize("tracing, carried", [("off", False), ("lambda", False), ("full", True)])
def test_layer_has_the_x_ray_sdk_only_with_full_tracing(tracing: str, carried: bool, tmp_path: Path) -> None:
    packages = tmp_path / "vendor" / "python"
    for name in ("aws_xray_sdk", "aws_xray_sdk-2.15.0.dist-info", "wrapt", "wrapt-2.5.2.dist-info", "boto3"):
        (packages / name).mkdir(parents=True)
        (packages / name / "__init__.py").touch()
    environment = environment_of({"env": "dev", "tracing": tracing})
    app = cdk.App(outdir=str(tmp_path / "cdk.out"))
    # A small stack with the layer that every function has.
    SecretsStack(app, environment, packages=tmp_path / "vendor", resources=Resources())
    app.synth()
    (layer,) = {folder.parent for folder in Path(app.outdir).glob("asset.*/python/boto3")}
    found = {folder.name for folder in layer.iterdir() if folder.is_dir()}
    assert found == {"boto3", *({one.name for one in packages.iterdir() if one.is_dir()} if carried else ())}


def test_every_function_uses_the_layers_runtime(synthesized: Synthesized) -> None:
    for function in synthesized.all(FUNCTION):
        assert function.properties["Runtime"] == f"python{LAMBDA_PYTHON}", function
        assert function.properties["Architectures"] == [LAMBDA_ARCHITECTURE], function


def test_functions_of_a_stack_share_log_groups_except_locally(synthesized: Synthesized) -> None:
    """One for those whose requests are stored, and one for the others (`workers/test_requests.py`)."""
    functions = synthesized.all(FUNCTION)
    groups = {(one.stack, one.properties["LoggingConfig"]["LogGroup"]["Ref"]) for one in functions}
    if synthesized.environment.name == "local":
        assert len(groups) == len(functions)
    else:
        assert {group[:-8] for _, group in groups} == {"requestslog", "functionslog"}
        assert groups < {(group.stack, group.id) for group in synthesized.all("AWS::Logs::LogGroup")}


def test_lambda_writes_no_platform_lines_about_successful_runs(synthesized: Synthesized) -> None:
    """But all of ours, whatever the setting: Lambda's own filter would drop what is below INFO."""
    on_aws = {
        "LogFormat": "JSON",
        "SystemLogLevel": "WARN",
        "ApplicationLogLevel": synthesized.environment.log_level,
    }
    wanted = {"LogFormat": "Text"} if synthesized.environment.name == "local" else on_aws
    for function in synthesized.all(FUNCTION):
        config = {name: value for name, value in function.properties["LoggingConfig"].items() if name != "LogGroup"}
        assert config == wanted, function


@pytest.mark.full
def test_the_levels_of_both_follow_the_setting() -> None:
    (function, *_) = templates_for(**CHANGED).all(FUNCTION)
    assert function.properties["LoggingConfig"]["ApplicationLogLevel"] == "DEBUG"
    assert function.properties["Environment"]["Variables"]["POWERTOOLS_LOG_LEVEL"] == "DEBUG"


def test_every_log_group_has_a_retention(synthesized: Synthesized) -> None:
    for group in synthesized.all("AWS::Logs::LogGroup"):
        assert group.properties["RetentionInDays"] == synthesized.environment.log_retention_days, group


def test_functions_that_write_payments_have_more_memory(synthesized: Synthesized) -> None:
    large = {
        named_as(function, synthesized)
        for function in synthesized.all(FUNCTION)
        if function.properties["MemorySize"] == 1_024
    }
    assert large == {
        "authorize_payment",
        "capture_payment",
        "void_payment",
        "refund_payment",
        "complete_challenge",
        "simulate_action",
        "respond_to_disputes",
        "confirm_payment_intent",
        "change_stripe_payments",
        "create_stripe_subscriptions",
        "pay_checkout_session",
        "transfer_stripe_funds",
        "expire_payments",
    }


def test_every_function_has_a_timeout_and_memory(synthesized: Synthesized) -> None:
    for function in synthesized.all(FUNCTION):
        workers = dict.fromkeys((PLAN_DELIVERIES, DELIVER_EVENT, SWEEP_DELIVERIES, EXPIRE_PAYMENTS), 60)
        workers |= dict.fromkeys((STORE_TIMERS, FIRE_TIMERS), 60)
        workers |= dict.fromkeys((APPLY_STRIPE_EVENTS, SEND_RECEIPTS, PUBLISH_DONATION_EVENTS), 60)
        longer = (
            workers
            | dict.fromkeys((*WORKERS, SWEEP_DONATIONS), 300)
            | {SEND_DISBURSEMENTS: 120, SWEEP_DISBURSEMENTS: 600, PUBLISH_DISBURSEMENT_EVENTS: 60}
            | {WRITE_PAYPAL_STATEMENT: 900}
            # It may wait for the result for 20 seconds. API Gateway ends it after 29.
            | {"create_disbursement": 29}
            # It updates every function, and invokes the sweeps.
            | {"move_clock": 90}
            # One reads up to 20,000 entries of the feed, the other up to 2,000 of two tables.
            | {"get_metrics": 20, "search_objects": 20}
            | {
                "generate_secret": 45,
                "empty_bucket": 300,
                "refuse_removals": 30,
                "publish_dashboard": 300,
                "update_stage": 120,
                "store_requests": 60,
                "publish_event": 60,
                "publish_object_events": 60,
                PROBE: 30,
            }
        )
        limit_s = longer.get(named_as(function, synthesized), 10)
        assert function.properties["Timeout"] == limit_s, function
        assert function.properties["MemorySize"] in (512, 1_024), function
        # A new account has ten concurrent executions in all, and refuses to reserve any.
        assert "ReservedConcurrentExecutions" not in function.properties, function


def test_every_function_uses_the_layers_of_its_stack(synthesized: Synthesized) -> None:
    for function in synthesized.all(FUNCTION):
        layers = {
            resource.id for resource in synthesized.all("AWS::Lambda::LayerVersion") if resource.stack == function.stack
        }
        assert {layer["Ref"] for layer in function.properties["Layers"]} == layers, function
        # The third one is the dashboard's build, which the function publishes.
        assert len(layers) == (3 if function.stack.endswith("-dashboard") else 2), function


def test_environment_variables_match_the_routes_settings(synthesized: Synthesized) -> None:
    everyones = common_variables(synthesized)
    functions = {named_as(f, synthesized): f for f in synthesized.all(FUNCTION)}
    for row in functions_of(EVERY_ROUTE):
        told = set(functions[row.name].properties["Environment"]["Variables"])
        own = {v for need in row.settings for v in need.variables()} | {*row.table_variables}
        assert told == own | everyones, row.name
    kept = set(functions["store_requests"].properties["Environment"]["Variables"])
    stores = (RequestLogSettings, FeedSettings, SamplingSettings)
    assert kept == {v for need in stores for v in need.variables()} | everyones
    looks_up = set(functions[AUTHORIZE_V1].properties["Environment"]["Variables"])
    first_sight = {*UnknownKeySettings.variables()} if synthesized.environment.name == "local" else set[str]()
    finds = {*ApiKeySettings.variables(), *HashingKeySettings.variables(), table_variable(schema.STRIPE_OBJECTS)}
    assert looks_up == finds | first_sight | everyones
    if PROBE in functions:
        told = {v for need in NEEDS for v in need.variables()}
        assert set(functions[PROBE].properties["Environment"]["Variables"]) == told | everyones
    assert set(functions["generate_secret"].properties["Environment"]["Variables"]) == everyones


def test_settings_round_trip_through_the_template(synthesized: Synthesized) -> None:
    """The values are read through the class that wrote them, so that a value of another type is found."""
    environment, told = (
        synthesized.environment,
        read_back(synthesized, AUTHORIZE_PAYMENT.name, AUTHORIZE_PAYMENT.settings),
    )
    assert told["retention_s"] == environment.retention_days * 86_400
    assert told["authorization_validity_s"] == environment.authorization_validity_days * 86_400
    assert told["minimum_amount"] == environment.minimum_amount
    assert told["accept_any_card"] is environment.accept_any_card
    assert told["accept_card_numbers_in_text"] is environment.accept_card_numbers_in_text
    assert told["clock_offset_s"] == environment.clock_offset_s
    assert told["hashing_keys_secret"] == f"/paysandbox/{environment.name}/pepper"
    assert "PaymentsLedger" in str(told["ledger_table"])


def test_donation_functions_get_the_token_issuer_and_stripes_url(synthesized: Synthesized) -> None:
    environment = synthesized.environment
    told = read_back(synthesized, CREATE_DONATION_INTENT.name, CREATE_DONATION_INTENT.settings)
    assert told["stripe_key_parameter"] == f"{environment.donations_secrets_prefix}/STRIPE_SECRET_KEY"
    assert told["stripe_webhook_parameter"] == f"{environment.donations_secrets_prefix}/STRIPE_WEBHOOK_SECRET"
    local = environment.name == "local"
    assert told["stripe_api_base"] == ("http://127.0.0.1:4610" if local else "https://api.stripe.com")
    assert "DonorPool" in str(told["cognito_user_pool_id"])
    assert "WebAppClient" in str(told["cognito_user_pool_client_id"])
    assert "DonationsPlatformTable" in str(told["dynamo_table_name"])


def test_variable_names_match_the_specification(synthesized: Synthesized) -> None:
    functions = {named_as(f, synthesized): f for f in synthesized.all(FUNCTION)}
    of_donations = {
        name
        for function in functions.values()
        if function.properties["Handler"].startswith("donations.")
        for name in function.properties["Environment"]["Variables"]
    }
    assert {name for name in of_donations if not name.startswith(("PAYSANDBOX_", "POWERTOOLS_"))} == {
        "COGNITO_USER_POOL_CLIENT_ID", "COGNITO_USER_POOL_ID", "DYNAMO_TABLE_NAME", "NOTIFICATION_QUEUE_URL",
        "PAYMENT_QUEUE_URL", "SES_FROM_EMAIL",
    }  # fmt: skip


def test_missing_sender_is_passed_to_the_function(synthesized: Synthesized) -> None:
    told = read_back(synthesized, SEND_RECEIPTS, (ReceiptSettings, ReceiptDeliverySettings))
    sender = synthesized.environment.receipts_from
    assert told["ses_from_email"] == (sender or "")
    assert bool(told["ses_configuration_set"]) is (sender is not None)


@pytest.mark.full
def test_settings_from_the_command_line_reach_the_function() -> None:
    changed = templates_for(**CHANGED)
    told = read_back(changed, AUTHORIZE_PAYMENT.name, AUTHORIZE_PAYMENT.settings)
    assert (told["clock_offset_s"], told["accept_any_card"], told["retention_s"]) == (691_200, True, 259_200)
    assert told["accept_card_numbers_in_text"] is True


def test_every_route_with_a_body_has_the_text_settings() -> None:
    assert [route.name for route in EVERY_ROUTE if (TextSettings in route.settings) != (route.body is not None)] == []


def test_every_route_has_the_clock_setting() -> None:
    """`paysandbox clock` moves all functions or none."""
    assert [route.name for route in EVERY_ROUTE if ClockSettings not in route.settings] == []


def test_functions_read_the_clock_only_where_it_may_move(synthesized: Synthesized) -> None:
    """The money path of prod makes no call for the time."""
    environment = synthesized.environment
    table = environment.named(schema.MERCHANT_SETTINGS) if environment.clock_may_move else ""
    told = read_back(synthesized, MOVE_CLOCK.name, MOVE_CLOCK.settings)
    assert told["clock_may_move"] is environment.clock_may_move is (environment.name in ("local", "dev"))
    [_, variable] = ClockSettings.variables()
    variables = [function.properties["Environment"]["Variables"] for function in synthesized.all(FUNCTION)]
    assert {found[variable] for found in variables if variable in found} == {table}


def test_workers_are_kept_of_functions_that_exist(synthesized: Synthesized) -> None:
    assert {*WARM_FUNCTIONS} <= {named_as(function, synthesized) for function in synthesized.all(FUNCTION)}


def test_variables_of_the_function_that_moves_the_clock_fit(synthesized: Synthesized) -> None:
    """Lambda takes 4 KB of variables, among them the names of all functions."""
    (function,) = (f for f in synthesized.all(FUNCTION) if named_as(f, synthesized) == MOVE_CLOCK.name)
    variables = function.properties["Environment"]["Variables"]
    assert sum(len(name) + len(text(value)) for name, value in variables.items()) < 3_500


def read_back(synthesized: Synthesized, name: str, needs: tuple[type[Settings], ...]) -> dict[str, object]:
    (function,) = (f for f in synthesized.all(FUNCTION) if named_as(f, synthesized) == name)
    variables = {key: text(value) for key, value in function.properties["Environment"]["Variables"].items()}
    settings = [need.from_env(variables) for need in needs]
    return {name: getattr(one, name) for one in settings for name in one.types}


def test_layers_are_compatible_with_the_runtime(synthesized: Synthesized) -> None:
    for layer in synthesized.all("AWS::Lambda::LayerVersion"):
        assert layer.properties["CompatibleRuntimes"] == [f"python{LAMBDA_PYTHON}"], layer
        assert listed(layer.properties["CompatibleArchitectures"]) == [LAMBDA_ARCHITECTURE], layer


@pytest.mark.parametrize(
    "context, packages, refused",
    [
        ({"env": "prod"}, "packages-sources", True),
        ({"env": "prod", "layers_without_byte_code": "true"}, "packages-sources", False),
        ({"env": "dev"}, "packages-sources", False),
        ({"env": "local"}, "packages", False),
    ],
)
def test_cloudformation_refuses_layers_without_byte_code(
    context: dict[str, str], packages: str, refused: bool, tmp_path: Path
) -> None:
    (tmp_path / packages / "python").mkdir(parents=True)
    stack = SecretsStack(cdk.App(), environment_of(context), packages=tmp_path / packages, resources=Resources())
    assert ("LayersHaveByteCode" in Template.from_stack(stack).to_json()["Rules"]) is refused
