"""Series of the World Bank and of offices that speak SDMX, for users with internet; asked for one by one.

Each gives a long table that goes through the same checks as a file. SDMX needs the package sdmx1, the extra
``connectors``; the World Bank needs nothing.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pandas as pd

from forecast.errors import InputError

VARIABLE = "IP_FORESIGHT_WORLD_BANK"
"""Names another address of the World Bank's service, such as a copy inside a department's network."""
WORLD_BANK = "https://api.worldbank.org/v2"
WAIT = 20.0
"""Seconds to wait for an answer."""
LARGEST = 20_000_000
"""Bytes of an answer that are read."""
OFFLINE = "Check the connection to the internet, or load a file instead."


@dataclass(frozen=True, eq=False)
class Fetched:
    """What a service answered.

    Parameters
    ----------
    name : str
        What to call it in messages.
    frame : pandas.DataFrame
        ``unique_id, ds, y``; values that are missing are left out.
    source : str
        Address it came from.
    """

    name: str
    frame: pd.DataFrame
    source: str


def world_bank(countries: str, indicator: str, *, base: str | None = None) -> Fetched:
    """Read an indicator of the World Bank for one or several countries.

    Parameters
    ----------
    countries : str
        ISO codes of two or three letters, parted by ``;`` such as ``CHN;JPN``, or ``all``.
    indicator : str
        Code such as ``IP.PAT.RESD`` (patent applications by residents).
    base : str, optional
        Address of the service; by default the one `IP_FORESIGHT_WORLD_BANK` names, else the World Bank's own.

    Raises
    ------
    InputError
        Where a code has another form, the service does not answer or knows no such code, or it holds no values.
    """
    codes = [code.strip() for code in re.split(r"[;,]", countries) if code.strip()]
    if not codes or not all(re.fullmatch(r"[A-Za-z]{2,3}|all", code) for code in codes):
        raise InputError(f'"{countries}" is no list of countries.', "Write ISO codes such as CHN;JPN.")
    if not re.fullmatch(r"[A-Za-z0-9]+(\.[A-Za-z0-9]+)*", indicator.strip()):
        raise InputError(f'"{indicator}" is no code of an indicator.', "Write one such as IP.PAT.RESD.")
    base = (base or os.environ.get(VARIABLE, "").strip() or WORLD_BANK).rstrip("/")
    name = f"World Bank {indicator.strip()}"
    rows: list[tuple[str, str, float]] = []
    page, pages = 1, 1
    while page <= pages:
        asked = urlencode({"format": "json", "per_page": 1000, "page": page})
        source = f"{base}/country/{';'.join(codes)}/indicator/{indicator.strip()}?{asked}"
        head, found = _world_bank_page(_answer(source, "The World Bank"), name)
        rows += found
        page, pages = page + 1, min(int(head.get("pages") or 1), 50)
    if not rows:
        raise InputError(f"{name} holds no values for {';'.join(codes)}.", "Choose another indicator or country.")
    frame = pd.DataFrame(rows, columns=["unique_id", "ds", "y"])
    return Fetched(name, frame.sort_values(["unique_id", "ds"], ignore_index=True), source)


def _world_bank_page(text: bytes, name: str) -> tuple[dict[str, Any], list[tuple[str, str, float]]]:
    """Read one page: a pair of a head and a list of values, or a list with a message where something is wrong."""
    try:
        answer = json.loads(text)
        if len(answer) == 1 and "message" in answer[0]:
            told = "; ".join(str(m.get("value", "")) for m in answer[0]["message"])
            raise InputError(f"{name}: the World Bank says: {told}", "Check the codes of country and indicator.")
        head, values = answer[0], answer[1] if len(answer) > 1 else []
        found = [
            (f"{v['country']['value']}: {v['indicator']['value']}", _period(str(v["date"])), float(v["value"]))
            for v in values or ()
            if v["value"] is not None
        ]
    except (ValueError, KeyError, TypeError, IndexError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{name}: the answer cannot be read.", "Try again later, or load a file instead.") from error
    return head, found


def _period(text: str) -> str:
    """Write a period as tables of users do: 2021, 2021-Q3, 2021-07.

    Examples
    --------
    >>> _period("2021Q3"), _period("2021M07"), _period("2021")
    ('2021-Q3', '2021-07', '2021')
    """
    return re.sub(r"^(\d{4})M(\d{2})$", r"\1-\2", re.sub(r"^(\d{4})(Q\d)$", r"\1-\2", text))


def _answer(address: str, who: str) -> bytes:
    request = Request(address, headers={"Accept": "application/json", "User-Agent": "ip-foresight"})
    try:
        with urlopen(request, timeout=WAIT) as answer:
            text: bytes = answer.read(LARGEST + 1)
    except HTTPError as error:
        raise InputError(f"{who} answers {error.code} ({error.reason}).", "Check the codes, or try later.") from error
    except (URLError, OSError) as error:
        reason = getattr(error, "reason", None) or error
        raise InputError(f"{who} does not answer: {reason}.", OFFLINE) from error
    if len(text) > LARGEST:
        raise InputError(f"The answer has more than {LARGEST:,} bytes.", "Ask for fewer countries.")
    return text


def sdmx_sources() -> tuple[str, ...]:
    """Give the ids of the offices that the package sdmx1 knows.

    Raises
    ------
    InputError
        Where the package is not installed.
    """
    return tuple(sorted(_library().list_sources()))


def sdmx_series(source: str, flow: str, key: str, *, start: str = "") -> Fetched:
    """Read series of an office by SDMX.

    Parameters
    ----------
    source : str
        Id of the office, from `sdmx_sources`, such as ``ECB`` or ``OECD``.
    flow : str
        Id of the dataflow, such as ``EXR``.
    key : str
        Key of the series, dimensions parted by dots, several codes joined by ``+``, such as ``A.CHN+JPN.PATENTS``.
    start : str
        First period wanted, such as ``2010``; everything without it.

    Raises
    ------
    InputError
        Where the package is missing, the office is unknown or does not answer, or there are no such series.
    """
    sdmx = _library()
    if source not in sdmx.list_sources():
        raise InputError(f'Office "{source}" is unknown.', f"Known: {', '.join(sdmx_sources())}.")
    if not re.fullmatch(r"[\w@.,/:()-]+", flow.strip()):
        raise InputError(f'"{flow}" is no id of a dataflow.', "Write one such as EXR.")
    if not re.fullmatch(r"[\w@$.+*-]*", key.strip()):
        raise InputError(f'"{key}" is no key of series.', "Write codes parted by dots, such as A.CHN+JPN.PATENTS.")
    name = f"{source} {flow.strip()}"
    client = sdmx.Client(source, timeout=WAIT)
    params = {"startPeriod": start} if start else {}
    message = _told(lambda: client.data(flow.strip(), key=key.strip(), params=params), name)
    frame = _told(lambda: _long(sdmx.to_pandas(message), flow.strip()), name)
    if frame.empty:
        raise InputError(f"{name} holds no values for {key}.", "Check the key.")
    address = str(getattr(getattr(message, "response", None), "url", "") or name)
    return Fetched(name, frame, address)


def _library() -> Any:
    try:
        import sdmx
    except ModuleNotFoundError as error:
        raise InputError(
            'Reading SDMX needs the Python package "sdmx1", which is not installed on this server.',
            'Install it: pip install "ip-foresight[connectors]". Files and the World Bank work without it.',
        ) from error
    return sdmx


def _told(work: Callable[[], Any], name: str) -> Any:
    """Do something with the library and say in words what it raises: its errors come from many packages."""
    import requests

    try:
        return work()
    except requests.HTTPError as error:
        code = getattr(error.response, "status_code", "an error")
        raise InputError(f"{name}: the office answers {code}.", "Check dataflow and key.") from error
    except requests.RequestException as error:
        raise InputError(f"{name}: the office does not answer ({type(error).__name__}).", OFFLINE) from error
    except Exception as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"{name}: the answer cannot be read ({type(error).__name__}).", "Check dataflow and key, or load a file."
        ) from error


def _long(values: pd.Series | pd.DataFrame, flow: str) -> pd.DataFrame:
    """Turn what the library gives into a long table: the key of a series, its period, its value."""
    column = values["value"] if isinstance(values, pd.DataFrame) else values
    table = column.dropna().reset_index(name="y")
    times = [name for name in table.columns if str(name).startswith("TIME_PERIOD")]
    if not times:
        raise InputError(f"{flow} has no periods.", "Choose a dataflow with time series.")
    keys = [name for name in table.columns if name not in (times[0], "y")]
    ids = table[keys].astype(str).agg(".".join, axis=1) if keys else pd.Series(flow, index=table.index)
    ds = [_period(str(t)) for t in table[times[0]]]
    out = pd.DataFrame({"unique_id": flow + "." + ids, "ds": ds, "y": table["y"].astype(float)})
    return out.sort_values(["unique_id", "ds"], ignore_index=True)
