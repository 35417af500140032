"""The report as one page of HTML that prints on A4: no script, nothing fetched, every word from outside escaped."""

from __future__ import annotations

import re
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from dashboard.brief import Brief
from dashboard.page import rich
from dashboard.reproduce import command
from dashboard.words import word

TEMPLATE = Path(__file__).with_name("report.html")


def html(made: Brief) -> bytes:
    """Give the report as a page.

    Parameters
    ----------
    made : Brief

    Returns
    -------
    bytes
        UTF-8.
    """
    environment = Environment(autoescape=True, trim_blocks=True)
    # The drawing comes from our own renderer; a declaration of XML has no place inside HTML.
    drawing = re.sub(r"^<\?xml[^>]*\?>", "", made.picture.bare().svg().decode())
    page = environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        b=made, svg=Markup(drawing), words=Markup(rich(made.words)), plain=made.words.replace("**", ""),
        command=command(made.series, made.until), say=lambda key, **slots: word(key, made.lang, **slots),
    )  # fmt: skip
    return page.encode()
