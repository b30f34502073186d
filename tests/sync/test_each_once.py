"""What a stage knows it hands on: one sync of one edited workbook finds each thing out once.

The hashes are no repetition but safety (rules 14 and 15): of the file as it is taken in, of what lies there right before
it is replaced, of what was put in its place, of what was replaced.
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING
from unittest import mock

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from crmbook.base import file
from crmbook.build import role_book
from crmbook.ooxml import Package
from crmbook.schema import load_book
from crmbook.schema.layout import Layout, layout_of
from crmbook.store import Store
from crmbook.sync import push
from tests.sync.shop import Sheet, Shop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def edited(tmp_path) -> Shop:
    """Two workbooks that show the same, and an edit in one of them."""
    shop = Shop(tmp_path)
    shop.check_out("b.xlsx")
    for _ in range(2):
        shop.sync()
    Sheet(shop.folder / "b.xlsx").type("clients", 2, name="张飞")
    return shop


class Counts(Counter[str]):
    """How often functions are called, wherever they were imported to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self._monkeypatch = monkeypatch

    def of(self, whole: Callable[..., object], only: Callable[..., bool] = lambda *_, **__: True) -> None:
        def counted(*given: object, **named: object) -> object:
            self[whole.__name__] += only(*given, **named)
            return whole(*given, **named)

        for module in [one for name, one in sys.modules.items() if name.startswith("crmbook.")]:
            if vars(module).get(whole.__name__) is whole:
                self._monkeypatch.setattr(module, whole.__name__, counted)

    def of_method(self, owner: type, name: str) -> None:
        whole = getattr(owner, name)

        def counted(*given: object, **named: object) -> object:
            self[f"{owner.__name__}.{name}"] += 1
            return whole(*given, **named)

        made = counted if name == "__init__" else staticmethod(counted)
        self._monkeypatch.setattr(owner, name, made)


@pytest.fixture
def counts(monkeypatch) -> Iterator[Counts]:
    found = Counts(monkeypatch)
    found.of_method(Package, "open")
    found.of_method(Layout, "__init__")
    found.of(load_book)
    found.of(file.read_bytes)
    found.of(file.digest, lambda data: data.startswith(b"PK"))  # the names of backups are hashed as well

    def begun(connection: object) -> None:
        found["transactions"] += 1

    event.listen(Engine, "begin", begun)
    yield found
    event.remove(Engine, "begin", begun)


def forget() -> None:
    """Let nothing be known from a sync before, as in a process of its own."""
    for known in (layout_of, role_book):
        known.cache_clear()


def test_one_edited_workbook(edited, counts):
    forget()
    report = edited.sync(Sheet(edited.folder / "b.xlsx"))
    assert [one.written for one in report.workbooks] == [True]
    assert counts == {
        "Package.open": 1,
        "load_book": 1,
        "Layout.__init__": 1,
        "read_bytes": 3,  # taken in, right before it is replaced, what was replaced
        "digest": 4,
        "transactions": 13,
    }


def test_a_workbook_in_which_nothing_is_new(edited, counts):
    edited.sync()
    counts.clear()
    edited.sync(Sheet(edited.folder / "b.xlsx"))
    assert counts == {"Package.open": 1, "read_bytes": 1, "digest": 1, "transactions": 2}


def test_what_is_saved_right_before_the_replace_is_not_replaced(edited, monkeypatch):
    """Without the second hash the file would lack what was saved last, until a later sync brings it back."""
    path, render = edited.folder / "b.xlsx", push.render
    saved: list[bytes] = []

    def save_meanwhile(*given, **named):
        rendered = render(*given, **named)
        if not saved:
            Sheet(path).type("clients", 3, name="关羽")
            saved.append(path.read_bytes())
        return rendered

    monkeypatch.setattr(push, "render", save_meanwhile)
    with (
        mock.patch.object(Store, "mark_written", side_effect=KeyboardInterrupt),
        pytest.raises(KeyboardInterrupt),
    ):
        edited.sync(Sheet(path))
    assert Sheet(path).value("clients", "name", 3) == "关羽"
    edited.sync()
    assert edited.by_key("clients", "name")["002"] == "关羽"
