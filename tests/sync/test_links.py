"""Rule 34: one file is one workbook, under whichever names: links beside it are no workbooks of their own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from crmbook.sync.pipeline import Options, sync_workbooks
from crmbook.watch.folder import look_at
from tests.cli.run import run_json
from tests.sync.shop import DAY, MAIN, Sheet, Shop

if TYPE_CHECKING:
    from collections.abc import Callable

AT = ("--as-of", DAY.isoformat())
LINKS: dict[str, Callable[..., None]] = {"symbolic": os.symlink, "hard": os.link}
NAMES = ["a 客户.xlsx", "链接.xlsx"]
"""Before and behind the workbook's own name, by their letters."""


@pytest.fixture
def shop(tmp_path) -> Shop:
    return Shop(tmp_path / "簿")


def known(shop: Shop) -> list[tuple[str, int]]:
    with shop.store() as store:
        return [(one.path, one.export) for one in store.workbooks(store.books()[0].book_id)]


@pytest.mark.sample(1)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", LINKS)
def test_a_link_beside_a_workbook_is_the_workbook(shop, kind, name):
    link = shop.folder / name
    LINKS[kind](shop.main.path, link)
    [(_, number)] = known(shop)
    for count, owner in enumerate(("赵一", "钱二", "孙三")):
        (Sheet(link) if kind == "hard" and count else shop.main).type("clients", 2, owner=owner)
        if not link.is_symlink() and not link.samefile(shop.main.path):
            link.unlink()  # the program that saved broke the link
            os.link(shop.main.path, link)
        shop.sync()
        assert shop.by_key("clients", "owner")["001"] == owner
        assert link.samefile(shop.main.path)
        assert link.is_symlink() == (kind == "symbolic")
    [(_, last)] = known(shop)
    assert last == number + 3
    before = shop.main.data
    for path in (link, shop.main.path):
        report = sync_workbooks([path], Options(DAY))
        assert [one.written for one in report.workbooks] == [False]
    assert shop.main.data == before
    assert len(known(shop)) == 1
    assert shop.conflicts() == []


@pytest.mark.parametrize("kind", LINKS)
def test_a_watcher_and_status_see_one_workbook(shop, kind):
    LINKS[kind](shop.main.path, shop.folder / "链接.xlsx")
    assert list(look_at(shop.folder).workbooks) == [MAIN]
    _, told = run_json("status", shop.folder)
    assert [one["name"] for one in told["workbooks"]] == [MAIN]
    _, report = run_json("sync", shop.folder, *AT)
    assert [one["file"] for one in report["workbooks"]] == [str(shop.main.path)]


def test_a_link_into_another_folder_is_written_where_it_points(shop, tmp_path):
    away = tmp_path / "盘" / MAIN
    away.parent.mkdir()
    shop.main.path.rename(away)
    shop.main.path.symlink_to(away)
    Sheet(away).type("clients", 2, owner="赵一")
    shop.sync(shop.main)
    assert shop.main.path.is_symlink()
    assert shop.by_key("clients", "owner")["001"] == "赵一"
    assert len(known(shop)) == 1


@pytest.mark.sample(1)
@pytest.mark.parametrize("first", [0, 1, 2])
def test_a_workbook_named_by_several_paths_is_synced_once(shop, tmp_path, first):
    (tmp_path / "近路").symlink_to(shop.folder)
    (tmp_path / MAIN).symlink_to(shop.main.path)
    paths = [tmp_path / "近路" / MAIN, tmp_path / MAIN, shop.folder / ".." / shop.folder.name / MAIN]
    paths = paths[first:] + paths[:first]
    [(_, number)] = known(shop)
    for count, owner in enumerate(("赵一", "钱二"), 1):
        shop.main.type("clients", 2, owner=owner)
        report = sync_workbooks(paths, Options(DAY, store=str(shop.folder / ".crmbook")))
        assert ([one.written for one in report.workbooks], report.failures) == ([True], [])
        assert [export for _, export in known(shop)] == [number + count]
        assert shop.by_key("clients", "owner")["001"] == owner


def test_a_path_is_told_without_its_detours(shop):
    report = sync_workbooks([shop.folder / ".." / shop.folder.name / MAIN], Options(DAY))
    assert [one.path for one in report.workbooks] == [shop.main.path]


def test_a_backup_of_a_hard_linked_workbook_leaves_other_names_as_they_are(shop, tmp_path):
    far = tmp_path / "far.xlsx"
    os.link(shop.main.path, far)
    far.chmod(0o664)
    shop.main.type("clients", 2, owner="赵一")
    if not far.samefile(shop.main.path):
        far.unlink()  # the program that saved broke the link
        os.link(shop.main.path, far)
        far.chmod(0o664)
    before = far.read_bytes()
    shop.sync()
    assert far.read_bytes() == before
    assert far.stat().st_mode & 0o777 == 0o664
