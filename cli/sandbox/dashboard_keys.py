"""The merchants of the local sandbox with their keys, for its dashboard: listed, and created as `keys create` does.

The engine runs this module as a program, with the home in its environment (engine/wall/merchant_keys.py):

    {"merchant": null | "acme"}  →  {"merchants": [{"merchant", "api_key", "secret_key", "publishable_key"}], "created"}
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from cli.connection.keys import MerchantKey, Plan, create_key, local_keys
from cli.sandbox.dashboard_program import answer
from paysandbox.core.merchant import DEFAULT_MERCHANT

if TYPE_CHECKING:
    from cli.connection.target import Target

AT_ONCE_MAX: Final = 20
"""How many keys a list creates at most, so that many merchants do not delay it. The next list continues."""


def all_merchants(target: Target) -> dict[str, Any]:
    """Return the merchants with their keys, `demo` first. Creates the dashboard's key of those that have none.

    A merchant without such a key is not listed yet, if there are many: `one_merchant` creates a certain one's.
    """
    keys = local_keys(target)
    lacking = [merchant for merchant in _names(keys) if _oldest(keys, merchant, of_dashboard=True) is None]
    keys += [create_key(target, merchant, Plan.DASHBOARD) for merchant in lacking[:AT_ONCE_MAX]]
    left_out = lacking[AT_ONCE_MAX:]
    merchants = [_shown(keys, merchant) for merchant in _names(keys) if merchant not in left_out]
    return {"merchants": merchants, "created": False}


def one_merchant(target: Target, merchant: str) -> dict[str, Any]:
    """Return a merchant with its keys, and whether it is new. Creates the keys that it lacks."""
    keys = local_keys(target, merchant)
    is_new = not keys
    # The ordinary key first: if this is interrupted, the next call creates the other one.
    for of_dashboard, plan in ((False, Plan.SANDBOX), (True, Plan.DASHBOARD)):
        if _oldest(keys, merchant, of_dashboard=of_dashboard) is None:
            keys.append(create_key(target, merchant, plan))
    return {"merchants": [_shown(keys, merchant)], "created": is_new}


def _names(keys: Sequence[MerchantKey]) -> list[str]:
    return sorted({key.merchant for key in keys}, key=lambda name: (name != DEFAULT_MERCHANT, name))


def _oldest(keys: Sequence[MerchantKey], merchant: str, *, of_dashboard: bool) -> MerchantKey | None:
    """Return the merchant's first key of the dashboard, or its first other one. `keys` are sorted."""
    of_merchant = (key for key in keys if key.merchant == merchant)
    return next((key for key in of_merchant if (key.plan == Plan.DASHBOARD) is of_dashboard), None)


def _shown(keys: Sequence[MerchantKey], merchant: str) -> dict[str, Any]:
    own = _oldest(keys, merchant, of_dashboard=True)
    ordinary = _oldest(keys, merchant, of_dashboard=False)
    return {
        "merchant": merchant,
        "api_key": own.api_key if own is not None else None,
        "secret_key": ordinary.api_key if ordinary is not None else None,
        "publishable_key": ordinary.publishable if ordinary is not None else None,
    }


def found(target: Target, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the merchants of the request."""
    merchant = request["merchant"]
    return all_merchants(target) if merchant is None else one_merchant(target, merchant)


def main() -> int:
    """Answer the request on standard input. A failure is one line on standard error."""
    return answer(found)


if __name__ == "__main__":
    sys.exit(main())
