"""Random number streams that depend on a seed and on names, never on the order of work."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

DEFAULT_SEED = 20261126
"""The seed of every run that names none."""


def stream(seed: int, *names: str) -> np.random.Generator:
    """Give the generator that belongs to `seed` and `names`.

    Parameters
    ----------
    seed : int
        Any non-negative integer.
    *names : str
        What the numbers are for, for example a series key and a model name. The same names give the same stream
        whatever else was drawn before, so results do not depend on the number of workers or on their order.

    Returns
    -------
    numpy.random.Generator
        PCG64, independent between different names.

    Examples
    --------
    >>> bool(stream(1, "CN.gdp").random() == stream(1, "CN.gdp").random())
    True
    """
    import numpy as np  # commands that draw nothing start without it

    digest = hashlib.sha256("\x1f".join(names).encode()).digest()
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *np.frombuffer(digest, dtype=np.uint32)])))
