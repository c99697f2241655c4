"""A study as a whole: its candidates' board, its figures, and how its reviewers agree."""
