"""What all tests share: the main module stays what it was."""

import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def main_module_stays() -> Iterator[None]:
    """Put the main module back: AppTest leaves its script there, and new processes would run that script first."""
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before
