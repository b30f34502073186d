"""The key under which a store knows again whom it has forgotten: in the user's settings, never in the store.

With the store alone nobody can try telephone numbers until one fits. Who syncs from another account or machine has
another key, and knows rows again only by their ids.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from pathlib import Path
from typing import Final

import platformdirs

from crmbook.base import CrmbookError, make_private_folder, write_atomically

_BYTES: Final = 32
_SHOWN: Final = 8


def key_path() -> Path:
    """Return where the key lies."""
    return Path(platformdirs.user_config_dir("crmbook", appauthor=False)) / "erased-people.key"


def read_key() -> bytes | None:
    """Return the key, None where this account has none."""
    try:
        key = bytes.fromhex(key_path().read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        return None
    return key if len(key) == _BYTES else None


def make_key() -> bytes:
    """Return the key, made where this account has none.

    Raises
    ------
    CrmbookError
        ``forget.no-key`` if it cannot be kept.
    """
    key = read_key()
    if key is not None:
        return key
    key, path = secrets.token_bytes(_BYTES), key_path()
    try:
        make_private_folder(path.parent)
        write_atomically(path, key.hex().encode(), private=True)
    except (CrmbookError, OSError) as error:
        raise CrmbookError("forget.no-key", path=path) from error
    return key


def lock_of(key: bytes) -> str:
    """Return what tells a key from any other, and nothing of it."""
    return hashlib.sha256(b"crmbook forget\n" + key).hexdigest()[:_SHOWN]


def sign(key: bytes, *parts: str) -> str:
    """Return a text's digest under a key."""
    return hmac.digest(key, "\x1f".join(parts).encode("utf-8", "surrogatepass"), "sha256").hex()[:32]
