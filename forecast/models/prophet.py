"""Prophet: piecewise linear, flat or saturating trend with seasons and regressors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecast.errors import InputError, ModelRefusalError
from forecast.models.fitted import Drawn, normalised, require_length
from forecast.models.prophet_design import GROWTHS, changepoints, designs, season_order, waves, width
from forecast.models.prophet_futures import Regressor, drawing, regressor_past, standard
from forecast.models.prophet_library import Found, Plan, fit_by_stan, library_frame
from forecast.models.prophet_logistic import fit_logistic
from forecast.models.prophet_map import MapFit, fit_map
from forecast.outlook import Forecast
from forecast.series import Floats, Series

ENGINES = ("map", "stan")
"""Who finds the optimum."""

UNSETTLED = "prophet: the exact search did not settle; Stan's optimum was used."

TOGETHER = 512
"""Series searched at a time: enough to make the most of arrays, few enough to bound the memory."""


@dataclass(frozen=True)
class Prophet:
    """Prophet (Taylor & Letham 2018, Forecasting at scale, The American Statistician 72(1), 37-45).

    The optimum of the library's own posterior is found here exactly (see `forecast.models.prophet_map`), or by the
    library itself through Stan. Futures are drawn here from the fitted numbers, vectorised and seeded, because the
    library has no seed argument (see `forecast.models.prophet_futures`).

    The library gets an even time axis of whole days by period, so that leap years do not bend the trend and a shift
    of the series by a year changes nothing. The yearly season is on only where the frequency has one, at most half
    the season length of Fourier pairs, and two whole years are there.

    Parameters
    ----------
    changepoint_prior_scale : float
        How readily the slope changes; the library's own default, 0.05, is stiff for short annual series.
    changepoint_range : float
        Share (0 to 1) of the history in which the slope may change.
    engine : {"map", "stan"}
        Who finds the optimum: the exact search, or the library as it is, to the last digit of its parameters. Where the
        exact search does not settle the library is asked, and the forecast's notes say so.
    growth : {"linear", "flat", "logistic"}
        Piecewise linear trend, none, or piecewise logistic below `cap`.
    cap : float, optional
        Saturation in the unit of the series, needed with logistic growth.
    regressors : tuple of Series or Forecast
        Added linearly, standardised as the library does. Each must cover the series and the horizon; path i of a
        Forecast goes into path i of the result.

    Examples
    --------
    >>> from forecast.series import years
    >>> s = Series("a", "count", "flow", years(2010, 12), 3.0 + 2.0 * np.arange(12))
    >>> Prophet().fit(s).forecast(1, n_paths=100, seed=1).median.round(1).tolist()
    [27.0]
    """

    name: str = "prophet"
    changepoint_prior_scale: float = 0.5
    changepoint_range: float = 0.8
    engine: str = "map"
    growth: str = "linear"
    cap: float | None = None
    regressors: tuple[Regressor, ...] = ()

    def __post_init__(self) -> None:
        if self.engine not in ENGINES:
            raise InputError(f'engine "{self.engine}" was asked for.', f"Allowed: {', '.join(ENGINES)}.")
        if self.growth not in GROWTHS:
            raise InputError(f'growth "{self.growth}" was asked for.', f"Allowed: {', '.join(GROWTHS)}.")
        if self.growth == "logistic" and not (self.cap and self.cap > 0):
            raise InputError(
                f"Logistic growth was asked for with cap {self.cap}.",
                "Give the level it saturates at, above zero and in the unit of the series.",
            )
        if self.growth != "logistic" and self.cap is not None:
            raise InputError(
                f"cap {self.cap:g} was given with {self.growth} growth.", 'Set growth to "logistic", or leave cap out.'
            )
        if not self.changepoint_prior_scale > 0:
            raise InputError(
                f"changepoint_prior_scale {self.changepoint_prior_scale:g} was given.", "It must be above zero."
            )
        if not 0 < self.changepoint_range <= 1:
            raise InputError(f"changepoint_range {self.changepoint_range:g} was given.", "Allowed: above 0, up to 1.")

    def fit(self, series: Series) -> Drawn:
        """Find the optimum; needs five values.

        Raises
        ------
        ModelRefusalError
            Where the series is too short, a regressor does not cover it, or Stan finds no optimum.
        """
        found = self.fit_many([series])[0]
        if isinstance(found, ModelRefusalError):
            raise found
        return found

    def fit_many(self, series: Sequence[Series]) -> list[Drawn | ModelRefusalError]:
        """Find the optimum of every series at once, in their order, each with the same numbers as alone."""
        out: list[Drawn | ModelRefusalError | None] = [None] * len(series)
        groups: dict[tuple[int, int], list[int]] = {}
        for i, one in enumerate(series):
            try:
                require_length(one, 5, self.name)
                out[i] = self._constant(one)
                if out[i] is None and self.engine == "stan":
                    out[i] = self._by_stan(one)
                elif out[i] is None:
                    groups.setdefault((width(one.n), self._extras(one).shape[1]), []).append(i)
            except ModelRefusalError as refusal:
                out[i] = refusal
        for members in groups.values():
            for begin in range(0, len(members), TOGETHER):
                at = members[begin : begin + TOGETHER]
                for i, found in zip(at, self._exact([series[i] for i in at]), strict=True):
                    out[i] = found
        return [found for found in out if found is not None]

    def _plan(self, series: Series) -> Plan:
        keys = tuple((r.series if isinstance(r, Forecast) else r).key for r in self.regressors)
        order = season_order(series.season, series.n)
        return Plan(
            self.growth, self.changepoint_prior_scale, self.changepoint_range, series.season, order, keys
        )  # fmt: skip

    def _constant(self, series: Series) -> Drawn | None:
        """Give a flat outlook of a constant: the library itself treats one apart; nothing is to be learned."""
        z, unit = normalised(series)
        if np.ptp(z) >= 1e-12:
            return None
        return Drawn(series, self.name, lambda h, n, rng: np.full((n, h), unit * z[-1]))

    def _extras(self, series: Series) -> Floats:
        """Seasonal columns and standardised regressors, shape (n, k)."""
        columns = [waves(series.season, season_order(series.season, series.n), 0, series.n)]
        for regressor in self.regressors:
            past = regressor_past(regressor, series)
            centre, spread = standard(past)
            columns.append(((past - centre) / spread)[:, None])
        return np.hstack(columns)

    def _exact(self, series: list[Series]) -> list[Drawn | ModelRefusalError]:
        """Find optima without the library; Stan does what does not settle."""
        scaled = [normalised(one) for one in series]
        problem = designs(
            [z for z, _ in scaled], extras=[self._extras(one) for one in series], span=self.changepoint_range,
            growth=self.growth,
        )  # fmt: skip
        scales = np.array([unit * float(np.abs(z).max()) for z, unit in scaled])
        fit: MapFit
        if self.cap is not None:
            fit = fit_logistic(problem, self.cap / scales, tau=self.changepoint_prior_scale)
        else:
            fit = fit_map(problem, tau=self.changepoint_prior_scale)
        hinges = int(problem.hinge.sum())
        out: list[Drawn | ModelRefusalError] = []
        for i, one in enumerate(series):
            if not fit.converged[i]:
                try:
                    out.append(self._by_stan(one, (UNSETTLED,)))
                except ModelRefusalError as refusal:
                    out.append(refusal)
                continue
            b = fit.coefficients[i]
            changes = changepoints(np.linspace(0.0, 1.0, one.n), span=self.changepoint_range)
            found = Found(
                float(b[0]), float(b[1]), b[2 : 2 + changes.size], changes, b[2 + hinges :],
                float(np.sqrt(fit.variance[i])), float(scales[i]),
            )  # fmt: skip
            out.append(self._made(one, found))
        return out

    def _by_stan(self, series: Series, notes: tuple[str, ...] = ()) -> Drawn:
        plan = self._plan(series)
        past = {
            name: regressor_past(one, series) for name, one in zip(plan.regressors, self.regressors, strict=True)
        }  # fmt: skip
        # The values as they are: the library brings them to scale itself, and its numbers are then stock Prophet's.
        columns = {"y": series.values, "cap": self.cap or 1.0} | past
        try:
            found = fit_by_stan(plan, library_frame(0, series.n, columns))
        except (RuntimeError, ValueError) as error:
            raise ModelRefusalError(
                f"{series.key}: prophet found no optimum ({error}).", "Choose ets or theta."
            ) from error
        return self._made(series, found, notes)

    def _made(self, series: Series, found: Found, notes: tuple[str, ...] = ()) -> Drawn:
        cap = self.cap if self.cap is not None else 1.0
        return drawing(
            series=series, model=self.name, notes=notes, found=found, plan=self._plan(series), cap=cap,
            regressors=self.regressors,
        )  # fmt: skip
