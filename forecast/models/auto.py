"""The forecast to bet on where nothing else is asked for."""

from __future__ import annotations

from forecast.models.combination import Combination
from forecast.models.drift import Drift
from forecast.models.ets import Ets
from forecast.models.theta import Theta

AUTO = Combination("auto", (Drift(), Ets(), Theta()))
"""Median of drift, exponential smoothing and theta."""
