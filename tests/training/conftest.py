"""The tiny starters for the tests of training."""

from tests.tiny import starters, tiny_starters

__all__ = ["starters", "tiny_starters"]
