"""Revokes a key, whichever it is: a merchant's own, one that was issued elsewhere, or an operator's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.connection.imported_keys import revoke_imported_key
from cli.connection.keys import env_option, revoke_own_key
from cli.connection.operator_keys import revoke_operator_key
from cli.terminal.failure import Failure

if TYPE_CHECKING:
    from cli.connection.imported_keys import ImportedKey
    from cli.connection.keys import MerchantKey
    from cli.connection.operator_keys import OperatorKey
    from cli.connection.target import Target


def revoke_key(target: Target, key_or_id: str) -> MerchantKey | ImportedKey | OperatorKey:
    """Delete the key, given itself or its ID, and return it. Raises Failure if the environment has no such key."""
    for revoke in (revoke_operator_key, revoke_own_key, revoke_imported_key):
        revoked = revoke(target, key_or_id)
        if revoked is not None:
            return revoked
    raise Failure(
        f"There is no such key in {target.environment}.", f"List the keys: paysandbox keys list{env_option(target)}"
    )
