"""The sums that hold between series, as data, and their summing matrix."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from forecast.errors import InputError
from forecast.series import Floats

REST = "~rest"
"""Ends the name of an implied part: what a whole holds beyond the parts that are series of their own."""


@dataclass(frozen=True)
class Sum:
    """One whole and the parts that add up to it.

    Parameters
    ----------
    whole : str
        Key of the whole.
    parts : tuple of str
        Keys of the parts. Where they do not exhaust the whole, the last one is an implied part whose name ends
        in ``~rest`` (foreign owners, Hong Kong, Macao and Taiwan, provinces without figures).
    along : str
        What the whole is divided by: ``regions``, ``scopes`` or ``types``.
    """

    whole: str
    parts: tuple[str, ...]
    along: str = "regions"

    @property
    def known_parts(self) -> tuple[str, ...]:
        """The parts that are series of their own."""
        return tuple(p for p in self.parts if not p.endswith(REST))


@dataclass(frozen=True)
class Ratio:
    """A ratio that is a quotient of two other series: ``key = per * numerator / denominator``."""

    key: str
    numerator: str
    denominator: str
    per: float


@dataclass(frozen=True)
class Structure:
    """Nodes and the sums between them.

    Parameters
    ----------
    nodes : tuple of str
        All series and implied rests.
    sums : tuple of Sum
        Each whole may be divided in more than one way (by region and by type).

    Examples
    --------
    >>> s = Structure(("all", "a", "b"), (Sum("all", ("a", "b")),))
    >>> s.bottoms, s.summing_matrix.tolist(), s.constraints.tolist()
    (('a', 'b'), [[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]], [[1.0, -1.0, -1.0]])
    """

    nodes: tuple[str, ...]
    sums: tuple[Sum, ...]

    def __post_init__(self) -> None:
        missing = sorted({k for s in self.sums for k in (s.whole, *s.parts)} - set(self.nodes))
        if missing:
            raise InputError(f"Sums name {missing[0]!r}, which is no node.", "Give every member of a sum as a node.")
        _ = self.order  # a circle of sums is an error here rather than later

    @cached_property
    def index(self) -> dict[str, int]:
        """Position of each node."""
        return {key: i for i, key in enumerate(self.nodes)}

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Wholes, each after the wholes among its parts."""
        parts: dict[str, set[str]] = {}
        for s in self.sums:
            parts.setdefault(s.whole, set()).update(s.parts)
        done: dict[str, None] = {}
        left = dict(parts)
        while left:
            ready = [w for w, p in left.items() if not any(x in left for x in p)]
            if not ready:
                raise InputError(
                    f"The sums of {sorted(left)[0]!r} go round in a circle.", "A part cannot hold its whole."
                )
            for w in ready:
                done[w] = None
                del left[w]
        return tuple(done)

    @cached_property
    def bottoms(self) -> tuple[str, ...]:
        """Nodes that are not the whole of any sum."""
        wholes = {s.whole for s in self.sums}
        return tuple(k for k in self.nodes if k not in wholes)

    @cached_property
    def summing_matrix(self) -> Floats:
        """Matrix S, shape (nodes, bottoms), with ``nodes = S @ bottoms``.

        Hyndman, Ahmed, Athanasopoulos and Shang (2011), Computational Statistics & Data Analysis 55(9), eq. 2.
        Where a whole is divided in several ways, the first of its sums gives the row.
        """
        at = {key: j for j, key in enumerate(self.bottoms)}
        S = np.zeros((len(self.nodes), len(self.bottoms)))
        for key, j in at.items():
            S[self.index[key], j] = 1.0
        first: dict[str, Sum] = {}
        for s in self.sums:
            first.setdefault(s.whole, s)
        for whole in self.order:
            S[self.index[whole]] = sum(S[self.index[p]] for p in first[whole].parts)
        return S

    @cached_property
    def constraints(self) -> Floats:
        """Matrix C, shape (sums, nodes), with ``C @ nodes = 0``: one row a sum, 1 for the whole, -1 for each part."""
        C = np.zeros((len(self.sums), len(self.nodes)))
        for row, s in enumerate(self.sums):
            C[row, self.index[s.whole]] = 1.0
            for p in s.parts:
                C[row, self.index[p]] = -1.0
        return C

    def components(self) -> tuple[Structure, ...]:
        """Parts of the structure that share no node, each a structure of its own; nodes without a sum are left out."""
        root = {key: key for key in self.nodes}

        def find(key: str) -> str:
            while root[key] != key:
                root[key] = root[root[key]]
                key = root[key]
            return key

        for s in self.sums:
            for p in s.parts:
                root[find(p)] = find(s.whole)
        sums: dict[str, list[Sum]] = {}
        for s in self.sums:
            sums.setdefault(find(s.whole), []).append(s)
        nodes: dict[str, list[str]] = {}
        for key in self.nodes:
            nodes.setdefault(find(key), []).append(key)
        return tuple(Structure(tuple(nodes[r]), tuple(found)) for r, found in sums.items())


def structure(keys: Iterable[str], sums: Sequence[Sum]) -> Structure:
    """Give the structure of `keys` and of the rests and wholes that `sums` add.

    Sums without a rest come first: they define a whole, and the rests of its other sums follow from it.
    """
    sums = sorted(sums, key=lambda s: s.parts[-1].endswith(REST) and not s.whole.endswith(REST))
    nodes: dict[str, None] = dict.fromkeys(keys)
    for s in sums:
        nodes.update(dict.fromkeys((s.whole, *s.parts)))
    return Structure(tuple(nodes), tuple(sums))


def divided(whole: str, found: Sequence[str], along: str, *, exhaustive: bool) -> Sum:
    """Make the sum of `whole` over the parts that were `found`, with an implied rest unless they are `exhaustive`.

    Examples
    --------
    >>> divided("CN.x", ["CN-ZJ.x"], "regions", exhaustive=False).parts
    ('CN-ZJ.x', 'CN.x:regions~rest')
    """
    parts = tuple(found) if exhaustive else (*found, f"{whole}:{along}{REST}")
    return Sum(whole, parts, along)


def unmet(values: Mapping[str, Floats], sums: Iterable[Sum]) -> dict[str, float]:
    """Give, for each sum whose members are all in `values`, the largest absolute difference of whole and parts.

    Examples
    --------
    >>> unmet({"all": np.array([3.0]), "a": np.array([1.0]), "b": np.array([2.0])}, [Sum("all", ("a", "b"))])
    {'all = a + b': 0.0}
    """
    out: dict[str, float] = {}
    for s in sums:
        if s.whole in values and all(p in values for p in s.parts):
            gap = values[s.whole] - np.sum([values[p] for p in s.parts], axis=0)
            finite = gap[np.isfinite(gap)]
            out[f"{s.whole} = {' + '.join(s.parts)}"] = float(np.abs(finite).max()) if finite.size else 0.0
    return out
