"""Nodes: whose a piece is, as one number; names of records as keys; and where a node is at home.

A node has a sign and a name: "P" and a patient's id; "?" and a business identifier that somebody's record
names its patient by; "B" and the id of a Binary; "D" and the name of a record that is to be deleted or
changed. Its number is a hash, the same in every process. Nodes whose numbers fall together are read together,
and so are records whose keys do: that costs room, and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from eligibility.keys import hashes_on_disk

NOBODY = 0
EVERYBODY = -1  # what others refer to: read with every partition
COUNTED = -2  # a blank line, or a record of a type that is not read: counted, and not kept
_POSITIVE = np.uint64((1 << 63) - 1)


def nodes_of(sign: str, names: Sequence[str]) -> NDArray[np.int64]:
    """The nodes of names of one sign, int64[k] above zero."""
    found = ((hashes_on_disk(names) ^ _hash(sign)) & _POSITIVE).view(np.int64)
    return np.maximum(found, 1)


def node_of(sign: str, name: str) -> int:
    """One node."""
    return int(nodes_of(sign, [name])[0])


def keys_of(type_name: str, names: Sequence[str]) -> NDArray[np.uint64]:
    """64 bits for each record name "Type/id"."""
    found: NDArray[np.uint64] = hashes_on_disk(names) ^ _hash(type_name)
    return found


def partition_of(node: int, partitions: int) -> int:
    """The partition in which a node is at home."""
    return node % partitions


@lru_cache(maxsize=1024)
def _hash(text: str) -> np.uint64:
    found: np.uint64 = hashes_on_disk([text])[0]
    return found
