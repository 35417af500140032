"""My data: load own series, see what was read, forecast them. Everything stays in this session."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd
import streamlit as st

from dashboard import state
from dashboard.charts import chart
from dashboard.columns import columns_of
from dashboard.downloads import Picture, csv, foot, numbers, offer
from dashboard.limits import THIN
from dashboard.page import guarded, note, say, sentence, warning
from dashboard.picture import FanOptions, Line, Past, fan
from dashboard.sentences import outlook
from dashboard.spread import spread
from dashboard.subject import own
from forecast.errors import InputError, ModelRefusalError
from forecast.seeds import DEFAULT_SEED
from forecast.series import Series
from forecast.table_form import TableForm
from forecast.tables import Table, read_table

LIMIT = 50 * 1024 * 1024
"""Largest file the browser takes, in bytes; larger ones belong to the command line."""

NEEDED = ("unique_id", "ds", "y")
N_PATHS = 1000
TEMPLATE = pd.DataFrame(
    {
        "unique_id": ["my city.patents"] * 5,
        "ds": [2021, 2022, 2023, 2024, 2025],
        "y": [1200, 1350, 1490, 1710, 1850],
        "unit": ["count"] * 5,
    }
)


@dataclass(frozen=True, eq=False)
class Loaded:
    """A file as the session holds it: its name, its bytes, and what was read."""

    name: str
    size: int
    columns: dict[str, str] = field(default_factory=dict)
    table: Table | None = None
    error: InputError | None = None


def upload_tab() -> None:
    """Draw the tab; it re-runs alone."""
    _upload()


@st.fragment
def _upload() -> None:
    guarded(_body)()


def _body() -> None:
    note(say("upload_private"))
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    given = left.file_uploader(say("file_label"), type=["csv", "txt", "tsv", "xlsx", "parquet"], key="w_upload")
    right.download_button(
        say("file_template"), csv(TEMPLATE), "template.csv", "text/csv", on_click="ignore", key="dl_template"
    )
    if given is None:
        note(say("upload_empty"))
        return
    data = given.getvalue()
    if len(data) > LIMIT:
        size, limit = (f"{n / 1e6:,.0f} MB" for n in (len(data), LIMIT))
        st.error(say("error_too_large", file=given.name, size=size, limit=limit), icon=":material/error:")
        return
    mapping = _mapping(given.name, data)
    loaded = _read(given.name, data, mapping)
    if loaded.error is not None:
        st.error(say("error_upload", file=given.name, what=str(loaded.error)), icon=":material/error:")
    elif loaded.table is not None:
        _show(loaded.table)


def _mapping(name: str, data: bytes) -> dict[str, str]:
    """Let the user say which column is what, where the usual names are not there."""
    found = columns_of(data)
    if len(found) < len(NEEDED) or set(NEEDED) <= set(found):
        # With too few columns there is nothing to choose; the reader of tables says which one is missing.
        return {}
    st.markdown(f"**{say('map_columns')}**")
    places = st.columns(3)
    titles = {"unique_id": say("col_series"), "ds": say("col_period"), "y": say("col_value")}
    chosen = {}
    for place, ours, at in zip(places, NEEDED, range(3), strict=True):
        guess = found.index(ours) if ours in found else min(at, len(found) - 1)
        label = f"{titles[ours]} ({ours})"
        chosen[ours] = str(place.selectbox(label, found, index=guess, key=f"w_map_{ours}_{name}"))
    return {ours: theirs for ours, theirs in chosen.items() if ours != theirs}


def _read(name: str, data: bytes, mapping: dict[str, str]) -> Loaded:
    before: Loaded | None = state.keep("upload", lambda: None)
    if before is not None and (before.name, before.size, before.columns) == (name, len(data), mapping):
        return before
    try:
        loaded = Loaded(
            name, len(data), mapping, read_table(data, name=name, form=TableForm(columns=mapping, limit=LIMIT))
        )
    except InputError as error:
        loaded = Loaded(name, len(data), mapping, error=error)
    state.put("upload", loaded)
    return loaded


def _show(table: Table) -> None:
    lang = state.view().lang
    left_out = len(table.left_out)
    st.markdown(f"**{say('upload_read', k=len(table.series), n=len(table.series) + left_out)}**")
    if len(table.problems):
        st.markdown(say("upload_problems", m=len(table.problems)))
        shown = table.problems.head(200)[["series", "row", "field", "what", "remedy"]]
        names = ("col_series", "col_row", "col_field", "col_what", "col_remedy")
        heads = dict(zip(shown.columns, map(say, names), strict=True))
        st.dataframe(
            shown.rename(columns=heads), hide_index=True, height=min(35 * (len(shown) + 1) + 3, 220), key="problems"
        )
    if not table.series:
        return
    by_key = {series.key: series for series in table.series}
    a, b = st.columns([3, 1], vertical_alignment="bottom")
    key = a.selectbox(say("series_to_show"), list(by_key), key="w_own_series")
    series = by_key[str(key)] if key in by_key else table.series[0]
    longest = {1: 15, 4: 24, 12: 48}.get(series.season, 30)
    horizon = int(
        b.number_input(
            say("periods_ahead"), 1, longest, min(longest, 5 * series.season), 1, key=f"w_ahead_{series.season}"
        )
    )
    first, last = str(series.periods[0]), str(series.periods[-1])
    note(say("years_read", n=series.n, first=first, last=last))
    if series.n < THIN:
        warning(say("own_thin", n=series.n))
    try:
        _draw(series, horizon, lang)
    except ModelRefusalError as error:
        st.warning(say("error_model", method="auto", what=str(error)), icon=":material/block:")


def _draw(series: Series, horizon: int, lang) -> None:  # type: ignore[no-untyped-def]  # Lang, as everywhere
    from forecast.models import MODELS

    subject = own(series.key, series.unit, series.kind)
    made = MODELS["auto"].fit(series).forecast(horizon, n_paths=N_PATHS, seed=DEFAULT_SEED)
    times = [_time(p) for p in series.periods]
    ahead = [times[-1], *(_time(p) for p in made.periods)]
    import numpy as np

    paths = np.vstack([np.full(N_PATHS, series.values[-1]), made.paths.T])
    bands = spread(tuple(ahead), paths)
    lines = [Line("base", say("outlook_line"), bands)]
    hist = [{"x": x, "y": float(y), "part": 0} for x, y in zip(times, series.values, strict=True)]
    past = Past(hist=hist)
    window = (int(min(times)), int(np.ceil(max(ahead))))
    frames = fan(subject, lines, past, lang, until=ahead[-1], options=FanOptions(None, 380))
    options = {"unit": subject.unit, "window": window, "height": 380}
    point = bands.at(ahead[-1])
    text = outlook(subject, made.periods[-1].year, point, lang)
    chart("fan", "own_fan", frames, alt=text, **options)
    sentence(text)
    offer(
        Picture("fan", frames, options, series.key, foot()),
        lambda: numbers(subject, lines, past.hist, window[1]), subject, "own",
    )  # fmt: skip


def _time(period: pd.Period) -> float:
    """Place of a period on a yearly axis: the year for annual data, else its end as a part of the year."""
    if str(period.freqstr).startswith(("Y", "A")):
        return float(period.year)
    return float(period.year + (period.end_time.dayofyear / 366.0))
