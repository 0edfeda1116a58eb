"""What a row of the route table says."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from paysandbox.errors import Code
from paysandbox.settings import Settings


class Access(StrEnum):
    """Who may call: a merchant with an API key, or anyone (then the stage throttles the route)."""

    API_KEY = "api_key"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Route:
    """One route. Its name is also its handler's file, its operation id, its construct id and its test file.

    `needs` are the settings that its function reads; `ledger` the DynamoDB actions its role is given on the table,
    `indexes` the indexes it may query. `refusals` are the codes beyond those every route of its kind can answer.
    """

    name: str
    group: str
    method: str
    path: str
    summary: str
    access: Access
    answer: type[BaseModel]
    needs: tuple[type[Settings], ...]
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    idempotent: bool = False
    ledger: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    refusals: tuple[Code, ...] = ()
    examples: tuple[dict[str, Any], ...] = ()

    @property
    def handler(self) -> str:
        """The Lambda handler string: `<group>.<name>.handler`."""
        return f"{self.group}.{self.name}.handler"
