"""A made-up study to look at: nobody in it exists, and nothing of it is anybody's record."""
