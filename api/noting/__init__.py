"""One patient's notes for people: their texts, what was found in them and why, on a terminal or a page."""

from api.noting.listing import list_notes
from api.noting.page import write_page
from api.noting.reader import note_reader, reader_for, shared_reader
from api.noting.terminal import print_notes

__all__ = ["list_notes", "note_reader", "print_notes", "reader_for", "shared_reader", "write_page"]
