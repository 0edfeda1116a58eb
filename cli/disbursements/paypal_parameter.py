"""The credentials of an environment's PayPal account: their SSM parameter, their format, and setting them.

One SecureString under the key of the environment's other secrets. The functions read it when they need it, and again
when PayPal or a signature rejects it, so changing it needs no deployment.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from cli.connection.target import Target

FIELDS: Final = {
    "client_id": "Client ID of the app",
    "client_secret": "Client secret of the app",
    "webhook_id": "ID of the webhook",
}
"""The fields to set, and how PayPal's developer dashboard names them."""

_TEXT: Final = re.compile(r"[\x21-\x7e]{4,256}")


def form_fault(values: Mapping[str, str]) -> str | None:
    """Why these cannot be credentials, or None. The message never repeats one of them."""
    for name in FIELDS:
        if _TEXT.fullmatch(values.get(name, "")) is None:
            return f"The {name} is missing or has invalid characters."
    if values.keys() - FIELDS.keys():
        return f"The fields are {', '.join(FIELDS)}."
    return None


@dataclass(frozen=True)
class PaypalParameter:
    """The parameter of an environment."""

    target: Target
    ssm: Any
    name: str

    @classmethod
    def of(cls, target: Target) -> PaypalParameter:
        """The one that the functions read. Raises Failure when the disbursements stack is not deployed."""
        return cls(target, target.client("ssm"), target.outputs("disbursements")["PaypalCredentialsParameter"])

    def get(self) -> dict[str, str] | None:
        """Return the credentials in the clear, or None if none are set."""
        found = self.ssm.get_parameters(Names=[self.name], WithDecryption=True)["Parameters"]
        return json.loads(found[0]["Value"]) if found else None

    def put(self, values: Mapping[str, str]) -> None:
        """Set the credentials, or others in their place."""
        self.ssm.put_parameter(
            Name=self.name,
            Value=json.dumps(dict(values)),
            Type="SecureString",
            KeyId=self.target.outputs("secrets")["ParameterKey"],
            Overwrite=True,
        )
