"""Signatures as the Standard Webhooks specification (1.0.0, "Signature scheme") tells them.

A secret is ``whsec_`` and base64 of 24 to 64 random bytes. What is signed is ``<id>.<timestamp>.<body>``,
with HMAC-SHA256; several secrets make several signatures, so that a secret can be changed without a gap.
"""

import base64
import binascii
import hmac
from collections.abc import Sequence

_PREFIX = "whsec_"
_SHORTEST, _LONGEST = 24, 64
_MOST_SECRETS = 2


def signing_keys(text: str) -> tuple[bytes, ...]:
    """The keys of one secret, or of two with a blank between them. ValueError tells nothing of them."""
    secrets = text.split()
    if not 1 <= len(secrets) <= _MOST_SECRETS:
        raise ValueError(
            "there is one secret, or two while one replaces the other, with a blank between them"
        )
    return tuple(_key(secret) for secret in secrets)


def signature(keys: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> str:
    """The value of ``webhook-signature``. ``timestamp`` is Unix time in seconds."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    digests = (hmac.digest(key, signed, "sha256") for key in keys)
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(_PREFIX) or not _SHORTEST <= len(key) <= _LONGEST:
        raise ValueError(
            f"a secret is {_PREFIX} and base64 of {_SHORTEST} to {_LONGEST} random bytes"
        ) from None
    return key
