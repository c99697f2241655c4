"""What a note says of what it names: absent, possible, hypothetical, past, or someone else's."""

from nlp.assertion.asserting import assert_all, version
from nlp.assertion.weighing import single

__all__ = ["assert_all", "single", "version"]
