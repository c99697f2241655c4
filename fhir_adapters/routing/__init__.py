"""Records of an extract laid out by patient, before they are read: whose each is, and who belongs together.

A line or document is kept as it came, in the partition of its patient, so that a partition can be read by
itself, by the one reading path, and read again whenever something of it changes.
"""
