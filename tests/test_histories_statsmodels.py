"""The graph of a series against the state space of statsmodels: density of the figures and smoothed levels."""

import numpy as np
import pytest
from statsmodels.tsa.statespace.mlemodel import MLEModel

from forecast.evidence import Bases, Reading
from forecast.factors import SLOPE_START, START_VARIANCE, build
from forecast.members import Member
from forecast.priors import Prior
from forecast.solve import plain

PRIOR = Prior("hand", 0.08, 0.05, 0.06, 0.03, 0.6, 5.0)
LOGS = {2010: (9.0, 0.02), 2011: (9.13, 0.001), 2014: (9.5, 0.05), 2015: (9.41, 0.01), 2019: (9.9, 0.03)}


def kalman(years: range, start: float) -> MLEModel:
    """Write the model by hand: level, slope and mean growth; levels measured with errors that differ by year."""
    y = np.array([LOGS[t][0] if t in LOGS else np.nan for t in years])
    model = MLEModel(y, k_states=3, k_posdef=2)
    phi, n = PRIOR.phi, len(years)
    model["design"] = np.array([[1.0, 0.0, 0.0]])
    model["obs_cov"] = np.array([[[LOGS[t][1] ** 2 if t in LOGS else 1.0 for t in years]]])
    model["transition"] = np.array([[1.0, phi, 1 - phi], [0.0, phi, 1 - phi], [0.0, 0.0, 1.0]])
    drift = np.zeros((3, n))
    drift[0, :-1] = [PRIOR.mu for t in years[1:]]
    model["state_intercept"] = drift
    model["selection"] = np.array([[1.0, 1.0], [0.0, 1.0], [0.0, 0.0]])
    model["state_cov"] = np.diag([PRIOR.level**2, PRIOR.slope**2])
    slope, tau = SLOPE_START * PRIOR.slope**2 / (1 - phi**2), PRIOR.tau**2
    first = np.array([[START_VARIANCE, 0.0, 0.0], [0.0, slope + tau, tau], [0.0, tau, tau]])
    model.ssm.initialize_known(np.array([start, 0.0, 0.0]), first)
    return model


def test_density_and_smoothed_levels_equal_those_of_the_kalman_smoother() -> None:
    readings = tuple(Reading((str(t),), "level", t, 12, 12, "standard", log, sd**2) for t, (log, sd) in LOGS.items())
    graph = build([Member("a", readings, Bases("standard"), PRIOR, flow=False)])
    found = plain(graph, np.zeros(graph.n))
    years = range(graph.first, graph.last + 1)
    middle = sorted(log for log, _ in LOGS.values())[len(LOGS) // 2]
    smoothed = kalman(years, middle).ssm.smooth()
    at = [graph.places["a"].level[t] for t in years]
    np.testing.assert_allclose(found.mean[at], smoothed.smoothed_state[0], rtol=0, atol=1e-6)
    np.testing.assert_allclose(np.diag(found.covariance)[at], smoothed.smoothed_state_cov[0, 0], rtol=1e-6)
    assert found.log_density == pytest.approx(float(smoothed.llf), abs=1e-6)
