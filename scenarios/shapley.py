"""Where a difference comes from: Shapley values of levers and of the assumptions block, exact on every path."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from forecast.outlook import Outlook
from forecast.seeds import stream
from forecast.series import Floats, frozen
from scenarios.line import Line
from scenarios.moves import Move
from scenarios.together import Sums, WholeLine

ASSUMPTIONS = "assumptions"
"""Name of the player that stands for all outside assumptions together."""

EXACT_UP_TO = 10
"""Players up to which every order is counted (1,024 runs); above, orders are sampled."""

ROUNDING = 1e-9
"""Share of the largest contribution below which one is what rounding left: sums of differences of whole levels."""

ORDERS = 200
"""Orders sampled where there are more players; half of them are the others reversed."""


@dataclass(frozen=True, eq=False)
class Attribution:
    """What each player adds to a series, my scenario against the reference baseline.

    Parameters
    ----------
    key : str
        The series.
    years : tuple of int
        Of the outlook.
    parts : dict of str to array, shape (n_years, n_paths)
        By lever id, and ``assumptions``; sums to the difference on every path and year.
    exact : bool
        Whether every order of levers was counted. Sampled orders sum exactly as well.
    """

    key: str
    years: tuple[int, ...]
    parts: dict[str, Floats]
    exact: bool

    def at(self, year: int) -> dict[str, Floats]:
        """Give the contributions of one year, by player, each of shape (n_paths,)."""
        i = self.years.index(year)
        return {name: frozen(part[i]) for name, part in self.parts.items()}

    def table(self, year: int, level: float = 80.0) -> list[tuple[str, float, float, float]]:
        """Rows of player, mean and edges of the band, assumptions first, then the largest mean first.

        Means add up exactly to the mean difference; medians would not. What rounding alone left is nothing.
        """
        tail = (1 - level / 100) / 2
        rows = []
        parts = self.at(year)
        nothing = ROUNDING * max(float(np.abs(part).max()) for part in parts.values()) if parts else 0.0
        for name, part in parts.items():
            of = np.array([part.mean(), *np.quantile(part, [tail, 1 - tail])])
            mean, low, high = np.where(np.abs(of) > nothing, of, 0.0).tolist()
            rows.append((name, mean, low, high))
        return sorted(rows, key=lambda row: (row[0] != ASSUMPTIONS, -abs(row[1]), row[0]))


def shapley(players: tuple[str, ...], value: Callable[[frozenset[str]], Floats]) -> dict[str, Floats]:
    """Give every player's Shapley value: ``sum_S |S|! (n - |S| - 1)! / n! (v(S + i) - v(S))``.

    Parameters
    ----------
    players : tuple of str
        Up to about 10; the value function is called for each of their ``2^n`` sets once.
    value : callable
        Set of players -> array; any shape.

    References
    ----------
    L. S. Shapley, A value for n-person games, Annals of Mathematics Studies 28 (1953), 307-317.

    Examples
    --------
    >>> worth = {frozenset(): 0.0, frozenset("a"): 1.0, frozenset("b"): 2.0, frozenset("ab"): 5.0}
    >>> {k: float(v) for k, v in shapley(("a", "b"), lambda s: np.array(worth[s])).items()}
    {'a': 2.0, 'b': 3.0}
    """
    n = len(players)
    known = {frozenset(s): value(frozenset(s)) for k in range(n + 1) for s in combinations(players, k)}
    found: dict[str, Floats] = {}
    for i in players:
        others = [p for p in players if p != i]
        total = np.zeros_like(known[frozenset()])
        for k in range(n):
            weight = math.factorial(k) * math.factorial(n - k - 1) / math.factorial(n)
            for s in combinations(others, k):
                total = total + weight * (known[frozenset((*s, i))] - known[frozenset(s)])
        found[i] = total
    return found


def shapley_sampled(
    players: tuple[str, ...], value: Callable[[frozenset[str]], Floats], *, seed: int, orders: int = ORDERS
) -> dict[str, Floats]:
    """Estimate Shapley values from random orders, each with its reverse; sums are exact, single values are not.

    References
    ----------
    J. Castro, D. Gomez, J. Tejada, Computers & Operations Research 36 (2009), 1726-1730.
    R. Mitchell et al., Sampling permutations for Shapley value estimation, JMLR 23 (2022), for reversed orders.
    """
    known: dict[frozenset[str], Floats] = {}

    def of(s: frozenset[str]) -> Floats:
        if s not in known:
            known[s] = value(s)
        return known[s]

    rng = stream(seed, "shapley", *players)
    found = {p: np.zeros_like(of(frozenset())) for p in players}
    half = [[players[i] for i in rng.permutation(len(players))] for _ in range(orders // 2)]
    for order in [*half, *(list(reversed(o)) for o in half)]:
        for i, player in enumerate(order):
            found[player] = found[player] + (of(frozenset(order[: i + 1])) - of(frozenset(order[:i]))) / (2 * len(half))
    return found


def attribution(outlook: Outlook, key: str, *, mine: Line, whole: Line, levers: tuple[Move, ...]) -> Attribution:
    """Split a scenario's difference to the reference baseline of one series; see `Comparison.attribution`.

    Parameters
    ----------
    outlook : Outlook
        Reference baseline.
    key : str
        The series.
    mine, whole : Line
        My baseline, with assumptions alone, and my scenario.
    levers : tuple of Move
        What the scenario moves beside the assumptions.
    """
    base = outlook.of(key)
    groups: dict[str, list[Move]] = {}
    if mine.moves:
        groups[ASSUMPTIONS] = list(mine.moves)
    for move in levers:
        groups.setdefault(move.lever.id, []).append(move)
    first, sums = whole.first, Sums(whole.ground)

    def value(players: frozenset[str]) -> Floats:
        if len(players) == len(groups):
            moved = whole.moved(key)  # the comparison's own, so that parts sum to its difference exactly
        else:
            moves = [m for name, of in groups.items() if name in players for m in of]
            moved = WholeLine(sums, whole, moves).moved(key)
        return base[first:] if moved is None else moved

    players = tuple(groups)
    exact = len(players) <= EXACT_UP_TO
    parts = shapley(players, value) if exact else shapley_sampled(players, value, seed=whole.draws.seed)
    before = np.zeros((first, base.shape[1]))
    return Attribution(
        key, outlook.years, {name: frozen(np.concatenate([before, part])) for name, part in parts.items()}, exact
    )
