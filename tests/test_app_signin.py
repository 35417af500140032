"""Sign-in for real: a small OpenID Connect provider on this machine, the app, a browser; and what each role may do."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from app_reader import WAIT, Reader
from app_server import free_port, served

pytestmark = pytest.mark.browser
pytest_plugins = ("app_reader",)
CLIENT, SECRET = "ip-foresight", "hush"
MOVED = "l=ip_courts~0.5~2027~2"
PEOPLE = {
    "boss": {"email": "boss@example.cn", "email_verified": True, "name": "Director Zhou"},
    "li": {"email": "li@example.cn", "email_verified": True, "name": "李华"},
    "guest": {"email": "guest@example.cn", "email_verified": True, "name": "Guest"},
    "mallory": {"email": "li@example.cn", "email_verified": False, "name": "Mallory"},  # claims another's address
}


class _Provider(BaseHTTPRequestHandler):
    """Signs in whoever `who` names, without asking: the provider's own pages are not what is tested."""

    who = "guest"
    issuer = ""
    key: object = None
    codes: dict[str, tuple[dict[str, str], str]]

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/.well-known/openid-configuration":
            self._give(
                {
                    "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
                    "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/jwks",
                    "userinfo_endpoint": f"{self.issuer}/userinfo", "response_types_supported": ["code"],
                    "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"],
                }
            )  # fmt: skip
        elif parts.path == "/jwks":
            self._give({"keys": [self.key.as_dict(private=False, kid="one", use="sig", alg="RS256")]})  # type: ignore[attr-defined]
        elif parts.path == "/authorize":
            code = f"code-{len(self.codes)}"
            self.codes[code] = (asked, self.who)
            self.send_response(302)
            self.send_header(
                "Location", f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"
            )
            self.end_headers()
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        from joserfc import jwt

        form = {k: v[0] for k, v in parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()).items()}
        basic = base64.b64decode(self.headers.get("Authorization", "Basic ").split()[-1] or b"").decode()
        known = basic == f"{CLIENT}:{SECRET}" or (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)
        asked, who = self.codes.pop(form.get("code", ""), ({}, ""))
        if not known or not who or asked["redirect_uri"] != form.get("redirect_uri"):
            self.send_error(400)
            return
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT, "sub": who, "iat": now, "exp": now + 600, **PEOPLE[who],
            **({"nonce": asked["nonce"]} if "nonce" in asked else {}),
        }  # fmt: skip
        token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)  # type: ignore[arg-type]
        self._give({"access_token": "a", "token_type": "Bearer", "expires_in": 600, "id_token": token})

    def _give(self, answer: dict[str, object]) -> None:
        text = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def provider() -> Iterator[type[_Provider]]:
    """Serve the provider."""
    pytest.importorskip("authlib", reason="No authlib. pip install 'ip-foresight[signin]'")
    from joserfc.jwk import RSAKey

    server = ThreadingHTTPServer(("127.0.0.1", 0), _Provider)
    _Provider.issuer = f"http://localhost:{server.server_port}"
    _Provider.key, _Provider.codes = RSAKey.generate_key(2048), {}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield _Provider
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def guarded_app(provider: type[_Provider], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the app with the form of `deploy/secrets.example.toml`, under a path of its own."""
    folder = tmp_path_factory.mktemp("signin")
    port = free_port()
    (folder / ".streamlit").mkdir()
    (folder / ".streamlit" / "secrets.toml").write_text(
        f'[auth]\nredirect_uri = "http://localhost:{port}/foresight/oauth2callback"\n'
        f'cookie_secret = "{"x" * 64}"\nclient_id = "{CLIENT}"\nclient_secret = "{SECRET}"\n'
        f'server_metadata_url = "{provider.issuer}/.well-known/openid-configuration"\n'
        '[roles]\nadministrators = ["boss@example.cn"]\nplanners = ["li@example.cn"]\nothers = "viewer"\n'
    )
    with served(folder, port=port, base="foresight"):
        yield f"http://localhost:{port}"


def _signed_in(browser, address: str, provider: type[_Provider], who: str) -> Reader:
    provider.who = who
    one = Reader(browser, address)
    one.page.goto(f"{address}/foresight/share?{MOVED}")
    one.page.locator(".st-key-w_sign_in button").click(timeout=WAIT)
    one.page.wait_for_selector(".st-key-w_sign_out", timeout=WAIT)
    # The provider sends everybody to the first page; the link is opened once more.
    one.open(f"/foresight/share?{MOVED}")
    one.page.wait_for_selector(".st-key-w_sign_out", timeout=WAIT)
    return one


def test_nothing_is_shown_before_the_sign_in(browser, guarded_app: str) -> None:
    one = Reader(browser, guarded_app)
    one.page.goto(f"{guarded_app}/foresight/levers?{MOVED}")
    one.page.wait_for_selector(".st-key-w_sign_in", timeout=WAIT)
    one.page.wait_for_timeout(1500)
    assert one.page.locator(".vega-embed, .ipf-foot, .ipf-sentence").count() == 0
    one.close()


@pytest.mark.parametrize(
    ("who", "role", "saves", "removes"),
    [("boss", "administrator", True, True), ("li", "planner", True, False), ("guest", "viewer", False, False),
     ("mallory", "viewer", False, False)],
)  # fmt: skip
def test_each_role_may_what_it_should_after_a_real_sign_in(
    browser, guarded_app: str, provider: type[_Provider], who: str, role: str, saves: bool, removes: bool
) -> None:
    one = _signed_in(browser, guarded_app, provider, who)
    name = str(PEOPLE[who]["name"])
    assert f"Signed in as {name} ({role})" in one.text()
    assert one.page.locator(".st-key-w_shelf_name").count() == int(saves)
    # Nobody writes another's name under a scenario.
    assert one.page.locator(".st-key-w_shelf_author").count() == 0
    if saves:
        one.page.locator(".st-key-w_shelf_name input").fill(f"plan of {who}")
        one.page.get_by_role("button", name="Save for everybody").click()
        one.page.wait_for_function("() => document.body.innerText.includes('Saved: plan of')", timeout=WAIT)
        one.settled()
        assert one.page.locator(".st-key-w_shelf_remove").count() == int(removes)
    one.shot(f"signin-{who}")
    one.close()


def test_who_signs_out_sees_nothing_more(browser, guarded_app: str, provider: type[_Provider]) -> None:
    one = _signed_in(browser, guarded_app, provider, "guest")
    one.page.locator(".st-key-w_sign_out button").click()
    one.page.wait_for_selector(".st-key-w_sign_in", timeout=WAIT)
    one.page.goto(f"{guarded_app}/foresight/levers")
    one.page.wait_for_selector(".st-key-w_sign_in", timeout=WAIT)
    assert one.page.locator(".ipf-foot").count() == 0
    one.close()


def test_a_cookie_that_the_server_did_not_sign_is_nobody(browser, guarded_app: str) -> None:
    one = Reader(browser, guarded_app)
    forged = base64.b64encode(json.dumps({"email": "boss@example.cn", "is_logged_in": True}).encode()).decode()
    one.context.add_cookies([{"name": "_streamlit_user", "value": forged, "url": guarded_app}])
    one.page.goto(f"{guarded_app}/foresight/share")
    one.page.wait_for_selector(".st-key-w_sign_in", timeout=WAIT)
    assert one.page.locator(".ipf-foot").count() == 0
    one.close()


def test_the_example_of_secrets_is_read_as_it_stands() -> None:
    import tomllib

    from dashboard.people import role_of

    example = tomllib.loads((Path(__file__).parent.parent / "deploy" / "secrets.example.toml").read_text())
    assert {"redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url"} == set(
        example["auth"]
    )
    assert role_of({"email": "Boss@example.cn"}, example["roles"]) == "administrator"
    assert role_of({"email": "li@example.cn", "email_verified": True}, example["roles"]) == "planner"
    assert role_of({"email": "x@example.cn"}, example["roles"]) == "viewer"
