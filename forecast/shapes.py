"""Rows of a table put together as series: periods twice, gaps, too short, dates that do not go together."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from forecast.dates import FORM_NAMES, Ints, Steps, axis, steps
from forecast.gaps import filled
from forecast.rows import REMEDIES, TEXTS
from forecast.series import Series
from forecast.table_form import TableForm

ENOUGH = 3
"""Fewest values an outlook is made from."""
SHOWN = 3
"""Rows named by series and kind of problem; the rest is counted."""


LEFT_OUT, NO_OUTLOOK, NOTE = "left out", "no outlook", "note"


class Problem(NamedTuple):
    """Something wrong with a series; the fields are the columns of `forecast.tables.Table.problems`."""

    series: str
    row: int | None
    field: str
    what: str
    remedy: str
    outcome: str
    """``left out``, ``no outlook`` (read, but too short), or ``note`` (read with a remark)."""


def checked_series(rows: pa.Table, name: str, form: TableForm) -> tuple[list[Series], list[Problem]]:
    """Put parsed rows together as series.

    Parameters
    ----------
    rows : pyarrow.Table
        See `forecast.rows.parsed_rows`; in any order.
    name : str
        Name of the file in messages.
    form : TableForm
        Frequency and sign.

    Returns
    -------
    series : list of Series
        In the order of their keys.
    problems : list of Problem
    """
    encoded = rows.column("unique_id").combine_chunks().dictionary_encode()
    ids = np.array(encoded.dictionary.to_pylist(), dtype=object)
    order = np.argsort(ids, kind="stable")
    rank = np.empty(len(ids), dtype=np.int64)
    rank[order] = np.arange(len(ids))
    keys, code = ids[order], rank[encoded.indices.to_numpy()]
    problems = _flawed(rows, keys, code, name)
    out = np.zeros(len(keys), dtype=bool)
    out[code[np.asarray(rows.column("field").is_valid())]] = True
    use = np.flatnonzero(~out[code])
    day = rows.column("day").to_numpy().astype(np.int64)
    number = rows.column("row").to_numpy()
    use = use[np.lexsort((number[use], day[use], code[use]))]
    if not len(use):
        return [], problems
    code, day, number = code[use], day[use], number[use]
    forms = rows.column("form").to_numpy().astype(np.int64)[use]
    y = rows.column("y").to_numpy()[use]
    starts = _starts(code)
    told = steps(forms, day, starts, form.frequency)
    owner = np.searchsorted(starts, np.arange(len(code)), side="right") - 1
    bad = told.alias == "mixed"
    for i in np.flatnonzero(bad).tolist():
        mine = owner == i
        problems.append(_mixed(str(keys[code[starts[i]]]), forms[mine], number[mine], name, form))
    twice = np.flatnonzero((owner[1:] == owner[:-1]) & (told.ordinal[1:] == told.ordinal[:-1]) & ~bad[owner[1:]])
    problems += _twice(twice, keys, code, number, owner, told, day, name)
    bad[owner[twice]] = True
    texts = {t: rows.column(t) for t in TEXTS if t in rows.schema.names}
    spread = rows.column("y_sd").to_numpy()[use] if "y_sd" in rows.schema.names else None
    series: list[Series] = []
    known = ~np.isnan(y)
    for i, first in enumerate(starts.tolist()):
        if bad[i]:
            continue
        part = slice(first, int(starts[i + 1]) if i + 1 < len(starts) else len(code))
        key = str(keys[code[first]])
        has = known[part]
        if not has.any():
            what = f"{key}: no row holds a value."
            problems.append(Problem(key, None, "y", what, "Give values, or leave it out.", LEFT_OUT))
            continue
        words = {t: column[int(use[first])].as_py() for t, column in texts.items()}
        sd = None if spread is None else spread[part][has]
        dates = (str(told.alias[i]), day[part])
        made, told_of = _one(key, y[part][has], told.ordinal[part], has, dates, sd, words, form)
        problems += told_of
        if made is not None:
            series.append(made)
    return series, problems


def _starts(code: Ints) -> Ints:
    return np.flatnonzero(np.diff(code, prepend=-1) != 0)


def _one(
    key: str, y: NDArray[np.float64], ordinal: Ints, has: NDArray[np.bool_], dates: tuple[str, Ints],
    sd: NDArray[np.float64] | None, words: dict[str, str], form: TableForm,
) -> tuple[Series | None, list[Problem]]:  # fmt: skip
    """Make one series from its rows, of which `has` tells those with a value."""
    alias, days = dates
    places = ordinal[has] - ordinal[has][0]
    n, span = len(y), int(places[-1]) + 1
    periods = axis(alias, int(days[has][0]), span)
    problems: list[Problem] = []
    log_sd = np.zeros(n) if sd is None else np.sqrt(np.log1p((sd / np.where(y == 0, np.inf, y)) ** 2))
    if span > n:
        if span > 20 * n + 100:
            what = f"{key}: {n} values stand for {span} periods from {periods[0]} to {periods[-1]}."
            return None, [Problem(key, None, "ds", what, "Check the dates, or give the frequency.", LEFT_OUT)]
        absent = periods[np.setdiff1d(np.arange(span), places)]
        what = f"{key}: no value for {_periods(absent)}."
        problems.append(Problem(key, None, "ds", what, "They are filled as unknown, and the band shows it.", NOTE))
        known_sd = log_sd
        y, log_sd = filled(y, places)
        log_sd[places] = known_sd
    if not has[-1]:
        late = axis(alias, int(days[-1]), 1)[0]
        what = f"{key}: no value after {periods[-1]}, though the table goes to {late}."
        problems.append(Problem(key, None, "y", what, "The outlook starts after the last value.", NOTE))
    if n < ENOUGH:
        plural = "value" if n == 1 else "values"
        what = f"{key}: {n} {plural}; at least {ENOUGH} are needed."
        problems.append(Problem(key, None, "y", what, "Shown without an outlook.", NO_OUTLOOK))
    made = Series(
        key, words.get("unit", ""), words.get("kind") or "flow", periods, y, log_sd,  # type: ignore[arg-type]  # checked by row
        (), words.get("region", ""), words.get("indicator", ""), form.signed,
    )  # fmt: skip
    return made, problems


def _periods(periods: object) -> str:
    names = [str(p) for p in periods]  # type: ignore[attr-defined]  # a PeriodIndex, whose elements mypy does not know
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def _flawed(rows: pa.Table, keys: NDArray[np.object_], code: Ints, name: str) -> list[Problem]:
    """Problems of single rows; a few of each kind by series, the rest counted."""
    at = np.flatnonzero(np.asarray(rows.column("field").is_valid()))
    number = rows.column("row").to_numpy()[at]
    at = at[np.argsort(number, kind="stable")]
    few = rows.take(pa.array(at))
    seen: dict[tuple[int, str], int] = {}
    problems = []
    pairs = list(
        zip(few.column("field").to_pylist(), few.column("flaw").to_pylist(), few.column("row").to_pylist(), strict=True)
    )
    total: dict[tuple[int, str], int] = {}
    for c, (field, _, _) in zip(code[at], pairs, strict=True):
        total[int(c), field] = total.get((int(c), field), 0) + 1
    for c, (field, flaw, row) in zip(code[at], pairs, strict=True):
        group = (int(c), field)
        seen[group] = seen.get(group, 0) + 1
        if seen[group] > SHOWN:
            continue
        key = str(keys[c])
        rest = total[group] - SHOWN
        more = f" {rest} more rows are like it." if seen[group] == SHOWN and rest > 0 else ""
        what = f"{key}, row {row}: {flaw}." if field == "y<0" else f"{name}, row {row}: {flaw}."
        problems.append(Problem(key, int(row), field.removesuffix("<0"), what + more, REMEDIES[field], LEFT_OUT))
    return problems


def _mixed(key: str, forms: Ints, number: Ints, name: str, form: TableForm) -> Problem:
    kinds = sorted(set(forms.tolist()))
    if len(kinds) > 1:
        first, second = (int(number[forms == k][0]) for k in kinds[:2])
        what = (
            f'{name}, rows {first} and {second}: "{key}" has {FORM_NAMES[kinds[0]]} in one and '
            f"{FORM_NAMES[kinds[1]]} in the other."
        )
        return Problem(key, min(first, second), "ds", what, "Write all dates of a series alike.", LEFT_OUT)
    what = f'{name}, row {int(number[0])}: "{key}" gives {FORM_NAMES[kinds[0]]}, too coarse for {form.frequency} data.'
    return Problem(key, int(number[0]), "ds", what, "Give finer dates, or another frequency.", LEFT_OUT)


def _twice(
    twice: Ints, keys: NDArray[np.object_], code: Ints, number: Ints, owner: Ints, told: Steps, day: Ints, name: str
) -> list[Problem]:
    problems: list[Problem] = []
    count: dict[int, int] = {}
    for j in twice:
        i = int(owner[j])
        count[i] = count.get(i, 0) + 1
        if count[i] > SHOWN:
            continue
        key, period = str(keys[code[j]]), axis(str(told.alias[i]), int(day[j]), 1)[0]
        rows = sorted((int(number[j]), int(number[j + 1])))
        what = f'{name}, rows {rows[0]} and {rows[1]}: "{key}" has two values for {period}.'
        problems.append(Problem(key, rows[0], "ds", what, "Keep one.", LEFT_OUT))
    return problems
