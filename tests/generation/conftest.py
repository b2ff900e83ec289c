"""The tiny starters for the tests of generation."""

from tests.tiny import starters, tiny_starters

__all__ = ["starters", "tiny_starters"]
