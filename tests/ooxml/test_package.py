"""The container and the package: what is refused, what is copied, what is found."""

import io
import struct
import tomllib
import zipfile
from pathlib import Path
from random import Random
from string import Formatter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmbook
from crmbook.base.issues import advise, describe
from crmbook.ooxml import ContainerError, EditError, Limits, MissingError, OoxmlError, Package, PartError
from tests.ooxml import handmade

ROW = '<row r="1"><c r="A1"><v>1</v></c></row>'


def plain(**options):
    return handmade.workbook(handmade.sheet(ROW), **options)


def records(data):
    """Member name → its raw local record up to the next, in physical order, by an independent reading."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos = sorted(archive.infolist(), key=lambda info: info.header_offset)
        ends = [info.header_offset for info in infos[1:]] + [archive.start_dir]
        return {info.filename: data[info.header_offset : end] for info, end in zip(infos, ends, strict=True)}


def refused(data, code, kind=OoxmlError, **limits):
    with pytest.raises(kind) as caught:
        Package.open(data, Limits(**limits))
    assert caught.value.code == code
    return caught.value


class TestRefusals:
    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (b"", "ooxml.empty-file"),
            (b"id,name\n1,x\n", "ooxml.not-a-zip"),
            (b"<html></html>" * 100, "ooxml.not-a-zip"),
            (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "ooxml.legacy-xls"),
            (bytes.fromhex("d0cf11e0a1b11ae1") + "EncryptedPackage".encode("utf-16-le"), "ooxml.encrypted"),
            (plain()[:-40], "ooxml.truncated"),
            (plain()[: len(plain()) // 2], "ooxml.truncated"),
            (plain()[100:], "ooxml.truncated"),
        ],
    )
    def test_file_that_is_no_package(self, data, code):
        refused(data, code, ContainerError)

    def test_missing_file(self, tmp_path):
        refused(tmp_path / "none.xlsx", "ooxml.unreadable-file", ContainerError)

    def test_folder(self, tmp_path):
        refused(tmp_path, "ooxml.unreadable-file", ContainerError)

    @pytest.mark.parametrize(
        "name", ["../evil.xml", "xl/../../evil.xml", "..\\evil.xml", "C:/evil.xml", "xl\\..\\x"]
    )
    def test_path_that_climbs_out(self, name):
        refused(handmade.zipped(handmade.parts() | {name: "x"}), "ooxml.unsafe-path", ContainerError)

    @pytest.mark.parametrize("name", ["/abs.bin", "xl\\media\\a.bin", "folder/", "a..b/c...xml"])
    def test_harmless_odd_name_survives(self, name):
        data = handmade.zipped(handmade.parts(handmade.sheet(ROW)) | {name: ""})
        package = Package.open(data)
        package.sheet("S1").set("A1", 2)
        assert records(package.to_bytes())[name] == records(data)[name]

    def test_too_many_members(self):
        data = handmade.zipped(handmade.parts() | {f"m{i}": "" for i in range(20)})
        assert refused(data, "ooxml.zip-bomb", members=20).params["reason"] == "members"

    def test_too_large_a_part(self):
        data = handmade.zipped(handmade.parts() | {"big": "x" * 5000})
        assert refused(data, "ooxml.zip-bomb", part_size=4000).params["reason"] == "size"

    def test_too_large_together(self):
        data = handmade.zipped(handmade.parts() | {f"m{i}": "x" * 3000 for i in range(10)})
        assert refused(data, "ooxml.zip-bomb", total_size=20_000).params["reason"] == "total size"

    def test_packed_beyond_reason(self):
        data = handmade.zipped(handmade.parts() | {"zeros": "0" * 3_000_000})
        assert refused(data, "ooxml.zip-bomb", ratio_floor=1_000_000).params["reason"] == "ratio"

    def test_default_limits_stop_a_bomb(self):
        data = handmade.zipped(handmade.parts() | {"zeros": bytes(20 << 20)})
        refused(data, "ooxml.zip-bomb", ContainerError)

    def test_size_that_lies_is_found_while_inflating(self):
        data = bytearray(handmade.zipped(handmade.parts(handmade.sheet(ROW * 2000))))
        at = data.rindex(b"xl/worksheets/sheet1.xml") - 46
        data[at + 24 : at + 28] = struct.pack("<L", 10)
        package = Package.open(bytes(data))
        with pytest.raises(ContainerError, match="damaged-zip"):
            list(package.sheet("S1").cells())

    def test_wrong_crc(self):
        data = bytearray(plain())
        at = data.rindex(b"xl/worksheets/sheet1.xml") - 46
        data[at + 16] ^= 1
        with pytest.raises(ContainerError, match="damaged-zip"):
            list(Package.open(bytes(data)).sheet("S1").cells())

    def test_overlapping_members(self):
        data = bytearray(plain())
        at = data.rindex(b"xl/styles.xml") - 46
        other = data.rindex(b"xl/workbook.xml") - 46
        data[at + 42 : at + 46] = data[other + 42 : other + 46]
        refused(bytes(data), "ooxml.damaged-zip", ContainerError)

    def test_encrypted_member(self):
        data = bytearray(plain())
        data[data.rindex(b"xl/styles.xml") - 46 + 8] |= 1
        refused(bytes(data), "ooxml.encrypted-member", ContainerError)

    def test_unknown_compression_is_refused_only_where_needed(self):
        data = bytearray(plain())
        for signature, name, at in ((30, b"xl/styles.xml", data.index), (46, b"xl/styles.xml", data.rindex)):
            place = at(name) - signature + (8 if signature == 30 else 10)
            data[place : place + 2] = struct.pack("<H", 12)
        package = Package.open(bytes(data))
        with pytest.raises(ContainerError) as caught:
            list(package.sheet("S1").cells())
        assert caught.value.code == "ooxml.unsupported-compression"

    def test_not_a_workbook(self):
        parts = handmade.parts()
        parts["xl/workbook.xml"] = "<document/>"
        refused(handmade.zipped(parts), "ooxml.not-a-workbook", PartError)

    def test_zip_of_something_else(self):
        refused(handmade.zipped({"readme.txt": "x"}), "ooxml.not-a-workbook", PartError)

    def test_binary_workbook(self):
        parts = handmade.parts()
        parts["_rels/.rels"] = parts["_rels/.rels"].replace("workbook.xml", "workbook.bin")
        parts["xl/workbook.bin"] = "x"
        refused(handmade.zipped(parts), "ooxml.binary-workbook", PartError)

    @pytest.mark.parametrize("name", ["xl/workbook.xml", "_rels/.rels", "xl/_rels/workbook.xml.rels"])
    def test_doctype(self, name):
        parts = handmade.parts()
        parts[name] = (
            parts[name]
            .replace("standalone", "Standalone")
            .replace("?>\n", '?><!DOCTYPE x [<!ENTITY a "b">]>', 1)
        )
        parts[name] = parts[name].replace("Standalone", "standalone")
        refused(handmade.zipped(parts), "ooxml.doctype", PartError)

    @pytest.mark.parametrize("name", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"])
    def test_doctype_in_a_part_read_later(self, name):
        parts = handmade.parts(
            handmade.sheet('<row r="1"><c r="A1" t="s" s="1"><v>0</v></c><c r="B1" s="1"><v>5</v></c></row>'),
            strings=["<si><t>a</t></si>"],
        )
        text = parts[name] if parts[name].startswith("<?xml") else handmade.DECLARATION + parts[name]
        parts[name] = text.replace("?>\n", "?><!DOCTYPE x>", 1)
        package = Package.open(handmade.zipped(parts))
        with pytest.raises(PartError, match="doctype"):
            list(package.sheet("S1").cells())

    def test_other_encodings(self):
        parts = handmade.parts()
        parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace("UTF-8", "gb18030").encode("gb18030")
        error = refused(handmade.zipped(parts), "ooxml.encoding", PartError)
        assert error.params["encoding"] == "gb18030"

    def test_depth_beyond_reason(self):
        parts = handmade.parts()
        parts["xl/workbook.xml"] = "<workbook>" + "<a>" * 5000 + "</a>" * 5000 + "</workbook>"
        refused(handmade.zipped(parts), "ooxml.malformed-xml", PartError)

    def test_signed_workbook_is_read_but_not_changed(self):
        data = handmade.zipped(handmade.parts(handmade.sheet(ROW)) | {"_xmlsignatures/origin.sigs": ""})
        package = Package.open(data)
        assert package.sheet("S1").cell("A1").value == 1
        for edit in (
            lambda: package.sheet("S1").set("A1", 2),
            lambda: package.set_property("a", "b"),
            lambda: package.set_defined_name("a", "1"),
            package.request_full_calculation,
        ):
            with pytest.raises(EditError, match="signed"):
                edit()
        assert package.to_bytes() == data

    @pytest.mark.parametrize(
        ("ask", "code"),
        [
            (lambda package: package.sheet("S9"), "ooxml.missing-sheet"),
            (lambda package: package.table("T9"), "ooxml.missing-table"),
            (lambda package: package.set_defined_name("a", "1", sheet="S9"), "ooxml.missing-sheet"),
        ],
    )
    def test_what_is_not_there(self, ask, code):
        with pytest.raises(MissingError) as caught:
            ask(Package.open(plain()))
        assert caught.value.code == code
        assert isinstance(caught.value, KeyError)

    def test_chart_sheet(self):
        parts = handmade.parts(handmade.sheet(ROW), handmade.sheet(ROW))
        rels = parts["xl/_rels/workbook.xml.rels"]
        parts["xl/_rels/workbook.xml.rels"] = rels.replace(
            'worksheet" Target="worksheets/sheet2', 'chartsheet" Target="worksheets/sheet2'
        )
        package = Package.open(handmade.zipped(parts))
        assert [sheet.kind for sheet in package.sheets] == ["worksheet", "chartsheet"]
        with pytest.raises(PartError, match="not-a-worksheet"):
            package.sheet("S2")


class TestRawCopy:
    def test_no_edit_gives_the_same_bytes(self):
        data = plain(strings=["<si><t>a</t></si>"])
        package = Package.open(data)
        list(package.sheet("S1").cells())
        assert package.to_bytes() == data

    def test_edit_that_changes_nothing_gives_the_same_bytes(self):
        data = plain()
        package = Package.open(data)
        package.sheet("S1").set("A1", 1)
        package.sheet("S1").set("C9", None)
        assert package.to_bytes() == data

    def test_only_the_sheet_changes(self):
        data = plain()
        package = Package.open(data)
        package.sheet("S1").set("A1", 2)
        before, after = records(data), records(package.to_bytes())
        assert list(before) == list(after)
        assert [name for name in before if before[name] != after[name]] == ["xl/worksheets/sheet1.xml"]

    def test_edits_are_deterministic(self):
        results = set()
        for _ in range(2):
            package = Package.open(plain())
            package.sheet("S1").set("B2", "text")
            package.set_property("book", "x")
            results.add(package.to_bytes())
        assert len(results) == 1

    def test_saving_twice_goes_on_from_the_first(self):
        package = Package.open(plain())
        package.sheet("S1").set("B1", "a")
        once = package.to_bytes()
        assert package.to_bytes() == once
        package.sheet("S1").set("C1", "b")
        again = Package.open(package.to_bytes()).sheet("S1")
        assert [cell.value for cell in again.cells()] == [1, "a", "b"]

    def test_save_writes_what_to_bytes_gives(self, tmp_path):
        package = Package.open(plain())
        package.sheet("S1").set("A1", 5)
        package.save(tmp_path / "out.xlsx")
        assert (tmp_path / "out.xlsx").read_bytes() == package.to_bytes()
        assert Package.open(tmp_path / "out.xlsx").sheet("S1").cell("A1").value == 5

    def test_prefix_comment_and_order_survive(self):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in handmade.parts(handmade.sheet(ROW)).items():
                archive.writestr(name, text)
            archive.comment = b"kept comment"
        data = b"stub before the first member" + out.getvalue()
        package = Package.open(data)
        package.sheet("S1").set("A1", 7)
        changed = package.to_bytes()
        assert changed.startswith(b"stub before the first member")
        assert changed.endswith(b"kept comment")
        assert zipfile.ZipFile(io.BytesIO(changed)).testzip() is None
        assert Package.open(changed).sheet("S1").cell("A1").value == 7

    def test_data_descriptors_survive(self):
        class Pipe(io.RawIOBase):
            def __init__(self):
                self.data = bytearray()

            def writable(self):
                return True

            def write(self, more):
                self.data += more
                return len(more)

        pipe = Pipe()
        with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in handmade.parts(handmade.sheet(ROW)).items():
                archive.writestr(name, text)
        data = bytes(pipe.data)
        assert data[6] & 8
        package = Package.open(data)
        package.sheet("S1").set("A1", 7)
        before, after = records(data), records(package.to_bytes())
        assert [name for name in before if before[name] != after[name]] == ["xl/worksheets/sheet1.xml"]
        assert zipfile.ZipFile(io.BytesIO(package.to_bytes())).testzip() is None

    @pytest.mark.filterwarnings("ignore:Duplicate name")
    def test_duplicate_names(self):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name, text in handmade.parts(handmade.sheet(ROW)).items():
                archive.writestr(name, text)
            archive.writestr("xl/media/a.bin", "one")
            archive.writestr("xl/media/a.bin", "two")
        package = Package.open(out.getvalue())
        package.sheet("S1").set("A1", 7)
        with zipfile.ZipFile(io.BytesIO(package.to_bytes())) as archive:
            assert [
                archive.read(info) for info in archive.infolist() if info.filename == "xl/media/a.bin"
            ] == [b"one", b"two"]

    @pytest.mark.filterwarnings("ignore:Duplicate name")
    def test_duplicate_of_a_part_that_is_needed(self):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name, text in handmade.parts(handmade.sheet(ROW)).items():
                archive.writestr(name, text)
            archive.writestr("XL/worksheets/sheet1.xml", "two")
        with pytest.raises(ContainerError, match="duplicate-part"):
            Package.open(out.getvalue()).sheet("S1").cell("A1")

    def test_parts_are_found_whatever_their_spelling(self):
        parts = handmade.parts(handmade.sheet(ROW))
        spelled = {
            {
                "xl/worksheets/sheet1.xml": "xl\\Worksheets\\sheet1.xml",
                "xl/workbook.xml": "/xl/Workbook.xml",
            }.get(name, name): text
            for name, text in parts.items()
        }
        package = Package.open(handmade.zipped(spelled))
        package.sheet("S1").set("A1", 3)
        assert "xl\\Worksheets\\sheet1.xml" in records(package.to_bytes())
        assert Package.open(package.to_bytes()).sheet("S1").cell("A1").value == 3

    def test_no_zip64_record_is_written(self):
        package = Package.open(plain())
        package.sheet("S1").set("A1", 2)
        assert b"PK\x06\x06" not in package.to_bytes()

    def test_zip64_records_are_read(self):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in handmade.parts(handmade.sheet(ROW)).items():
                with archive.open(name, "w", force_zip64=True) as member:
                    member.write(text.encode())
        data = out.getvalue()
        package = Package.open(data)
        package.sheet("S1").set("A1", 2)
        before, after = records(data), records(package.to_bytes())
        assert [name for name in before if before[name] != after[name]] == ["xl/worksheets/sheet1.xml"]

    @pytest.mark.slow
    def test_zip64_directory_of_many_members(self):
        more = {f"m/{number}": "" for number in range(65_600)}
        data = handmade.zipped(handmade.parts(handmade.sheet(ROW)) | more)
        refused(data, "ooxml.zip-bomb", ContainerError)
        package = Package.open(data, Limits(members=100_000))
        package.sheet("S1").set("A1", 2)
        with zipfile.ZipFile(io.BytesIO(package.to_bytes())) as archive:
            assert len(archive.namelist()) == len(more) + len(handmade.parts())

    @settings(max_examples=60, deadline=None, derandomize=True)
    @given(
        st.dictionaries(
            st.text("abcäあ/_.", min_size=1, max_size=12).filter(
                lambda name: ".." not in name and name.strip("/.")
            ),
            st.binary(max_size=300),
            max_size=6,
        ),
        st.integers(-(10**9), 10**9),
    )
    def test_any_other_members_survive(self, others, number):
        data = handmade.zipped(
            handmade.parts(handmade.sheet(ROW)) | {f"x/{name}": content for name, content in others.items()}
        )
        package = Package.open(data)
        package.sheet("S1").set("A1", number)
        before, after = records(data), records(package.to_bytes())
        changed = [name for name in before if before[name] != after[name]]
        assert set(changed) <= {"xl/worksheets/sheet1.xml"}
        assert Package.open(package.to_bytes()).sheet("S1").cell("A1").value == number


class TestMessages:
    TEXT = tomllib.loads(
        (Path(crmbook.__file__).parent / "base/messages/ooxml.toml").read_text(encoding="utf-8")
    )

    def test_every_code_has_words_and_a_remedy(self):
        source = "".join(
            path.read_text(encoding="utf-8") for path in Path(crmbook.ooxml.__file__).parent.glob("*.py")
        )
        raised = {code for code in self.TEXT if f'"{code}"' in source}
        assert raised == set(self.TEXT)
        import re

        assert set(re.findall(r'"(ooxml\.[a-z0-9-]+)"', source)) == raised

    @pytest.mark.parametrize("code", sorted(TEXT))
    @pytest.mark.parametrize("lang", ["zh", "en"])
    def test_words_can_be_filled_in(self, code, lang):
        entry = self.TEXT[code]
        fields = [
            (name, spec)
            for text in (entry["zh"], entry["en"], *entry.get("remedy", {}).values())
            for _, name, spec, _ in Formatter().parse(text)
            if name
        ]
        params = {name: 2 if spec else name for name, spec in fields}
        for text in (describe(code, lang, params), advise(code, lang, params)):
            assert text
            assert "{" not in text

    def test_a_raised_error_fills_its_words(self):
        error = refused(handmade.zipped(handmade.parts() | {"../x": ""}), "ooxml.unsafe-path")
        assert "../x" in describe(error.code, "zh", error.params)
        assert "unsafe-path" in str(error)


@pytest.mark.parametrize("kind", ["random", "zeros", "mixed"])
def test_a_large_member_is_given_as_it_is(kind):
    random = Random(7).randbytes(1_500_000)
    content = {"random": random, "zeros": bytes(9_000_000), "mixed": (random[:300_000] + bytes(300_000)) * 4}
    data = io.BytesIO(plain())
    with zipfile.ZipFile(data, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.png", content[kind])
    package = Package.open(data.getvalue(), Limits(ratio=2_000))
    assert package.parts.read("xl/media/image1.png") == content[kind]
