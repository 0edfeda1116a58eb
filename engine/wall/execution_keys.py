"""The access keys of functions: the sandbox's own or, under AUTH, a session of each function's role.

ministack derives both from public values: an account number, or a hash of the function's ARN.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Any

from engine.wall.access_key import AccessKey

Session = dict[str, str]


def execution_credentials(
    key: AccessKey, *, auth: bool, register_session: Callable[[str, Session], None]
) -> Callable[[Mapping[str, Any]], dict[str, str]]:
    """Return a function that maps a function's configuration to its credential environment variables."""

    def of(config: Mapping[str, Any]) -> dict[str, str]:
        if not auth:
            return _variables(key.id, key.secret, "")
        arn, role = str(config["FunctionArn"]), str(config["Role"])
        name = f"{arn}:{role}"
        key_id = f"ASIA{_derived(key, 'id', name)[:16].upper()}"
        secret, token = _derived(key, "secret", name), _derived(key, "token", name)
        account, role_name = arn.split(":")[4], role.rsplit("/", 1)[-1]
        session = str(config.get("FunctionName", ""))[:64]
        register_session(
            key_id,
            {
                "Arn": f"arn:aws:sts::{account}:assumed-role/{role_name}/{session}",
                "UserId": f"{role_name}:{session}",
                "SecretAccessKey": secret,
                "SessionToken": token,
            },
        )
        return _variables(key_id, secret, token)

    return of


def _variables(key_id: str, secret: str, token: str) -> dict[str, str]:
    return {"AWS_ACCESS_KEY_ID": key_id, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token}


def _derived(key: AccessKey, purpose: str, name: str) -> str:
    return hmac.new(key.secret.encode(), f"{purpose}:{name}".encode(), hashlib.sha256).hexdigest()
