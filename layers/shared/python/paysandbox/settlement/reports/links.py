"""Presigned links to reports. A browser can open one without an API key for 15 minutes.

Signing makes no AWS request: S3 checks the permissions of this function's role when the link is opened.
"""

from datetime import timedelta
from typing import Final

from paysandbox.aws.runtime import s3_links, settings_of, wall_now
from paysandbox.aws.settings import ReportsSettings
from paysandbox.settlement.batch import Statement
from paysandbox.settlement.schemas import FORMATS, Link

VALID: Final = timedelta(minutes=15)

_TYPES: Final = {"csv": "text/csv; charset=utf-8", "json": "application/json", "breaks": "application/json"}
_ENDINGS: Final = {"csv": "csv", "json": "json", "breaks": "breaks.json"}


def links_of(statement: Statement) -> dict[str, Link]:
    """Return links to a statement's reports, by format. A browser saves the file as `settlement_<batch>.<ending>`."""
    expires_at = (wall_now() + VALID).replace(microsecond=0)
    return {
        form: Link(_signed(statement.reports[form].key, form, statement.batch), expires_at)
        for form in FORMATS
        if form in statement.reports
    }


def _signed(key: str, form: str, batch: str) -> str:
    params = {
        "Bucket": settings_of(ReportsSettings).reports_bucket,
        "Key": key,
        "ResponseContentType": _TYPES[form],
        "ResponseContentDisposition": f'attachment; filename="settlement_{batch}.{_ENDINGS[form]}"',
    }
    return s3_links().generate_presigned_url("get_object", Params=params, ExpiresIn=int(VALID.total_seconds()))
