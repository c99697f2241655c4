"""Judging in processes of its own: what is asked of a judge, what it answers, and the pool of judges.

A judge that does not come to an end in time is stopped, whatever it is at; the service goes on.
"""
