"""Screening logs of a run on disk, in the forms that sites, sponsors and submissions expect."""
