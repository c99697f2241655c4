"""Protocol text in, checked program out."""
