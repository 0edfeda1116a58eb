"""CloudWatch Logs' filter patterns for JSON lines: of their syntax, texts that all have to match.

"Filter pattern syntax for metric filters, subscription filters, filter log events, and Live Tail" (CloudWatch Logs User
Guide): a line that is no JSON matches no such pattern, and `*` stands for any characters of a text.
"""

import json
import re
from fnmatch import fnmatchcase
from typing import Any, Final

_WHOLE: Final = re.compile(r"\{ (\(.+?\)(?: && \(.+?\))*) \}")
_PART: Final = re.compile(r'\(\$\.(\w+) = "([^"\\\[\]?]*)"\)')


def passes(pattern: str, line: str) -> bool:
    """Return whether a subscription with this pattern delivers the line."""
    whole = _WHOLE.fullmatch(pattern)
    assert whole is not None, pattern
    parts = [_PART.fullmatch(part) for part in whole[1].split(" && ")]
    try:
        fields: Any = json.loads(line)
    except ValueError:
        return False
    return isinstance(fields, dict) and all(
        part is not None and _matches(fields.get(part[1]), part[2]) for part in parts
    )


def _matches(value: object, wanted: str) -> bool:
    return isinstance(value, str) and fnmatchcase(value, wanted)
