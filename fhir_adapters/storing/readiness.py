"""What a process that workers are made of does when it has loaded their modules; see `workers`.

Whatever each of them would do at its first record is done once for all: kernels and definitions of units are
read, and what Arrow looks for at its first array is found. What is there by then is never looked through
again for things that nobody uses any more.
"""

import gc

import numpy as np
import pyarrow as pa

from eligibility.compiling import prepare_all
from eligibility.units.expression import shipped

prepare_all()
shipped()
pa.array(np.zeros(1))
gc.collect()
gc.freeze()
