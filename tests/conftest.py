"""What all tests share: the main module stays what it was."""

import sys
from collections.abc import Iterator

import pytest

MAIN = sys.modules["__main__"]


@pytest.fixture(autouse=True)
def main_module_stays() -> Iterator[None]:
    """Put the main module back: AppTest leaves its script there, and new processes would run that script first."""
    sys.modules["__main__"] = MAIN
    yield
    sys.modules["__main__"] = MAIN
