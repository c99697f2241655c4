"""Loops over rows and patients that are compiled to machine code when they first run.

A kernel is one plain concept over arrays (the rows of a patient that lie apart, the candidates of a
pick); it knows no criterion and no policy. Arrays of rows that stand for "all rows" are empty.
"""
