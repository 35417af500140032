"""Years, days and periods as each language writes them: at the end of 2030, 2030年底, 26 November 2026."""

from __future__ import annotations

import re

from dashboard.formats import Lang


def when(year: int, kind: str, lang: Lang) -> str:
    """Write the date of a yearly figure: stocks stand at the end of the year, flows fill it."""
    if lang == "zh":
        return f"{year}年底" if kind == "stock" else f"{year}年"
    return f"at the end of {year}" if kind == "stock" else f"in {year}"


MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def period(text: str, lang: Lang) -> str:
    """Write a period of the data package in words.

    Examples
    --------
    >>> period("asof-2025-06", "en"), period("asof-2025-06", "zh"), period("ytd-2024-09", "en")
    ('end of June 2025', '截至2025年6月底', 'January to September 2024')
    """
    zh = lang == "zh"
    if found := re.fullmatch(r"asof-(\d{4})-(\d\d)", text):
        year, month = int(found[1]), int(found[2])
        return f"截至{year}年{month}月底" if zh else f"end of {MONTHS[month - 1]} {year}"
    if found := re.fullmatch(r"ytd-(\d{4})-(\d\d)", text):
        year, month = int(found[1]), int(found[2])
        return f"{year}年1—{month}月" if zh else f"January to {MONTHS[month - 1]} {year}"
    if found := re.fullmatch(r"span-(\d{4})-(\d{4})", text):
        return f"{found[1]}—{found[2]}年" if zh else f"{found[1]} to {found[2]}"
    if found := re.fullmatch(r"(\d{4})-H([12])", text):
        half = ("上半年", "下半年")[int(found[2]) - 1] if zh else ("first half of", "second half of")[int(found[2]) - 1]
        return f"{found[1]}年{half}" if zh else f"{half} {found[1]}"
    if found := re.fullmatch(r"(\d{4})-?Q([1-4])", text):
        return f"{found[1]}年{found[2]}季度" if zh else f"quarter {found[2]} of {found[1]}"
    if found := re.fullmatch(r"(\d{4})-(\d\d)", text):
        return f"{found[1]}年{int(found[2])}月" if zh else f"{MONTHS[int(found[2]) - 1]} {found[1]}"
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return day(text, lang)
    if re.fullmatch(r"\d{4}", text):
        return f"{text}年" if zh else text
    return text


def day(iso: str, lang: Lang) -> str:
    """Write a day in words.

    Examples
    --------
    >>> day("2026-10-31", "en"), day("2026-10-31", "zh")
    ('31 October 2026', '2026年10月31日')
    """
    year, month, date = (int(part) for part in iso.split("-"))
    return f"{year}年{month}月{date}日" if lang == "zh" else f"{date} {MONTHS[month - 1]} {year}"
