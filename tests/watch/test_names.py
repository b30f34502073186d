from __future__ import annotations

import unicodedata

import pytest

from crmbook.watch.names import FileKind, fold, kind_of, locks_of, spell

NAMES = {
    FileKind.WORKBOOK: [
        "客户管理.xlsx",
        "Customers.XLSX",
        "带宏.xlsm",
        "客户管理-DESKTOP-4F7K2.xlsx",
        "客户管理 (王芳's conflicted copy 2024-02-29).xlsx",
        "客户管理.sync-conflict-20240229-101500.xlsx",
        "a.xlsx",
        "1234ABCD.xlsx",
        "x~.xlsx",
        "报价 $100 & 50%.xlsx",
    ],
    FileKind.LOCK: [
        "~$客户管理.xlsx",
        "~$管理.XLSX",
        ".~客户管理.xlsx",
        ".~lock.客户管理.xlsx#",
        ".~LOCK.Customers.xlsm#",
    ],
    FileKind.TEMPORARY: [
        "5E2B71C0",
        "CEDD4100.tmp",
        "客户管理.xlsx~RF3b9a61.TMP",
        "lu404h7j4c.tmp",
        "客户管理.xlsx.osl-tmp",
        "~WPS48D1.tmp",
        "~tmp2f客户管理.xlsx",
        "~DF12AB34CD.TMP",
        ".crmbook-0123456789ab-x9_y.tmp",
        ".syncthing.客户管理.xlsx.tmp",
        "~syncthing~客户管理.xlsx.tmp",
        ".客户管理.xlsx.~74ff",
        "客户管理.xlsx.3fae61b2.partial",
        "客户管理.xlsx.crdownload",
        "客户管理.xlsx.part",
        "客户管理.xlsx~",
        ".客户管理.xlsx.swp",
        ".nfs000000000123abcd00000001",
        ".fuse_hidden0000001200000001",
        "~$合同.docx",
    ],
    FileKind.OTHER: ["客户.csv", "客户管理.xls", "客户管理.xlsb", "xlsx", "README", ".hidden.xlsx", "._客户管理.xlsx", "watch.yaml", ""],
}  # fmt: skip


@pytest.mark.parametrize(("name", "kind"), [(name, kind) for kind, names in NAMES.items() for name in names])
def test_a_name_tells_what_a_file_is_there_for(name, kind):
    assert kind_of(name) is kind


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_the_spelling_of_a_mac_is_the_same_name(form):
    name = unicodedata.normalize(form, "Café 客户が.xlsx")
    assert spell(name) == "Café 客户が.xlsx"
    assert kind_of(name) is FileKind.WORKBOOK
    assert fold(f".~lock.{name}#") in locks_of(unicodedata.normalize("NFD" if form == "NFC" else "NFC", name))


@pytest.mark.parametrize(
    "lock",
    [
        "~$Customers.xlsx",
        "~$CUSTOMERS.XLSX",
        "~$stomers.xlsx",
        ".~customers.xlsx",
        ".~ustomers.xlsx",
        ".~STOMERS.xlsx",
        ".~lock.Customers.xlsx#",
    ],
)
def test_locks_are_known_whatever_the_case(lock):
    assert kind_of(lock) is FileKind.LOCK
    assert fold(lock) in locks_of("Customers.xlsx")


def test_a_lock_holds_no_other_workbook():
    assert fold("~$Customers.xlsx") not in locks_of("Customers 2.xlsx")


@pytest.mark.parametrize("name", ["a.xlsx", "客.xlsx"])
def test_short_names_hold_nobody_elses_lock(name):
    assert all(kind_of(lock) is FileKind.LOCK for lock in (f"~${name}", f".~{name}", f".~lock.{name}#"))
