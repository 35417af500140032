"""Draw a chart from its template and data."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import streamlit as st

from dashboard import state
from dashboard.palette import COLOURS, Theme
from dashboard.templates import Rows, Template, template


def theme() -> Theme:
    """Give the theme the reader chose."""
    return "dark" if st.context.theme.type == "dark" else "light"


def chart(kind: str, key: str, frames: dict[str, Rows], *, alt: str, **options: Any) -> None:
    """Draw a chart.

    Parameters
    ----------
    kind : str
        Name of a template.
    key : str
        Stable name of the place on the page; with it, data are swapped and nothing flickers.
    frames : dict of str to list of dict
        Data sets of the template.
    alt : str
        What the picture shows, in one sentence, for those who do not see it.
    **options : object
        Options of the template: unit, window, size, log.
    """
    st.vega_lite_chart(
        made(kind, theme(), **options).filled(frames), theme=None, width="stretch", key=key, alt=alt.replace("**", "")
    )


def made(kind: str, hues: Theme, **options: Any) -> Template:
    """Give the template of a chart in the session's language."""
    return template(kind, hues, state.view().lang, tuple(sorted(options.items())))


def sparkline(values: list[float], alt: str, *, width: int = 74, height: int = 24) -> str:
    """Give a small line as an inline picture; it costs no chart.

    Parameters
    ----------
    values : list of float
        At least one.
    alt : str
        What it shows, in words.
    width, height : int
        Pixels.

    Returns
    -------
    str
        An ``img`` element with the picture inside.
    """
    colour = COLOURS[theme()]["soft"]
    low, high = min(values), max(values)
    span, steps = (high - low) or 1.0, max(len(values) - 1, 1)
    places = [
        (3 + i * (width - 8) / steps, height - 5 - (v - low) / span * (height - 10)) for i, v in enumerate(values)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    x, y = places[-1]
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.8" stroke-linejoin="round"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" fill="{colour}"/></svg>'
    )
    words = alt.replace('"', "&quot;")
    return (
        f'<img alt="{words}" title="{words}" width="{width}" height="{height}" src="data:image/svg+xml,{quote(svg)}">'
    )
