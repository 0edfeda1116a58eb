"""How far a payment walks through the product at run time: calls, modules, and returns to a room, counted.

    python -m benchmarks.calls

Of one warm request of each kind: the calls of functions that a `def` of the layer or of a handler makes, the modules
that they lie in, and how often a call lies in a module that was left before. AWS answers at once. The counts are the
same in each run.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, Final

from benchmarks.measuring import stubbed_aws
from paysandbox.http.route import Route
from paysandbox.payments.routes import AUTHORIZE_PAYMENT
from paysandbox.stripe_api.routes import CREATE_PAYMENT_INTENT

ROOT: Final = Path(__file__).resolve().parents[1]
PRODUCT: Final = tuple(str(ROOT / folder) for folder in ("layers/shared/python/paysandbox", "lambdas"))
_WARM: Final = 5

Handle = Callable[[dict[str, Any], Any], dict[str, Any]]


def walk(act: Callable[[], object]) -> list[str]:
    """Return the file of each call of a product's function that `act` makes, in order."""
    files: list[str] = []

    def note(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(PRODUCT) and code.co_name.isidentifier():
            files.append(code.co_filename)

    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(None)
    return files


def returns(files: Sequence[str]) -> int:
    """Return how often a walk comes to a module that it had left."""
    seen, count = set[str](), 0
    for before, here in zip(("", *files), files, strict=False):
        count += here != before and here in seen
        seen.add(here)
    return count


def confirmed_at_once(number: int) -> dict[str, Any]:
    """Return API Gateway's event for a payment intent that is created and confirmed at once."""
    headers = {
        "Authorization": f"Bearer {stubbed_aws.KEY}",
        "Content-Type": "application/x-www-form-urlencoded",
        "Idempotency-Key": f"key-{number}",
    }
    body = "amount=1250&currency=usd&payment_method=pm_card_visa&confirm=true&return_url=https://shop.example/paid"
    context = {"domainName": "api.example", "authorizer": {"merchant": "demo", "kind": "secret", "principalId": "demo"}}
    return stubbed_aws.gateway_event(CREATE_PAYMENT_INTENT, headers, body, context)


def _handled(handler: Handle, event: dict[str, Any]) -> None:
    answer = handler(event, stubbed_aws.Context())
    if answer["statusCode"] not in (200, 201):
        raise SystemExit(f"the request was refused: {answer}")


def _counted(name: str, route: Route, event: Callable[[int], dict[str, Any]]) -> str:
    with stubbed_aws.functions(route) as (handler,):
        for number in range(_WARM):
            _handled(handler, event(number))
        last = event(_WARM)
        files = walk(lambda: _handled(handler, last))
    return f"{name:36}{len(files):6} calls{len(set(files)):6} modules{returns(files):6} returns"


def main() -> int:
    """Print the counts."""
    counted = [
        _counted("authorize", AUTHORIZE_PAYMENT, lambda number: stubbed_aws.event(f"key-{number}")),
        _counted("payment intent, created, confirmed", CREATE_PAYMENT_INTENT, confirmed_at_once),
    ]
    print(*counted, sep="\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
