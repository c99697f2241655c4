"""What a note tells of allergies and intolerances: by name, by what a drug did, and by denying them all."""
