"""Local linear trend: level and slope are random walks, by maximum likelihood in state-space form."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from forecast.errors import ModelRefusalError
from forecast.models.fitted import Drawn, drawn_sds, mirrored_normals, normalised, require_length
from forecast.series import Floats, Series


@dataclass(frozen=True)
class LocalTrend:
    """Local linear trend model of statsmodels' ``UnobservedComponents``.

    ``y[t] = m[t] + s[t] + e``, ``m[t+1] = m[t] + b[t] + u``, ``b[t+1] = b[t] + v``; for quarterly and monthly data with
    a stochastic dummy season. Each path starts from a draw of the states at the end of the data; all variances of a
    path are multiplied by one draw, which stands in for their own uncertainty. Reference: Durbin & Koopman (2012),
    Time Series Analysis by State Space Methods, 2nd ed., sections 3.2 and 2.9.

    Parameters
    ----------
    logarithms : bool
        Whether to work on logarithms. Off by default: growth that is extrapolated on logarithms without damping
        explodes.

    Examples
    --------
    >>> from forecast.series import years
    >>> s = Series("a", "count", "flow", years(2010, 10), 3.0 + 2.0 * np.arange(10))
    >>> LocalTrend().fit(s).forecast(1, n_paths=100, seed=1).median.round(3).tolist()
    [23.0]
    """

    name: str = "local_trend"
    logarithms: bool = False

    def fit(self, series: Series) -> Drawn:
        """Estimate the variances; needs six values, and two seasons where there are seasons."""
        seasonal = 1 < series.season <= 24 and series.n >= 2 * series.season + 3
        require_length(series, 6, self.name)
        z, unit = normalised(series)
        logarithm = self.logarithms and z.min() > 0
        y = np.log(z) if logarithm else z
        season = series.season if seasonal else 1
        mean, root, sds = _estimate(y, season, series.key)

        def draw(horizon: int, n_paths: int, rng: np.random.Generator) -> Floats:
            spread = drawn_sds(rng, n_paths, series.n - 3.0, series.n - 3)[:, None]
            state = mean + spread * (mirrored_normals(rng, n_paths, mean.size) @ root.T)
            noise = spread[:, :, None] * mirrored_normals(rng, n_paths, horizon, 4) * sds
            paths = _onward(state, noise, season)
            return unit * (np.exp(paths) if logarithm else paths)

        return Drawn(series, self.name, draw)


def _estimate(y: Floats, season: int, key: str) -> tuple[Floats, Floats, Floats]:
    """Give mean and root of covariance of the last filtered state, and the s.d. of the four disturbances."""
    # Imported here because statsmodels takes over a second, which `import forecast.models` must not.
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    if np.ptp(np.diff(y)) < 1e-9 and season == 1:  # an exact line has no likelihood: all variances are zero
        return np.array([y[-1], y[-1] - y[-2]]), np.zeros((2, 2)), np.zeros(4)
    model = UnobservedComponents(y, "lltrend", seasonal=season if season > 1 else None)
    try:
        with warnings.catch_warnings():
            # Short series often stop at a bound of zero variance, which is a valid answer here.
            warnings.simplefilter("ignore")
            fit = model.fit(disp=False, maxiter=200)
    except (np.linalg.LinAlgError, ValueError) as error:
        raise ModelRefusalError(
            f"{key}: local_trend could not be estimated ({error}).", "Choose ets, which is close."
        ) from error
    mean = np.asarray(fit.filtered_state)[:, -1]
    covariance = np.asarray(fit.filtered_state_cov)[:, :, -1]
    if not (np.all(np.isfinite(mean)) and np.all(np.isfinite(covariance))):
        raise ModelRefusalError(f"{key}: local_trend did not converge.", "Choose ets, which is close.")
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    sds = np.zeros(4)
    variances = np.sqrt(np.maximum(np.asarray(fit.params), 0.0))
    sds[: variances.size] = variances  # irregular, level, slope, season
    return mean, vectors * np.sqrt(np.maximum(values, 0.0)), sds


def _onward(state: Floats, noise: Floats, season: int) -> Floats:
    """Simulate from states (n_paths, 2 + season - 1) with noise (n_paths, horizon, 4)."""
    level, slope, seasons = state[:, 0], state[:, 1], state[:, 2:]
    n_paths, horizon, _ = noise.shape
    paths = np.empty((n_paths, horizon))
    for h in range(horizon):
        level, slope = level + slope + noise[:, h, 1], slope + noise[:, h, 2]
        paths[:, h] = level + noise[:, h, 0]
        if season > 1:
            now = -seasons.sum(axis=1) + noise[:, h, 3]
            seasons = np.column_stack([now, seasons[:, :-1]])
            paths[:, h] += now
    return paths
