"""Certificate authorities that the program trusts: the usual ones, and those of a file that a variable names.

Source of the variables: OpenSSL's `SSL_CERT_FILE`, requests' `REQUESTS_CA_BUNDLE`, curl's `CURL_CA_BUNDLE` and Node's
`NODE_EXTRA_CA_CERTS`. As with the last one, the file is trusted besides the usual authorities, not instead.
"""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from typing import Final

from cli.terminal.failure import Failure

VARIABLES: Final = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
"""The first that is set counts."""


def authorities_file() -> str | None:
    """Return the absolute path of the file that a variable names, or None. Raises Failure if it has no certificates."""
    named = next(((name, file) for name in VARIABLES if (file := os.environ.get(name))), None)
    if named is None:
        return None
    name, file = named
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
    except (OSError, ValueError) as error:
        why = (
            error.strerror if isinstance(error, OSError) and not isinstance(error, ssl.SSLError) else "no certificates"
        )
        raise Failure(
            f"{name} is {file!r}, which cannot be read: {why}.",
            "Set it to a file of certificates in PEM, or remove it.",
        ) from None
    return str(Path(file).absolute())


def https_context(*, verified: bool = True) -> ssl.SSLContext:
    """Return the context of connections by HTTPS. With `verified=False`, any certificate will do.

    Raises Failure if a variable names a file without certificates.
    """
    if not verified:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context
    import httpx

    context = httpx.create_ssl_context(trust_env=False)
    if (file := authorities_file()) is not None:
        context.load_verify_locations(file)
    return context


def plain_context() -> ssl.SSLContext:
    """Return the context of a client that uses plain HTTP alone: loading authorities takes longer than a request."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
