"""A book with its whole workbook and one owner's copy; one of them is edited in one cell and saved by a program."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd
from filelock import FileLock

from crmbook.build.example import load_example
from crmbook.ooxml import Package
from crmbook.schema import Layout
from crmbook.store import Store, locate
from crmbook.sync.pipeline import Options, SyncState, sync_workbooks
from tests import office
from tests.books import book_of
from tests.cli.run import run
from tests.everyday.bases import base
from tests.everyday.programs import save_as_excel, save_in_openpyxl
from tests.ooxml_lint import lint
from tests.programs.mimics import MIMICS, save_as

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from crmbook.ooxml.refs import Area
    from crmbook.schema import Book
    from crmbook.store import ConflictRecord
    from crmbook.sync.outcome import Report, Synced

TYPED = "改过的地址"
UNKNOWN = frozenset({"sheetjs-values", "numbers", "google-sheets"})
"""Programs after which nothing tells what the workbook had shown: an edit is asked about."""


@dataclass(frozen=True)
class Desk:
    """A folder with two workbooks of a book, at rest."""

    folder: Path
    book: Book
    as_of: date
    whole: Path
    copy: Path

    @property
    def paths(self) -> tuple[Path, Path]:
        return self.whole, self.copy

    def sync(self) -> Report:
        return sync_workbooks(list(self.paths), Options(self.as_of))

    def head(self) -> dict[str, pd.DataFrame]:
        with Store.open(locate(self.folder)) as store:
            return dict(store.head(store.books()[0].book_id).tables)

    def conflicts(self) -> Sequence[ConflictRecord]:
        with Store.open(locate(self.folder)) as store:
            return store.conflicts(store.books()[0].book_id)

    @cached_property
    def ref(self) -> str:
        """The address of the first customer, who is the owner's."""
        place = Layout(self.book).tables["customers"]
        return f"{place.columns['address'].letter}{place.first_row}"

    @cached_property
    def sheet(self) -> str:
        return Layout(self.book).tables["customers"].sheet

    def type(self, path: Path) -> None:
        package = Package.open(path)
        package.sheet(self.sheet).set(self.ref, TYPED)
        package.save(path)


def small(root: Path, folder: Path) -> Desk:
    """Return a book of some rows a table, made once for all tests of a run."""
    made = base("standard", "owner", root).moved(folder)
    desk = Desk(folder, made.book, made.as_of, made.whole, made.copy)
    desk.sync()
    return desk


def company(root: Path, folder: Path) -> Desk:
    """Return the example company's book with its 5,702 rows, and the copy of the owner of its first customer."""
    kept, day = root / "company", load_example("company").as_of
    whole, copy = "客户管理.xlsx", "王芳.xlsx"
    with FileLock(root / "company.lock"):
        if not kept.exists():
            draft = root / "draft-company"
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir()
            assert run("build", "--example", "company", "-o", draft / whole, "--as-of", day).exit_code == 0
            head = Desk(draft, book_of(example="company"), day, draft / whole, draft / whole)
            sync_workbooks([draft / whole], Options(day))
            owner = head.head()["customers"]["owner"].iloc[0]
            words = ("build", "-o", draft / copy, "--owner", owner, "--as-of", day)
            assert run(*words).exit_code == 0
            draft.rename(kept)
    shutil.copytree(kept, folder)
    desk = Desk(folder, book_of(example="company"), day, folder / whole, folder / copy)
    desk.sync()
    desk.sync()
    return desk


def save(program: str, path: Path) -> None:
    """Let a program open a workbook and save it in its place."""
    match program:
        case "openpyxl":
            save_in_openpyxl(path)
        case "excel":
            save_as_excel(path)
        case "pandas":
            _overlay(path)
        case "libreoffice" | "ods" | "xls" | "gnumeric":
            _convert(program, path)
        case _:
            assert program in MIMICS
            save_as(program, path)


def _overlay(path: Path) -> None:
    """Write a sheet as a script does that read it with pandas: values over what stands there."""
    sheet = "客户基本信息"
    frame = pd.read_excel(path, sheet_name=sheet, dtype=object, engine="openpyxl")
    with pd.ExcelWriter(path, engine="openpyxl", mode="a", if_sheet_exists="overlay") as writer:
        frame.to_excel(writer, sheet_name=sheet, index=False)


def _convert(program: str, path: Path) -> None:
    away = path.parent / "saved"
    source = path
    if program in {"ods", "xls"}:
        [source] = office.convert(path, target=program, out_dir=away)
    if program == "gnumeric":
        away.mkdir()
        subprocess.run(["ssconvert", path, away / path.name], check=True, capture_output=True)
    else:
        office.recalculate(source, out_dir=away / "again")
        away /= "again"
    shutil.move(away / path.name, path)
    shutil.rmtree(path.parent / "saved")


@dataclass(frozen=True)
class Furniture:
    """What a workbook has besides its cells."""

    tables: dict[str, Area]
    names: frozenset[str]
    rules: dict[str, tuple[int, int]]
    frozen: frozenset[str]
    charts: int

    @classmethod
    def of(cls, path: Path) -> Furniture:
        package = Package.open(path)
        titles = [one.name for one in package.sheets]
        return cls(
            {one.display_name: one.area for one in package.tables},
            frozenset(one.name for one in package.defined_names if not one.name.startswith("_xlnm")),
            {
                title: (len(package.validations(title)), len(package.conditional_formats(title)))
                for title in titles
            },
            frozenset(title for title in titles if b"<pane" in package.sheet(title).head),
            sum("/charts/chart" in name for name in package.parts.names),
        )

    def lacks(self, before: Furniture) -> Iterator[str]:
        """Yield what another workbook has and this one has not."""
        for name, area in before.tables.items():
            if name not in self.tables or area.union(self.tables[name]) != self.tables[name]:
                yield f"table {name} over {area}"
        yield from (f"name {name}" for name in before.names - self.names)
        yield from (f"pane {title}" for title in before.frozen - self.frozen)
        if self.charts < before.charts:
            yield f"{before.charts - self.charts} charts"
        for title, wanted in before.rules.items():
            if any(one < other for one, other in zip(self.rules.get(title, (0, 0)), wanted, strict=True)):
                yield f"rules of {title}: {self.rules.get(title)} of {wanted}"


def cells(path: Path) -> dict[tuple[str, str], Any]:
    """Return all that stands in a workbook, by place."""
    package = Package.open(path)
    return {
        (one.name, cell.ref): cell.value
        for one in package.sheets if one.kind == "worksheet"
        for cell in package.sheet(one.name).cells() if cell.value not in {None, ""}
    }  # fmt: skip


def differences(
    before: dict[str, pd.DataFrame], after: dict[str, pd.DataFrame]
) -> list[tuple[str, str, Any]]:
    """Return the cells in which two heads differ, with the new value; rows that came or went by their ids."""
    found: list[tuple[str, str, Any]] = []
    for table, old in before.items():
        new = after[table]
        found += [(table, row, "row") for row in old.index.symmetric_difference(new.index)]
        both = old.index.intersection(new.index)
        for label in old.columns:
            one, other = old.loc[both, label].astype(object), new.loc[both, label].astype(object)
            unlike = (one != other) & ~(one.isna() & other.isna())
            found += [(table, label, value) for value in other[unlike]]
    return found


def judge(program: str, desk: Desk, path: Path) -> Synced:
    """Edit a workbook, save it in a program, sync: nothing but the edit may have changed, and nothing be lost."""
    head, furniture = desk.head(), Furniture.of(path)
    [other] = [one for one in desk.paths if one != path]
    shown = cells(other)
    desk.type(path)
    save(program, path)
    defects = {(one.code, one.part) for one in lint(path.read_bytes())}  # the program's own
    report = desk.sync()
    assert report.failures == []
    [synced] = [one for one in report.workbooks if one.path == path]
    edit = [("customers", "address", TYPED)]
    if program in UNKNOWN:
        assert differences(head, desk.head()) == []
        assert [(one.labels, one.file) for one in desk.conflicts()] == [(("address",), (TYPED,))]
    else:
        assert differences(head, desk.head()) == edit
        assert desk.conflicts() == []
        assert synced.taken.changed == 1
        changed = {
            place: value
            for place, value in cells(other).items()
            if shown.get(place) != value and place[0] != "客户画像"  # which shows it too
        }
        assert changed == {(desk.sheet, desk.ref): TYPED}
        assert shown.keys() == cells(other).keys()
    lacks = list(Furniture.of(path).lacks(furniture))
    assert not lacks, lacks
    assert {(one.code, one.part) for one in lint(path.read_bytes())} <= defects
    held = [one.read_bytes() for one in desk.paths]
    again = desk.sync()
    assert [one.state for one in again.workbooks] == [SyncState.UNCHANGED] * 2
    assert [one.read_bytes() for one in desk.paths] == held
    return synced


def unlike_after_recalculation(paths: Sequence[Path], folder: Path) -> Iterator[str]:
    """Yield the cells in which LibreOffice, calculating, finds another value than stands in a workbook."""
    for number, path in enumerate(paths):
        shutil.copy(path, folder / f"{number}.xlsx")
    copies = [folder / f"{number}.xlsx" for number in range(len(paths))]
    again = office.recalculate(*copies, out_dir=folder / "again", timeout=60 + 60 * len(paths))
    for path, copy, calculated in zip(paths, copies, again, strict=True):
        right = office.read_values(copy)
        for title, found in office.read_values(calculated).items():
            for ref, value in found.items():
                wanted = right.get(title, {}).get(ref)
                if not _is_same(value, wanted):
                    yield f"{path.parent.name}/{path.name} {title}!{ref}: {value!r}, holds {wanted!r}"


def _is_same(one: object, other: object) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return abs(one - other) <= 1e-9 * max(1, abs(one), abs(other))
    return (one or None) == (other or None) and isinstance(one, office.ErrorText) == isinstance(
        other, office.ErrorText
    )
