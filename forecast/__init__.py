"""Published figures to histories, and histories to honest forecasts."""
