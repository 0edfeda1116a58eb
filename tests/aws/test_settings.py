"""Settings: the stack writes and the handler reads with the same class, so no name can differ between the two."""

from typing import Any

import pytest
from hypothesis import given, strategies as st

from api_reference.routes import ROUTES
from paysandbox.aws import resources, settings
from paysandbox.aws.resources import Resource
from paysandbox.stripe_api import routes as stripe_api
from tests.support.builders.build import function_environment

NEEDS: tuple[type[settings.Settings], ...] = tuple(
    need
    for need in vars(settings).values()
    if isinstance(need, type) and issubclass(need, settings.Settings) and need is not settings.Settings
)
VALUES: dict[Any, st.SearchStrategy[Any]] = {int: st.integers(), bool: st.booleans(), str: st.text()}


def any_of(need: type[settings.Settings]) -> st.SearchStrategy[settings.Settings]:
    return st.builds(need, **{name: VALUES[kind] for name, kind in need.types.items()})


@pytest.mark.full
@given(told=st.one_of(*map(any_of, NEEDS)))
def test_settings_round_trip_through_the_environment(told: settings.Settings) -> None:
    assert type(told).from_env(told.to_env()) == told


@pytest.mark.parametrize("given", [{}, {"ledger_table": "t", "retention_s": 1, "table": "t"}])
def test_settings_have_their_fields_and_no_others(given: dict[str, Any]) -> None:
    with pytest.raises((TypeError, AttributeError)):
        settings.LedgerSettings(**given)


def test_settings_are_compared_by_value() -> None:
    one = settings.LedgerSettings("ledger", 1)
    assert one == settings.LedgerSettings(ledger_table="ledger", retention_s=1) != settings.LedgerSettings("other", 1)
    assert repr(one) == "LedgerSettings(ledger_table='ledger', retention_s=1)"
    assert settings.ClockSettings() == settings.ClockSettings(0)
    assert len({one, settings.LedgerSettings("ledger", 1)}) == 1
    with pytest.raises(AttributeError, match="frozen"):
        one.retention_s = 2  # pyright: ignore[reportAttributeAccessIssue] - what is tried


def test_a_missing_variable_is_named(subtests: pytest.Subtests) -> None:
    for need in NEEDS:
        with subtests.test(str(need.__name__)):
            whole = function_environment(ledger_table="ledger")
            for variable in need.variables():
                with pytest.raises(KeyError, match=variable):
                    need.from_env({name: value for name, value in whole.items() if name != variable})


def test_variables_have_our_prefix_and_one_settings_class(subtests: pytest.Subtests) -> None:
    for need in NEEDS:
        with subtests.test(str(need.__name__)):
            others = {variable for other in NEEDS if other is not need for variable in other.variables()}

            assert all(variable.startswith(need.prefix) and variable.isupper() for variable in need.variables())
            assert not others & set(need.variables())


def test_a_tables_variable_has_its_name_and_no_settings_class() -> None:
    """Functions of the version before read the same variables."""
    named = {each.variable for each in vars(resources).values() if isinstance(each, Resource)} - {None}
    assert named == {
        "PAYSANDBOX_STRIPE_OBJECTS_TABLE",
        "PAYSANDBOX_SEARCH_INDEX_TABLE",
        "PAYSANDBOX_TIMERS_TABLE",
        "PAYSANDBOX_CUSTOMERS_TABLE",
    }
    assert not named & {variable for need in NEEDS for variable in need.variables()}


def test_donations_variables_match_the_specification() -> None:
    documented = [variable for need in NEEDS if need.prefix == settings.NO_PREFIX for variable in need.variables()]

    assert documented == [
        "DYNAMO_TABLE_NAME",
        "PAYMENT_QUEUE_URL",
        "NOTIFICATION_QUEUE_URL",
        "COGNITO_USER_POOL_ID",
        "COGNITO_USER_POOL_CLIENT_ID",
        "SES_FROM_EMAIL",
    ]


@pytest.mark.parametrize(
    "text, value", [("true", True), ("false", False), ("", False), ("1", False), ("True", False), ("yes", False)]
)
def test_only_true_is_true(text: str, value: bool) -> None:
    """A typo never lets a real card in."""
    env = settings.AcceptanceSettings(minimum_amount=1, authorization_validity_s=1, accept_any_card=False).to_env() | {
        "PAYSANDBOX_ACCEPT_ANY_CARD": text
    }

    assert settings.AcceptanceSettings.from_env(env).accept_any_card is value


def test_an_invalid_number_is_rejected() -> None:
    with pytest.raises(ValueError, match="seven"):
        settings.ClockSettings.from_env({"PAYSANDBOX_CLOCK_OFFSET_S": "seven"})


def test_every_settings_class_is_used() -> None:
    of_workers = {settings.ProbeSettings, settings.TopicSettings, settings.DeadLetterSettings, settings.RetrySettings}
    of_workers |= {settings.SettlementTablesSettings, settings.SettlementSettings, settings.ReportsSettings}
    of_workers |= {settings.ApiKeySettings, settings.UnknownKeySettings}
    of_workers |= {settings.NotificationQueueSettings, settings.ReceiptSettings, settings.ReceiptDeliverySettings}
    of_workers |= {settings.AbandonSettings, settings.TracingSettings, settings.TimerQueueSettings}
    of_workers |= {settings.AchSettings}
    assert {need for route in (*ROUTES, *stripe_api.ROUTES) for need in route.settings} | of_workers == set(NEEDS)


def test_every_function_reads_the_clock() -> None:
    """`paysandbox clock` moves them all; otherwise, multi-day tests could not run against a deployed stack."""
    assert all(settings.ClockSettings in route.settings for route in ROUTES)
