"""What the pages of a study show: its board, its figures, how its reviewers agree."""
