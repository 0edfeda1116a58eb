"""The base class of all answer shapes."""

from typing import Any

from pydantic import BaseModel, ConfigDict

Body = dict[str, Any]
"""A rendered answer, or a part of one."""


class Answer(BaseModel):
    """The base of every answer shape: exactly the documented fields, nothing more."""

    model_config = ConfigDict(extra="forbid", strict=True)
