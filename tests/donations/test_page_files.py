"""The names of the files of the page for donors."""

import hashlib

import pytest

from donations.page_files import FOLDER, file_name, page_file
from paysandbox.core.errors import Code, Refused

KINDS = ("js", "css")


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_is_that_of_one_content(kind: str) -> None:
    content = (FOLDER / f"donate.{kind}").read_bytes()
    assert file_name(kind) == f"donate-{hashlib.sha256(content).hexdigest()[:16]}.{kind}"
    assert page_file(file_name(kind)).text.encode() == content
    assert page_file(file_name(kind)).immutable


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["donate-0123456789abcdef", "donate"])
def test_a_page_of_another_version_gets_the_file_and_must_not_keep_it(name: str, kind: str) -> None:
    """Of the version before a deployment or after it. Under that name, it would never be replaced."""
    other = page_file(f"{name}.{kind}")
    assert other.text == page_file(file_name(kind)).text
    assert (other.immutable, other.max_age_s, other.tagged) == (False, None, False)


@pytest.mark.parametrize(
    "name", ["donate-.js", "donate-0123456789abcdef", "donate.js.map", "x-donate.js", "donate.txt"]
)
def test_no_other_names(name: str) -> None:
    with pytest.raises(Refused) as refused:
        page_file(name)
    assert refused.value.code is Code.RESOURCE_NOT_FOUND
