"""What a process that workers are made of does when it has loaded their modules; see `workers`.

Kernels are made ready once for all of them, and what is there by then is never looked through again for
things that nobody uses any more.
"""

import gc

from eligibility.compiling import prepare_all

prepare_all()
gc.collect()
gc.freeze()
