"""Series of one's own, forecast: one in a picture with levers beside it, or all of them into a file."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import cache, own_levers, state
from dashboard.charts import chart
from dashboard.dates import when
from dashboard.downloads import Picture, csv, foot, numbers, offer
from dashboard.formats import Lang
from dashboard.limits import THIN
from dashboard.notices import engine_notices
from dashboard.page import note, say, sentence, warning
from dashboard.picture import FanOptions, Line, Past, fan
from dashboard.plan import result_of
from dashboard.sentences import scenario
from dashboard.spread import Point, spread
from dashboard.subject import Subject, own
from dashboard.told import told_error
from dashboard.waiting import started, watched
from dashboard.words import word
from forecast.errors import ModelRefusalError
from forecast.outlook import Forecast
from forecast.seeds import DEFAULT_SEED
from forecast.series import Series
from forecast.tables import Table
from scenarios.comparison import Comparison

N_PATHS = 1000
LONGEST = {1: 15, 4: 24, 12: 48}
"""Periods ahead at most, by periods a year."""
KEPT = 16
"""Forecasts a session keeps."""
MOST = 2_000
"""Series that are forecast in the browser; more belong to the command line."""
HEIGHT = 380


def show(table: Table) -> None:
    """Draw the forecast of one series, the levers on it, and the offer to forecast all."""
    by_key = {series.key: series for series in table.series}
    a, b = st.columns([3, 1], vertical_alignment="bottom")
    key = a.selectbox(say("series_to_show"), list(by_key), key="w_own_series")
    series = by_key[str(key)] if key in by_key else table.series[0]
    longest = LONGEST.get(series.season, 30)
    horizon = int(
        b.number_input(
            say("periods_ahead"), 1, longest, min(longest, 10 * series.season), 1, key=f"w_ahead_{series.season}"
        )
    )
    note(say("years_read", n=series.n, first=str(series.periods[0]), last=str(series.periods[-1])))
    if series.n < THIN:
        warning(say("own_thin", n=series.n))
    try:
        made = forecast_of(series, horizon)
    except ModelRefusalError as error:
        st.warning(
            say("error_model", method="auto", what=told_error(error, state.view().lang)), icon=":material/block:"
        )
    else:
        # The picture stands above the levers but depends on them.
        place = st.container()
        st.markdown(f"#### {say('own_levers_title')}")
        as_ = own_levers.counted(series)
        if as_ is not None:
            own_levers.cards(as_)
            note(say("own_levers_note"))
        with place:
            _draw(made, as_)
        state.write_link(cache.vintage())
    if len(table.series) > 1:
        _all(table, horizon)


def forecast_of(series: Series, horizon: int) -> Forecast:
    """Forecast a series by the default method; the session keeps what it made.

    Raises
    ------
    ModelRefusalError
        Where the method cannot forecast it.
    """
    from forecast.models import MODELS

    kept: dict[object, Forecast] = state.keep("own_forecasts", dict)
    name = (series.key, series.values.tobytes(), str(series.periods[0]), horizon)
    if name not in kept:
        kept[name] = MODELS["auto"].fit(series).forecast(horizon, n_paths=N_PATHS, seed=DEFAULT_SEED)
        while len(kept) > KEPT:
            kept.pop(next(iter(kept)))
    return kept[name]


def _draw(made: Forecast, as_: own_levers.Counted | None) -> None:
    lang, series = state.view().lang, made.series
    subject = own(series.key, series.unit, series.kind)
    if as_ is None:
        lines = [Line("base", say("outlook_line"), _plain(made))]
        words = _heading(subject, made.periods[-1].year, lines[0].spread.at(lines[0].spread.years[-1]), lang)
    else:
        result = own_levers.compared(made, as_)
        named = own_levers.named(subject, as_)
        lines, words = own_levers.lines(result, as_.key), _words(result, named, lang)
        for text in engine_notices(result, lang):
            warning(text)
    times = [_time(p) for p in series.periods]
    past = Past(hist=[{"x": x, "y": float(y), "part": 0} for x, y in zip(times, series.values, strict=True)])
    last = lines[0].spread.years[-1]
    window = (int(min(times)), int(np.ceil(last)))
    frames = fan(subject, lines, past, lang, until=last, options=FanOptions(None, HEIGHT))
    options = {"unit": subject.unit, "window": window, "height": HEIGHT}
    chart("fan", "own_fan", frames, alt=words, **options)
    sentence(words)
    offer(
        Picture("fan", frames, options, series.key, foot()),
        lambda: numbers(subject, lines, past.hist, window[1]), subject, "own",
    )  # fmt: skip


def _plain(made: Forecast):  # type: ignore[no-untyped-def]  # a Spread
    series = made.series
    ahead = [_time(p) for p in (series.periods[-1], *made.periods)]
    return spread(tuple(ahead), np.vstack([np.full(len(made.paths), series.values[-1]), made.paths.T]))


def _words(result: Comparison, named: Subject, lang: Lang) -> str:
    view = state.view()
    year = min(max(view.until, result.years[1]), result.years[-1])
    if view.levers and not result.moves(named.key):
        return say("own_not_moved")
    if view.levers:
        return scenario(named, result_of(result, named, year, None, lang), lang)
    return _heading(named, year, spread(result.years, result.of(named.key, "mine")).at(year), lang)


def _heading(subject: Subject, year: int, point: Point, lang: Lang) -> str:
    """Say where a series of one's own is heading; it has a name and no region."""
    words = say(
        "own_outlook", series=subject.title(lang), median=subject.figure(point.y, lang),
        when=when(year, subject.kind, lang), lo80=subject.figure(point.lo80, lang),
        hi80=subject.figure(point.hi80, lang),
    )  # fmt: skip
    return words + (f"{'' if lang == 'zh' else ' '}{say('outlook_wide')}" if point.wide else "")


def _time(period: pd.Period) -> float:
    """Place of a period on a yearly axis: the year for annual data, else its end as a part of the year."""
    if str(period.freqstr).startswith(("Y", "A")):
        return float(period.year)
    return float(period.year + (period.end_time.dayofyear / 366.0))


@dataclass(eq=False)
class Job:
    """The forecasts of all series of a table, as they are being made in a thread of their own."""

    asked: tuple[int, int]
    i: int = 0
    stopped: bool = False
    made: Future[pd.DataFrame] = field(default_factory=Future)

    def stop(self) -> None:
        """End the work after the series it is at, and forget what was made."""
        self.stopped = True
        self.made.cancel()


def _all(table: Table, horizon: int) -> None:
    """Offer to forecast every series that was read; the work shows how far it is and can be cancelled."""
    st.markdown(f"#### {say('own_all_title', n=len(table.series))}")
    if len(table.series) > MOST:
        note(say("own_all_many", most=f"{MOST:,}"))
        return
    asked = (id(table), horizon)
    if st.button(say("own_all"), key="w_own_all", icon=":material/play_arrow:"):
        job = Job(asked)
        job.made = started(lambda: forecasts(table, horizon, job))
        state.put("own_all", job)
    kept: Job | None = state.keep("own_all", lambda: None)
    if kept is None or kept.asked != asked:
        return
    lang, n = state.view().lang, len(table.series)
    if not watched(
        kept.made, lambda: word("own_all_progress", lang, i=kept.i, n=n), key="w_own_all_cancel", cancel=kept.stop
    ):
        return
    if kept.made.cancelled():
        st.info(say("cancelled", again=say("own_all")), icon=":material/cancel:")
        return
    frame = kept.made.result()
    st.success(say("own_all_done", n=frame["unique_id"].nunique()), icon=":material/check:")
    st.download_button(
        say("download_csv"), csv(frame), "forecasts.csv", "text/csv", on_click="ignore", key="dl_own_all"
    )


def forecasts(table: Table, horizon: int, job: Job) -> pd.DataFrame:
    """Forecast all series, one after the other, until the job is stopped.

    Returns
    -------
    pandas.DataFrame
        ``unique_id, ds, mean, median`` and the 80 and 95% bands; series that cannot be forecast are left out.
    """
    from forecast.models import MODELS

    rows: list[tuple[object, ...]] = []
    for series in table.series:
        if job.stopped:
            break
        job.i += 1
        try:
            made = MODELS["auto"].fit(series).forecast(horizon, n_paths=N_PATHS, seed=DEFAULT_SEED)
        except ModelRefusalError:
            continue
        edges = [edge for level in (80.0, 95.0) for edge in made.band(level)]
        for j, period in enumerate(made.periods):
            rows.append((series.key, str(period), made.mean[j], made.median[j], *(edge[j] for edge in edges)))
    return pd.DataFrame(rows, columns=["unique_id", "ds", "mean", "median", "lo-80", "hi-80", "lo-95", "hi-95"])
