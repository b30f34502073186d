"""What a person does at LibreOffice, in a person's words. Runs in LibreOffice's Python, at the head of every script.

Each action is the call of the program's interface behind the menu command: it goes through the same code, with the
same consequences for formulas, names, tables, validations and formats. Menu commands themselves need a window that
draws a cursor; the program without a display ends when they are given.
"""

VALUES, DATES, TEXTS, FORMULAS = 1, 2, 4, 16


class Hands:
    """A person's hands at one open workbook."""

    def __init__(self, document, uno):
        self.document, self.uno = document, uno

    def sheet(self, title):
        """Return a sheet."""
        return self.document.Sheets.getByName(title)

    def area(self, title, ref):
        """Return cells of a sheet."""
        return self.sheet(title).getCellRangeByName(ref)

    def text(self, title, ref):
        """Return what a cell shows."""
        return self.area(title, ref).String

    def type(self, title, ref, text):
        """Type into a cell; the program makes a date, a number or a text of it. An empty text empties the cell."""
        self.area(title, ref).FormulaLocal = text

    def type_row(self, title, row, **cells):
        """Type into cells of a row, by column."""
        for letter, text in cells.items():
            self.type(title, f"{letter}{row}", text)

    def put(self, title, ref, text):
        """Paste a text, which no validation sees."""
        self.area(title, ref).String = text

    def clear(self, title, ref):
        """Press Delete."""
        self.area(title, ref).clearContents(VALUES | DATES | TEXTS | FORMULAS)

    def sort(self, title, ref, letter, ascending=True):
        """Sort the selected rows, their header not among them, by a column."""
        area = self.area(title, ref)
        field = self.uno.createUnoStruct("com.sun.star.table.TableSortField")
        column = self.area(title, f"{letter}1").CellAddress.Column
        field.Field, field.IsAscending = column - area.RangeAddress.StartColumn, ascending
        kind = "[]com.sun.star.table.TableSortField"
        options = {"IsSortColumns": False, "ContainsHeader": False, "BindFormatsToContent": True}
        area.sort(properties(SortFields=self.uno.Any(kind, (field,)), **options))  # noqa: F821

    def insert_rows(self, title, first, count=1):
        """Insert rows above row `first`."""
        self.sheet(title).Rows.insertByIndex(first - 1, count)

    def delete_rows(self, title, first, count=1):
        """Delete whole rows."""
        self.sheet(title).Rows.removeByIndex(first - 1, count)

    def copy(self, title, source, target):
        """Copy cells and paste all of them elsewhere in the sheet."""
        address = self.area(title, target).CellAddress
        self.sheet(title).copyRange(address, self.area(title, source).RangeAddress)

    def paste_values(self, title, source, target):
        """Copy cells and paste only what they show."""
        self.area(title, target).setDataArray(self.area(title, source).getDataArray())

    def fill(self, title, ref):
        """Pull the fill handle of the first cell down to the last."""
        self.area(title, ref).fillAuto(self.uno.Enum("com.sun.star.sheet.FillDirection", "TO_BOTTOM"), 1)

    def insert_column(self, title, letter):
        """Insert a column left of another."""
        self.sheet(title).Columns.insertByIndex(self.area(title, f"{letter}1").CellAddress.Column, 1)

    def move_column(self, title, source, target):
        """Move a column to the left: insert one there, cut and paste, delete what is left."""
        self.insert_column(title, target)
        sheet = self.sheet(title)
        at = self.area(title, f"{source}1").CellAddress.Column + 1
        area = sheet.getCellRangeByPosition(at, 0, at, 499)
        sheet.moveRange(self.area(title, f"{target}1").CellAddress, area.RangeAddress)
        sheet.Columns.removeByIndex(at, 1)

    def hide_column(self, title, letter):
        """Hide a column."""
        self.area(title, f"{letter}1").Columns.getByIndex(0).IsVisible = False

    def colour(self, title, ref, number):
        """Give cells a colour."""
        self.area(title, ref).CellBackColor = number

    def comment(self, title, ref, text):
        """Write a comment at a cell."""
        self.sheet(title).Annotations.insertNew(self.area(title, ref).CellAddress, text)

    def chart(self, title, name, ref):
        """Put a chart of cells on a sheet."""
        place = self.uno.createUnoStruct("com.sun.star.awt.Rectangle")
        place.X, place.Y, place.Width, place.Height = 30000, 1000, 9000, 6000
        address = self.area(title, ref).RangeAddress
        self.sheet(title).Charts.addNewByName(name, place, (address,), True, True)


hands = Hands(document, uno)  # noqa: F821 - the driver gives them to the script
