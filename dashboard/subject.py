"""The shown series: its names, its unit, and how its figures are written."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dashboard.formats import Lang, family, figure, printed, signed
from dashboard.words import catalogue, word

MEASURES = (
    (r"staff|persons|population|suspects|researchers|mediators", "人"),
    (r"enterprises|centres|agencies|organisations|institutions|courts|offices|stations|platforms|licensors", "家"),
    (r"projects|programmes|technology_achievements|standards|openings", "项"),
    (r"products|bases|clusters|zones|cities|parks|points|demonstration", "个"),
    (r"recordals|registrations_times|consultations|sessions", "次"),
)
"""Chinese measure word by what is counted; what no rule names is counted in 件, the word for rights and cases."""


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
        name = self.title(lang)
        # An abbreviation (PCT, IP, R&D, GI) keeps its capitals.
        return name if lang == "zh" or not re.match(r"[A-Z][a-z]", name) else name[0].lower() + name[1:]

    def label(self, lang: Lang) -> str:
        """Give region and indicator as one line."""
        return f"{self.region_title(lang)} · {self.title(lang)}"

    def figure(self, value: float | None, lang: Lang) -> str:
        """Write a model's result, 3 figures."""
        return figure(value, self.unit, lang, self.measure)

    def printed(self, value: float | None, lang: Lang) -> str:
        """Write a published figure as it was printed."""
        return printed(value, self.unit, lang, self.measure)

    def signed(self, value: float | None, lang: Lang) -> str:
        """Write a difference with its sign."""
        return signed(value, self.unit, lang, self.measure)
