"""The documented shape of an action's parameters: it follows from the tables of actions."""

from paysandbox.disbursements.methods import CHANGE_CODES
from paysandbox.payments.simulation.simulation import ACTIONS
from paysandbox.simulate import disbursement_actions
from paysandbox.simulate.requests import SimulationArguments


def test_it_has_the_parameters_of_all_actions_and_no_others() -> None:
    schema = SimulationArguments.model_json_schema()
    actions = (*ACTIONS, *disbursement_actions.ACTIONS)
    assert schema["properties"].keys() == {parameter.name for action in actions for parameter in action.parameters}
    assert schema["additionalProperties"] is False


def test_a_parameter_of_several_kinds_may_be_any_of_them() -> None:
    """The code of a declined payment is one of a list, and that of a failed disbursement any of a pattern."""
    properties = SimulationArguments.model_json_schema()["properties"]
    listed, patterned, of_changes = properties["code"]["anyOf"]
    assert "insufficient_funds" in listed["enum"]
    assert patterned == {"type": "string", "pattern": "^[A-Z0-9_]{1,40}$"}
    assert of_changes["enum"] == [*CHANGE_CODES]
    assert "anyOf" not in properties["amount"]
