"""Each declared kind of object is in the tables of examples of the full tier, which alone makes the examples.

So a kind that was added without them fails here, within seconds, and not a night later.
"""

from paysandbox.stripe_api.declared import RESOURCES
from tests.stripe_api.handlers.resources.test_expand import EXAMPLES, KINDS, versions
from tests.support.tools.stripe_node_types import NOT_COMPARED, TYPES


def test_each_declared_kind_has_a_type_of_stripe_node() -> None:
    """The full tier fails if there is no answer of a kind in the table (`test_stripe_node_types`)."""
    assert RESOURCES.keys() - TYPES.keys() == {*NOT_COMPARED}


def test_each_kind_that_can_be_expanded_has_an_example() -> None:
    """The full tier fails if none is made of a kind in the table (`test_expand`)."""
    made = {kind for kinds in EXAMPLES.values() for kind in kinds}
    expanded = {*KINDS, *(kind for kind in RESOURCES if versions(kind))}
    assert expanded - made == set()
    assert made - expanded == set()
