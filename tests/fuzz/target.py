"""What is fuzzed: open a package, read everything, edit, write, and open what was written.

Nothing but `OoxmlError` may come out. The limits are tight, so that a hang or a blown-up memory is the layer's own
doing and not the size of the input.
"""

from __future__ import annotations

from crmbook.ooxml import Limits, OoxmlError, Package

LIMITS = Limits(members=200, part_size=4 << 20, total_size=16 << 20, ratio=200, ratio_floor=1 << 20)


def use(data: bytes) -> None:
    """Do with the bytes what crmbook does with a workbook; refusals are fine."""
    try:
        package = Package.open(data, LIMITS)
    except OoxmlError:
        return
    for step in (_read, _edit, _furnish):
        try:
            step(package)
        except OoxmlError:
            continue
    try:
        written = package.to_bytes()
        _read(Package.open(written))
    except OoxmlError:
        return


def _read(package: Package) -> None:
    assert package.tables is not None
    assert package.defined_names is not None
    assert package.properties is not None
    assert package.date1904 in {True, False}
    for info in package.sheets:
        if info.kind == "worksheet":
            for _ in package.sheet(info.name).cells():
                pass


def _edit(package: Package) -> None:
    title = package.sheets[0].name
    for ref, value in (("B2", 1.5), ("A3", "text"), ("C2", None), ("Z9", True)):
        package.sheet(title).set(ref, value)
    package.sheet(title).clear_row(3)
    package.flush()


def _furnish(package: Package) -> None:
    package.set_property("export", 1)
    package.set_defined_name("crm_name", "Sheet1!$A$1")
    package.request_full_calculation()
    for table in package.tables:
        package.append_rows(table.display_name, [["x"] * len(table.columns)])
    package.flush()
