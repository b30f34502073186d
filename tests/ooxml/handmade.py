"""Small workbooks put together by hand, one trap at a time."""

import io
import zipfile

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;"/>'
    '</numFmts><fonts count="1"><font/></fonts><fills count="1"><fill><patternFill/></fill></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="14"/>'
    '<xf numFmtId="164"/><xf numFmtId="2"/></cellXfs></styleSheet>'
)


def sheet(rows: str, before: str = "", after: str = "") -> str:
    """A worksheet part around `rows`."""
    return (
        f'{DECLARATION}<worksheet xmlns="{MAIN}" xmlns:r="{RELATIONSHIPS}">{before}'
        f"<sheetData>{rows}</sheetData>{after}</worksheet>"
    )


def table(
    ref: str, columns: list[str], extra: str = "", attributes: str = "", name: str = "T", number: int = 1
) -> str:
    """A table part."""
    listed = "".join(f'<tableColumn id="{i}" name="{column}"/>' for i, column in enumerate(columns, 1))
    return (
        f'{DECLARATION}<table xmlns="{MAIN}" id="{number}" name="{name}" displayName="{name}" ref="{ref}"{attributes}>'
        f'<autoFilter ref="{ref}"/><tableColumns count="{len(columns)}">{listed}</tableColumns>{extra}</table>'
    )


def parts(
    *sheets: str,
    strings: list[str] | None = None,
    tables: list[str] | None = None,
    workbook: str = "",
    more: str = "",
) -> dict[str, str]:
    """The parts of a workbook by name; `tables` belong to the first sheet."""
    sheets = sheets or (sheet(""),)
    overrides, relationships, tabs = [], [], []
    result: dict[str, str] = {}
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    for number, content in enumerate(sheets, 1):
        result[f"xl/worksheets/sheet{number}.xml"] = content
        overrides.append(
            f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{kind}.worksheet+xml"/>'
        )
        relationships.append(
            f'<Relationship Id="rId{number}" Type="{RELATIONSHIPS}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        )
        tabs.append(f'<sheet name="S{number}" sheetId="{number}" r:id="rId{number}"/>')
    if strings is not None:
        items = "".join(strings)
        result["xl/sharedStrings.xml"] = (
            f'{DECLARATION}<sst xmlns="{MAIN}" count="{len(strings)}" uniqueCount="{len(strings)}">{items}</sst>'
        )
        relationships.append(
            f'<Relationship Id="rId91" Type="{RELATIONSHIPS}/sharedStrings" Target="sharedStrings.xml"/>'
        )
        overrides.append(
            f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}.sharedStrings+xml"/>'
        )
    result["xl/styles.xml"] = STYLES
    relationships.append(f'<Relationship Id="rId92" Type="{RELATIONSHIPS}/styles" Target="styles.xml"/>')
    overrides.append(f'<Override PartName="/xl/styles.xml" ContentType="{kind}.styles+xml"/>')
    links = []
    for number, content in enumerate(tables or [], 1):
        result[f"xl/tables/table{number}.xml"] = content
        overrides.append(
            f'<Override PartName="/xl/tables/table{number}.xml" ContentType="{kind}.table+xml"/>'
        )
        links.append(
            f'<Relationship Id="rId{number}" Type="{RELATIONSHIPS}/table" Target="../tables/table{number}.xml"/>'
        )
    if links:
        result["xl/worksheets/_rels/sheet1.xml.rels"] = _relationships(links)
    result["xl/workbook.xml"] = (
        f'{DECLARATION}<workbook xmlns="{MAIN}" xmlns:r="{RELATIONSHIPS}">{workbook}<sheets>{"".join(tabs)}</sheets>'
        f"{more}</workbook>"
    )
    result["xl/_rels/workbook.xml.rels"] = _relationships(relationships)
    result["_rels/.rels"] = _relationships(
        [f'<Relationship Id="rId1" Type="{RELATIONSHIPS}/officeDocument" Target="xl/workbook.xml"/>']
    )
    overrides.append(f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>')
    result["[Content_Types].xml"] = (
        f'{DECLARATION}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{"".join(overrides)}</Types>'
    )
    return result


def zipped(content: dict[str, str | bytes]) -> bytes:
    """A zip file of these members, all of one date."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            info = zipfile.ZipInfo(name, (2024, 5, 6, 7, 8, 10))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return out.getvalue()


def workbook(*sheets: str, **options: object) -> bytes:
    """A workbook as bytes; see `parts`."""
    return zipped(parts(*sheets, **options))  # type: ignore[arg-type]


def member(data: bytes, name: str) -> str:
    """The text of one member."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name).decode()


def first_sheet(data: bytes) -> str:
    """The text of the first worksheet."""
    return member(data, "xl/worksheets/sheet1.xml")


def _relationships(items: list[str]) -> str:
    namespace = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'{DECLARATION}<Relationships xmlns="{namespace}">{"".join(items)}</Relationships>'
