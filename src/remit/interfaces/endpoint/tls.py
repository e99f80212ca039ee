"""Whom we believe about the provider's name: the system's authorities and the user's own."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from contextlib import suppress

_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
"""Where systems keep their authorities: an interpreter built elsewhere may look in vain."""


def trusting(environ: Mapping[str, str]) -> ssl.SSLContext:
    """A client's context that verifies. ``SSL_CERT_FILE`` and ``NODE_EXTRA_CA_CERTS`` count as
    they do for the client itself."""
    context = ssl.create_default_context(cafile=environ.get("SSL_CERT_FILE") or None)
    if not context.get_ca_certs():
        for bundle in _BUNDLES:
            with suppress(OSError):
                context.load_verify_locations(bundle)
                break
    if further := environ.get("NODE_EXTRA_CA_CERTS"):
        with suppress(OSError):
            context.load_verify_locations(further)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
