"""The one place for what all sessions share: read-only data of the package, never anything of a user.

Shared things are kept once (`cache_resource`, no copies), bounded, and keyed by names of the catalogue.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.formats import Lang
from dashboard.link import Known
from dashboard.picture import Past
from dashboard.provenance import Conflict, conflicts
from dashboard.provenance import past as past_of
from dashboard.spread import Spread, spread
from dashboard.subject import Subject, subject
from forecast.catalog import data_folder, indicators, regions, sources
from forecast.keys import split_key
from forecast.observations import Observation, observations
from forecast.series import Kind, Series
from forecast.series import years as series_years
from scenarios.levers import assumptions, levers

if TYPE_CHECKING:
    from forecast.explain import Explanation
    from forecast.histories import History
    from forecast.outlook import Forecast, Outlook
    from scenarios.comparison import Comparison

LAST_YEAR = 2040


@st.cache_resource(show_spinner=False)
def figures() -> MappingProxyType[str, tuple[Observation, ...]]:
    """Give the published figures of each series."""
    found: dict[str, list[Observation]] = defaultdict(list)
    for figure in observations():
        found[figure.series].append(figure)
    return MappingProxyType({key: tuple(group) for key, group in found.items()})


@st.cache_resource(show_spinner=False)
def histories() -> MappingProxyType[str, History]:
    """Give the histories of the bundled series."""
    from forecast.histories import bundled_histories

    return MappingProxyType(dict(bundled_histories()))


@st.cache_resource(show_spinner=False)
def outlook() -> Outlook:
    """Give the baseline outlook of all bundled series; computed once per machine, then read from disk."""
    from forecast.baseline import baseline_outlook

    return baseline_outlook()


LOADED: list[bool] = []
"""Not empty once histories and outlook are in memory, so that no later run draws a progress message."""


@st.cache_resource(show_spinner=False)
def known() -> Known:
    """Give what a link may name."""
    return Known(
        frozenset(choices()),
        {name: lever.bounds for name, lever in levers().items()},
        {name: lever.bounds for name, lever in assumptions().items()},
        (2020, LAST_YEAR),
        frozenset(e.id for lever in (*levers().values(), *assumptions().values()) for e in lever.effects),
    )


def has_history(key: str) -> bool:
    """Whether a series has a yearly history and so an outlook."""
    return key in outlook().index


@st.cache_resource(show_spinner=False, max_entries=2048)
def history(key: str) -> Series:
    """Give the history of a series; of a sum or ratio known from its parts, what the outlook holds of its past."""
    found = histories().get(key)
    shared = outlook()
    if found is not None and found.series.periods[-1].year >= shared.known_until[shared.index[key]]:
        return found.series
    n = start_of(key) + 1
    known = shared.of(key)[:n]
    begin = int(np.argmax(np.isfinite(known).all(axis=1)))
    named_ = subject(key)
    values = np.median(known[begin:], axis=1)
    spread_ = np.std(np.log(np.maximum(known[begin:], 1e-12)), axis=1)
    return Series(
        key, named_.unit, cast(Kind, named_.kind), series_years(shared.years[begin], n - begin), values, spread_,
        region=named_.region, indicator=named_.indicator, signed=True,
    )  # fmt: skip


@st.cache_resource(show_spinner=False)
def choices() -> tuple[str, ...]:
    """Give all series with a figure, by region and indicator; those without an outlook last."""
    places = {key: i for i, key in enumerate(regions())}
    things = {key: i for i, key in enumerate(indicators())}

    def order(key: str) -> tuple[bool, int, int, bool, str]:
        region, indicator, _ = split_key(key)
        return not has_history(key), places[region], things[indicator], key.count(".") > 1, key

    return tuple(sorted(set(figures()) | set(outlook().keys), key=order))


@st.cache_resource(show_spinner=False, max_entries=512)
def past(key: str, lang: Lang) -> Past:
    """Give what a chart draws of the past of a series."""
    return past_of(history(key), figures().get(key, ()), lang)


def known_until(key: str) -> int:
    """Give the last year of which something is known, of the series itself or through its parts."""
    shared, found = outlook(), histories().get(key)
    known_ = int(shared.known_until[shared.index[key]])
    return known_ if found is None else max(known_, int(found.series.periods[-1].year))


def paths(key: str) -> tuple[tuple[int, ...], np.ndarray]:
    """Give the years from the last known one on, and the baseline paths of a series, shape (years, n_paths)."""
    shared, start = outlook(), start_of(key)
    return shared.years[start:], shared.of(key)[start:]


@st.cache_resource(show_spinner=False, max_entries=1024)
def baseline(key: str) -> Spread:
    """Give the bands of the baseline of a series."""
    return spread(*paths(key))


def methods() -> tuple[str, ...]:
    """Give the methods that suit annual series, the default first."""
    from forecast.models import MODELS

    return tuple(name for name in MODELS if name != "seasonal_naive")


TESTED: dict[str, pd.DataFrame] = {}
"""Scores by series as far as they were worked out; read by `tested_so_far` without waiting."""


@st.cache_resource(show_spinner=False, max_entries=256)
def tested(key: str) -> pd.DataFrame:
    """Give the scores of all methods on the past of a bundled series."""
    from forecast.backtest import backtest
    from forecast.scoring import scores

    series = history(key)
    ahead = max(min(3, series.n // 3), 1)
    found = scores(backtest(series, methods(), ahead, origins=4))
    TESTED[key] = found
    return found


def tested_so_far(key: str) -> pd.DataFrame | None:
    """Give the scores of a series where they are known already."""
    return TESTED.get(key)


@st.cache_resource(show_spinner=False, max_entries=256)
def explained(key: str) -> Explanation | None:
    """Give what stands behind the default method on a series; None where it refuses the series."""
    from forecast.errors import ModelRefusalError
    from forecast.explain import explain

    series = history(key)
    try:
        return explain(series, max(2035 - series.periods[-1].year, 1))
    except ModelRefusalError:
        return None


@st.cache_resource(show_spinner=False, max_entries=256)
def forecast_by(key: str, method: str) -> Forecast:
    """Give the forecast of one method for a bundled series.

    Raises
    ------
    ModelRefusalError
        Where the method cannot forecast this series.
    """
    from forecast.models import MODELS
    from forecast.seeds import DEFAULT_SEED

    series = history(key)
    horizon = LAST_YEAR - series.periods[-1].year
    return MODELS[method].fit(series).forecast(horizon, n_paths=1000, seed=DEFAULT_SEED)


@st.cache_resource(show_spinner=False)
def vintage() -> str:
    """Give the day up to which published figures are included."""
    return max(source.retrieved for source in sources().values())


def futures() -> tuple[int, int]:
    """Give the number of futures and the seed that made them."""
    shared = outlook()
    return shared.n_paths, shared.seed


@st.cache_resource(show_spinner=False)
def year_span() -> tuple[int, int]:
    """Give the first and last year of any published figure."""
    seen = [figure.year for figure in observations()]
    return min(seen), max(seen)


@st.cache_resource(show_spinner=False)
def all_conflicts() -> tuple[Conflict, ...]:
    """Give the disagreements among all published figures."""
    return conflicts(observations())


@st.cache_resource(show_spinner=False, max_entries=4096)
def named(key: str) -> Subject:
    """Give the subject of a bundled series."""
    return subject(key)


def start_of(key: str) -> int:
    """Give the position of the last known year of a series among the years of the outlook."""
    return max(outlook().years.index(max(known_until(key), outlook().years[0])), 0)


def indicator_title(key: str, lang: Lang) -> str:
    """Give the name of an indicator."""
    return indicators()[key].title(lang)


@st.cache_resource(show_spinner=False)
def data_hash() -> str:
    """Give the hash of the bundled figures that the outlook rests on, sha256 in hex."""
    folder = data_folder()
    return hashlib.sha256((folder / "datapackage.json").read_bytes()).hexdigest()


def region_title(key: str, lang: Lang) -> str:
    """Give the name of a region."""
    return regions()[key].title(lang)


@st.cache_resource(show_spinner=False, max_entries=32)
def library_result(name: str) -> Comparison:
    """Give the result of a scenario of the library."""
    from scenarios.engine import run
    from scenarios.files import library

    return run(library()[name], outlook())


@st.cache_resource(show_spinner=False, max_entries=64)
def of_region(region: str) -> tuple[str, ...]:
    """Give the series of a region that have an outlook, main scopes only.

    Ratios over something that the catalogue does not count (enterprises, market entities) are left out: nothing in the
    engine can move them.
    """
    known_ = indicators()

    def formed(key: str) -> bool:
        row = known_[split_key(key)[1]]
        return all(part in known_ for part in (row.numerator, row.denominator) if part)

    keys = (key for key in outlook().keys if key.startswith(f"{region}.") and key.count(".") == 1)
    return tuple(key for key in keys if formed(key))
