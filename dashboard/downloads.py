"""Pictures and numbers to take away, made only when they are asked for."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.runtime.scriptrunner import add_script_run_ctx, get_script_run_ctx

from dashboard import cache, state
from dashboard.charts import made
from dashboard.page import say, version
from dashboard.palette import COLOURS
from dashboard.picture import Line
from dashboard.subject import Subject
from dashboard.templates import Rows, Template

LABELS = ("2.5%", "10%", "25%", "50%", "75%", "90%", "97.5%")


@dataclass(frozen=True)
class Picture:
    """All that is needed to draw a chart again outside the browser.

    Parameters
    ----------
    kind : str
        Name of the template.
    frames : dict of str to list of dict
    options : dict
        Options of the template.
    title, foot : str
        Empty where the page around the picture says them.
    width : int
        Of the axes, in pixels of the screen; the narrower, the larger its words once it fills a page.
    """

    kind: str
    frames: dict[str, Rows]
    options: dict[str, Any]
    title: str
    foot: str
    width: int = 960

    def bare(self) -> Picture:
        """Give the picture without title and foot, for a page that has both."""
        return replace(self, title="", foot="")

    def spec(self) -> dict[str, Any]:
        """Give the chart as one Vega-Lite specification, on white, with title and foot."""
        template: Template = made(self.kind, "light", **self.options)
        p = COLOURS["light"]
        out = template.filled(self.frames)
        out["width"] = self.width
        out["background"] = p["paper"]
        if self.title:
            out["title"] = {
                "text": self.title, "subtitle": self.foot, "anchor": "start", "color": p["ink"],
                "subtitleColor": p["soft"], "fontSize": 16, "subtitleFontSize": 11, "offset": 14,
            }  # fmt: skip
        return out

    def png(self) -> bytes:
        """Give the chart as PNG in twice the screen's resolution."""
        import vl_convert

        return bytes(vl_convert.vegalite_to_png(self.spec(), scale=2))

    def svg(self) -> bytes:
        """Give the chart as SVG; fonts are named, not embedded."""
        import vl_convert

        return str(vl_convert.vegalite_to_svg(self.spec())).encode()


def numbers(subject: Subject, lines: Sequence[Line], past: Rows, until: int, wide: Line | None = None) -> pd.DataFrame:
    """Give what a chart draws as one long table.

    Parameters
    ----------
    subject : Subject
    lines : sequence of Line
    past : list of dict
        History, ``x y``.
    until : int
        Last year given.
    wide : Line, optional
        The scenario with its bands as past policy events needed them: the edges of its 80% band are given.

    Returns
    -------
    pandas.DataFrame
        ``series, region, indicator, unit, line, year, quantile, value``; published history has the quantile
        ``history``.
    """
    rows: list[tuple[str, float, str, float]] = [("history", int(r["x"]), "history", float(r["y"])) for r in past]
    for line in lines:
        cut = line.spread.until(until)
        for j, year in enumerate(cut.years):
            rows += [(line.label or line.role, year, q, float(cut.table[i, j])) for i, q in enumerate(LABELS)]
    if wide is not None:
        cut = wide.spread.until(until)
        edges = [(i, q) for i, q in enumerate(LABELS) if q in ("10%", "90%")]
        for j, year in enumerate(cut.years):
            rows += [(wide.label, year, f"{q} around policy events", float(cut.table[i, j])) for i, q in edges]
    frame = pd.DataFrame(rows, columns=["line", "year", "quantile", "value"])
    for at, (name, value) in enumerate(
        (
            ("series", subject.key),
            ("region", subject.region_en),
            ("indicator", subject.indicator),
            ("unit", subject.unit),
        )
    ):
        frame.insert(at, name, value)
    return frame


def safe(frame: pd.DataFrame) -> pd.DataFrame:
    """Give the table with text that a spreadsheet would run as a formula made harmless by a leading quote."""
    out = frame.copy()
    for column in out.columns:
        if out[column].dtype == object or pd.api.types.is_string_dtype(out[column]):
            out[column] = [
                f"'{v}" if isinstance(v, str) and v[:1] in ("=", "+", "-", "@", "\t") else v for v in out[column]
            ]
    return out


def csv(frame: pd.DataFrame) -> bytes:
    """Give a table as CSV that spreadsheets read as UTF-8."""
    return safe(frame).to_csv(index=False).encode("utf-8-sig")


def xlsx(sheets: dict[str, pd.DataFrame]) -> bytes:
    """Give tables as one workbook, a sheet each."""
    out = io.BytesIO()
    with pd.ExcelWriter(out, engine="openpyxl") as writer:
        for name, frame in sheets.items():
            safe(frame).to_excel(writer, sheet_name=name[:31], index=False)
            sheet = writer.sheets[name[:31]]
            for at, column in enumerate(frame.columns, start=1):
                widest = max([len(str(column)), *(len(str(v)) for v in frame[column].head(200))], default=8)
                sheet.column_dimensions[sheet.cell(1, at).column_letter].width = min(widest + 2, 60)
    return out.getvalue()


def settings_sheet() -> pd.DataFrame:
    """Give the settings behind the picture, one a row."""
    view = state.view()
    n, seed = cache.futures()
    rows: list[tuple[str, object]] = [
        ("series", view.series), ("until", view.until), ("data as of", cache.vintage()), ("version", version()),
        ("futures", n), ("seed", seed),
    ]  # fmt: skip
    rows += [(f"lever {k}", f"{s.value:g} from {s.start}, over {s.over} years") for k, s in view.levers.items()]
    rows += [(f"assumption {k}", f"{v:g}") for k, v in view.assumptions.items()]
    rows += [(f"own size of {k}", f"log {o.mean:g}, sd {o.sd:g}: {o.why}") for k, o in view.effects.items()]
    if view.target is not None:
        rows.append(("target", f"{view.target.value:g} by {view.target.year}"))
    rows.append(("note", "A scenario, not a promise"))
    return pd.DataFrame(rows, columns=["setting", "value"])


def sources_sheet(key: str) -> pd.DataFrame:
    """Give the published figures behind a series with their sources."""
    from dashboard.provenance import source_link, source_of

    rows = []
    for figure in cache.figures().get(key, ()):
        source = source_of(figure)
        rows.append(
            (
                figure.id, figure.period, figure.kind, figure.value, figure.unit, figure.grade, figure.fit,
                source.publisher if source else "", source.title if source else "", source_link(figure),
            )
        )  # fmt: skip
    columns = ["id", "period", "kind", "value", "unit", "reading", "used", "publisher", "source", "link"]
    return pd.DataFrame(rows, columns=columns)


def in_session(make: Callable[[], bytes]) -> Callable[[], bytes]:
    """Give a maker of a file that still sees the session when the button is pressed.

    Files are made after the page was drawn, in a thread that knows of no session; without this they would show what a
    new session shows.
    """
    context = get_script_run_ctx()

    def run() -> bytes:
        made: Future[bytes] = Future()

        def work() -> None:
            try:
                made.set_result(make())
            except Exception as error:
                made.set_exception(error)

        thread = threading.Thread(target=work, daemon=True)
        if context is not None:
            add_script_run_ctx(thread, context)
        thread.start()
        return made.result()

    return run


def file_name(subject: Subject, what: str, ending: str) -> str:
    """Give a file name that says what is inside: series, last year, line."""
    stem = f"{subject.key.replace('.', '_')}_{state.view().until}_{what}"
    return f"{re.sub(r'[^A-Za-z0-9_-]+', '-', stem)}.{ending}"


def offer(picture: Picture | None, frame: Callable[[], pd.DataFrame], subject: Subject, what: str) -> None:
    """Offer picture and numbers for download.

    Parameters
    ----------
    picture : Picture or None
        None where the page has no chart of its own.
    frame : callable
        Makes the long table; called only when it is asked for.
    subject : Subject
    what : str
        Short name of what is shown, for the file name.
    """

    def workbook() -> bytes:
        return xlsx({"numbers": frame(), "settings": settings_sheet(), "sources": sources_sheet(subject.key)})

    kinds: list[tuple[str, str, Callable[[], bytes], str]] = []
    if picture is not None:
        kinds += [
            ("download_png", "png", picture.png, "image/png"),
            ("download_svg", "svg", picture.svg, "image/svg+xml"),
        ]
    kinds += [
        ("download_csv", "csv", lambda: csv(frame()), "text/csv"),
        ("download_xlsx", "xlsx", workbook, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ]
    with st.popover(say("download"), icon=":material/download:"):
        for label, ending, make, mime in kinds:
            st.download_button(
                say(label), in_session(make), file_name(subject, what, ending), mime, key=f"dl_{what}_{ending}",
                on_click="ignore", width="stretch",
            )  # fmt: skip


def foot() -> str:
    """Give the line under every exported picture."""
    return f"{say('data_as_of', date=cache.vintage())} · IP Foresight {version()} · {say('not_a_promise')}"
