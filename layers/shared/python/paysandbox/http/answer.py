"""The base class of all answer shapes, and the name of one that functions do not load."""

from importlib import import_module
from typing import Any

from pydantic import BaseModel, ConfigDict

from paysandbox.core.record import record

Body = dict[str, Any]
"""A rendered answer, or a part of one."""


class Answer(BaseModel):
    """The base of every answer shape: exactly the documented fields, nothing more."""

    model_config = ConfigDict(extra="forbid", strict=True)


@record
class Documented:
    """An answer shape by its name in a module that only documents and tests load: functions answer without it."""

    module: str
    name: str

    def shape(self) -> type[BaseModel]:
        """Load the module, and return the shape."""
        return getattr(import_module(self.module), self.name)
