"""What `python -m benchmarks.calls` counts, on a small walk and on a payment."""

from benchmarks.calls import returns, walk
from paysandbox.core import ids
from paysandbox.core.record import replace
from paysandbox.http.route import Route
from paysandbox.payments.routes import AUTHORIZE_PAYMENT


def test_a_return_is_a_call_in_a_module_that_was_left() -> None:
    assert returns(["a", "a", "b", "c", "b", "a"]) == 2


def test_a_walk_has_the_products_calls_alone() -> None:
    def act() -> Route:
        return replace(AUTHORIZE_PAYMENT, timeout_s=len("nine"))

    assert [file.rpartition("/")[2] for file in walk(act)] == ["record.py"]
    assert walk(lambda: sorted(vars(ids))) == []
