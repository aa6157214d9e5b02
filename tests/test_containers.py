"""The files for containers and the proxy: what they name is there, and nginx can read its own."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.settings import ROOT, Settings
from simulator.web.cookies import SESSION
from simulator.web.edge import MAX_BODY

FOLDER = ROOT / "containers"
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
NGINX = (FOLDER / "nginx.conf").read_text(encoding="utf-8")


def test_every_setting_that_a_container_is_given_is_one() -> None:
    texts = [
        p.read_text(encoding="utf-8")
        for p in (ROOT / "Containerfile", ROOT / "compose.yaml", *FOLDER.glob("*.sh"))
    ]
    named = {name for text in texts for name in re.findall(r"\bVSP_([A-Z_]+)\b", text)}
    assert {"DATA_DIR", "METRICS_TOKEN", "HOSTS"} <= named
    assert named <= {field.upper() for field in Settings.model_fields}


def test_every_secret_and_volume_and_network_that_a_service_names_is_declared() -> None:
    for name, service in COMPOSE["services"].items():
        assert set(service.get("secrets", ())) <= set(COMPOSE["secrets"]), name
        assert set(service.get("networks", ())) <= set(COMPOSE["networks"]), name
        mounted = {v.split(":")[0] for v in service.get("volumes", ())}
        assert {v for v in mounted if not v.startswith(".")} <= set(COMPOSE["volumes"]), name


def test_the_program_runs_as_nobody_on_a_root_that_it_cannot_write() -> None:
    image = (ROOT / "Containerfile").read_text(encoding="utf-8")
    assert re.search(r"^USER 10001:10001$", image, re.M)
    assert all(":" in line.split()[1] for line in re.findall(r"^FROM .*$", image, re.M))
    for app in ("app1", "app2"):
        service = COMPOSE["services"][app]
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
        assert {"drafts:/data/drafts", "cases:/data/cases"} < set(service["volumes"])


def test_an_image_s_own_index_is_laid_into_a_new_folder_once_and_anew_for_a_new_image(
    tmp_path: Path,
) -> None:
    seed, data, program = tmp_path / "seed", tmp_path / "data", tmp_path / "bin" / "python"
    for folder in (seed / "index", seed / "encoder", data / "drafts", program.parent):
        folder.mkdir(parents=True)
    program.write_text('#!/bin/sh\necho "$@"\n')
    program.chmod(0o755)
    (seed / "index" / "of").write_text("first")
    (seed / "made").write_text("1")

    def start(*words: str) -> str:
        ways = {"VSP_DATA_DIR": str(data), "BEDSIDE_SEED": str(seed)}
        run = subprocess.run(
            ["sh", FOLDER / "start.sh", *words],
            env={**ways, "PATH": f"{program.parent}:/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=True,
        )
        return run.stdout

    assert start("accounts", "list") == "-m simulator accounts list\n"
    assert not (data / "index").exists()
    assert start("serve") == "-m simulator serve\n"
    (data / "index" / "of").write_text("grown")
    start("serve")
    assert (data / "index" / "of").read_text() == "grown"
    (seed / "made").write_text("2")
    start("serve")
    assert (data / "index" / "of").read_text() == "first"
    assert (data / "drafts").is_dir()


def test_the_proxy_takes_what_the_program_takes_and_knows_its_cookie() -> None:
    most = re.search(r"client_max_body_size (\d+)k;", NGINX)
    assert most and int(most[1]) * 1000 > MAX_BODY
    assert f"(?:__Host-)?{SESSION}=" in NGINX
    assert "location = /metrics { return 404; }" in NGINX


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
def test_nginx_can_read_what_it_is_given(tmp_path: Path) -> None:
    key, certificate = tmp_path / "tls.key", tmp_path / "tls.crt"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x"]
    subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    text = NGINX.replace("/run/secrets/", f"{tmp_path}/")
    text = text.replace("/tmp/nginx", f"{tmp_path}/run")  # noqa: S108 - a name in a text
    text = re.sub(r"app\d:7860", "127.0.0.1:7860", text)
    (tmp_path / "nginx.conf").write_text(text)
    (tmp_path / "mime.types").write_text("types {}")
    shutil.copy(FOLDER / "bedside_proxy.conf", tmp_path)
    command = ["nginx", "-t", "-q", "-c", str(tmp_path / "nginx.conf")]
    read = subprocess.run(command, capture_output=True, text=True)
    assert (read.returncode, read.stderr) == (0, "")
