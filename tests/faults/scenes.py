"""Moments of a book's life in which more is at stake than edits: each a folder made once and copied for each test.

A store that is new, a drive's conflict copy, a workbook that is held and its answers, a changed schema, two people who
settle one conflict in two ways, copies of an owner and of a role beside a key that is typed anew.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from crmbook.ooxml import Package
from crmbook.schema import Layout
from tests.faults.desk import FILES, NAMES, Desk, begun, book, edited
from tests.folders import write_files
from tests.saving import save_with_digits
from tests.sync.firm import Copy, Firm
from tests.sync.firm import workspace as firm_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from crmbook.sync.pipeline import Report

COPY = "甲-冲突.xlsx"
ISSUES, CONFLICTS = "issues", "conflicts"


@dataclass(frozen=True)
class Scene(Desk):
    """A folder in which a sync with certain options is due."""

    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def paths(self) -> list[Path]:
        return sorted(self.folder.glob("*.xlsx"))

    def sync(self, *paths: Path, **changed: Any) -> Report:
        return super().sync(*paths, **{**self.options, **changed})

    def copied(self, folder: Path) -> Scene:
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return Scene(folder, self.options)

    def safe(self) -> set[bytes]:
        """The bytes of all workbooks, in their place, in the backups and in the archive."""
        return {path.read_bytes() for path in self.folder.rglob("*.xlsx")}

    def answer(self, name: str, sheet: str, decision: str) -> None:
        """Choose from the dropdown of the first line of 校验问题 or 冲突处理."""
        path, place = self.folder / name, Layout(book()).tables[sheet]
        package = Package.open(path)
        ref = f"{place.columns['decision'].letter}{place.first_row}"
        package.sheet(place.sheet).set(ref, decision)
        package.save(path)


def _new(source: Path, **options: Any) -> Scene:
    folder = Path(mkdtemp(prefix="crmbook-faults-"))
    Desk.at(folder, source)
    return Scene(folder, options)


def adopted() -> Scene:
    """The store is lost, both have worked on, and somebody begins a new one."""
    scene = _new(edited(), adopt_store=True)
    shutil.rmtree(scene.folder / ".crmbook")
    return scene


def copied() -> Scene:
    """A drive has kept both of two versions."""
    scene = _new(begun())
    (scene.folder / COPY).write_bytes((scene.folder / NAMES[0]).read_bytes())
    there = [path.name for path in scene.paths]
    scene.type(there.index(NAMES[0]), "clients", 2, phone="甲的电话")
    scene.type(there.index(COPY), "clients", 2, phone="副本的电话")
    scene.type(there.index(COPY), "clients", 3, phone="副本的改动")
    scene.type(there.index(COPY), "clients", 5, name="副本新客", phone="43")
    scene.type(there.index(NAMES[1]), "clients", 4, rating=1)
    return scene


def damaged() -> Scene:
    """One has emptied a table and typed elsewhere, the other has gone on."""
    scene = _new(begun())
    mine = scene.paths.index(scene.folder / NAMES[0])
    for row in (2, 3, 4):
        scene.type(mine, "clients", row, client_id=None, name=None, phone=None, rating=None)
    scene.type(mine, "calls", 2, note="改过")
    scene.type(1 - mine, "clients", 2, phone="乙的电话")
    return scene


@cache
def _held() -> Path:
    scene = damaged()
    assert scene.sync().exit_code == 3
    return scene.folder


def confirmed() -> Scene:
    scene = _new(_held())
    scene.answer(NAMES[0], ISSUES, "确认")
    return scene


def discarded() -> Scene:
    scene = _new(_held())
    scene.answer(NAMES[0], ISSUES, "放弃")
    return scene


def accepted() -> Scene:
    [plan] = [one.plan for one in _new(_held()).sync().workbooks if one.plan is not None]
    return _new(_held(), accept=plan.id)


def migrated() -> Scene:
    """The schema has got a field, and another title for one, while both were at work."""
    folder = write_files(Path(mkdtemp(prefix="crmbook-faults-")), FILES)
    clients = folder / "schemas/clients.yaml"
    text = clients.read_text(encoding="utf-8")
    told = "  rating:"
    assert told in text
    text = text.replace(told, "  city: {title: {zh: 城市, en: Town}, type: text}\n" + told)
    text = text.replace("title: {zh: 电话, en: Phone}", "title: {zh: 手机, en: Mobile}, aliases: [电话]")
    clients.write_text(text, encoding="utf-8")
    return _new(edited(), workspace=folder)


def disputed() -> Scene:
    """A conflict stands in both workbooks, and each of the two settles it for herself."""
    scene = _new(edited())
    scene.settle()
    scene.answer(NAMES[0], CONFLICTS, "采用主库")
    scene.answer(NAMES[1], CONFLICTS, "采用本簿")
    return scene


def narrowed() -> Scene:
    """An owner's copy and a role's lie beside the whole workbook, in which a key is typed anew; one was saved at 15 digits."""
    folder = Path(mkdtemp(prefix="crmbook-faults-"))
    firm = Firm(folder, "owner", "role")
    owners, till = firm.other, Copy(folder / "role.xlsx")
    firm.main.type("customers", firm.main.where("customers", "001"), customer_id="V1", town="苏州")
    owners.type("customers", owners.where("customers", "001"), town="无锡")
    owners.type("purchases", owners.where("purchases", "1001"), memo="王芳改")
    owners.add("purchases", customer_id="001", amount=100 / 3, memo="王芳新购")
    save_with_digits(owners.path)
    till.type("purchases", till.where("purchases", "1001"), memo="收银改")
    till.add("purchases", customer_id="客户2", amount=7, memo="收银新购")
    return Scene(folder, {"workspace": firm_workspace()})


SCENES: dict[str, Callable[[], Scene]] = {
    made.__name__: made
    for made in (adopted, copied, damaged, confirmed, discarded, accepted, migrated, disputed, narrowed)
}


@cache
def scene(name: str) -> Scene:
    """The scene of a name, as it stands before the sync."""
    return SCENES[name]()
