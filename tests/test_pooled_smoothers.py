"""Smoothers of the learned combination over many series: errors and forecasts are those of statsmodels."""

import numpy as np
import pytest
from statsmodels.tsa.holtwinters import ExponentialSmoothing, SimpleExpSmoothing

from forecast.pooled import smoothers
from forecast.pooled.aligned import Aligned, aligned
from forecast.pooled.candidates import straight_line
from forecast.series import Floats

RNG = np.random.default_rng(12)
WALKS = [60 + np.cumsum(RNG.normal(2.0, 4.0, n)) for n in (24, 17, 9)]
ROWS: Aligned = aligned(WALKS, longest=45)
STEPS = np.arange(1.0, 5.0)


def averaged(squares: list[float], paths: list[Floats], n: int) -> Floats:
    """Mean of forecasts weighted by SSE^(-n/2), a grid point at a time."""
    weight = np.array([s ** (-n / 2) for s in squares]) / max(s ** (-n / 2) for s in squares)
    out: Floats = weight @ np.array(paths) / weight.sum()
    return out


@pytest.mark.parametrize("row", range(3))
def test_simple_smoothing_is_that_of_statsmodels_averaged_over_the_grid(row: int) -> None:
    y = WALKS[int(ROWS.order[row])]
    fits = [
        SimpleExpSmoothing(y, initialization_method="known", initial_level=y[0]).fit(smoothing_level=a, optimized=False)
        for a in smoothers.THETA_ALPHA
    ]
    expected = averaged([f.sse for f in fits], [f.forecast(4) for f in fits], y.size)
    found = smoothers.simple(ROWS.values[None], ROWS, STEPS)
    assert found.paths[0, row] == pytest.approx(expected, rel=1e-9)
    assert found.squares[0, row] == pytest.approx(min(f.sse for f in fits), rel=1e-9)


@pytest.mark.parametrize("row", range(3))
def test_the_damped_trend_is_that_of_statsmodels_averaged_over_the_grid(row: int) -> None:
    y = WALKS[int(ROWS.order[row])]
    start = float(np.median(np.diff(y)))
    fits = []
    for alpha, beta, phi in zip(smoothers._HOLT_ALPHA, smoothers._HOLT_BETA, smoothers._HOLT_PHI, strict=True):
        # Ours starts at the first value, so the first that is forecast is the second.
        model = ExponentialSmoothing(
            y[1:],
            trend="add",
            damped_trend=True,
            initialization_method="known",
            initial_level=y[0],
            initial_trend=start,
        )
        # The share of alpha, here and there.
        fits.append(
            model.fit(
                smoothing_level=alpha, smoothing_trend=beta, damping_trend=phi, optimized=False
            )
        )  # fmt: skip
    expected = averaged([f.sse for f in fits], [f.forecast(4) for f in fits], y.size)
    slopes = np.array([np.median(np.diff(WALKS[int(i)])) for i in ROWS.order])[None]
    found = smoothers.damped(ROWS.values[None], ROWS, STEPS, slopes)
    assert found.paths[0, row] == pytest.approx(expected, rel=1e-6)
    assert found.squares[0, row] == pytest.approx(min(f.sse for f in fits), rel=1e-6)


@pytest.mark.parametrize("row", range(3))
def test_theta_is_half_the_line_and_half_the_smoothed_line_of_twice_the_curvature(row: int) -> None:
    y = WALKS[int(ROWS.order[row])]
    t = np.arange(y.size)
    slope, intercept = np.polyfit(t, y, 1)
    bent = 2 * y - (intercept + slope * t)
    fits = [
        SimpleExpSmoothing(bent, initialization_method="known", initial_level=bent[0]).fit(
            smoothing_level=a, optimized=False
        )
        for a in smoothers.THETA_ALPHA
    ]
    smooth = averaged([f.sse for f in fits], [f.forecast(4) for f in fits], y.size)
    expected = 0.5 * (intercept + slope * (y.size - 1 + STEPS) + smooth)
    z = ROWS.values[None]
    found = smoothers.theta(z, ROWS, STEPS, straight_line(z, ROWS))
    assert found.paths[0, row] == pytest.approx(expected, rel=1e-9)
