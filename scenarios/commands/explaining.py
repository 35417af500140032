"""`ip-foresight forecast --explain`: what stands behind a forecast, in one sentence and three tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenarios.commands.terminal import figure, say, show_table

if TYPE_CHECKING:
    from forecast.explain import Explanation
    from forecast.outlook import Forecast
    from forecast.series import Series

AHEAD = (1, 3, 5)
"""Steps shown besides the last one."""


def show_explanation(series: Series, shown: Forecast, seed: int) -> None:
    """Explain the model's own forecast of a history.

    Parameters
    ----------
    series : Series
        The history as the model reads it.
    shown : Forecast
        What was printed; where sums with other series moved it, that is said.
    seed : int
    """
    from forecast.errors import ModelRefusalError
    from forecast.explain import explain
    from forecast.models import MODELS

    try:
        why = explain(series, len(shown.periods), model=MODELS[shown.model], seed=seed)
    except ModelRefusalError as error:
        say(f"No explanation: {error}")
        return
    unit = series.unit or "count"
    say(why.sentence)
    own, given = float(why.forecast.median[-1]), float(shown.median[-1])
    if own > 0 and abs(given / own - 1) > 0.01:
        say(
            f"By itself the series would come to {figure(own, unit)} at the horizon; shared futures, mechanisms and "
            f"sums with other series make it {figure(given, unit)}."
        )
    say("")
    show_candidates(why, unit)
    if why.features:
        moved = [(name, f"{value:+.1f}", figure(change, unit)) for name, value, change in why.features]
        show_table(
            "Features that moved the weights",
            ["feature", "standard deviations from usual", "without it the last step would move by"],
            moved,
        )
    if len(why.backtest):
        tested = [
            (row["model"], *(f"{row[c]:.2f}" for c in ("mase", "smape", "coverage_80")), row["forecasts"])
            for row in why.backtest.to_dict("records")
        ]
        show_table("Backtest on this series", ["model", "MASE", "sMAPE", "80 in 100 held", "forecasts"], tested)
    for note in why.refused:
        say(note)


def show_candidates(why: Explanation, unit: str) -> None:
    """Print weight and path of each member, the heaviest first, and of drift."""
    last = len(why.forecast.periods)
    steps = sorted({min(k, last) for k in (*AHEAD, last)})
    order = sorted(why.members, key=lambda name: -float(why.weights[name][-1]))
    rows = [
        (name, f"{float(why.weights[name][-1]):.0%}", *(figure(float(why.members[name][k - 1]), unit) for k in steps))
        for name in order
    ]
    rows.append(("drift, for comparison", "", *(figure(float(why.drift[k - 1]), unit) for k in steps)))
    show_table("Candidates", ["candidate", "weight", *(f"{why.forecast.periods[k - 1]}" for k in steps)], rows)
