"""What every workbook promises whoever opens it, whatever report it is of."""

import textwrap


def lines(book, sheet):
    """The lines of a sheet as dictionaries by the head."""
    head, *rest = book[sheet].iter_rows(values_only=True)
    return [dict(zip(head, line)) for line in rest]


def counts(line):
    return line["Attempts"], line["Converted"]


class Sheets:
    """A case's checks of its `books`, by name; `frozen` are the first cells that scroll, of sheets where it is not B2."""

    frozen = {}

    def test_sheets_have_frozen_heads_and_filters(self):
        for book in self.books.values():
            for sheet in book.worksheets[1:]:
                self.assertEqual(sheet.freeze_panes, self.frozen.get(sheet.title, "B2"))
                self.assertEqual(sheet.auto_filter.ref, sheet.dimensions)
                self.assertTrue(all(sheet.column_dimensions[cell.column_letter].width > 6 for cell in sheet[1]))

    def test_every_row_is_as_high_as_its_text(self):
        """Where a program trusts the file, a row that is too low lays its text over the next one."""
        for book in self.books.values():
            for sheet in book:
                for cell in (cell for row in sheet.iter_rows() for cell in row if cell.alignment.wrap_text):
                    width = sheet.column_dimensions[cell.column_letter].width
                    lines = len(textwrap.wrap(str(cell.value), int(width)))
                    height = sheet.row_dimensions[cell.row].height
                    self.assertGreaterEqual(height or 15, 14 * lines, (sheet.title, cell.coordinate))

    def test_no_cell_is_a_formula(self):
        for book in self.books.values():
            kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
            self.assertEqual(kinds - {"s", "n", "d"}, set())
