"""Protocols of other systems as texts of our language; what has no equal there is asked or listed."""

from api.authoring.importing.run import Imported, import_file

__all__ = ["Imported", "import_file"]
