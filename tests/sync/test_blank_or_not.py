"""A prospect with a customer id that nobody bears is nobody new: none is entered until somebody says who is meant."""

from __future__ import annotations

import pytest

from crmbook.store import Store, locate
from crmbook.sync.pipeline import Options, sync_workbooks
from tests.desk import DAY, NAME, Desk, moved, settled

NEW = {"name": "路人", "contact": "13700009999", "customer_id": "查无此人"}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder with the sample and a colleague's copy of it, both at rest."""
    folder = tmp_path_factory.mktemp("blank")
    data = settled(folder)
    (folder / "同事.xlsx").write_bytes(data)
    sync_workbooks([folder / NAME, folder / "同事.xlsx"], Options(DAY))
    return folder


@pytest.fixture(params=["author first", "colleague first"])
def office(home, tmp_path, request):
    """The author's desk, the colleague's, and a function that syncs both."""
    author = Desk(moved(home, tmp_path))
    colleague = Desk(tmp_path / "同事.xlsx")
    paths = [author.path, colleague.path][:: 1 if request.param == "author first" else -1]
    return author, colleague, lambda: sync_workbooks(paths, Options(DAY))


def customers(desk: Desk) -> list[str]:
    with Store.open(locate(desk.path.parent)) as store:
        return store.head(store.books()[0].book_id).tables["customers"]["name"].tolist()


def free_row(desk: Desk) -> int:
    return int(desk.area("prospects").rpartition(":")[2].lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) + 1


def test_nobody_is_entered_for_an_id_that_means_nobody(office):
    author, colleague, sync = office
    before, row = customers(author), free_row(author)
    author.type("prospects", row, **NEW)
    for address in ("苏州", "杭州"):
        sync()
        assert customers(author) == before
        assert author.value("prospects", "customer_id", row) == NEW["customer_id"]
        colleague.type("customers", 3, address=address)  # whose copy shows a blank there
    sync()
    assert customers(author) == before

    author.type("prospects", row, customer_id=None)
    sync()
    sync()
    assert customers(author) == [*before, NEW["name"]]


def test_whoever_is_chosen_then_is_the_one(office):
    author, _, sync = office
    before, row = customers(author), free_row(author)
    author.type("prospects", row, **NEW)
    sync()
    author.type("prospects", row, customer_id="001")
    sync()
    sync()
    assert customers(author) == before
    assert author.value("prospects", "customer_id", row) == "001"
