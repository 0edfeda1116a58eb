"""What a record's error does to its batch: it is parked by its name, or the batch is retried."""

from collections.abc import Callable, Iterable
from typing import Any, Final

import pytest
from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import ClientError, EndpointConnectionError

from paysandbox.aws.dynamodb.batch_get_tables import UnprocessedKeysError
from paysandbox.aws.events.publishing import NotPublishedError
from paysandbox.aws.records import UnreadableRecordError
from paysandbox.aws.stream_batch import process_each
from paysandbox.core.errors import Code, Contended, KeyInUse, Refused

CARD: Final = "4242424242424242"
THROTTLED: Final = ClientError({"Error": {"Code": "ThrottlingException"}}, "PutItem")
UNMET: Final = ClientError({"Error": {"Code": "ConditionalCheckFailedException"}}, "PutItem")


class OwnError(Exception):
    """An error that only one module of ours knows."""


def caused(error: Exception, by: Exception) -> Exception:
    """Return the error as `raise error from by` makes it."""
    error.__cause__ = by
    return error


def met(error: Exception, handling: Exception) -> Exception:
    """Return the error as it is raised while another one is handled."""
    error.__context__ = handling
    return error


OF_THE_RECORD: Final = [
    (KeyError(CARD), "KeyError"),
    (ValueError(CARD), "ValueError"),
    (AssertionError(CARD), "AssertionError"),
    (ZeroDivisionError(CARD), "ZeroDivisionError"),
    (RuntimeError(CARD), "RuntimeError"),
    (RecursionError(CARD), "RecursionError"),
    (ImportError(CARD), "ImportError"),
    (OSError(CARD), "OSError"),
    (OwnError(CARD), "OwnError"),
    (UnreadableRecordError("TypeError"), "TypeError"),
    (Refused(Code.RESOURCE_NOT_FOUND, CARD), "Refused: resource_not_found"),
    (caused(KeyError(CARD), ValueError(CARD)), "KeyError"),
    (met(KeyError(CARD), UNMET), "KeyError"),
]
OF_AWS: Final = [
    THROTTLED,
    EndpointConnectionError(endpoint_url="https://dynamodb.us-east-1.amazonaws.com"),
    S3UploadFailedError("reset"),
    NotPublishedError("InternalError"),
    UnprocessedKeysError("3 keys"),
    Refused(Code.SERVICE_UNAVAILABLE),
    Contended(),
    KeyInUse(),
    caused(OwnError("busy"), THROTTLED),
    caused(OwnError("busy"), caused(RuntimeError("busy"), Contended())),
]


def failing(errors: dict[int, Exception]) -> Callable[[int], int]:
    """Return what fails for some records, and doubles all others."""

    def process(record: int) -> int:
        if record in errors:
            raise errors[record]
        return 2 * record

    return process


def names(failures: Iterable[Any]) -> list[tuple[int, str]]:
    return [(failure.record, failure.reason) for failure in failures]


@pytest.mark.parametrize(
    "error, reason", OF_THE_RECORD, ids=lambda case: getattr(case, "__class__", type(case)).__name__
)
def test_a_record_that_fails_leaves_the_batch_under_the_errors_name(error: Exception, reason: str) -> None:
    processed, failures = process_each([1, 2, 3], failing({2: error}))
    assert processed == [(1, 2), (3, 6)]
    assert names(failures) == [(2, reason)]


@pytest.mark.parametrize("error", OF_AWS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("records", [[1], [1, 2, 3]], ids=["alone", "first"])
def test_an_error_of_aws_is_raised_at_once(error: Exception, records: list[int]) -> None:
    tried: list[int] = []

    def process(record: int) -> None:
        tried.append(record)
        raise error

    with pytest.raises(type(error)) as raised:
        process_each(records, process)
    assert (raised.value, tried) == (error, [1])


SAME, OTHER = KeyError("a"), ValueError("b")


@pytest.mark.parametrize(
    "errors, records, parked",
    [
        ({1: SAME}, 1, [1]),
        ({1: SAME, 2: SAME}, 2, [1, 2]),
        ({1: SAME, 2: SAME, 3: SAME}, 3, None),
        (dict.fromkeys(range(1, 101), SAME), 100, None),
        ({1: KeyError("a"), 2: KeyError("b"), 3: KeyError("c")}, 3, None),
        ({1: SAME, 2: SAME, 3: OTHER}, 3, [1, 2, 3]),
        ({1: SAME, 2: SAME, 3: SAME}, 4, [1, 2, 3]),
        (dict.fromkeys(range(1, 100), SAME), 100, [*range(1, 100)]),
        ({}, 0, []),
    ],
    ids=["one", "two", "three", "a hundred", "of one name", "of two names", "all but the last", "all but one", "empty"],
)
def test_a_release_that_fails_on_everything_parks_nothing(
    errors: dict[int, Exception], records: int, parked: list[int] | None
) -> None:
    """From three records on. One or two that fail may be all that there is to read, and are parked."""
    batch = range(1, records + 1)
    if parked is None:
        with pytest.raises(KeyError):
            process_each(batch, failing(errors))
        return
    _, failures = process_each(batch, failing(errors))
    assert [failure.record for failure in failures] == parked
