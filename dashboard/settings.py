"""How levers and assumptions are set, in words: one cell of a table, and what differs between two scenarios."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard import cache
from dashboard.dial import Dial, quantity_title, size_words
from dashboard.formats import Lang
from dashboard.own_sizes import effects_by_id, worn
from dashboard.view import Own
from dashboard.words import word
from scenarios.files import resolved
from scenarios.levers import Effect, assumptions, levers
from scenarios.scenario import Override, Scenario, Setting


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


def own_rows(scenarios: Sequence[Scenario], lang: Lang) -> list[tuple[str, list[str]]]:
    """Give the sizes that readers set: lever and outcome, and for each scenario the size with its reason."""
    rows = []
    for name in dict.fromkeys(name for one in scenarios for name in one.effects):
        effect = effects_by_id().get(name)
        if effect is None:
            continue
        lever = levers().get(effect.lever) or assumptions()[effect.lever]
        outcome = ("、" if lang == "zh" else ", ").join(quantity_title(q, lang) for q in effect.quantities)
        cells = [own_cell(effect, one.effects.get(name), lang) for one in scenarios]
        rows.append((f"{lever.title(lang)} → {outcome}", cells))
    return rows


def own_cell(effect: Effect, own: Override | None, lang: Lang) -> str:
    """Say how large an effect is by a reader's own word, instead of what, and why."""
    if own is None:
        return word("published", lang)
    size, span = size_words(worn(effect, {effect.id: Own(own.mean, own.sd, own.why)}), lang)
    was = size_words(effect, lang)[0] or word("own_size_unknown", lang)
    text = word("own_size_cell", lang, size=f"{size} ({span})" if lang == "en" else f"{size}（{span}）", was=was)
    return f"{text}: {own.why}" if lang == "en" else f"{text}：{own.why}"


def changes(before: Scenario, after: Scenario, lang: Lang) -> list[tuple[str, str, str]]:
    """Give what differs between two scenarios in words: lever or assumption, as it was, as it is."""
    rows = []
    for block, known in (("levers", levers()), ("assumptions", assumptions())):
        old, new = getattr(resolved(before), block), getattr(resolved(after), block)
        for name in dict.fromkeys([*old, *new]):
            if name in known and old.get(name) != new.get(name):
                dial = Dial(known[name])
                rows.append((known[name].title(lang), cell(old.get(name), dial, lang), cell(new.get(name), dial, lang)))
    for title, (old_size, new_size) in own_rows([resolved(before), resolved(after)], lang):
        if old_size != new_size:
            rows.append((title, old_size, new_size))
    return rows
