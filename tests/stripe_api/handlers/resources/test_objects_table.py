"""Objects that several requests write in one transaction: who comes second learns it, whatever they have in common."""

from datetime import timedelta

import pytest

from paysandbox.aws import runtime
from paysandbox.stripe_api.objects.stored_object import Cause, StoredObject, changed, new_object
from paysandbox.stripe_api.resource_kit.objects_table import get_object, put_objects
from paysandbox.stripe_api.resource_kit.tables import objects_table
from tests.support.builders.build import MERCHANT

COUPON, CODE = "coupon", "promotion_code"


def by(operation_id: str, later_s: int = 0) -> Cause:
    return Cause(operation_id=operation_id, request_id="req_1", at=runtime.now() + timedelta(seconds=later_s))


def created() -> tuple[StoredObject, ...]:
    objects = tuple(new_object(MERCHANT, kind, "of_both", {"count": 0}, by("op_create")) for kind in (COUPON, CODE))
    assert put_objects(objects_table(), objects) is objects[0]
    return objects


@pytest.mark.parametrize(
    "first, second",
    [
        pytest.param((1, 1), (1, 2), id="other fields of the second object"),
        pytest.param((1, 1), (2, 1), id="other fields of the first object"),
        pytest.param((1, 1), (1, 1), id="the same bytes"),
    ],
)
@pytest.mark.parametrize("operation", ["op_1", "op_2"], ids=["one operation", "another operation"])
def test_the_second_writer_of_a_version_gets_what_is_stored(
    first: tuple[int, int], second: tuple[int, int], operation: str
) -> None:
    objects, cause = created(), by("op_1")
    written, again = (
        tuple(changed(stored, {"count": count}, at) for stored, count in zip(objects, counts, strict=True))
        for counts, at in ((first, cause), (second, by(operation) if operation != "op_1" else cause))
    )
    assert put_objects(objects_table(), written) is written[0]
    in_place = put_objects(objects_table(), again)
    assert in_place is not again[0]
    assert in_place is not None
    assert (in_place.version, in_place.attributes) == (2, {"count": first[0]})
    now = get_object(objects_table(), CODE, MERCHANT, "of_both")
    assert now is not None
    assert now.attributes == {"count": first[1]}
