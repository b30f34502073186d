"""Where a store lies: beside the workbooks, but never where a drive would upload it."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmbook.store import exists, locate
from crmbook.store.location import is_network, is_shared, list_mounts, mounts_told


@pytest.fixture(autouse=True)
def _quiet(monkeypatch, tmp_path):
    for name in ("CRMBOOK_STORE", "OneDrive", "OneDriveCommercial", "OneDriveConsumer"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def test_a_plain_folder_keeps_its_store(tmp_path):
    assert locate(tmp_path) == tmp_path / ".crmbook"
    assert not exists(locate(tmp_path))


def test_who_names_a_place_gets_it(tmp_path, monkeypatch):
    monkeypatch.setenv("CRMBOOK_STORE", "postgresql://db/crm")
    assert locate(tmp_path) == "postgresql://db/crm"
    assert locate(tmp_path, "postgresql://other/crm") == "postgresql://other/crm"
    monkeypatch.setenv("CRMBOOK_STORE", str(tmp_path / "elsewhere"))
    assert locate(tmp_path) == tmp_path / "elsewhere"


SYNCED = [
    "OneDrive", "OneDrive - 某某有限公司", "Dropbox", "Dropbox (Team)", "Nutstore Files", "我的坚果云", "坚果云", "Google Drive",
    "iCloudDrive", "Mobile Documents", "CloudStorage", "Nextcloud", "GoogleDrive-a@b.cn",
]  # fmt: skip


@pytest.mark.parametrize("name", SYNCED)
def test_a_synced_folder_does_not(tmp_path, name):
    folder = tmp_path / name / "销售" / "2023"
    folder.mkdir(parents=True)
    place = locate(folder)
    assert place.is_relative_to(tmp_path / "data")
    assert locate(folder) == place
    assert locate(folder.parent) != place
    assert not (folder / ".crmbook").exists()


@pytest.mark.parametrize("mark", [".stfolder", ".dropbox", ".nutstore", ".tmp.drivedownload"])
def test_a_folder_that_a_sync_program_marked_does_not(tmp_path, mark):
    folder = tmp_path / "共享" / "客户"
    folder.mkdir(parents=True)
    assert locate(folder) == folder / ".crmbook"
    (tmp_path / "共享" / mark).mkdir()
    assert locate(folder) != folder / ".crmbook"


def test_onedrives_own_variable_is_believed(tmp_path, monkeypatch):
    monkeypatch.setenv("OneDriveCommercial", str(tmp_path))
    assert is_shared(tmp_path / "客户")


@pytest.mark.parametrize("name", ["One Drives", "dropboxes", "坚果", "drive", "synced", "icloud"])
def test_names_that_only_resemble_one_are_plain(tmp_path, name):
    assert not is_shared(tmp_path / name)


@pytest.mark.parametrize(
    ("kind", "shared"),
    [("nfs4", True), ("cifs", True), ("fuse.sshfs", True), ("SMBFS", True), ("ext4", False), ("fuseblk", False), ("apfs", False)],
)  # fmt: skip
def test_the_nearest_mount_tells_a_network_folder(kind, shared):
    folder = Path("/mnt/公司/客户")
    assert is_shared(folder, [(Path("/"), "ext4"), (Path("/mnt/公司"), kind)]) == shared
    assert is_shared(folder, [(Path("/"), kind), (Path("/mnt"), "xfs")]) is False


def test_a_share_of_windows_is_the_network():
    assert is_shared(Path("//server/客户"), [])
    assert is_network(Path("//server/客户"), [])


def test_a_synced_folder_on_this_machine_is_not_the_network(tmp_path):
    folder = tmp_path / "OneDrive" / "客户"
    assert is_shared(folder)
    assert not is_network(folder)
    assert is_network(folder, [(tmp_path, "cifs")])


def test_a_link_into_the_network_lies_there(tmp_path):
    (tmp_path / "共享").mkdir()
    (tmp_path / "客户").symlink_to(tmp_path / "共享", target_is_directory=True)
    assert is_network(tmp_path / "客户", [(tmp_path / "共享", "nfs4")])


def test_this_machine_tells_its_mounts():
    assert Path("/") in dict(list_mounts())


def test_the_mac_tells_its_mount_points_by_lines():
    lines = """\
/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)
map auto_home on /System/Volumes/Data/home (autofs, automounted, nobrowse)
//anna@nas/Team on /Volumes/Team (2) (smbfs, nodev, nosuid, mounted by anna)
nothing of the kind
"""
    assert [(str(at), kind) for at, kind in mounts_told(lines)] == [
        ("/", "apfs"), ("/System/Volumes/Data/home", "autofs"), ("/Volumes/Team (2)", "smbfs"),
    ]  # fmt: skip
