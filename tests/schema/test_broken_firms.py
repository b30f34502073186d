"""The firms of the examples, broken in one way each as whoever writes such files breaks them: the first line is the true one.

Every case changes one text of a firm's files; ``⟪`` marks the character that is told, where it does not stand elsewhere. One
mistake of each kind is tried always, the rest are deep.
"""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

import pytest

from crmbook.schema import SchemaError, load_book
from tests.schema.world import MARK, marked_place

EXAMPLES = Path(__file__).parents[2] / "examples"
# template, file, text that stands there, what it becomes, where that is told if elsewhere, code, suggestion
MENDED = [
    ("agency", "schemas/clients.yaml", "deal: {sale: [求购, 买房]", "deal: {⟪sell: [求购, 买房]", "", "schema.unknown-value", ""),
    ("agency", "schemas/clients.yaml", "headers: {name: [客人]", "headers: {⟪nmae: [客人]", "", "schema.unknown-field", "name"),
    ("agency", "schemas/clients.yaml", "further: notes", "further: ⟪note", "", "schema.unknown-field", "notes"),
    ("agency", "schemas/contracts.yaml", "{from: 0, result: 0.02}", "{⟪form: 0, result: 0.02}", "", "schema.unknown-key", "from"),
    ("agency", "schemas/properties.yaml", "identity: [[district, address]]", "identity: [[district, ⟪adress]]", "", "schema.unknown-field", "address"),
    ("agency", "templates/agency.yaml", "owner_field: clients.agent", "owner_field: ⟪clients.viewed", "", "schema.never-typed", ""),
    ("agency", "templates/agency.yaml", "- table: viewings", "- table: ⟪viewing", "", "schema.unknown-table", "viewings"),
    ("agency", "templates/agency.yaml", "{table: clients, fields: [client_id, name, phone, state, choice], where", "{table: ⟪customers, fields: [client_id, name, phone, state, choice], where", "", "schema.unknown-sheet", ""),
    ("agency", "templates/pages.yaml", "category: month, values: [fees]", "category: month, values: ⟪fees", "", "schema.wrong-type", ""),
    ("agency", "templates/pages.yaml", "kind: bar", "kind: ⟪bars", "", "schema.unknown-value", "bar"),
    ("software", "templates/software.yaml", "2025-12-26]", "⟪2025-12-36]", "", "schema.no-such-day", ""),
    ("software_start", "templates/software_start.yaml", "product: {values: {kit: {zh: 工具包, en: Kit}}}", "product: {values: {kit: ⟪工具包}}", "", "schema.wrong-type", ""),
    ("software_start", "templates/software_start.yaml", "product: {values: {kit: {zh: 工具包, en: Kit}}}", "product: {values: ⟪[kit]}", "", "schema.wrong-type", ""),
    ("software_start", "templates/software_start.yaml", "tax_rate: {value: 0}", "⟪tax_rat: {value: 0}", "", "schema.nothing-to-change", "tax_rate"),
]  # fmt: skip
"""What was told wrongly, elsewhere or not at all."""
OF_EACH_KIND = [
    ("agency", "schemas/clients.yaml", "type: ref, to: properties", "type: ref", "schemas/clients.yaml:20:3", "schema.missing-key", ""),
    ("agency", "schemas/contracts.yaml", "{from: 0, result: 0.02}", "{from: 0, result: ⟪2%}", "", "schema.unknown-constant", ""),
    ("agency", "schemas/contracts.yaml", "      - {from: 0, result: 0.02}\n", "", "schemas/contracts.yaml:44:7", "schema.no-lowest-band", ""),
    ("agency", "schemas/contracts.yaml", "      - {from: 3000000, result: 0.015}", "     ⟪- {from: 3000000, result: 0.015}", "", "schema.bad-indent", ""),
    ("agency", "schemas/contracts.yaml", "BAND([@amount],sale_fee)", "BAND([@amount],⟪sales_fee)", "", "formula.unknown-band", "sale_fee"),
    ("agency", "schemas/contracts.yaml", "BAND([@amount],sale_fee)", "BAND(sale_fee,⟪[@amount])", "", "formula.word-required", ""),
    ("agency", "schemas/contracts.yaml", "  - id: term\n", "  - id: ⟪租期\n", "", "schema.bad-name", ""),
    ("agency", "schemas/contracts.yaml", "message: {zh: 租期早于签约日期, en: The term ends before it was signed}", "message: {zh: 租期早于签约日期, en: It ends⟪: too early}", "", "schema.colon-in-text", ""),
    ("agency", "schemas/contracts.yaml", "when: '=[@arrears]>0'", "when: [⟪@arrears]>0", "", "schema.sign-first", ""),
    ("agency", "schemas/contracts.yaml", "when: '=[@arrears]>0'", "when: ⟪'[@arrears]>0'", "", "schema.not-a-formula", ""),
    ("agency", "schemas/contracts.yaml", "    due: until", "    due: ⟪months", "", "schema.not-a-date-field", ""),
    ("agency", "schemas/properties.yaml", "  rooms: {title", "⟪\trooms: {title", "", "schema.tab", ""),
    ("agency", "schemas/properties.yaml", "key: property_id\n", "key: property_id\n⟪key: address\n", "", "schema.duplicate-key", ""),
    ("agency", "schemas/properties.yaml", "  deal: {title: {zh: 交易, en: Deal}, type: enum, list: deal, required: true}", "  deal: {title: {zh: 交易, en: Deal}, type: enum, list: ⟪deals, required: true}", "", "schema.unknown-list", "deal"),
    ("agency", "schemas/properties.yaml", "min: 5, max: 2000", "min: 5⟪， max: 2000", "", "schema.full-width", ","),
    ("agency", "schemas/properties.yaml", "type: money, min: 0, required", "type: ⟪mony, min: 0, required", "", "schema.unknown-field-type", "money"),
    ("agency", "schemas/properties.yaml", "PARAM(stale_days))', style: warn", "PARAM(⟪stale_day))', style: warn", "", "formula.unknown-parameter", "stale_days"),
    ("agency", "schemas/properties.yaml", "[@property_id],viewings[state],viewing_state.done)'}", "[@property_id],viewings[state],⟪viewing_state.finished)'}", "", "formula.unknown-constant", "viewing_state.booked"),
    ("agency", "schemas/properties.yaml", "'=COUNTIFS(viewings[property_id],[@property_id],viewings[state],viewing_state.done)'}", "⟪=COUNTIFS(viewings[property_id],[@property_id],viewings[state],viewing_state.done)}", "", "schema.formula-unquoted", ""),
    ("agency", "schemas/properties.yaml", "'=COUNTIFS(viewings[property_id],[@property_id],viewings[state],viewing_state.done)'", "'=COUNTIFS⟪(viewings[property_id],[@property_id],viewings[state],viewing_state.done'", "", "formula.unclosed-parenthesis", ")"),
    ("agency", "schemas/properties.yaml", '\'=IF([@address]="","",[@district]&" "&[@address])\'', '\'=IF([@address]="","",[@per_metre]&⟪[@label])\'', "", "formula.cycle", ""),
    ("agency", "templates/agency.yaml", "owner_field: clients.agent", "owner_field: ⟪agent", "", "schema.bad-owner-field", ""),
    ("agency", "templates/agency.yaml", "  - page: guide\n", "", "schemas/contracts.yaml:18:82", "schema.absent-name", ""),
    ("agency", "templates/agency.yaml", "accent: '#7A4B12'", "accent: ⟪#7A4B12", "", "schema.colour-unquoted", "'#7A4B12'"),
    ("agency", "templates/agency.yaml", "where: '=[@state]=client_state.looking'", "where: ⟪'=[@viewed]>0'", "", "schema.unsteady-rows", ""),
    ("agency", "templates/pages.yaml", "below: open_properties", "below: ⟪open_property", "", "schema.unknown-cell", "open_properties"),
    ("agency", "templates/pages.yaml", "chart: offers}", "chart: ⟪offer}", "", "schema.unknown-chart", "offers"),
    ("agency", "templates/pages.yaml", "when: '=stale_share>0.3', text", "when: '=⟪stale_shares>0.3', text", "", "formula.unknown-name", "stale_share"),
    ("agency", "templates/pages.yaml", "tables: [by_district, by_month]", "tables: [by_district]", "templates/pages.yaml:22:79", "schema.not-on-page", ""),
    ("software", "schemas/accounts.yaml", "type: text, required: true, unique: true", "type: text, required: true, unique: true, ⟪start: 5", "", "schema.misplaced-key", ""),
    ("software", "schemas/health.yaml", "rows: one per accounts", "rows: ⟪one for each account", "", "schema.bad-rows", ""),
    ("software", "schemas/health.yaml", "[@logins],usage_points", "[@⟪login],usage_points", "", "formula.unknown-field", "logins"),
    ("software", "schemas/invoices.yaml", '\'=IF([@net]="",0,ROUND([@net]*PARAM(tax_rate),2))\'', '\'=IF([@net]=""⟪;0;ROUND([@net]*PARAM(tax_rate);2))\'', "", "formula.semicolon", ","),
    ("software", "schemas/invoices.yaml", '\'=IF([@net]="",0,ROUND([@net]*PARAM(tax_rate),2))\'', "'=IF([@net]=⟪“”,0,ROUND([@net]*PARAM(tax_rate),2))'", "", "formula.full-width", '"'),
    ("software", "schemas/invoices.yaml", '\'=IF([@net]="",0,ROUND([@net]*PARAM(tax_rate),2))\'', "'=⟪ROUNDED([@net]*PARAM(tax_rate),2)'", "", "formula.unknown-function", "ROUND"),
    ("software", "schemas/invoices.yaml", '\'=IF([@net]="",0,ROUND([@net]*PARAM(tax_rate),2))\'', "'=⟪[net]*PARAM(tax_rate)'", "", "formula.column-as-value", "[@net]"),
    ("software", "schemas/invoices.yaml", '\'=IF([@net]="",0,ROUND([@net]*PARAM(tax_rate),2))\'', "'=⟪D2*0.19'", "", "formula.cell-reference", ""),
    ("software", "schemas/invoices.yaml", '\'=IF([@net]="",0,ROUND([@net]*PARAM(tax_rate),2))\'', "'=ROUND([@net]*19%,2,⟪1)'", "", "formula.too-many-arguments", ""),
    ("software", "schemas/releases.yaml", "pattern: '\\d+\\.\\d+(\\.\\d+)?'", 'pattern: "⟪\\d+\\.\\d+"', "", "schema.bad-escape", ""),
    ("software", "templates/software.yaml", "region: DE", "region: ⟪Germany", "", "schema.unknown-region", ""),
    ("software_start", "templates/software_start.yaml", "extends: software\n", "extends: ⟪softwares\n", "", "schema.unknown-template", "software"),
    ("software_start", "templates/software_start.yaml", "hours: null, ", "", "schemas/tickets.yaml:19:93", "schema.absent-table", ""),
]  # fmt: skip
MORE = [
    ("agency", "schemas/clients.yaml", "to: contracts", "to: ⟪contract", "", "schema.unknown-table", "contracts"),
    ("agency", "schemas/clients.yaml", "carry: {client_id: client_id, property_id: chosen}", "carry: {client_id: client_id, ⟪property: chosen}", "", "schema.unknown-field", "property_id"),
    ("agency", "schemas/clients.yaml", "carry: {client_id: client_id, property_id: chosen}", "carry: {client_id: client_id, property_id: ⟪chose}", "", "schema.unknown-field", "chosen"),
    ("agency", "schemas/clients.yaml", "carry: {client_id: client_id, property_id: chosen}", "carry: ⟪[client_id, property_id]", "", "schema.wrong-type", ""),
    ("agency", "schemas/clients.yaml", "type: ref, to: properties", "type: ref, to: ⟪property", "", "schema.unknown-table", "properties"),
    ("agency", "schemas/clients.yaml", "people: [name, agent]", "people: ⟪name, agent", "", "schema.wrong-type", ""),
    ("agency", "schemas/clients.yaml", "owner: agent", "owner: ⟪agents", "", "schema.unknown-field", "agent"),
    ("agency", "schemas/clients.yaml", "default: looking", "default: ⟪找房中", "", "schema.unknown-value", "looking"),
    ("agency", "schemas/clients.yaml", "default: looking", "default: ⟪lookin", "", "schema.unknown-value", "looking"),
    ("agency", "schemas/contracts.yaml", "{from: 0, result: 0.02}", "{from: ⟪'0', result: 0.02}", "", "schema.wrong-type", ""),
    ("agency", "schemas/contracts.yaml", "fields: [until]", "fields: [⟪untill]", "", "schema.unknown-field", "until"),
    ("agency", "schemas/contracts.yaml", "fields: [until]", "fields: ⟪until", "", "schema.wrong-type", ""),
    ("agency", "schemas/contracts.yaml", "message: {zh: 租期早于签约日期, en: The term ends before it was signed}", "message: ⟪租期早于签约日期", "", "schema.wrong-type", ""),
    ("agency", "schemas/contracts.yaml", "when: '=[@arrears]>0'", "when: =[⟪@arrears]>0", "", "schema.sign-first", ""),
    ("agency", "schemas/contracts.yaml", "    due: until", "    due: ⟪untill", "", "schema.unknown-field", "until"),
    ("agency", "schemas/properties.yaml", "  rooms: {title", "   ⟪rooms: {title", "", "schema.bad-indent", ""),
    ("agency", "schemas/properties.yaml", "required: true, width: 22", "⟪requried: true, width: 22", "", "schema.unknown-key", "required"),
    ("agency", "schemas/properties.yaml", "type: money, min: 0, required: true", "type: money, min: 0, required: ⟪yes", "", "schema.wrong-type", ""),
    ("agency", "schemas/properties.yaml", "default_at_first: false", "default_at_first: ⟪no", "", "schema.wrong-type", ""),
    ("agency", "schemas/properties.yaml", "list: district, by: city", "list: district, by: ⟪town", "", "schema.unknown-field", ""),
    ("agency", "schemas/properties.yaml", "list: district, by: city", "list: district", "schemas/properties.yaml:14:3", "schema.missing-key", ""),
    ("agency", "schemas/properties.yaml", "xihu: {zh: 西湖区, en: Xihu, of: hangzhou}", "xihu: {zh: 西湖区, en: Xihu, of: ⟪hangzou}", "", "schema.unknown-value", "hangzhou"),
    ("agency", "schemas/properties.yaml", "xihu: {zh: 西湖区, en: Xihu, of: hangzhou}", "⟪xihu: {zh: 西湖区, en: Xihu}", "", "schema.missing-key", ""),
    ("agency", "schemas/properties.yaml", "value: 60, min: 7", "value: ⟪sixty, min: 7", "", "schema.unknown-constant", ""),
    ("agency", "schemas/properties.yaml", "value: 60, min: 7", "value: ⟪null, min: 7", "", "schema.wrong-type", ""),
    ("agency", "schemas/properties.yaml", "key: property_id", "key: ⟪null", "", "schema.wrong-type", ""),
    ("agency", "schemas/properties.yaml", "title: {zh: 房源, en: Properties}\n", "title: ⟪null\n", "", "schema.wrong-type", ""),
    ("agency", "schemas/properties.yaml", "title: {zh: 房源, en: Properties}\n", "title: ⟪房源\n", "", "schema.wrong-type", ""),
    ("agency", "schemas/properties.yaml", "title: {zh: 房源, en: Properties}\n", "⟪title: {zh: 房源}\n", "", "schema.missing-key", ""),
    ("agency", "schemas/properties.yaml", "style: warn}]}\n  viewings", "style: ⟪yellow}]}\n  viewings", "", "schema.unknown-value", ""),
    ("agency", "schemas/properties.yaml", "icons: 5_ratings", "icons: ⟪5_stars", "", "schema.unknown-value", "5_arrows"),
    ("agency", "schemas/properties.yaml", "policy: append", "policy: ⟪merge", "", "schema.unknown-value", ""),
    ("agency", "schemas/properties.yaml", "identity: [[district, address]]", "identity: [⟪district, address]", "", "schema.wrong-type", ""),
    ("agency", "schemas/properties.yaml", "name_field: label", "name_field: ⟪lable", "", "schema.unknown-field", "label"),
    ("agency", "schemas/properties.yaml", "ROUND([@price]/[@area],2)", "ROUND([@days]/[@viewings],2)+IF(⟪[@per_metre]>1,1,0)", "", "formula.cycle", ""),
    ("agency", "templates/agency.yaml", "owner_field: clients.agent", "owner_field: ⟪client.agent", "", "schema.unknown-table", "clients"),
    ("agency", "templates/agency.yaml", "  - page: rules\n  - page: dictionary\n", "  - page: dictionary\n", "templates/agency.yaml:18:10", "schema.unknown-sheet", "rents"),
    ("agency", "templates/agency.yaml", "font: {zh: 宋体, en: Arial}", "font: ⟪Arial", "", "schema.wrong-type", ""),
    ("agency", "templates/agency.yaml", "hidden: [rules]", "hidden: [⟪rule]", "", "schema.unknown-sheet", "rules"),
    ("agency", "templates/agency.yaml", "read_only: [price, state]", "read_only: [price, ⟪sate]", "", "schema.unknown-field", "state"),
    ("agency", "templates/agency.yaml", "where: '=[@state]=client_state.looking'", "where: '=[@state]=⟪client_state.lookng'", "", "formula.unknown-constant", "client_state.looking"),
    ("agency", "templates/agency.yaml", "      - viewings\n", "      - ⟪viewngs\n", "", "schema.unknown-sheet", "viewings"),
    ("agency", "templates/agency.yaml", "template: agency\n", "template: ⟪中介\n", "", "schema.bad-name", ""),
    ("agency", "templates/pages.yaml", "table: by_month, category: month", "table: ⟪by_months, category: month", "", "schema.unknown-table", "by_month"),
    ("agency", "templates/pages.yaml", "category: month, values: [fees]", "category: ⟪months, values: [fees]", "", "schema.unknown-field", "month"),
    ("agency", "templates/pages.yaml", "offers: {table: clients, field: agent}", "offers: {table: clients, field: ⟪agents}", "", "schema.unknown-field", "agent"),
    ("agency", "templates/pages.yaml", "offers: {table: clients, field: agent}", "offers: ⟪clients.agent", "", "schema.wrong-type", ""),
    ("agency", "templates/pages.yaml", "cells: [agent_chosen, clients_of_agent]", "cells: [agent_chosen, ⟪client_of_agent]", "", "schema.unknown-cell", "clients_of_agent"),
    ("agency", "templates/pages.yaml", "place: left", "place: ⟪links", "", "schema.unknown-value", ""),
    ("software", "schemas/health.yaml", "rows: one per accounts", "rows: ⟪one per account", "", "schema.unknown-table", "accounts"),
    ("software", "schemas/invoices.yaml", "[@net]+[@tax]", "[@net]+[@open]", "schemas/invoices.yaml:12:67", "formula.cycle", ""),
    ("software", "schemas/tickets.yaml", "locale.holidays", "⟪locale.holiday", "", "formula.unknown-constant", "locale.holidays"),
    ("software", "schemas/tickets.yaml", "closed_at: {title: {zh: 关闭时间, en: Closed at}, type: datetime}", "closed_at: {title: {zh: 关闭时间, en: Closed at}, type: datetime, min: ⟪2024-02-30}", "", "schema.no-such-day", ""),
    ("software", "templates/software.yaml", "region: DE", "region: ⟪de", "", "schema.unknown-region", ""),
    ("software", "templates/software.yaml", "2025-12-26]", "⟪25.12.2025]", "", "schema.wrong-type", ""),
    ("software_start", "templates/software_start.yaml", "date_order: mdy", "date_order: ⟪mm/dd/yyyy", "", "schema.unknown-value", ""),
    ("software_start", "templates/software_start.yaml", "week_start: sunday", "week_start: ⟪Sunday", "", "schema.unknown-value", "sunday"),
    ("software_start", "templates/software_start.yaml", "paper: letter", "paper: ⟪Letter", "", "schema.unknown-value", "letter"),
    ("software_start", "templates/software_start.yaml", "drop: [entries, health]", "drop: [⟪entry, health]", "", "schema.unknown-sheet", "entries"),
    ("software_start", "templates/software_start.yaml", "after: tickets", "after: ⟪ticket", "", "schema.unknown-sheet", "tickets"),
    ("software_start", "templates/software_start.yaml", "  accounts: {title", "  ⟪account: {title", "", "schema.unknown-table", "accounts"),
    ("software_start", "templates/software_start.yaml", "lang: en", "lang: ⟪english", "", "schema.unknown-value", ""),
]  # fmt: skip


@cache
def text_of(template, file):
    return (EXAMPLES / template.partition("_")[0] / file).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The workspaces of both firms, in which each case breaks one file and puts it back."""
    folder = tmp_path_factory.mktemp("firms")
    for name in ("agency", "software"):
        shutil.copytree(EXAMPLES / name, folder / name, ignore=shutil.ignore_patterns("samples"))
    return folder


@pytest.mark.sample(6)
@pytest.mark.parametrize(
    ("template", "file", "old", "new", "elsewhere", "code", "suggestion"),
    [*MENDED, *OF_EACH_KIND, *(pytest.param(*case, marks=pytest.mark.deep) for case in MORE)],
)
def test_the_first_line_is_the_true_place_and_reason(
    folder, template, file, old, new, elsewhere, code, suggestion
):
    root, text = folder / template.partition("_")[0], text_of(template, file)
    changed = text.replace(old, new, 1)
    assert changed != text
    (root / file).write_text(changed.replace(MARK, ""), encoding="utf-8")
    with pytest.raises(SchemaError) as caught:
        load_book(template, "en", root)
    (root / file).write_text(text, encoding="utf-8")
    first = caught.value.problems[0]
    told = (
        f"{first.location.file.removeprefix(str(root) + '/')}:{first.location.line}:{first.location.column}"
    )
    place = elsewhere or ":".join([file, *map(str, marked_place(changed))])
    assert (told, first.code, first.suggestion) == (place, code, suggestion)
    if (template, file, old, new, elsewhere, code, suggestion) in MENDED:
        assert len(caught.value.problems) == 1
    for lang in ("zh", "en"):
        assert first.line(lang).startswith(f"{first.location}: ")


def test_there_are_enough_of_them():
    assert len(MENDED) + len(OF_EACH_KIND) + len(MORE) > 100
