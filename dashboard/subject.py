"""The shown series: its names, its unit, and how its figures are written."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dashboard.formats import Lang, family, figure, printed, signed
from dashboard.scales import scale
from dashboard.words import catalogue, word
from forecast.catalog import find_indicator, find_region
from forecast.keys import split_key

MEASURES = (
    (r"staff|persons|population|suspects|researchers|mediators", "人"),
    (r"enterprises|centres|agencies|organisations|institutions|courts|offices|stations|platforms|licensors", "家"),
    (r"projects|programmes|technology_achievements|standards|openings", "项"),
    (r"products|bases|clusters|zones|cities|parks|points|demonstration", "个"),
    (r"recordals|registrations_times|consultations|sessions", "次"),
)
"""Chinese measure word by what is counted; what no rule names is counted in 件, the word for rights and cases."""


def lowered(name: str, lang: Lang) -> str:
    """Give a title as it stands inside a sentence; names and abbreviations (Madrid, PCT, IP, R&D) keep their capitals.

    Examples
    --------
    >>> lowered("Invention patents in force", "en"), lowered("IP courts", "en"), lowered("Madrid applications", "en")
    ('invention patents in force', 'IP courts', 'Madrid applications')
    """
    if lang == "zh" or not re.match(r"[A-Z][a-z]", name) or name.startswith(("Madrid", "Hague", "Chinese")):
        return name
    return name[0].lower() + name[1:]


@dataclass(frozen=True)
class Subject:
    """A series as a reader meets it.

    Parameters
    ----------
    key : str
        Series key.
    region, indicator, scope : str
        Keys of the catalogue; `scope` is empty for the main one.
    region_en, region_zh, title_en, title_zh : str
    unit : str
    kind : {"flow", "stock", "ratio"}
    """

    key: str
    region: str
    indicator: str
    scope: str
    region_en: str
    region_zh: str
    title_en: str
    title_zh: str
    unit: str
    kind: str

    @property
    def measure(self) -> str:
        """Chinese measure word of a count; empty for everything else."""
        if self.unit != "count":
            return ""
        return next((word_ for pattern, word_ in MEASURES if re.search(pattern, self.indicator)), "件")

    @property
    def share(self) -> bool:
        """Whether the series is a share, whose changes are told in percentage points."""
        return family(self.unit) == "share"

    def region_title(self, lang: Lang) -> str:
        """Give the name of the region."""
        return self.region_zh if lang == "zh" else self.region_en

    def title(self, lang: Lang) -> str:
        """Give the name of the indicator, with its scope where it is not the main one."""
        name = self.title_zh if lang == "zh" else self.title_en
        if not self.scope:
            return name
        scope = f"scope_{self.scope}"
        text = word(scope, lang) if scope in catalogue() else self.scope.replace("_", " ")
        return f"{name}（{text}）" if lang == "zh" else f"{name} ({text})"

    def inline(self, lang: Lang) -> str:
        """Give the name of the indicator as it stands inside a sentence."""
        return lowered(self.title(lang), lang)

    def label(self, lang: Lang) -> str:
        """Give region and indicator as one line."""
        return f"{self.region_title(lang)} · {self.title(lang)}" if self.region else self.title(lang)

    def figure(self, value: float | None, lang: Lang) -> str:
        """Write a model's result, 3 figures."""
        return figure(value, self.unit, lang, self.measure)

    def printed(self, value: float | None, lang: Lang) -> str:
        """Write a published figure as it was printed."""
        return printed(value, self.unit, lang, self.measure)

    def scale(self, value: float, lang: Lang) -> tuple[float, str]:
        """Give the step of the unit in which a figure of this size is typed in, and its name."""
        return scale(value, self.unit, lang, self.measure)

    def signed(self, value: float | None, lang: Lang) -> str:
        """Write a difference with its sign."""
        return signed(value, self.unit, lang, self.measure)


def subject(key: str) -> Subject:
    """Give the subject of a bundled series.

    Parameters
    ----------
    key : str
        Series key, ``region.indicator`` or ``region.indicator.scope``.

    Raises
    ------
    UnknownNameError
        Where the region or the indicator is not in the catalogue.

    Examples
    --------
    >>> subject("CN-ZJ.ip_pledge_amount").label("zh")
    '浙江 · 专利商标质押融资额'
    """
    region, indicator, _ = split_key(key)
    place, what = find_region(region), find_indicator(indicator)
    scope = key.split(".", 2)[2] if key.count(".") == 2 else ""
    return Subject(
        key,
        place.id,
        what.id,
        scope,
        place.title_en,
        place.title_zh,
        what.title_en,
        what.title_zh,
        what.unit,
        what.measure,
    )


def own(key: str, unit: str, kind: str) -> Subject:
    """Give the subject of a series that a user loaded; its name is its own."""
    return Subject(key, "", key, "", "", "", key, key, unit or "count", kind)
