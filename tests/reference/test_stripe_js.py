"""Which files of the stand-in for Stripe's browser library are served."""

import pytest

from paysandbox.core.errors import Code, Refused
from reference.stripe_js import frame_file


@pytest.mark.parametrize("file", ["v3.js", "frame.html", "../v3.js", "..%2fv3.js", "main.js", "frames/frames.js", ""])
def test_nothing_but_the_files_of_frames(file: str) -> None:
    with pytest.raises(Refused) as refused:
        frame_file(file)
    assert refused.value.code is Code.RESOURCE_NOT_FOUND
