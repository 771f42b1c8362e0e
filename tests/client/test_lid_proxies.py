"""The command behind a proxy that forwards: requests go through it, or it is named where it lets none through."""

import json

import pytest
from certificates import certified
from fake_server import SUBMISSION, fake_server
from forwarding_proxy import forwarding_proxy
from running_lid import SECRET, Lid

STATUS = f"GET /api/v1/submissions/{SUBMISSION['id']}/"
SCORED = {**SUBMISSION, "state": "scored", "scores": {"peak_iou": 0.5}}


@pytest.fixture
def proxy(tmp_path):
    with forwarding_proxy(tmp_path) as running:
        yield running


def test_https_goes_through_a_tunnel_up_to_the_score(proxy, home, archive, tmp_path):
    with fake_server(certified(tmp_path / "ca.pem")) as fake:
        fake.answers["POST /api/v1/uploads/"].clear()
        fake.says("POST /api/v1/uploads/", 201, {"id": "u-1"})
        fake.says("PATCH /api/v1/uploads/u-1", 204, Upload_Offset=str(archive.stat().st_size))
        fake.says("POST /api/v1/submissions/", 201, SUBMISSION)
        fake.says(STATUS, 200, SCORED)
        site = fake.url.removeprefix("http://")
        variables = {"LID_SERVER": f"https://{site}", "LID_TOKEN": SECRET, "SSL_CERT_FILE": f"{tmp_path}/ca.pem"}
        lid = Lid(home, {**variables, "HTTPS_PROXY": proxy.url, "HTTP_PROXY": "http://127.0.0.1:9"})
        assert lid.json("submit", archive, "--phase", "7", "--wait")["scores"] == SCORED["scores"]
        assert proxy.asked == [f"CONNECT {site}"] * len(fake.asked)
        lid.variables["NO_PROXY"] = "127.0.0.1"
        asked = len(proxy.asked)
        assert lid("status", SUBMISSION["id"]).returncode == 0
        assert len(proxy.asked) == asked


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    ("refusal", "told"),
    [
        ("403 Forbidden", "403"),
        ("407 Proxy Authentication Required", "407"),
        ("503 Busy", "503"),
        ("", "Connection refused"),
    ],
)
def test_a_proxy_that_lets_nothing_through_is_named_without_its_password(home, tmp_path, scheme, refusal, told):
    with forwarding_proxy(tmp_path, refusal or "403") as running:
        proxy = running.url.removeprefix("http://") if refusal else "127.0.0.1:9"
        known = {f"{scheme}_proxy": f"http://somebody:secret@{proxy}"}
        lid = Lid(home, {"LID_SERVER": f"{scheme}://lid.example", "LID_TOKEN": SECRET, **known})
        done = lid("quota", "--json")
        assert done.returncode == json.loads(done.stdout)["exit_code"] == 5
        assert done.stderr.startswith(f"{scheme}://lid.example, through the proxy {proxy}, ")
        assert (told in done.stderr, "secret" in done.stderr) == (True, False)
