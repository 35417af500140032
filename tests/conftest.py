"""What all tests share: the main module stays what it was, and in CI the same examples are tried every time."""

import os
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("same", derandomize=True)
"""A failure in CI must be the change's; searches for new examples belong to the desk, where nothing else waits."""
if os.environ.get("CI"):
    settings.load_profile("same")

MAIN = sys.modules["__main__"]


@pytest.fixture(autouse=True)
def main_module_stays() -> Iterator[None]:
    """Put the main module back: AppTest leaves its script there, and new processes would run that script first."""
    sys.modules["__main__"] = MAIN
    yield
    sys.modules["__main__"] = MAIN
