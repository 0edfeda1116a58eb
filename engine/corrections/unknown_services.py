"""Requests for a service that ministack lacks, refused at once.

At the first such request it reads the models of all 400 services of AWS, to see whether it is one of them: for three
seconds it answers nobody, and then keeps a quarter of a gigabyte.
"""

from typing import Any


def refuse_at_once(router: Any) -> None:
    """Make ministack take every signed request to be for a service of AWS. `router` is its router."""
    router.is_aws_service_name = lambda _name: True
