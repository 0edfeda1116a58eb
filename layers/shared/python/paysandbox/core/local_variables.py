"""Environment variables that the local engine has beyond those of AWS Lambda, and its functions with it."""

from typing import Final

AUTHORITIES_VARIABLE: Final = "PAYSANDBOX_CA_FILE"
"""A file of certificate authorities in PEM, which webhook endpoints may have their certificates from. Never on AWS."""
