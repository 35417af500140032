"""Who is at the screen, and what they may do: sign-in by OpenID Connect, off unless the server's secrets name one.

The secrets are Streamlit's (``.streamlit/secrets.toml``): a part ``[auth]`` turns sign-in on, a part ``[roles]`` lists
addresses of planners and administrators. Without sign-in whoever reaches the server may do everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import streamlit as st

from dashboard.formats import Lang
from dashboard.words import word

Role = Literal["viewer", "planner", "administrator"]
ROLES: tuple[Role, ...] = ("viewer", "planner", "administrator")
"""From the fewest rights to the most: look and try; save as well; remove as well."""


@dataclass(frozen=True)
class Person:
    """Somebody at the screen; `name` is empty where nobody had to sign in."""

    name: str
    role: Role

    def may(self, least: Role) -> bool:
        """Whether the person's role is at least this one."""
        return ROLES.index(self.role) >= ROLES.index(least)


def role_of(claims: Mapping[str, Any], roles: Mapping[str, Any]) -> Role:
    """Give the role of a signed-in person.

    Parameters
    ----------
    claims : mapping
        What the provider says: ``email`` and ``email_verified``.
    roles : mapping
        ``administrators`` and ``planners``: lists of addresses; ``others``: the role of everybody else.

    Examples
    --------
    >>> role_of({"email": "Li@example.cn", "email_verified": True}, {"planners": ["li@example.cn"]})
    'planner'
    >>> role_of({"email": "li@example.cn", "email_verified": False}, {"planners": ["li@example.cn"]})
    'viewer'
    """
    address = str(claims.get("email") or "").casefold()
    # An address that the provider did not check could be anybody's.
    if address and claims.get("email_verified", True) in (True, "true"):
        for role, names in (("administrator", "administrators"), ("planner", "planners")):
            if address in {str(name).casefold() for name in roles.get(names, ())}:
                return role  # type: ignore[return-value]  # both are roles
    others = str(roles.get("others", "viewer"))
    return others if others in ("viewer", "planner") else "viewer"  # type: ignore[return-value]  # checked here


def _secrets(part: str) -> Mapping[str, Any]:
    try:
        found = st.secrets.get(part, {})
    except FileNotFoundError:
        return {}
    return found if isinstance(found, Mapping) else {}


def asked() -> bool:
    """Whether this server asks people to sign in."""
    return bool(_secrets("auth"))


def _signed_in() -> bool:
    # Where the provider is set up only in part, Streamlit does not even know the word; then nobody is signed in.
    return bool(st.user.get("is_logged_in", False))


def person() -> Person:
    """Give who is at the screen."""
    if not asked():
        return Person("", "administrator")
    claims = st.user.to_dict() if _signed_in() else {}
    return Person(str(claims.get("name") or claims.get("email") or "?"), role_of(claims, _secrets("roles")))


def admitted(lang: Lang) -> bool:
    """Whether the app may be drawn; draws the sign-in instead where somebody has to sign in first."""
    if not asked() or _signed_in():
        return True
    st.markdown(f"### {word('app', lang)}")
    st.markdown(word("sign_in_note", lang))
    st.button(word("sign_in", lang), on_click=st.login, type="primary", key="w_sign_in", icon=":material/login:")
    return False


def leaving(lang: Lang) -> None:
    """Say who is signed in and offer to sign out; nothing where nobody had to."""
    if not asked():
        return
    who = person()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(word("signed_in_as", lang, name=who.name, role=word(f"role_{who.role}", lang)))
        st.button(word("sign_out", lang), on_click=st.logout, type="tertiary", key="w_sign_out")
