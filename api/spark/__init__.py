"""Populations on a Spark cluster: the tasks of a store, done by its executors instead of processes here.

Nothing is judged in another way: each executor runs the functions that a process of this machine would run,
over whole partitions of patients, and writes the same bytes. What cannot be told by a path is shipped once.
"""

from api.spark.cluster import on_cluster, ready_session
from api.spark.frames import Results, screen_frame

__all__ = ["Results", "on_cluster", "ready_session", "screen_frame"]
