"""Least effort for a wanted chance: a search over whole steps of a few levers, led by a fast picture of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from forecast.series import Floats, frozen
from scenarios.policy_band import policy_chance
from scenarios.reach_knobs import STEPS, Steps

SPACING = 10
"""Steps between two points at which a lever alone is run to draw its picture; doubled for many levers."""

MANY = 6
"""Levers from which on runs are saved."""

CROWDS = (1, 2, 3, 4, 6, 9, 13, 19, 28)
"""Numbers of levers moved at once for which pictures are drawn: the more, the less certain each effect."""

NEARLY = 0.003
"""A setting is run only where its picture misses by less than this, in logarithms."""

SWEEPS = 4
"""Most sweeps of exchanges with one width."""

ROUNDS = 3
"""Times the picture is corrected by an exact run and searched again."""


class Search:
    """Search for settings that reach a target in a wanted share of futures at the least effort.

    Every answer is a setting that was run exactly. In between a picture is searched: on each path the shift of the
    logarithm that each lever brings alone, added up, corrected by the last exact run. The picture is only a guide:
    where it errs, more runs are needed, and the answer is still exact.

    Parameters
    ----------
    margins : callable
        Steps of all levers, and how many are taken to be moved at once (None: those that are) -> array (n_paths,): log
        of the series over the target; 0 or more meets it. Pure.
    efforts : sequence of float
        Effort of the whole way of each lever, above 0.
    """

    def __init__(self, margins: Callable[[Steps, int | None], Floats], efforts: Sequence[float]) -> None:
        self._run = margins
        self.efforts = np.asarray(efforts, dtype=np.float64)
        self.n = len(efforts)
        self.known: dict[Steps, Floats] = {}
        self.zero: Steps = (0,) * self.n
        self.full: Steps = (STEPS,) * self.n
        self._pictures: dict[int, Floats] = {}
        self._off = np.zeros_like(self.margins(self.zero))

    def margins(self, steps: Steps) -> Floats:
        """Give the margins of a setting, run exactly once."""
        if steps not in self.known:
            self.known[steps] = frozen(self._run(steps, None))
        return self.known[steps]

    def chance(self, steps: Steps) -> float:
        """Give the share of paths on which a setting meets the target, exactly."""
        return float((self.margins(steps) >= 0.0).mean())

    def around_policy(self, steps: Steps) -> float:
        """Give the share with futures as far apart as past policy events needed (`scenarios.policy_band`)."""
        return float(policy_chance(np.exp(self.margins(steps))[None], 1.0)[0]) if any(steps) else self.chance(steps)

    def effort(self, steps: Sequence[int]) -> float:
        """Give the effort of a setting: shares of the way times the effort of the whole way."""
        return float(self.efforts @ np.asarray(steps)) / STEPS

    def _picture(self, moved: int) -> Floats:
        """Shift of every lever at every step among so many, shape (n, STEPS + 1, n_paths), straight between runs."""
        crowd = max(c for c in CROWDS if c <= max(moved, 1))
        if crowd not in self._pictures:
            spacing = SPACING if self.n <= MANY else 2 * SPACING
            start = self.margins(self.zero)
            share = np.linspace(0.0, 1.0, spacing + 1)[:, None]
            out = np.zeros((self.n, STEPS + 1, start.size))
            for i in range(self.n):
                runs = [self._run(_with(self.zero, i, s), crowd) - start for s in range(spacing, STEPS + 1, spacing)]
                for left, (a, b) in enumerate(pairwise([np.zeros_like(start), *runs])):
                    out[i, left * spacing : (left + 1) * spacing + 1] = a + share * (b - a)
            self._pictures[crowd] = out
        return self._pictures[crowd]

    def _pictured(self, steps: Sequence[int]) -> Floats:
        moved = [i for i, s in enumerate(steps) if s]
        picture = self._picture(len(moved))
        total = self.margins(self.zero) + self._off
        for i in moved:
            total += picture[i, steps[i]]
        return total

    def _slack(self, steps: Sequence[int], need: int) -> float:
        """Margin of the path that decides: the `need`-th best; 0 or more means reached, in the picture."""
        margins = self._pictured(steps)
        return float(np.partition(margins, margins.size - need)[margins.size - need])

    def needed(self, chance: float) -> int:
        """Give the number of paths that must meet the target for a chance."""
        size = self.margins(self.zero).size
        return min(size, max(1, math.ceil(chance * size - 1e-9)))

    def reached(self, steps: Steps, chance: float) -> bool:
        """Whether a setting reaches the chance, exactly."""
        return int((self.margins(steps) >= 0.0).sum()) >= self.needed(chance)

    def best(self, caps: Steps) -> Steps:
        """Give the setting with the highest chance within caps; of equals the one of least effort.

        More levers at once are less certain together, so leaving one out can raise the chance. Where no future meets
        the target at all, the setting that comes nearest on average.
        """

        def worth(steps: Steps) -> tuple[float, float, float]:
            chance = self.chance(steps)
            return chance, 0.0 if chance else float(self.margins(steps).mean()), -self.effort(steps)

        now = max((caps, self.zero), key=worth)
        for width in (STEPS, STEPS // 4) if self.n <= MANY else (STEPS,):
            better = True
            while better:
                near = [_with(now, i, s) for i in range(self.n) for s in _around(now[i], width, caps[i])]
                found = max([now, *near], key=worth)
                better, now = found != now, found
        return now

    def least(self, chance: float, caps: Steps, *, among: Sequence[Steps] = ()) -> Steps | None:
        """Give the setting of least effort within caps that reaches the chance, or None where none was found.

        Parameters
        ----------
        chance : float
            Wanted share of the futures, 0 to 1.
        caps : tuple of int
            Most steps of each lever.
        among : sequence of tuple of int
            Settings found before; they are starts and candidates.
        """
        if self.reached(self.zero, chance):
            return self.zero
        need = self.needed(chance)
        singles = [s for i in range(self.n) if (s := self._single(i, chance, caps)) is not None]
        before = [s for s in among if all(a <= c for a, c in zip(s, caps, strict=True))]
        found = [s for s in [*singles, *before, *self._prefix(chance, caps)] if self.reached(s, chance)]
        self._off = np.zeros_like(self._off)
        for _ in range(ROUNDS):
            guess = self._pictured_least(need, caps)
            if guess is None:
                break
            exact = self.margins(guess)
            found.append(self._settled(guess, chance, caps))
            self._off = self._off + exact - self._pictured(guess)
            if abs(self._slack(guess, need)) < NEARLY:
                break
        reached = [s for s in found if self.reached(s, chance)]
        if not reached:
            return None
        return self._polished(min(reached, key=lambda s: (self.effort(s), s)), chance, caps)

    def _single(self, i: int, chance: float, caps: Steps) -> Steps | None:
        """Give the fewest steps of one lever alone, by bisection on exact runs."""
        low, high = 0, caps[i]
        if not high or not self.reached(_with(self.zero, i, high), chance):
            return None
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.reached(_with(self.zero, i, middle), chance) else (middle, high)
        return _with(self.zero, i, high)

    def _prefix(self, chance: float, caps: Steps) -> list[Steps]:
        """Give the first few of the strongest levers for their effort that reach the chance, each as far as it goes."""
        alone = [float(self._picture(1)[i, caps[i]].mean()) / self.efforts[i] for i in range(self.n)]
        now = self.zero
        for i in np.argsort(-np.asarray(alone), kind="stable").tolist():
            now = _with(now, i, caps[i])
            if self.reached(now, chance):
                return [now]
        return []

    def _pictured_least(self, need: int, caps: Steps) -> Steps | None:
        """Search the picture: greedy up by gain per effort, then exchanges between pairs of levers."""
        if self._slack(caps, need) < 0.0:
            return None
        now = list(self.zero)
        while (slack := self._slack(now, need)) < 0.0:
            open_ = [i for i in range(self.n) if now[i] < caps[i]]
            tries = []
            for i in open_:
                by = min(SPACING // 2, caps[i] - now[i])
                gain = self._slack(_with(now, i, now[i] + by), need) - slack
                tries.append((gain / float(self.efforts[i] * by), i, by))
            _, i, by = max(tries, key=lambda one: (one[0], -one[1]))
            now[i] += by
        for width in (STEPS // 2, STEPS // 10, 1):
            for _ in range(SWEEPS):
                if not self._exchanged(now, need, caps, width):
                    break
        return tuple(now)

    def _exchanged(self, now: list[int], need: int, caps: Steps, width: int) -> bool:
        """Lower one lever by up to `width` steps, raising another as far as needed, wherever that saves effort."""
        saved = False
        for i in np.argsort(-self.efforts, kind="stable").tolist():
            by = min(width, now[i])
            if not by:
                continue
            lowered = _with(now, i, now[i] - by)
            if self._slack(lowered, need) >= 0.0:
                now[:] = lowered
                saved = True
                continue
            for j in range(self.n):
                most = min(caps[j], now[j] + math.ceil(by * self.efforts[i] / self.efforts[j]) - 1)
                if j == i or most <= now[j] or self._slack(_with(lowered, j, most), need) < 0.0:
                    continue
                low, high = now[j], most
                while high - low > 1:
                    middle = (low + high) // 2
                    enough = self._slack(_with(lowered, j, middle), need) >= 0.0
                    low, high = (low, middle) if enough else (middle, high)
                now[:] = _with(lowered, j, high)
                saved = True
                break
        return saved

    def _settled(self, steps: Steps, chance: float, caps: Steps) -> Steps:
        """Scale a setting up until it reaches the chance exactly; itself where it does, or cannot."""
        if self.reached(steps, chance):
            return steps

        def part(k: int) -> Steps:
            ways = zip(steps, caps, strict=True)
            return tuple(s + math.ceil((c - s) * k / STEPS) if s else s for s, c in ways)

        low, high = 0, STEPS
        if not self.reached(part(high), chance):
            return steps
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.reached(part(middle), chance) else (middle, high)
        return part(high)

    def _polished(self, steps: Steps, chance: float, caps: Steps) -> Steps:
        """Lower levers and exchange steps by exact runs, until no lever can be lowered by one step.

        Larger moves are run only where the picture, corrected by the setting at hand, says that they nearly reach.
        """
        now, need = steps, self.needed(chance)
        order = np.argsort(-self.efforts, kind="stable").tolist()

        def tried(other: Steps) -> bool:
            self._off = self._off + self.margins(now) - self._pictured(now)
            return self._slack(other, need) >= -NEARLY and self.reached(other, chance)

        moved = True
        while moved:
            moved = False
            for i in order:
                for by in (now[i], STEPS // 10, 3):
                    while 0 < by <= now[i] and tried(lower := _with(now, i, now[i] - by)):
                        now, moved = lower, True
                while now[i] and self.reached(lower := _with(now, i, now[i] - 1), chance):
                    now, moved = lower, True
            for i, j in ((i, j) for i in order for j in order if self.efforts[i] > self.efforts[j]):
                if now[i] and now[j] < caps[j] and tried(other := _with(_with(now, i, now[i] - 1), j, now[j] + 1)):
                    now, moved = other, True
        return now


def _with(steps: Sequence[int], i: int, to: int) -> Steps:
    return (*steps[:i], to, *steps[i + 1 :])


def _around(now: int, width: int, cap: int) -> list[int]:
    return sorted({max(now - width, 0), min(now + width, cap)} - {now})
