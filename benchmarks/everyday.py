"""What a person waits for every day, start-up and all: an edited cell synced, an unchanged workbook told, help.

The workbook is that of the example company, built and synced once and kept in the temporary folder; every turn gets a
copy of it with its store. ``python -m benchmarks.everyday [ROUNDS [PYTHON]]`` holds these contests, looks where the time of a
sync goes and how large an installation is, that of this Python or of another, and writes EVERYDAY.md.

Everybody runs with the bytecode that an installed program has, also where the environment says to write none.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import opening
from benchmarks.contest import Contest, Entrant, Peer, hold, rows_of
from benchmarks.sampling import installed, sampled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

RESULTS = Path(__file__).with_name("EVERYDAY.md")
ROUNDS = 7
BOOK, EDITED = "book.xlsx", "edited.xlsx"
EXAMPLE, AS_OF, NOTE = "company", "2025-06-30", "已回访"
MEMORY = 110
_LOAD_AND_SAVE = (
    "import sys; from openpyxl import load_workbook; load_workbook(sys.argv[1]).save(sys.argv[2])"
)


def kept() -> Path:
    """Return the folder with the company's book and its edited state, made by the first who asks, apart."""
    from crmbook.schema.sources import sources_digest  # a changed schema makes another book

    schema = sources_digest("standard", "zh", None)[:8]
    folder = Path(tempfile.gettempdir(), f"crmbook-everyday-{schema}")
    if not (folder / EDITED).exists():
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "shop").mkdir(parents=True)
        run_program(
            "-m", "crmbook", "build", "-o", folder / "shop" / BOOK, "--example", EXAMPLE, "--lang", "zh"
        )
        for _ in range(2):
            sync(folder / "shop" / BOOK)
        run_program("-m", "benchmarks.everyday", "edit", folder / "shop" / BOOK, folder / EDITED)
    return folder


def run_program(*words: object) -> None:
    """Run Python with these words, with bytecode and without its output; 1 says that there are findings to look at."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-W", "ignore", *map(str, words)]
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL, env=kept)
    if done.returncode not in {0, 1}:
        raise AssertionError(f"{command} ended with exit code {done.returncode}")


def sync(path: Path) -> None:
    run_program("-m", "crmbook", *sync_words(path))


def sync_words(path: Path) -> list[str]:
    """Return the command that syncs a workbook as of the day that the example shows."""
    return ["sync", str(path), "--as-of", AS_OF]


def edit(source: Path, target: Path) -> None:
    """Type a note about one customer, as an office program would save it."""
    from crmbook.ooxml import Package
    from crmbook.read import read_workbook
    from crmbook.schema import load_book

    package = Package.open(source)
    people = read_workbook(package, load_book("standard", "zh")).tables["customers"]
    row = people.frame.index[len(people.frame) // 2]
    package.sheet(people.sheet).set(f"{people.columns['notes'].letter}{row}", NOTE)
    package.save(target)


def copied(folder: Path, state: str) -> Path:
    """Return a fresh copy of the workbook in a state, with its store, written down before a clock starts."""
    shop = folder / "shop"
    shutil.rmtree(shop, ignore_errors=True)
    shutil.copytree(kept() / "shop", shop)
    if state != BOOK:
        shutil.copyfile(kept() / state, shop / BOOK)
    os.sync()
    return shop / BOOK


def edited(folder: Path) -> Callable[[], None]:
    return partial(sync, copied(folder, EDITED))


def unchanged(folder: Path) -> Callable[[], None]:
    return partial(sync, copied(folder, BOOK))


def openpyxl(folder: Path) -> Callable[[], None]:
    return partial(run_program, "-c", _LOAD_AND_SAVE, kept() / EDITED, folder / "openpyxl.xlsx")


def shown_help(_folder: Path) -> Callable[[], None]:
    return partial(run_program, "-m", "crmbook", "--help")


def version(_folder: Path) -> Callable[[], None]:
    return partial(run_program, "-m", "crmbook", "--version")


def typer(_folder: Path) -> Callable[[], None]:
    return partial(run_program, "-c", "import typer")


def same_edited(folder: Path) -> Callable[[], None]:
    return partial(_expect, folder, 1)


def same_unchanged(folder: Path) -> Callable[[], None]:
    return partial(_expect, folder, 0)


def _expect(folder: Path, edits: int) -> None:
    """Raise unless the last turn made a revision for each edit and took it in."""
    before, after = _state(kept() / "shop"), _state(folder / "shop")
    if after != (before[0] + edits, before[1] + edits):
        raise AssertionError(f"revision and notes were {before}, are {after}")


def _state(shop: Path) -> tuple[int, int]:
    from crmbook.store import Store, private_location

    with Store.open(private_location(shop)) as store:
        (book,) = store.books()
        head = store.head(book.book_id)
    return head.revision, int((head.tables["customers"]["notes"] == NOTE).sum())


def contests(rounds: int = ROUNDS) -> tuple[Contest, ...]:
    """Return the contests."""
    whole = Peer("openpyxl load + save", "benchmarks.everyday:openpyxl", target=2)
    typing = Peer('python -c "import typer"', "benchmarks.everyday:typer", target=1 / 1.5)
    return (
        Contest(
            name="everyday-edited",
            work="sync of the example company, one cell edited",
            ours=Entrant("crmbook sync", "benchmarks.everyday:edited"),
            peers=(whole,),
            same="benchmarks.everyday:same_edited",
            rounds=rounds,
            memory=MEMORY,
            prepare=kept,
        ),
        Contest(
            name="everyday-unchanged",
            work="the same file, nothing new",
            ours=Entrant("crmbook sync", "benchmarks.everyday:unchanged"),
            peers=(Peer(whole.title, whole.function, target=4),),
            same="benchmarks.everyday:same_unchanged",
            rounds=rounds,
            prepare=kept,
        ),
        *(
            Contest(
                name=f"everyday-{name}",
                work=f"crmbook --{name}",
                ours=Entrant(f"crmbook --{name}", f"benchmarks.everyday:{function}"),
                peers=(typing,),
                rounds=rounds,
            )
            for name, function in (("help", "shown_help"), ("version", "version"))
        ),
    )


def main(words: Sequence[str]) -> int:
    """Hold the contests, look where the time goes and write EVERYDAY.md; or make the edited state of a workbook."""
    if words[:1] == ["edit"]:
        edit(*map(Path, words[1:]))
        return 0
    from benchmarks.machine import machine

    rounds = int(words[0]) if words else ROUNDS
    python = words[1] if len(words) > 1 else sys.executable
    lines = []
    for contest in (*contests(rounds), *opening.contests()):
        kept()
        rows = rows_of(contest, hold(contest))
        print(*rows, sep="\n", flush=True)
        lines += rows
    text = _TEXT.format(
        rounds=rounds,
        contests=_table(
            ("work", "crmbook", "peer", "times as fast", "times as little processor", "target"), lines
        ),
        rooms=_table(("where", "share", "most of it in"), _rooms()),
        installed=_table(("package", "MB"), installed(python)),
        machine=machine(),
    )
    RESULTS.write_text(text, encoding="utf-8")
    return 0


def _rooms() -> list[list[str]]:
    """Return where the processor time of a sync of the edited workbook goes, room by room."""
    with tempfile.TemporaryDirectory() as name:
        return sampled(sync_words(copied(Path(name), EDITED)))


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


_TEXT = """# Every day

`python -m benchmarks.everyday` makes this file. Seconds are medians of {rounds} rounds with the fastest and the slowest in
brackets, start-up included; the entrants take turns within a round, and each ratio is taken within its round (see
[RESULTS.md](RESULTS.md)); the office program opens and saves once. On a machine that others use as well, read the column of
the processor.

{contests}

## Where the time of a sync goes

The processor's time of `crmbook sync` with one cell edited, looked at every millisecond of it: what is being imported, else in
whose code the program is, libraries counted to the package that called them.

{rooms}

## What is installed

Files of crmbook and of what comes with it, bytecode not counted:

{installed}

{machine}
"""

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
