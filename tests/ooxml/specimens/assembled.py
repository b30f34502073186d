"""Specimens from hand-written parts: features that no library writes, and spellings that real programs use."""

from __future__ import annotations

import re
from functools import partial

from tests.ooxml.specimens.parts import (
    DECLARATION,
    MAIN,
    REL,
    ROWS,
    book,
    book_parts,
    png,
    relationships_xml,
    sheet_xml,
    zip_parts,
)
from tests.ooxml.specimens.specimen import Specimen

MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
X14 = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
X14AC = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac"
MS = "http://schemas.microsoft.com/office"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
ANCHOR = "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
STRICT_REL = "http://purl.oclc.org/ooxml/officeDocument/relationships"

# A group of two cells with `f`, which several spellings below hang on to.
CALCULATED = (
    '<row r="4"><c r="A4"><v>1</v></c><c r="B4"><v>2</v></c><c r="C4"><f>A4+B4</f><v>3</v></c></row>'
    '<row r="5"><c r="A5"><v>4</v></c><c r="B5"><v>5</v></c><c r="C5"><f>A5+B5</f><v>9</v></c></row>'
)


def threaded_comments() -> bytes:
    place = "{11111111-2222-4333-8444-555555555555}"
    person = "{AAAAAAAA-BBBB-4CCC-8DDD-EEEEEEEEEEEE}"
    vml = (
        '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
        'xmlns:x="urn:schemas-microsoft-com:office:excel"><v:shape id="_x0000_s1025" type="#_x0000_t202" '
        'style="visibility:hidden"><x:ClientData ObjectType="Note"><x:Row>1</x:Row><x:Column>1</x:Column>'
        "</x:ClientData></v:shape></xml>"
    )
    thread = f"{MS}/spreadsheetml/2018/threadedcomments"
    return book(
        sheet_xml(after='<legacyDrawing r:id="rId2"/>'),
        extra={
            "xl/comments1.xml": (
                f'{DECLARATION}<comments xmlns="{MAIN}"><authors><author>tc={place}</author></authors><commentList>'
                '<comment ref="B2" authorId="0"><text><t>[Threaded comment] 请核对</t></text></comment>'
                "</commentList></comments>"
            ),
            "xl/threadedComments/threadedComment1.xml": (
                f'{DECLARATION}<ThreadedComments xmlns="{thread}"><threadedComment ref="B2" dT="2024-01-05T08:00:00.00" '
                f'personId="{person}" id="{place}"><text>请核对</text></threadedComment></ThreadedComments>'
            ),
            "xl/persons/person.xml": (
                f'{DECLARATION}<personList xmlns="{thread}"><person displayName="王芳" id="{person}" userId="w" '
                'providerId="None"/></personList>'
            ),
            "xl/drawings/vmlDrawing1.vml": vml,
        },
        sheet_rels=(
            ("rId1", "comments", "../comments1.xml"),
            ("rId2", "vmlDrawing", "../drawings/vmlDrawing1.vml"),
            (
                "rId3",
                f"{MS}/2017/10/relationships/threadedComment",
                "../threadedComments/threadedComment1.xml",
            ),
        ),
        book_rels=(("rId8", f"{MS}/2017/10/relationships/person", "persons/person.xml"),),
        types={
            "xl/comments1.xml": "comments+xml",
            "xl/threadedComments/threadedComment1.xml": "application/vnd.ms-excel.threadedcomments+xml",
            "xl/persons/person.xml": "application/vnd.ms-excel.person+xml",
        },
        defaults={"vml": "application/vnd.openxmlformats-officedocument.vmlDrawing"},
    )


def pivot_table() -> bytes:
    cache = (
        f'{DECLARATION}<pivotCacheDefinition xmlns="{MAIN}" xmlns:r="{REL}" r:id="rId1" '
        'recordCount="2"><cacheSource type="worksheet"><worksheetSource ref="A1:B3" sheet="Sheet1"/></cacheSource>'
        '<cacheFields count="2"><cacheField name="name" numFmtId="0"><sharedItems count="1"><s v="王芳"/></sharedItems>'
        '</cacheField><cacheField name="name2" numFmtId="0"><sharedItems containsSemiMixedTypes="0" containsString="0" '
        'containsNumber="1" minValue="2" maxValue="3.5"/></cacheField></cacheFields></pivotCacheDefinition>'
    )
    records = (
        f'{DECLARATION}<pivotCacheRecords xmlns="{MAIN}" count="2"><r><x v="0"/><n v="2"/></r>'
        '<r><x v="0"/><n v="3.5"/></r></pivotCacheRecords>'
    )
    table = (
        f'{DECLARATION}<pivotTableDefinition xmlns="{MAIN}" name="Pivot" cacheId="1" dataCaption="Values" '
        'dataOnRows="0"><location ref="E1:F3" firstHeaderRow="1" firstDataRow="1" firstDataCol="1"/>'
        '<pivotFields count="2"><pivotField axis="axisRow" showAll="0"><items count="2"><item x="0"/>'
        '<item t="default"/></items></pivotField><pivotField dataField="1" showAll="0"/></pivotFields>'
        '<rowFields count="1"><field x="0"/></rowFields><dataFields count="1">'
        '<dataField name="sum" fld="1" baseField="0" baseItem="0"/></dataFields></pivotTableDefinition>'
    )
    return book(
        workbook='<pivotCaches><pivotCache cacheId="1" r:id="rId8"/></pivotCaches>',
        extra={
            "xl/pivotCache/pivotCacheDefinition1.xml": cache,
            "xl/pivotCache/pivotCacheRecords1.xml": records,
            "xl/pivotCache/_rels/pivotCacheDefinition1.xml.rels": relationships_xml(
                ("rId1", "pivotCacheRecords", "pivotCacheRecords1.xml")
            ),
            "xl/pivotTables/pivotTable1.xml": table,
            "xl/pivotTables/_rels/pivotTable1.xml.rels": relationships_xml(
                ("rId1", "pivotCacheDefinition", "../pivotCache/pivotCacheDefinition1.xml")
            ),
        },
        sheet_rels=(("rId1", "pivotTable", "../pivotTables/pivotTable1.xml"),),
        book_rels=(("rId8", "pivotCacheDefinition", "pivotCache/pivotCacheDefinition1.xml"),),
        types={
            "xl/pivotCache/pivotCacheDefinition1.xml": "pivotCacheDefinition+xml",
            "xl/pivotCache/pivotCacheRecords1.xml": "pivotCacheRecords+xml",
            "xl/pivotTables/pivotTable1.xml": "pivotTable+xml",
        },
    )


def slicer() -> bytes:
    table = (
        f'{DECLARATION}<table xmlns="{MAIN}" id="1" name="T" displayName="T" ref="A1:B3"><autoFilter ref="A1:B3"/>'
        '<tableColumns count="2"><tableColumn id="1" name="name"/><tableColumn id="2" name="age"/></tableColumns></table>'
    )
    rows = ROWS.replace('<c r="B1" t="s"><v>0</v></c>', '<c r="B1" t="inlineStr"><is><t>age</t></is></c>')
    slicers = (
        f'<tableParts count="1"><tablePart r:id="rId1"/></tableParts><extLst><ext xmlns:x15="{MS}/spreadsheetml/2010/11/main" '
        f'uri="{{3A4CF648-6AED-40f4-86FF-DC5316D8AED3}}"><x14:slicerList xmlns:x14="{X14}"><x14:slicer r:id="rId2"/>'
        "</x14:slicerList></ext></extLst>"
    )
    caches = (
        f'<extLst><ext uri="{{46BE6895-7355-4a93-B00E-2C351335B9C9}}" xmlns:x15="{MS}/spreadsheetml/2010/11/main">'
        f'<x15:slicerCaches xmlns:x14="{X14}"><x14:slicerCache r:id="rId9"/></x15:slicerCaches></ext></extLst>'
    )
    cache = (
        f'{DECLARATION}<slicerCacheDefinition xmlns="{X14}" xmlns:x="{MAIN}" name="Slicer_name" sourceName="name">'
        f'<extLst><x:ext xmlns:x15="{MS}/spreadsheetml/2010/11/main" uri="{{2F2917AC-EB37-4324-AD4E-5DD8C200BD13}}">'
        '<x15:tableSlicerCache tableId="1" column="1"/></x:ext></extLst></slicerCacheDefinition>'
    )
    return book(
        sheet_xml(rows, after=slicers),
        workbook=caches,
        extra={
            "xl/tables/table1.xml": table,
            "xl/slicers/slicer1.xml": (
                f'{DECLARATION}<slicers xmlns="{X14}"><slicer name="name" cache="Slicer_name" caption="name" '
                'rowHeight="241300"/></slicers>'
            ),
            "xl/slicerCaches/slicerCache1.xml": cache,
        },
        sheet_rels=(
            ("rId1", "table", "../tables/table1.xml"),
            ("rId2", f"{MS}/2007/relationships/slicer", "../slicers/slicer1.xml"),
        ),
        book_rels=(("rId9", f"{MS}/2007/relationships/slicerCache", "slicerCaches/slicerCache1.xml"),),
        types={
            "xl/tables/table1.xml": "table+xml",
            "xl/slicers/slicer1.xml": "application/vnd.ms-excel.slicer+xml",
            "xl/slicerCaches/slicerCache1.xml": "application/vnd.ms-excel.slicerCache+xml",
        },
    )


def cell_images() -> bytes:
    rows = ROWS + (
        '<row r="4"><c r="A4" t="str"><f>_xlfn.DISPIMG("ID_0F1E2D3C4B5A69788796A5B4C3D2E1F0",1)</f>'
        '<v>=DISPIMG("ID_0F1E2D3C4B5A69788796A5B4C3D2E1F0",1)</v></c></row>'
    )
    images = (
        f'{DECLARATION}<etc:cellImages xmlns:etc="http://www.wps.cn/officeDocument/2017/etCustomData" '
        f'xmlns:xdr="{ANCHOR}" xmlns:a="{DRAWING}" xmlns:r="{REL}"><etc:cellImage><xdr:pic><xdr:nvPicPr>'
        '<xdr:cNvPr id="2" name="ID_0F1E2D3C4B5A69788796A5B4C3D2E1F0"/><xdr:cNvPicPr/></xdr:nvPicPr>'
        '<xdr:blipFill><a:blip r:embed="rId1"/></xdr:blipFill><xdr:spPr/></xdr:pic></etc:cellImage></etc:cellImages>'
    )
    return book(
        sheet_xml(rows),
        extra={
            "xl/cellimages.xml": images,
            "xl/_rels/cellimages.xml.rels": relationships_xml(("rId1", "image", "media/image1.png")),
            "xl/media/image1.png": png(),
        },
        book_rels=(("rId9", "http://www.wps.cn/officeDocument/2020/cellImage", "cellimages.xml"),),
        types={"xl/cellimages.xml": "application/vnd.wps-officedocument.cellimage+xml"},
        defaults={"png": "image/png"},
    )


def custom_xml() -> bytes:
    data_store = "http://schemas.openxmlformats.org/officeDocument/2006/customXml"
    return book(
        extra={
            "customXml/item1.xml": '<?xml version="1.0"?><crm:memo xmlns:crm="urn:x"> kept &#x4E2D; </crm:memo>',
            "customXml/itemProps1.xml": (
                f'{DECLARATION}<ds:datastoreItem ds:itemID="{{0C5A9B21-52C8-4AFB-9F6B-1BB6EA6C9C7A}}" '
                f'xmlns:ds="{data_store}"><ds:schemaRefs/></ds:datastoreItem>'
            ),
            "customXml/_rels/item1.xml.rels": relationships_xml(("rId1", "customXmlProps", "itemProps1.xml")),
        },
        book_rels=(("rId9", "customXml", "../customXml/item1.xml"),),
        types={
            "customXml/itemProps1.xml": "application/vnd.openxmlformats-officedocument.customXmlProperties+xml"
        },
    )


def external_link() -> bytes:
    rows = ROWS + '<row r="4"><c r="A4"><f>[1]Prices!$A$1*2</f><v>14</v></c></row>'
    link = (
        f'{DECLARATION}<externalLink xmlns="{MAIN}"><externalBook xmlns:r="{REL}" r:id="rId1"><sheetNames>'
        '<sheetName val="Prices"/></sheetNames><sheetDataSet><sheetData sheetId="0"><row r="1"><cell r="A1"><v>7</v>'
        "</cell></row></sheetData></sheetDataSet></externalBook></externalLink>"
    )
    return book(
        sheet_xml(rows),
        workbook='<externalReferences><externalReference r:id="rId9"/></externalReferences>',
        extra={
            "xl/externalLinks/externalLink1.xml": link,
            "xl/externalLinks/_rels/externalLink1.xml.rels": relationships_xml(
                ("rId1", "externalLinkPath", "file:///C://prices.xlsx")
            ),
        },
        book_rels=(("rId9", "externalLink", "externalLinks/externalLink1.xml"),),
        types={"xl/externalLinks/externalLink1.xml": "externalLink+xml"},
    )


def drawing_in_alternate_content() -> bytes:
    drawing = (
        f'{DECLARATION}<xdr:wsDr xmlns:xdr="{ANCHOR}" xmlns:a="{DRAWING}"><mc:AlternateContent xmlns:mc="{MC}">'
        f'<mc:Choice xmlns:a14="{MS}/drawing/2010/main" Requires="a14"><xdr:absoluteAnchor><xdr:pos x="0" y="0"/>'
        '<xdr:ext cx="1" cy="1"/><xdr:sp macro="" textlink=""><xdr:nvSpPr><xdr:cNvPr id="2" name="box"/><xdr:cNvSpPr/>'
        "</xdr:nvSpPr><xdr:spPr/></xdr:sp><xdr:clientData/></xdr:absoluteAnchor></mc:Choice><mc:Fallback/>"
        "</mc:AlternateContent></xdr:wsDr>"
    )
    return book(
        sheet_xml(after='<drawing r:id="rId1"/>'),
        extra={"xl/drawings/drawing1.xml": drawing},
        sheet_rels=(("rId1", "drawing", "../drawings/drawing1.xml"),),
        types={"xl/drawings/drawing1.xml": "application/vnd.openxmlformats-officedocument.drawing+xml"},
    )


def alternate_content() -> bytes:
    controls = f'<mc:AlternateContent xmlns:mc="{MC}"><mc:Choice Requires="x14"><controls/></mc:Choice></mc:AlternateContent>'
    attributes = f' xmlns:mc="{MC}" xmlns:x14ac="{X14AC}" xmlns:x14="{X14}" mc:Ignorable="x14ac"'
    rows = ROWS.replace('<row r="2">', '<row r="2" spans="1:3" x14ac:dyDescent="0.25">')
    return book(sheet_xml(rows, after=controls, attributes=attributes))


def extension_list() -> bytes:
    rule = (
        f'<extLst><ext uri="{{78C0D931-6437-407d-A8EE-F0AAD7539E65}}" xmlns:x14="{X14}"><x14:conditionalFormattings>'
        '<x14:conditionalFormatting xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main"><x14:cfRule '
        'type="expression" priority="1" id="{00000000-0000-4000-8000-000000000001}"><xm:f>$B2&gt;1</xm:f></x14:cfRule>'
        "<xm:sqref>B2:B3</xm:sqref></x14:conditionalFormatting></x14:conditionalFormattings></ext></extLst>"
    )
    rows = ROWS.replace("<v>3.5</v></c></row>", '<v>3.5</v><extLst><ext uri="x"/></extLst></c></row>')
    return book(sheet_xml(rows, after=rule))


def calc_chain() -> bytes:
    chain = f'{DECLARATION}<calcChain xmlns="{MAIN}"><c r="C4" i="1"/><c r="C5"/></calcChain>'
    return book(
        sheet_xml(ROWS + CALCULATED),
        extra={"xl/calcChain.xml": chain},
        types={"xl/calcChain.xml": "calcChain+xml"},
        book_rels=(("rId9", "calcChain", "calcChain.xml"),),
    )


def data_table() -> bytes:
    rows = ROWS + (
        '<row r="4"><c r="D4"><f t="dataTable" ref="D4:D5" dt2D="0" dtr="0" r1="B2"/><v>2</v></c></row>'
        '<row r="5"><c r="D5"><v>2</v></c></row>'
    )
    return book(sheet_xml(rows))


def shared_formulas() -> bytes:
    rows = ROWS.replace("</row>", "", 0) + (
        '<row r="4"><c r="B4"><v>1</v></c><c r="C4"><f t="shared" ref="C4:C6" si="0">B4*2</f><v>2</v></c></row>'
        '<row r="5"><c r="B5"><v>2</v></c><c r="C5"><f t="shared" si="0"/><v>4</v></c></row>'
        '<row r="6"><c r="B6"><v>3</v></c><c r="C6"><f t="shared" si="0"></f><v>6</v></c></row>'
    )
    return book(sheet_xml(rows))


def array_formula() -> bytes:
    rows = ROWS + (
        '<row r="4"><c r="A4"><v>9</v></c><c r="C4"><f t="array" ref="C4:C5">B2:B3*2</f><v>4</v></c></row>'
        '<row r="5"><c r="C5"><v>7</v></c></row>'
    )
    return book(sheet_xml(rows))


def rich_text() -> bytes:
    strings = (
        f'<sst xmlns="{MAIN}" count="4" uniqueCount="2"><si><r><t xml:space="preserve">plain </t></r><r><rPr><b/>'
        '<sz val="11"/></rPr><t>bold</t></r></si><si><t>王芳</t></si></sst>'
    )
    return book(strings=strings)


def phonetic() -> bytes:
    strings = (
        f'<sst xmlns="{MAIN}" count="4" uniqueCount="2"><si><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh>'
        '<phoneticPr fontId="0" type="fullwidthKatakana"/></si><si><t>王芳</t></si></sst>'
    )
    rows = ROWS.replace('<c r="A2" t="s">', '<c r="A2" t="s" ph="1">')
    return book(sheet_xml(rows, after='<phoneticPr fontId="0"/>'), strings=strings)


def inline_rich() -> bytes:
    inline = '<is><r><t>a</t></r><r><rPr><i/></rPr><t xml:space="preserve"> b</t></r></is>'
    rows = ROWS.replace('<c r="A3" t="s"><v>1</v></c>', f'<c r="A3" t="inlineStr">{inline}</c>')
    return book(sheet_xml(rows))


def iso_dates() -> bytes:
    rows = (
        ROWS
        + '<row r="4"><c r="A4" t="d"><v>2024-01-05</v></c><c r="B4" s="1" t="d"><v>2024-01-05T08:30:00</v></c></row>'
    )
    return book(sheet_xml(rows))


def errors_and_truth() -> bytes:
    rows = ROWS + (
        '<row r="4"><c r="A4" t="b"><v>1</v></c><c r="B4" t="e"><v>#N/A</v></c><c r="C4" t="str"><f>""</f><v></v></c>'
        '<c r="D4"><f>1+1</f></c><c r="E4" s="2"/></row>'
    )
    return book(sheet_xml(rows))


def prefixed() -> bytes:
    """Every element of the worksheet, the strings and the workbook carries a prefix, as other producers write."""
    parts = book_parts()
    for name in ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"):
        text = str(parts[name]).replace(f'xmlns="{MAIN}"', f'xmlns:x="{MAIN}"')
        parts[name] = re.sub(r"<(/?)(\w)", r"<\1x:\2", text)
    return zip_parts(parts)


def byte_order_marks() -> bytes:
    parts = book_parts()
    return zip_parts(
        {
            name: b"\xef\xbb\xbf" + (part if isinstance(part, bytes) else part.encode())
            for name, part in parts.items()
        }
    )


def no_declarations() -> bytes:
    return zip_parts({name: str(part).removeprefix(DECLARATION) for name, part in book_parts().items()})


def single_quotes() -> bytes:
    return zip_parts({name: str(part).replace('"', "'") for name, part in book_parts().items()})


def cdata() -> bytes:
    strings = f'<sst xmlns="{MAIN}"><si><t><![CDATA[a <b> & c]]></t></si><si><t>x<![CDATA[]]>y</t></si></sst>'
    rows = ROWS + (
        '<row r="4"><c r="A4" t="str"><f><![CDATA["<row>"&"</row>"]]></f><v><![CDATA[<row></row>]]></v></c>'
        '<c r="B4"><v><![CDATA[7]]></v></c></row>'
    )
    return book(sheet_xml(rows), strings=strings)


def rows_without_numbers() -> bytes:
    return book(sheet_xml(re.sub(r'<row r="\d+"', "<row", ROWS)))


def cells_without_references() -> bytes:
    return book(sheet_xml(re.sub(r'<c r="\w+"', "<c", ROWS)))


def bare_rows_and_cells() -> bytes:
    return book(sheet_xml(re.sub(r' r="\w+"', "", ROWS)))


def strict() -> bytes:
    parts = book_parts()
    for name, part in parts.items():
        text = str(part).replace(f'"{MAIN}"', f'"{STRICT_MAIN}"').replace(REL, STRICT_REL)
        parts[name] = text.replace("<workbook ", '<workbook conformance="strict" ')
    return zip_parts(parts)


def epoch_1904() -> bytes:
    return zip_parts(
        book_parts()
        | {
            "xl/workbook.xml": str(book_parts()["xl/workbook.xml"]).replace(
                "<sheets>", '<workbookPr date1904="1"/><sheets>'
            )
        }
    )


def comments_in_markup() -> bytes:
    rows = ROWS.replace('<row r="2">', "<!-- <row r='9'> --><row r=\"2\"><!-- <c r='Z2'/> -->").replace(
        "<v>3.5</v>", "<v>3<!-- . -->.5</v>"
    )
    return book(f"{sheet_xml(rows, before='<!-- <sheetData> -->')}<!-- the end -->")


def instructions_in_markup() -> bytes:
    return book(sheet_xml(ROWS.replace('<row r="2">', '<?crm <row r="8"> ?><row r="2">'), before="<?x y?>"))


def greater_than_in_attributes() -> bytes:
    rows = ROWS.replace('<row r="2">', '<row r="2" spans="1:3" x:note="a > b />">')
    return book(sheet_xml(rows, attributes=' xmlns:x="urn:x" x:title="<sheetData/>"'.replace("<", "&lt;")))


def entities() -> bytes:
    strings = f'<sst xmlns="{MAIN}"><si><t>A&amp;B &lt;c&gt; &#x20AC; &#29579;&#10;&quot;</t></si><si><t>王芳</t></si></sst>'
    return book(sheet_xml(ROWS.replace('r="B3"', 'r="&#66;3"')), strings=strings)


def white_space() -> bytes:
    rows = (
        ROWS.replace("<row", "\r\n\t<row")
        .replace("<c ", "\n\t\t<c\n ")
        .replace("</v>", "</v >")
        .replace("/c>", "/c\t>")
    )
    return book(
        sheet_xml(rows + "\n")
        .replace("<sheetData>", "<sheetData >")
        .replace("</sheetData>", "</sheetData\n>")
    )


def empty_rows_and_cells() -> bytes:
    rows = (
        ROWS
        + '<row r="5"/><row r="6" ht="30" customHeight="1"></row><row r="7"><c r="A7"/><c r="C7" s="1"></c></row>'
    )
    return book(sheet_xml(rows))


def empty_sheet() -> bytes:
    return book(sheet_xml("").replace("<sheetData></sheetData>", "<sheetData/>"), strings=None)


def no_strings() -> bytes:
    return book(sheet_xml(re.sub(r'<c r="(\w+)" t="s"><v>\d</v>', r'<c r="\1"><v>1</v>', ROWS)), strings=None)


def empty_strings() -> bytes:
    rows = re.sub(r'<c r="(\w+)" t="s"><v>\d</v>', r'<c r="\1"><v>1</v>', ROWS)
    return book(sheet_xml(rows), strings=f'<sst xmlns="{MAIN}" count="0" uniqueCount="0"/>')


def unusual_places() -> bytes:
    """The workbook at the root, the sheet beside it, absolute targets, names that differ in case."""
    parts = {
        str(name).replace("xl/worksheets/sheet1.xml", "Data.XML"): part for name, part in book_parts().items()
    }
    parts["[Content_Types].xml"] = str(parts["[Content_Types].xml"]).replace(
        "/xl/worksheets/sheet1.xml", "/data.xml"
    )
    parts["xl/_rels/workbook.xml.rels"] = str(parts["xl/_rels/workbook.xml.rels"]).replace(
        '"worksheets/sheet1.xml"', '"/data.xml"'
    )
    parts["_rels/.rels"] = str(parts["_rels/.rels"]).replace('"xl/', '"/xl/')
    return zip_parts(parts)


def query_table() -> bytes:
    connections = (
        f'{DECLARATION}<connections xmlns="{MAIN}"><connection id="1" name="q" type="4" refreshedVersion="1">'
        '<webPr url="https://example.org/"/></connection></connections>'
    )
    query = f'{DECLARATION}<queryTable xmlns="{MAIN}" name="q" connectionId="1"/>'
    return book(
        extra={"xl/connections.xml": connections, "xl/queryTables/queryTable1.xml": query},
        sheet_rels=(("rId1", "queryTable", "../queryTables/queryTable1.xml"),),
        book_rels=(("rId9", "connections", "connections.xml"),),
        types={"xl/connections.xml": "connections+xml", "xl/queryTables/queryTable1.xml": "queryTable+xml"},
    )


def printer_settings() -> bytes:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.printerSettings"
    return book(
        sheet_xml(after='<pageSetup orientation="portrait" r:id="rId1"/>'),
        extra={"xl/printerSettings/printerSettings1.bin": bytes(range(256)) * 4},
        sheet_rels=(("rId1", "printerSettings", "../printerSettings/printerSettings1.bin"),),
        defaults={"bin": kind},
    )


def foreign_rows_in_extension() -> bytes:
    """Elements named row and c that are no cells, because they belong to another namespace."""
    rows = ROWS.replace(
        "</row>", '<extLst><ext uri="u"><o:row xmlns:o="urn:o" r="2"/></ext></extLst></row>', 1
    )
    after = '<extLst><ext uri="u"><sheetData xmlns="urn:o"><row r="2"><c r="B2"/></row></sheetData></ext></extLst>'
    return book(sheet_xml(rows, after=after))


def reuse_strings() -> bytes:
    """More uses than the count says, an empty string item, items never used."""
    strings = f'<sst xmlns="{MAIN}" count="1" uniqueCount="9"><si><t>name</t></si><si/><si><t/></si><si><t>unused</t></si></sst>'
    return book(strings=strings)


_TABLE = [
    (threaded_comments, "threaded comments with persons and the old comment beside them"),
    (pivot_table, "a pivot table with its cache"),
    (slicer, "a slicer on a table"),
    (cell_images, "WPS pictures in cells: DISPIMG and xl/cellimages.xml"),
    (custom_xml, "customXml items"),
    (external_link, "a link to another workbook with cached values"),
    (drawing_in_alternate_content, "a drawing under mc:AlternateContent"),
    (alternate_content, "mc:AlternateContent and ignorable attributes in the sheet"),
    (extension_list, "extLst of the sheet (x14 rule) and of a cell"),
    (calc_chain, "formulas with a calculation chain"),
    (data_table, "a what-if data table"),
    (shared_formulas, "a shared formula with two children"),
    (array_formula, "an array formula over two cells"),
    (rich_text, "rich text in the shared strings"),
    (phonetic, "phonetic runs"),
    (inline_rich, "rich text in the cell"),
    (iso_dates, 'dates as text, t="d"'),
    (errors_and_truth, "truth values, errors, formulas without a value, formatted blanks"),
    (prefixed, "prefixed elements, <x:worksheet>"),
    (byte_order_marks, "byte order marks before every part"),
    (no_declarations, "parts without an XML declaration"),
    (single_quotes, "attributes in single quotes"),
    (cdata, "CDATA sections that look like markup"),
    (rows_without_numbers, "rows without r"),
    (cells_without_references, "cells without r"),
    (bare_rows_and_cells, "neither rows nor cells with r"),
    (strict, "strict namespaces"),
    (epoch_1904, "dates counted from 1904, plain parts"),
    (comments_in_markup, "XML comments that look like rows"),
    (instructions_in_markup, "processing instructions"),
    (greater_than_in_attributes, "> inside attribute values"),
    (entities, "entities and character references"),
    (white_space, "white space inside tags and between rows"),
    (empty_rows_and_cells, "empty rows and cells, written both ways"),
    (no_strings, "no shared strings part"),
    (empty_strings, "a shared strings part without an item, <sst/>"),
    (unusual_places, "parts at unusual places, absolute targets, other letter case"),
    (query_table, "a query table and its connection"),
    (printer_settings, "binary printer settings"),
    (foreign_rows_in_extension, "row and c of other namespaces"),
    (reuse_strings, "wrong counts and empty items in the shared strings"),
]
ASSEMBLED = [
    Specimen(builder.__name__.replace("_", "-"), feature, partial(builder)) for builder, feature in _TABLE
] + [Specimen("empty-sheet", "a sheet without a cell, <sheetData/>", empty_sheet, cell="B2")]
