"""The oracle sees what it is for: each bug that is planted into sync is caught by a few steps that are otherwise fine."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from crmbook.ingest import pipeline as ingest
from crmbook.ingest import settle
from crmbook.merge import merge_table
from crmbook.store import Store
from crmbook.sync import pull
from tests.sync.oracle import ForbiddenError
from tests.sync.shop import MAIN, OTHER
from tests.sync.world import KINDS, World

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmbook.ingest.identify import Identity

    Plant = Callable[[pytest.MonkeyPatch], None]
    Story = Callable[[World], None]

WRITTEN = "before the file is replaced"


# What happens


def both_edit_a_cell(world: World) -> None:
    world.edit(MAIN, 0, "owner")
    world.edit(OTHER, 0, "owner")
    world.sync()


def one_edits_while_the_other_rests(world: World) -> None:
    world.edit(MAIN, 0, "owner")
    world.sync(MAIN)
    world.edit(OTHER, 1, "owner")
    world.sync(OTHER)


def cut_off_with_a_new_row(world: World) -> None:
    world.add(MAIN)
    world.cut_off(WRITTEN, 0)
    world.sync()


def an_open_workbook_is_read_twice(world: World) -> None:
    world.lock(MAIN)
    world.edit(MAIN, 0, "owner")
    world.sync()
    world.edit(OTHER, 0, "owner")
    world.sync()
    world.sync()


def a_row_goes_and_an_old_copy_lacks_another(world: World) -> None:
    world.keep(MAIN)
    world.add(OTHER)
    world.sync()
    world.put_back(MAIN)
    world.sync()


def an_old_copy_comes_back(world: World) -> None:
    world.keep(MAIN)
    world.edit(MAIN, 0, "owner")
    world.sync()
    world.put_back(MAIN)
    world.sync()


def rows_are_sorted_and_one_is_edited_elsewhere(world: World) -> None:
    world.edit(OTHER, 0, "owner")
    world.sync(OTHER)
    world.sort(MAIN, hidden=True)
    world.sync()


def a_row_is_copied_and_edited_elsewhere(world: World) -> None:
    world.edit(OTHER, 0, "owner")
    world.sync(OTHER)
    world.copy_row(MAIN, 0)
    world.sync()


def nonsense_is_typed(world: World) -> None:
    world.edit(MAIN, 0, "since", bad=True)
    world.sync()


def an_emptied_row_is_edited_elsewhere(world: World) -> None:
    world.edit(MAIN, 2, "owner")
    world.clear(OTHER, 2, whole=True)
    world.sync()


def a_choice_meets_a_newer_edit(world: World) -> None:
    both_edit_a_cell(world)
    world.edit(MAIN, 0, "owner")
    world.sync(MAIN)
    world.settle(OTHER, 0, "copy")
    world.sync(OTHER)


def cut_off_then_edited(world: World) -> None:
    world.edit(MAIN, 0, "owner")
    world.cut_off("before the store learns that it was", 0)
    world.edit(MAIN, 1, "owner")
    world.sync()


def a_key_is_renamed_beside_a_copy_saved_at_15_digits(world: World) -> None:
    world.rename(MAIN, 0)
    world.save_again(OTHER)
    world.edit(OTHER, 0, "owner")
    world.cut_off(WRITTEN, 0)
    world.rename(OTHER, 1)
    world.save_again(MAIN)
    world.sync()


# What is wrong with sync


def merging(change: Callable[..., Any]) -> Plant:
    return lambda monkeypatch: monkeypatch.setattr(ingest, "merge_table", change)


def last_write_wins(base, head, file, rules=None, **others):
    merged = merge_table(base, head, file, rules, **others)
    frame = merged.frame.copy()
    for conflict in merged.conflicts:
        if conflict.head is not None and conflict.file is not None:
            for label, value in zip(conflict.labels, conflict.file, strict=True):
                frame.loc[conflict.row_id, label] = value
    return dataclasses.replace(merged, frame=frame)


def base_is_head(base, head, file, rules=None, **others):
    return merge_table(head, head, file, rules, **others)


def conflicts_are_dropped(base, head, file, rules=None, **others):
    return dataclasses.replace(merge_table(base, head, file, rules, **others), conflicts=())


def old_copies_delete(base, head, file, rules=None, **others):
    return merge_table(head, head, file, rules, **{**others, "keep_missing": False, "seen": ()})


def what_was_seen_is_new(base, head, file, rules=None, *, seen=(), **others):
    return merge_table(seen[-1] if seen else base, head, file, rules, **others)


def unseen_deletes(base, head, file, rules=None, **others):
    merged = merge_table(base, head, file, rules, **others)
    gone = [one.row_id for one in merged.conflicts if one.file is None]
    return dataclasses.replace(merged, frame=merged.frame.drop(index=gone))


def no_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest.Intake, "journal", property(lambda intake: {}))


def image_not_updated(monkeypatch: pytest.MonkeyPatch) -> None:
    commit = Store.commit

    def forgetful(store, lease, book_id, one):
        return commit(store, lease, book_id, dataclasses.replace(one, image=None))

    monkeypatch.setattr(Store, "commit", forgetful)


def rows_by_position(monkeypatch: pytest.MonkeyPatch) -> None:
    identify = ingest.identify

    def positional(book, snapshot, checked, image, *others, **options) -> Identity:
        found = identify(book, snapshot, checked, image, *others, **options)
        ids = {
            name: pd.Series(sorted(rows), index=rows.index, dtype=object) for name, rows in found.ids.items()
        }
        return dataclasses.replace(found, ids=ids)

    monkeypatch.setattr(ingest, "identify", positional)


def copies_are_the_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a row and its copy, the lower one keeps the id."""
    identify = ingest.identify

    def swapped(book, snapshot, checked, image, *others, **options) -> Identity:
        found = identify(book, snapshot, checked, image, *others, **options)
        for name, new in found.new.items():
            if new and name == "clients":
                rows = found.ids[name]
                rows[rows.index[0]], rows[new[0]] = rows[new[0]], rows[rows.index[0]]
        return found

    monkeypatch.setattr(ingest, "identify", swapped)


def bad_values_are_blank(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "with_known", lambda file, unknown, image: file)
    state_frames = ingest.state_frames
    monkeypatch.setattr(ingest, "state_frames", lambda *args: (state_frames(*args)[0], {}))


def choices_are_blind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settle._Desk, "_moved", lambda desk, record, labels: ())


def a_file_is_trusted_after_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    settle_pending = pull.Pull._settle_pending

    def trusting(one, opened):
        found = settle_pending(one, opened)
        return found and dataclasses.replace(found, digest=opened.digest, state="current")

    monkeypatch.setattr(pull.Pull, "_settle_pending", trusting)


CASES: list[tuple[Plant, Story]] = [
    (merging(last_write_wins), both_edit_a_cell),
    (merging(base_is_head), one_edits_while_the_other_rests),
    (merging(conflicts_are_dropped), both_edit_a_cell),
    (merging(old_copies_delete), a_row_goes_and_an_old_copy_lacks_another),
    (merging(what_was_seen_is_new), an_old_copy_comes_back),
    (merging(unseen_deletes), an_emptied_row_is_edited_elsewhere),
    (no_journal, cut_off_with_a_new_row),
    (image_not_updated, an_open_workbook_is_read_twice),
    (rows_by_position, rows_are_sorted_and_one_is_edited_elsewhere),
    (copies_are_the_row, a_row_is_copied_and_edited_elsewhere),
    (bad_values_are_blank, nonsense_is_typed),
    (choices_are_blind, a_choice_meets_a_newer_edit),
    (a_file_is_trusted_after_a_crash, cut_off_then_edited),
]


def played(world: World, story: Story) -> None:
    story(world)
    world.rest()


STORIES = [*dict.fromkeys(story for _, story in CASES), a_key_is_renamed_beside_a_copy_saved_at_15_digits]


@pytest.mark.sample(1)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("story", STORIES)
def test_the_story_ends_well_as_sync_is(tmp_path, story, kind):
    played(World(tmp_path, kind), story)


@pytest.mark.sample(1)
@pytest.mark.parametrize(("plant", "story"), CASES)
def test_a_planted_bug_is_caught(tmp_path, monkeypatch, plant, story):
    world = World(tmp_path)
    plant(monkeypatch)
    with pytest.raises(ForbiddenError):
        played(world, story)
