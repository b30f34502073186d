"""Furniture put back where an office program dropped, shortened or split it; what is right is left alone."""

import io

import openpyxl
import pytest
import xlsxwriter

from crmbook.ooxml import ConditionalFormat, MissingError, Package, Validation
from tests.ooxml import handmade
from tests.ooxml.handmade import first_sheet, member, sheet

LIST = Validation(
    "B2:B100", "list", "cities", allow_blank=True, shows_error=True, error_title="城市", error="a < b"
)
WHOLE = Validation(
    "C2:C100 E2:E5",
    "whole",
    "1",
    "9",
    operator="notBetween",
    error_style="warning",
    shows_prompt=True,
    prompt="1–9",
)


def opened(after="", rows="", **options):
    return Package.open(handmade.workbook(sheet(rows, after=after), **options))


def inside(package):
    return first_sheet(package.to_bytes()).split("</sheetData>")[1].removesuffix("</worksheet>")


def mark(sqref, formula="B2>5", dxf=b'<font><color rgb="FFFF0000"/></font>', priority=None):
    return ConditionalFormat(sqref, frozenset({("type", "expression")}), (formula,), dxf, b"", priority)


class TestValidations:
    def test_written_and_read(self):
        package = opened()
        package.set_validations("S1", [LIST, WHOLE])
        again = Package.open(package.to_bytes())
        assert again.validations("S1") == [LIST, WHOLE]
        book = openpyxl.load_workbook(io.BytesIO(package.to_bytes()))
        found = book["S1"].data_validations.dataValidation
        assert [(item.type, item.formula1, str(item.sqref)) for item in found] == [
            ("list", "cities", "B2:B100"),
            ("whole", "1", "C2:C100 E2:E5"),
        ]

    def test_setting_again_changes_nothing(self):
        package = opened()
        package.set_validations("S1", [LIST, WHOLE])
        data = package.to_bytes()
        again = Package.open(data)
        again.set_validations("S1", [WHOLE, LIST])
        assert again.to_bytes() == data

    def test_shortened_one_is_restored(self):
        package = opened(
            '<dataValidations count="1"><dataValidation type="list" sqref="B2:B9"><formula1>cities</formula1></dataValidation></dataValidations>'
        )
        package.set_validations("S1", [LIST])
        assert package.validations("S1") == [LIST]
        assert 'dataValidations count="1"' in inside(package)

    def test_others_keep_what_is_theirs(self):
        theirs = '<dataValidation type="decimal" sqref="A1:D3"><formula1>0</formula1></dataValidation>'
        far = '<dataValidation type="decimal" sqref="H1"><formula1>0</formula1></dataValidation>'
        package = opened(f'<dataValidations count="2">{theirs}{far}</dataValidations>')
        package.set_validations("S1", [LIST])
        text = inside(package)
        assert far in text
        assert 'sqref="A1:D1 A2:A3 C2:D3"' in text
        assert 'count="3"' in text

    def test_place_among_the_children(self):
        package = opened('<conditionalFormatting sqref="A1"/><hyperlinks/><tableParts/>')
        package.set_validations("S1", [LIST])
        order = [
            part.split()[0].strip("/>") for part in inside(package).split("<") if part and part[0] != "/"
        ]
        assert [
            name
            for name in order
            if name[0].islower()
            and name in {"conditionalFormatting", "dataValidations", "hyperlinks", "tableParts"}
        ] == ["conditionalFormatting", "dataValidations", "hyperlinks", "tableParts"]

    EXTENSION = (
        '<extLst><ext uri="a" xmlns:x14="u14"><x14:dataValidations xmlns:xm="m" count="1"><x14:dataValidation type="list" '
        'allowBlank="1" showErrorMessage="1" errorTitle="城市" error="a &lt; b"><x14:formula1><xm:f>{}</xm:f></x14:formula1>'
        "<xm:sqref>B2:B100</xm:sqref></x14:dataValidation></x14:dataValidations></ext>{}</extLst>"
    )

    def test_equal_one_in_an_extension_is_left_alone(self):
        package = opened(self.EXTENSION.format("cities", ""))
        data = package.to_bytes()
        package.set_validations("S1", [LIST])
        assert package.to_bytes() == data

    @pytest.mark.parametrize(
        ("other", "left"), [("", ""), ('<ext uri="b"/>', '<extLst><ext uri="b"/></extLst>')]
    )
    def test_other_one_in_an_extension_goes_with_its_empty_holders(self, other, left):
        package = opened(self.EXTENSION.format("towns", other))
        package.set_validations("S1", [LIST])
        assert package.validations("S1") == [LIST]
        assert inside(package).endswith(f"</dataValidations>{left}")

    def test_prefixed_sheet(self):
        text = f'<x:worksheet xmlns:x="{handmade.MAIN}"><x:sheetData/></x:worksheet>'
        package = Package.open(handmade.workbook(text))
        package.set_validations("S1", [LIST])
        assert "<x:dataValidations" in first_sheet(package.to_bytes())
        assert package.validations("S1") == [LIST]

    def test_rows_keep_their_bytes(self):
        rows = '<row r="1"><c r="A1"><v>1</v></c></row>'
        package = opened(rows=rows)
        package.set_validations("S1", [LIST])
        assert f"<sheetData>{rows}</sheetData>" in first_sheet(package.to_bytes())


class TestConditionalFormats:
    def test_written_and_read(self):
        package = opened()
        package.set_conditional_formats("S1", [mark("B2:B100")])
        (found,) = Package.open(package.to_bytes()).conditional_formats("S1")
        assert (found.sqref, found.formulas, found.dxf, found.priority) == (
            "B2:B100",
            ("B2>5",),
            mark("A1").dxf,
            1,
        )
        assert '<dxfs count="1">' in member(package.to_bytes(), "xl/styles.xml")
        book = openpyxl.load_workbook(io.BytesIO(package.to_bytes()))
        (rules,) = book["S1"].conditional_formatting
        assert rules.rules[0].dxf.font.color.rgb == "FFFF0000"

    def test_setting_again_changes_nothing(self):
        package = opened()
        package.set_conditional_formats("S1", [mark("B2:B100"), mark("C2:C9", "C2<0")])
        data = package.to_bytes()
        again = Package.open(data)
        again.set_conditional_formats("S1", [mark("B2:B100"), mark("C2:C9", "C2<0")])
        assert again.to_bytes() == data

    def test_pieces_are_one_again(self):
        package = opened()
        package.set_conditional_formats("S1", [mark("B2:B100")])
        text = inside(package)
        split = text.replace('"B2:B100"', '"B2:B40"') + text.replace('"B2:B100"', '"B41:B90"').replace(
            "B2&gt;", "B41&gt;"
        ).replace('priority="1"', 'priority="7"')
        again = opened(split)
        styles = package.parts.read("xl/styles.xml")
        again.replace_part("xl/styles.xml", styles)
        again.set_conditional_formats("S1", [mark("B2:B100")])
        assert inside(again) == text

    def test_what_lies_outside_stays(self):
        package = opened()
        package.set_conditional_formats("S1", [mark("B2:D10", "B2>5")])
        package.set_conditional_formats("S1", [mark("B2:B100", "B2>5")])
        found = {rule.sqref: rule.formulas for rule in package.conditional_formats("S1")}
        assert found == {"B2:B100": ("B2>5",), "C2:D10": ("C2>5",)}

    def test_others_are_left_alone(self):
        theirs = '<conditionalFormatting sqref="B2:B9"><cfRule type="top10" priority="1" rank="3"/></conditionalFormatting>'
        package = opened(theirs)
        package.set_conditional_formats("S1", [mark("B2:B100")])
        assert theirs in inside(package)
        assert [rule.priority for rule in package.conditional_formats("S1")] == [1, 2]

    def test_a_rule_that_another_program_spelled_anew_is_the_same(self):
        package = opened()
        package.set_conditional_formats("S1", [mark("B2:B100")])
        text = inside(package)
        libreoffice = text.replace(
            'type="expression"', 'type="expression" aboveAverage="0" rank="0" text=""'
        ).replace(' dxfId="0"', "")
        package = opened(libreoffice)
        data = package.to_bytes()
        package.set_conditional_formats("S1", [mark("B2:B100")])
        assert package.to_bytes() == data
        shortened = opened(libreoffice.replace("B2:B100", "B2:B50"))
        shortened.set_conditional_formats("S1", [mark("B2:B100")])
        assert [rule.sqref for rule in shortened.conditional_formats("S1")] == ["B2:B100"]

    def test_another_bar_on_more_cells_is_left_alone(self):
        bar = '<conditionalFormatting sqref="B1:D9"><cfRule type="dataBar" priority="1"><dataBar><color rgb="FF638EC6"/></dataBar></cfRule></conditionalFormatting>'
        package = opened(bar)
        ours = ConditionalFormat(
            "B2:B9", frozenset({("type", "dataBar")}), (), None, b'<dataBar><color rgb="FF00FF00"/></dataBar>'
        )
        package.set_conditional_formats("S1", [ours])
        assert bar in inside(package)
        assert len(package.conditional_formats("S1")) == 2

    def test_equal_format_is_used_again(self):
        package = opened()
        package.set_conditional_formats(
            "S1", [mark("A1"), mark("B1", "B1=1"), mark("C1", dxf=b"<font><i/></font>")]
        )
        text = member(package.to_bytes(), "xl/styles.xml")
        assert text.count("<dxf>") == 2
        assert '<dxfs count="2">' in text

    def test_rules_made_by_xlsxwriter_are_carried_over(self):
        out = io.BytesIO()
        with xlsxwriter.Workbook(out) as book:
            page = book.add_worksheet("S1")
            look = book.add_format({"bg_color": "#FFC7CE", "bold": True})
            page.conditional_format("B2:B50", {"type": "cell", "criteria": ">", "value": 5, "format": look})
            page.conditional_format("C2:C50", {"type": "data_bar"})
            page.conditional_format("D2:D50", {"type": "icon_set", "icon_style": "3_arrows"})
        wanted = Package.open(out.getvalue()).conditional_formats("S1")
        package = opened()
        package.set_conditional_formats("S1", wanted)
        assert Package.open(package.to_bytes()).conditional_formats("S1") == wanted
        openpyxl.load_workbook(io.BytesIO(package.to_bytes()))


class TestTables:
    def package(self, extra=""):
        return opened(tables=[handmade.table("A1:B2", ["id", "a&#10;b"], extra)])

    def table(self, package):
        return member(package.to_bytes(), "xl/tables/table1.xml")

    def test_calculated_column(self):
        package = self.package()
        package.set_calculated_column("T", "a\nb", "T[[#This Row],[id]]<5")
        assert (
            '<tableColumn id="2" name="a&#10;b"><calculatedColumnFormula>T[[#This Row],[id]]&lt;5</calculatedColumnFormula></tableColumn>'
            in self.table(package)
        )
        data = package.to_bytes()
        package.set_calculated_column("T", "a\nb", "T[[#This Row],[id]]<5")
        assert package.to_bytes() == data
        package.set_calculated_column("T", "a\nb", "1")
        assert "Formula>1</calc" in self.table(package)
        package.set_calculated_column("T", "a\nb", None)
        assert "calculatedColumnFormula" not in self.table(package)

    def test_column_that_does_not_exist(self):
        with pytest.raises(MissingError, match="missing-column"):
            self.package().set_calculated_column("T", "none", "1")

    @pytest.mark.parametrize("extra", ["", '<tableStyleInfo name="Old" showRowStripes="0"/>', "<extLst/>"])
    def test_style(self, extra):
        package = self.package(extra)
        package.set_table_style("T", "TableStyleMedium2")
        text = self.table(package)
        assert 'name="TableStyleMedium2"' in text
        assert 'showRowStripes="1"' in text
        assert "Old" not in text
        data = package.to_bytes()
        package.set_table_style("T", "TableStyleMedium2")
        assert package.to_bytes() == data


class TestIgnoredErrors:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("", '<ignoredErrors><ignoredError sqref="A2:A9" numberStoredAsText="1"/></ignoredErrors>'),
            (
                "<pageMargins/><drawing/>",
                '<pageMargins/><ignoredErrors><ignoredError sqref="A2:A9" numberStoredAsText="1"/></ignoredErrors><drawing/>',
            ),
            (
                '<ignoredErrors><ignoredError sqref="A2:A3" numberStoredAsText="1"/></ignoredErrors>',
                '<ignoredErrors><ignoredError sqref="A2:A9" numberStoredAsText="1"/></ignoredErrors>',
            ),
            (
                '<ignoredErrors><ignoredError sqref="A1:B9" numberStoredAsText="1"/></ignoredErrors>',
                '<ignoredErrors><ignoredError sqref="A1:B9" numberStoredAsText="1"/></ignoredErrors>',
            ),
            (
                '<ignoredErrors><ignoredError sqref="A1" formula="1"/></ignoredErrors>',
                '<ignoredErrors><ignoredError sqref="A1" formula="1"/><ignoredError sqref="A2:A9" numberStoredAsText="1"/></ignoredErrors>',
            ),
        ],
    )
    def test_set(self, before, after):
        package = opened(before)
        package.set_ignored_errors("S1", "A2:A9")
        assert inside(package) == after


@pytest.mark.parametrize(
    ("code", "is_date"),
    [
        ("yyyy-mm-dd", True),
        ("m/d", True),
        ("h:mm", True),
        ("[h]:mm", True),
        ('yyyy"年"m"月"', True),
        ('[$-804]e"年"', True),
        ('e"年"m"月"', True),
        ("General", False),
        ("0.00", False),
        ("0.00E+00", False),
        ('#,##0"d"', False),
        ("[Red]0", False),
        ("@", False),
        ('0"次/年"', False),
        ("[$¥-804]#,##0", False),
        ("0;[Red]-0", False),
        ("\\d0", False),
        ("[ss]", True),
    ],
)
def test_date_formats(code, is_date):
    from crmbook.ooxml.styles import shows_date

    assert shows_date(code) is is_date
