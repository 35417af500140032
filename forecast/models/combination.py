"""The median combination of several models, on paths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecast.errors import InputError, ModelRefusalError
from forecast.models.fitted import check_size
from forecast.models.protocol import FittedModel, Forecaster
from forecast.outlook import Forecast
from forecast.seeds import stream
from forecast.series import Floats, Series


@dataclass(frozen=True)
class Combination:
    """Median of the members' quantile functions, period by period, with the members' own ways through time.

    The median of point forecasts is robust against one member that goes astray (Petropoulos & Svetunkov 2020,
    International Journal of Forecasting 36(1), 110-115); medians of quantiles keep a band as wide as the members'
    bands are (Lichtendahl, Grushka-Cockayne & Winkler 2013, Management Science 59(7), 1594-1611). See `combine`.

    Parameters
    ----------
    name : str
        Name in the registry.
    members : tuple of Forecaster
        Models to combine, at least one.

    Examples
    --------
    >>> from forecast.models.drift import Drift
    >>> from forecast.models.naive import Naive
    >>> from forecast.series import years
    >>> s = Series("a", "count", "flow", years(2020, 4), [3, 5, 4, 6])
    >>> Combination("two", (Naive(), Drift())).fit(s).forecast(1, n_paths=100, seed=1).median.round(9).tolist()
    [6.5]
    """

    name: str
    members: tuple[Forecaster, ...]

    def __post_init__(self) -> None:
        names = [member.name for member in self.members]
        if not names or len(set(names)) < len(names):
            raise InputError(f"{self.name}: members {names} were given.", "Give at least one, each name once.")

    def fit(self, series: Series) -> FittedCombination:
        """Fit every member; refusals become notes.

        Raises
        ------
        ModelRefusalError
            Where every member refuses; the message holds each reason.
        """
        fitted: list[tuple[str, FittedModel]] = []
        notes: list[str] = []
        for member in self.members:
            try:
                fitted.append((member.name, member.fit(series)))
            except ModelRefusalError as refusal:
                notes.append(f"{member.name} left out: {refusal.what}")
        if not fitted:
            raise ModelRefusalError(
                f"{series.key}: no member of {self.name} can forecast this series: " + " ".join(notes),
                "Give a longer history.",
            )
        return FittedCombination(series, self.name, tuple(fitted), tuple(notes))


@dataclass(frozen=True, eq=False)
class FittedCombination:
    """Fitted members of a combination and the refusals of the others."""

    series: Series
    model: str
    members: tuple[tuple[str, FittedModel], ...]
    notes: tuple[str, ...]

    def with_members(self, horizon: int, *, n_paths: int, seed: int) -> tuple[Forecast, dict[str, Forecast]]:
        """Give the combined forecast and each member's own, by name."""
        check_size(self.series, horizon, n_paths)
        each = {name: fitted.forecast(horizon, n_paths=n_paths, seed=seed) for name, fitted in self.members}
        paths = combine([one.paths for one in each.values()], stream(seed, self.series.key, self.model))
        notes = self.notes + tuple(f"{name}: {note}" for name, one in each.items() for note in one.notes)
        return Forecast(self.series, self.model, self.series.following(horizon), paths, notes), each

    def forecast(self, horizon: int, *, n_paths: int, seed: int) -> Forecast:
        """Combine the members' paths."""
        return self.with_members(horizon, n_paths=n_paths, seed=seed)[0]


def combine(members: Sequence[Floats], rng: np.random.Generator) -> Floats:
    """Combine paths of several models into paths of the same shape (n_paths, horizon).

    Period by period the sorted paths of all members are their quantile functions, whose median is taken. Which path
    gets which quantile is copied from the members in turn (a Schaake shuffle: Clark et al. 2004, Journal of
    Hydrometeorology 5(1), 243-262), so that a path which is high one year goes on as paths of the members do.

    Examples
    --------
    >>> a, b, c = np.array([[1.0], [3.0]]), np.array([[2.0], [6.0]]), np.array([[9.0], [4.0]])
    >>> sorted(combine([a, b, c], np.random.default_rng(1)).ravel().tolist())
    [2.0, 6.0]
    """
    stacked: Floats = np.stack(members)
    if stacked.shape[0] == 1:
        return members[0]
    n_members, n_paths, horizon = stacked.shape
    sorted_paths = np.median(np.sort(stacked, axis=1), axis=0)
    ranks = np.argsort(np.argsort(stacked, axis=1, kind="stable"), axis=1, kind="stable")
    source = rng.permutation(n_paths) % n_members
    template = ranks[source, np.arange(n_paths)] + rng.random((n_paths, horizon))
    order = np.argsort(np.argsort(template, axis=0), axis=0)
    out: Floats = np.take_along_axis(sorted_paths, order, axis=0)
    return out
