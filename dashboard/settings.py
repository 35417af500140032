"""How levers and assumptions are set, in words: one cell of a table, and what differs between two scenarios."""

from __future__ import annotations

from dashboard import cache
from dashboard.dial import Dial
from dashboard.formats import Lang
from scenarios.files import resolved
from scenarios.levers import assumptions, levers
from scenarios.scenario import Scenario, Setting


def cell(settings: object, dial: Dial, lang: Lang) -> str:
    """Say how a lever is set: position, start, and where if not in the whole nation."""
    if not settings:
        return "–"
    texts = []
    for setting in settings:  # type: ignore[attr-defined]  # a tuple of settings
        assert isinstance(setting, Setting)
        if setting.path is not None:
            last = max(setting.path)
            text = f"{dial.level(dial.lever.value_of(setting.path[last]), lang)}, {min(setting.path)}–{last}"
        else:
            text = dial.level(dial.lever.value_of(setting.level if setting.level is not None else 0.0), lang)
            start = setting.start or dial.lever.record.start
            if dial.lever.record.kind == "lever":
                text += f", {start}" if lang == "en" else f"，{start}年起"
        places = [r for r in setting.regions if r != "CN"]
        if places:
            names = [cache.region_title(r, lang) for r in places[:3]]
            text += f" · {'、'.join(names) if lang == 'zh' else ', '.join(names)}" + (" …" if len(places) > 3 else "")
        texts.append(text)
    return "; ".join(texts)


def changes(before: Scenario, after: Scenario, lang: Lang) -> list[tuple[str, str, str]]:
    """Give what differs between two scenarios in words: lever or assumption, as it was, as it is."""
    rows = []
    for block, known in (("levers", levers()), ("assumptions", assumptions())):
        old, new = getattr(resolved(before), block), getattr(resolved(after), block)
        for name in dict.fromkeys([*old, *new]):
            if name in known and old.get(name) != new.get(name):
                dial = Dial(known[name])
                rows.append((known[name].title(lang), cell(old.get(name), dial, lang), cell(new.get(name), dial, lang)))
    return rows
