"""Values kept between runs as pickles that can do no harm: plain data and our own data classes, behind a digest."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import pickle
from dataclasses import is_dataclass
from enum import Enum
from importlib import import_module
from typing import Any, Final

from crmbook.base.collector import uncollected

_DIGEST: Final = hashlib.sha256().digest_size


class _Reader(pickle.Unpickler):
    """Makes days and the data classes and enumerations of some packages, and nothing else."""

    def __init__(self, content: bytes, packages: tuple[str, ...]) -> None:
        super().__init__(io.BytesIO(content))
        self._packages = packages

    def find_class(self, module: str, name: str) -> Any:
        """Return one of those classes.

        Raises
        ------
        UnpicklingError
            If it is none of them.
        """
        if (module, name) in {("datetime", "date"), ("datetime", "datetime")}:
            return getattr(dt, name)
        if module.startswith(self._packages) and "." not in name:
            found = getattr(import_module(module), name, None)
            if isinstance(found, type) and (is_dataclass(found) or issubclass(found, Enum)):
                return found
        raise pickle.UnpicklingError(f"{module}.{name}")


def pickled(value: object) -> bytes:
    """Return a value as bytes, from which `unpickled` makes it again."""
    content = pickle.dumps(value, protocol=5)
    return hashlib.sha256(content).digest() + content


def unpickled(content: bytes, packages: tuple[str, ...]) -> object:
    """Return the value that bytes hold; None where they are damaged, or hold anything else.

    Parameters
    ----------
    packages
        Whose data classes may be in it, each as ``crmbook.schema.``.
    """
    if hashlib.sha256(content[_DIGEST:]).digest() != content[:_DIGEST]:
        return None
    try:
        with uncollected():
            found: object = _Reader(content[_DIGEST:], packages).load()
    except Exception:  # noqa: BLE001 - whatever is wrong with it, the value is made again of what it was made of
        return None
    return found
