"""Forecasts learned over many series: candidates, features, gate, bands. The door is `forecast.models.auto`."""
