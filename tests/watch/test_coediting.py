"""Which folders lie in a drive whose co-editing hides locks."""

from __future__ import annotations

import pytest

from crmbook.watch.coediting import may_be_coedited


@pytest.mark.parametrize(
    "name",
    [
        "OneDrive",
        "OneDrive - Contoso",
        "OneDrive-Personal",
        "onedrive",
        "SkyDrive",
        "SharePoint",
        "SharePoint - 销售部",
    ],
)
@pytest.mark.parametrize("below", ["", "客户/2024"])
def test_a_folder_of_onedrive_or_sharepoint_is_known_by_a_name_above_it(name, below, tmp_path):
    assert may_be_coedited(tmp_path / name / below)


@pytest.mark.parametrize("name", ["客户", "Dropbox", "我的坚果云", "OneDriver", "my onedrive", "Sharepoints"])
def test_other_folders_are_not(name, tmp_path):
    assert not may_be_coedited(tmp_path / name)


@pytest.mark.parametrize("variable", ["OneDrive", "OneDriveCommercial", "OneDriveConsumer"])
def test_it_is_known_by_what_windows_says(variable, tmp_path, monkeypatch):
    monkeypatch.setenv(variable, str(tmp_path / "Contoso"))
    assert may_be_coedited(tmp_path / "Contoso" / "客户")
    assert not may_be_coedited(tmp_path / "elsewhere")


def test_it_is_known_by_the_mark_that_the_drive_leaves(tmp_path):
    (tmp_path / ".849C9593-D756-4E56-8D6E-42412F2A707B").touch()
    assert may_be_coedited(tmp_path)
