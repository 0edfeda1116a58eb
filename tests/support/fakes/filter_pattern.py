"""CloudWatch Logs' filter patterns for JSON lines: of their syntax, texts that all have to match, and alternatives.

"Filter pattern syntax for metric filters, subscription filters, filter log events, and Live Tail" (CloudWatch Logs User
Guide): a line that is no JSON matches no such pattern, and `*` stands for any characters of a text. Expressions are
joined by `&&`; one in parentheses may join several by `||`.
"""

import json
import re
from fnmatch import fnmatchcase
from typing import Any, Final

_PART: Final = re.compile(r'\(\$\.(\w+) = "([^"\\\[\]?]*)"\)')
_ANY: Final = rf"\((?:{_PART.pattern})(?: \|\| (?:{_PART.pattern}))+\)"
_WHOLE: Final = re.compile(rf"\{{ (?:{_PART.pattern}|{_ANY})(?: && (?:{_PART.pattern}|{_ANY}))* \}}")


def passes(pattern: str, line: str) -> bool:
    """Return whether a subscription with this pattern delivers the line."""
    assert _WHOLE.fullmatch(pattern) is not None, pattern
    alternatives = [_PART.findall(part) for part in pattern[2:-2].split(" && ")]
    try:
        fields: Any = json.loads(line)
    except ValueError:
        return False
    return isinstance(fields, dict) and all(
        any(_matches(fields.get(name), wanted) for name, wanted in one_of) for one_of in alternatives
    )


def _matches(value: object, wanted: str) -> bool:
    return isinstance(value, str) and fnmatchcase(value, wanted)
