"""Behind nginx under a sub-path, with the example of `deploy/`: pages, levers, links, downloads, uploads."""

import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from app_reader import WAIT, Reader, faults
from app_server import ROOT, answers, free_port, served

pytestmark = pytest.mark.browser
pytest_plugins = ("app_reader",)
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
MOVED = "l=ip_courts~0.5~2027~2"
WHOLE = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1; {user}
events {{ worker_connections 256; }}
http {{
    access_log off; include /etc/nginx/mime.types;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    {server}
}}
"""


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the app behind nginx as `deploy/nginx.conf` says; give the address of the proxy, without the path."""
    if NGINX is None:
        pytest.skip("No nginx. On Debian: apt-get install nginx-light")
    folder = tmp_path_factory.mktemp("proxy")
    outside, inside = free_port(), free_port()
    example = (ROOT / "deploy" / "nginx.conf").read_text()
    server = example.replace("listen 8080;", f"listen 127.0.0.1:{outside};").replace(
        "127.0.0.1:8501", f"127.0.0.1:{inside}"
    )
    assert str(outside) in server
    assert str(inside) in server
    # Started by root, nginx would work as a user who may not see this folder.
    user = "user root;" if Path("/proc/self").stat().st_uid == 0 else ""
    (folder / "nginx.conf").write_text(WHOLE.format(folder=folder, server=server, user=user))
    proxy = subprocess.Popen([NGINX, "-c", folder / "nginx.conf", "-p", folder], stderr=subprocess.DEVNULL)
    try:
        with served(folder, port=inside, base="foresight"):
            answers(f"http://localhost:{outside}/foresight/_stcore/health")
            yield f"http://localhost:{outside}"
    finally:
        proxy.terminate()
        proxy.wait(20)


def test_each_page_opens_under_the_path_and_is_whole(browser, behind: str) -> None:
    one = Reader(browser, behind)
    for page in ("", "levers", "evidence", "share"):
        one.open(f"/foresight/{page}?lang=zh&{MOVED}")
        assert faults(one.page) == []
    one.shot("proxy-share")
    one.close()
    assert one.complaints == []


def test_a_lever_moves_and_the_link_of_share_leads_back_under_the_path(browser, behind: str) -> None:
    one = Reader(browser, behind)
    one.open("/foresight/levers")
    before = one.page.inner_text(".ipf-sentence")
    one.page.locator(".st-key-w_l_ip_courts button").last.click()
    one.page.wait_for_function(
        "t => document.querySelector('.ipf-sentence')?.innerText !== t", arg=before, timeout=WAIT
    )
    one.settled()
    assert "/foresight/levers?l=ip_courts" in one.page.url
    after = one.page.inner_text(".ipf-sentence")
    one.page.get_by_role("link", name="Share").click()
    one.page.wait_for_selector(".st-key-dl_share_html", timeout=WAIT)
    one.settled()
    link = next(text for text in one.page.locator("code").all_inner_texts() if text.startswith("http"))
    assert link.startswith(f"{behind}/foresight/levers?l=ip_courts")
    other = Reader(browser, "")
    other.open(link)
    assert other.page.inner_text(".ipf-sentence") == after
    for reader in (one, other):
        reader.close()
        assert reader.complaints == []


def test_files_go_both_ways_through_the_proxy(browser, behind: str, tmp_path: Path) -> None:
    one = Reader(browser, behind)
    one.open(f"/foresight/share?{MOVED}")
    with one.page.expect_download(timeout=WAIT) as given:
        one.page.locator(".st-key-dl_share_html button").click()
    given.value.save_as(tmp_path / "report.html")
    assert f"{behind}/foresight/levers" in (tmp_path / "report.html").read_text()
    rows = "\n".join(f"杭州专利,{2014 + i},{500 + 40 * i}" for i in range(12))
    # Larger than what nginx takes by itself (1 MB).
    padding = "\n".join(f"x{i},{2014 + j},{i + j}" for i in range(9_000) for j in range(10))
    table = tmp_path / "own.csv"
    table.write_bytes(f"unique_id,ds,y\n{rows}\n{padding}\n".encode("gb18030"))
    assert table.stat().st_size > 1_100_000
    one.open("/foresight/evidence")
    one.page.get_by_role("tab", name="My data").click()
    one.page.set_input_files("input[type=file]", str(table))
    one.page.wait_for_function("() => document.body.innerText.includes('9001 of 9001 series were read')", timeout=WAIT)
    one.close()
    assert one.complaints == []


def test_the_path_without_its_slash_leads_to_the_app_and_nothing_else_is_served(behind: str) -> None:
    with urllib.request.urlopen(f"{behind}/foresight", timeout=20) as answer:
        assert answer.url == f"{behind}/foresight/"
        assert re.search(rb"<title>", answer.read())
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{behind}/levers", timeout=20)


def test_a_page_that_stays_open_stays_connected(browser, behind: str) -> None:
    one = Reader(browser, behind)
    one.open("/foresight/levers")
    time.sleep(65)  # nginx cuts what is silent for a minute, unless it is told otherwise
    before = one.page.inner_text(".ipf-sentence")
    one.page.locator(".st-key-w_l_ip_courts button").last.click()
    one.page.wait_for_function(
        "t => document.querySelector('.ipf-sentence')?.innerText !== t", arg=before, timeout=WAIT
    )
    one.close()
    assert one.complaints == []
