"""Models that can fit many series at once, and models that are fitted already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeGuard, runtime_checkable

from forecast.errors import ModelRefusalError
from forecast.models.protocol import FittedModel, Forecaster
from forecast.series import Series


@runtime_checkable
class ManyForecaster(Forecaster, Protocol):
    """A model that fits many series at once, each with the same numbers as alone."""

    def fit_many(self, series: Sequence[Series]) -> Sequence[FittedModel | ModelRefusalError]:
        """Learn from every series, in their order; a refusal takes the place of the fit."""
        ...


def fits_many(model: Forecaster) -> TypeGuard[ManyForecaster]:
    """Whether a model fits many series at once; quicker than asking by `isinstance`, for each series of a batch."""
    return hasattr(model, "fit_many")


@dataclass(frozen=True, eq=False)
class Ready:
    """A model and its fit to one series; any other series it fits as usual."""

    model: Forecaster
    series: Series
    found: FittedModel | ModelRefusalError

    @property
    def name(self) -> str:
        """Name of the model."""
        return self.model.name

    def fit(self, series: Series) -> FittedModel:
        """Give the fit where the series is the one it was made for."""
        if series is not self.series:
            return self.model.fit(series)
        if isinstance(self.found, ModelRefusalError):
            raise self.found
        return self.found


@dataclass(frozen=True, eq=False)
class Fitted:
    """Fits by key of the series and model.

    Parameters
    ----------
    fits : mapping of (str, Forecaster) to Ready
    """

    fits: Mapping[tuple[str, Forecaster], Ready] = field(default_factory=dict)

    def model(self, series: Series, model: Forecaster) -> Forecaster:
        """Give the model, with its fit to the series where there is one."""
        return self.fits.get((series.key, model), model) if fits_many(model) else model


def fitted_together(asked: Sequence[tuple[Series, tuple[Forecaster, ...]]]) -> Fitted:
    """Fit what can be fitted together.

    Parameters
    ----------
    asked : sequence of (Series, tuple of Forecaster)
        Series and their models. Models that fit one series at a time are passed over.

    Examples
    --------
    >>> from forecast.models import MODELS
    >>> from forecast.series import years
    >>> s = Series("a", "count", "flow", years(2010, 12), [3, 5, 6, 9, 11, 12, 15, 18, 19, 22, 23, 26])
    >>> model = MODELS["prophet"]
    >>> ready = fitted_together([(s, (model,))]).model(s, model)
    >>> together, alone = (m.fit(s).forecast(2, n_paths=100, seed=1).paths for m in (ready, model))
    >>> bool((together == alone).all())
    True
    """
    groups: dict[ManyForecaster, list[Series]] = {}
    for series, models in asked:
        for model in models:
            if fits_many(model):
                groups.setdefault(model, []).append(series)
    fits: dict[tuple[str, Forecaster], Ready] = {}
    for model, members in groups.items():
        fits |= {(s.key, model): Ready(model, s, found) for s, found in _together(model, members)}
    return Fitted(fits)


def _together(model: ManyForecaster, members: list[Series]) -> list[tuple[Series, FittedModel | ModelRefusalError]]:
    try:
        return list(zip(members, model.fit_many(members), strict=True))
    except MemoryError:
        raise
    except Exception:  # one series may fail in any way; it is then met alone, and the others are fitted without it
        if len(members) == 1:
            return []
        half = len(members) // 2
        return _together(model, members[:half]) + _together(model, members[half:])
