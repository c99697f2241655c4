"""The addresses, one file per concept. Each does its work by calling one room and answers in JSON.

Every route has an `operation_id` that `access/operations.py` knows; a handler that writes takes `who: Who`.
"""
