"""What the shapes of all answers have in common."""

from typing import Any

from pydantic import BaseModel, ConfigDict

Body = dict[str, Any]
"""An answer or a part of one, rendered."""


class Answer(BaseModel):
    """What every answer shape has in common: it is exactly what is documented."""

    model_config = ConfigDict(extra="forbid", strict=True)
