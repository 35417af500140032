"""The few styles that Streamlit's settings cannot say."""

from __future__ import annotations

import json

from dashboard.palette import COLOURS, Theme
from dashboard.view import View
from dashboard.words import word

PRESENTING = """.stMainBlockContainer{font-size:1.25rem}.ipf-sentence{font-size:1.6rem}h3{font-size:1.8rem!important}
.ipf-note,.ipf-warn{font-size:1.15rem!important}
[data-testid="stVegaLiteChart"]{zoom:1.4}
[data-testid="stElementContainer"]:has([data-testid="stVegaLiteChart"]){width:calc(100%/1.4)!important;
max-width:calc(100%/1.4)!important}
"""
"""The presentation: charts are magnified whole; the width around one, which it measures, is made narrower by that."""
# Large type leaves the names of the pages as large as they fit, so that all of them stay in sight.
LARGE = """html{font-size:20px!important}
[data-testid="stTopNavLink"] *{font-size:16px!important}
[data-testid="stTopNavLink"]{padding-left:6px!important;padding-right:6px!important}
"""


def css(view: View, theme: Theme) -> str:
    """Give the styles of a session: of its theme, the size of its type and its language."""
    parts = [LARGE if view.large else "", _common(theme), PRESENTING if view.present else ""]
    return "".join(parts) + (_uploads() if view.lang == "zh" else "")


def _uploads() -> str:
    """Put the words of Streamlit's own upload box, which it only has in English, into Chinese."""
    button = json.dumps(word("upload_button", "zh"), ensure_ascii=False)
    box = '[data-testid="stFileUploaderDropzone"]'
    return (
        f'{box} [data-testid="stBaseButton-secondary"] p{{font-size:0}}'
        f'[data-testid="stFileUploaderDropzoneInstructions"]{{display:none}}'
        f'{box} [data-testid="stBaseButton-secondary"] p::after{{content:{button};font-size:.95rem}}'
    )


def _common(theme: Theme) -> str:
    p = COLOURS[theme]
    return f"""
.stMainBlockContainer{{max-width:1480px;padding-top:3.6rem;padding-bottom:1.5rem}}
.ipf-sentence{{font-size:1.12rem;line-height:1.55;min-height:3.5em;max-width:64em;margin-bottom:.4rem}}
.ipf-sentence b{{font-weight:650}}
.ipf-card{{display:flex;justify-content:space-between;align-items:center;gap:.6rem;min-height:1.7rem;margin-bottom:.6rem}}
.ipf-card img{{flex:none}}
.ipf-title{{font-weight:600;line-height:1.3}}
.ipf-title small{{display:block;font-weight:400;color:{p["soft"]};font-size:.82rem;line-height:1.35}}
.stButtonGroup button{{padding-left:.6rem;padding-right:.6rem}}
@media (min-width:900px){{div[data-testid="stColumn"]:has(.st-key-ipf_picture){{position:sticky;top:3.6rem;
align-self:flex-start;max-height:calc(100vh - 3.8rem);overflow-y:auto;overflow-x:hidden}}}}
@media (max-width:899px){{[class*="st-key-ipf_stack_"] [data-testid="stHorizontalBlock"]{{flex-wrap:wrap}}
[class*="st-key-ipf_stack_"] [data-testid="stColumn"]{{min-width:100%}}
div[data-testid="stColumn"]:has(.st-key-ipf_picture){{order:-1}}
[data-testid="stTopNavLink"]{{padding-left:3px!important;padding-right:3px!important}}
[data-testid="stTopNavLink"] *{{font-size:13px!important}}
[data-testid="stTopNav"]{{flex:0 0 calc(100vw - 60px)!important;width:calc(100vw - 60px)!important;margin-right:auto}}
[data-testid="stTopNav"]+div{{position:absolute;right:8px;min-width:0!important;width:auto!important}}
.stButtonGroup button{{padding-left:.4rem;padding-right:.4rem}}}}
.stButtonGroup [role="radiogroup"]{{flex-wrap:wrap}}
.ipf-moved{{border-left:4px solid {p["A"]};padding-left:.5rem}}
.ipf-note{{color:{p["soft"]};font-size:.92rem;line-height:1.5;margin-bottom:.5rem}}
.ipf-warn{{color:{p["warn"]};font-size:.92rem;line-height:1.45;margin-bottom:.4rem}}
.ipf-foot{{color:{p["soft"]};font-size:.85rem;border-top:1px solid {p["grid"]};padding-top:.5rem;margin-top:.6rem}}
.ipf-hidden{{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}}
body:has([data-testid="stDialog"]) [data-testid="stPopoverBody"]{{display:none}}
[data-testid="stPopover"] button[aria-expanded="true"] p,[data-testid="stPopover"] button[aria-expanded="true"] span{{
color:{p["A"]}!important}}
.ipf-assume{{background:{p["panel"]};border-radius:6px;padding:.6rem .8rem}}
div[data-testid="stMetric"] label p{{font-size:.92rem}}
div[data-testid="stMetric"] p{{color:{p["soft"]};opacity:1;white-space:normal}}
div[data-testid="stMetricValue"] p,div[data-testid="stMetricValue"]{{color:{p["ink"]}}}
div[data-testid="stMetric"] [data-testid="stCaptionContainer"]{{opacity:1}}
[data-testid^="stBaseButton-primary"] p{{color:{p["paper"]}!important}}
.stCode .token{{color:{p["ink"]}!important}}
.stCode .atrule,.stCode .keyword{{color:{p["A"]}!important}}
div[data-testid="stMultiSelect"] [data-baseweb="tag"] span,div[data-testid="stMultiSelect"] span[title],
div[data-testid="stMultiSelect"] [role="row"],
div[data-testid="stMultiSelect"] [role="row"] *{{color:{p["paper"]}!important}}
"""
