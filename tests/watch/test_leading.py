"""One watcher leads, whatever happens to clocks, processes and servers; whoever leads no more says so and writes nothing."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from crmbook.base.errors import BusyError
from crmbook.store import Store, locate
from crmbook.sync import push
from tests.postgres import restart
from tests.sync.shop import Sheet, workspace
from tests.watch.programs import Clock, Watch, begun, crmbook
from tests.watch.watching import Watching, until


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    return begun(tmp_path_factory.mktemp("model"))


@pytest.fixture
def folder(model, tmp_path) -> Path:
    return Path(shutil.copytree(model, tmp_path / "shared"))


def words_for(kind: str, folder: Path, request: pytest.FixtureRequest) -> tuple[object, ...]:
    """Adopt a server's store, if one is wanted, and return the options that name it."""
    if kind == "sqlite":
        return ()
    words = ("--store", request.getfixturevalue("server"), "--workspace", workspace())
    assert crmbook("sync", folder, "--adopt-store", *words).returncode in {0, 1}
    return words


def let_leases_run_out(place: str | Path) -> None:
    with Store.open(place) as store, store._database.write() as connection:
        connection.exec_driver_sql("UPDATE crmbook_lease SET until = 0")


def put_to_sleep(sleeper: Watch, place: str | Path) -> None:
    """Stop a process between two of its transactions, and let its leases run out."""
    while True:
        sleeper.freeze()
        try:
            return let_leases_run_out(place)
        except BusyError:
            sleeper.thaw()
            time.sleep(0.3)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_leader_that_slept_past_its_time_says_that_it_lost_the_lead(kind, folder, tmp_path, request):
    words = words_for(kind, folder, request)
    with Watch(folder, tmp_path / "1", *words) as first, Watch(folder, tmp_path / "2", *words) as second:
        until(lambda: "Watching" in first.text + second.text and "standing by" in first.text + second.text)
        sleeper, other = (first, second) if "Watching" in first.text else (second, first)
        put_to_sleep(sleeper, locate(folder, str(words[1]) if words else None))
        other.until_said("Taking over")
        sleeper.thaw()
        sleeper.until_said("The lead was lost", "standing by")
        Sheet(folder / "a.xlsx").type("clients", 2, name="关羽")
        other.until_said("a.xlsx: took in 1 changed cell")
        assert (sleeper.stop(), other.stop()) == (0, 0)
        assert "took in" not in sleeper.text
        assert "The lead was lost" not in other.text


@pytest.mark.slow
def test_a_clock_that_is_put_forward_makes_no_second_leader(folder, tmp_path):
    clock = Clock(tmp_path)
    with Watch(folder, tmp_path / "1") as first:
        first.until_said("Watching")
        clock.put_forward(86_400)
        with Watch(folder, tmp_path / "2", clock=clock) as second:
            second.until_said("standing by")
            Sheet(folder / "a.xlsx").type("clients", 2, name="张飞")
            first.until_said("a.xlsx: took in 1 changed cell")
            assert (second.stop(), first.stop()) == (0, 0)
            assert "Taking over" not in second.text


@pytest.mark.slow
def test_a_server_started_anew_in_the_middle_leaves_one_leader(folder, tmp_path, request):
    words = words_for("postgresql", folder, request)
    with Watch(folder, tmp_path / "1", *words) as first:
        first.until_said("Watching")
        with Watch(folder, tmp_path / "2", *words) as second:
            second.until_said("standing by")
            both = [first, second]
            for number, name in enumerate(("赵云", "马超", "黄忠"), 1):
                restart()
                Sheet(folder / "a.xlsx").type("clients", 2, name=name)
                until(
                    lambda number=number: sum(one.text.count("took in 1 changed") for one in both) == number,
                    lambda: first.text + second.text,
                )
            until(
                lambda: (
                    (tells := (first.text + second.text))
                    and tells.count("standing by") > tells.count("Taking over")
                )
            )
            assert (second.stop(), first.stop()) == (0, 0)
            assert first.text.count("took in") + second.text.count("took in") == 3
    assert Sheet(folder / "a.xlsx").value("clients", "name", 2) == "黄忠"


def test_what_was_taken_in_before_the_lead_was_lost_is_told(folder, monkeypatch):
    """Between the commit of what a workbook brought and the one of what is written, another watcher takes over."""
    rendered = push.render

    def lose_the_lead(*given, **named):
        if not stolen:
            stolen.append(True)
            with Store.open(locate(folder)) as store, store._database.write() as connection:
                connection.exec_driver_sql(
                    "UPDATE crmbook_lease SET token = token + 1 WHERE book_id LIKE 'watch %'"
                )
        return rendered(*given, **named)

    stolen = []
    with Watching(folder) as watching:
        watching.until(watching.settled)
        monkeypatch.setattr(push, "render", lose_the_lead)
        Sheet(folder / "a.xlsx").type("clients", 2, name="关羽")
        watching.until(lambda: watching.said("The lead was lost"))
        watching.until(watching.settled)
    assert watching.said("a.xlsx: took in 1 changed cell") == 1
    assert watching.said("a.xlsx: will be tried again") == 1
