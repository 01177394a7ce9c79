"""What hosts make of `_headers` and `_redirects`, by their own code: Netlify's parsers, Cloudflare Pages' server."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from handbill.headers import Kind, model
from helpers import EVENT, make_site

Ask = Callable[[Path, Iterable[str]], dict[str, Any]]


@pytest.fixture(scope="session")
def ask(node: str, node_modules: Path) -> Ask:
    """Asks both hosts for paths of the site in a folder."""
    if not (node_modules / "netlify-headers-parser").exists():
        pytest.fail("Run `npm ci`: the hosts' own readers are not there.")

    def asked(public: Path, paths: Iterable[str]) -> dict[str, Any]:
        done = subprocess.run(
            [node, Path(__file__).parent / "browser" / "hosts.mjs"],
            input=json.dumps({"root": str(public), "ask": list(paths)}), capture_output=True, text=True, check=True,
        )  # fmt: skip
        return dict(json.loads(done.stdout))

    return asked


def paths_of(public: Path) -> list[str]:
    """Every path that a visitor may ask for."""
    files = (path.relative_to(public).as_posix() for path in sorted(public.rglob("*")) if path.is_file())
    return ["/" + quote(re.sub(r"(^|/)index\.html$", r"\1", file)) for file in files if not file.startswith("_")]


def test_each_path_of_the_sample_carries_what_the_model_says_and_nothing_twice(ask: Ask, sample_site: Any) -> None:
    paths = [path for path in paths_of(sample_site.public) if path != "/404.html"]  # served for what is not there
    said = ask(sample_site.public, paths)
    assert said["netlify"]["errors"] == []
    policy = dict(said["netlify"]["headers"])["/*"]["Content-Security-Policy"]
    site = model(paths, policy=policy)
    for path in paths:
        status, found = said["cloudflare"][path]
        assert status == 200, path
        expected = {name.lower(): value for name, value in site.headers(path)}
        assert {name: found.get(name) for name in expected} == expected, path
    assert {site.kind(path) for path in paths} == set(Kind)


def test_a_file_that_is_copied_as_it_is_carries_them_too(ask: Ask, tmp_path: Path) -> None:
    site = make_site(tmp_path, {"content/events/salon.md": EVENT, "content/static/zebra.txt": "Striped."})
    site.build()
    assert (
        ask(site.public, ["/zebra.txt"])["cloudflare"]["/zebra.txt"][1]["cross-origin-resource-policy"] == "same-origin"
    )


def test_the_policy_that_arrives_has_the_hash_of_the_style_that_arrives(ask: Ask, sample_site: Any) -> None:
    policy = ask(sample_site.public, ["/"])["cloudflare"]["/"][1]["content-security-policy"]
    style = re.findall("<style>(.*?)</style>", (sample_site.public / "index.html").read_text("utf-8"), re.DOTALL)
    assert f"'sha256-{base64.b64encode(hashlib.sha256(style[0].encode()).digest()).decode()}'" in policy


def test_old_addresses_lead_to_the_new_one_for_good(ask: Ask, tmp_path: Path) -> None:
    old = ["/lâmpada/", "/2024/salon/", "/old.html"]
    site = make_site(tmp_path, {"content/events/salon.md": EVENT.replace("title:", f"aliases: {old}\ntitle:", 1)})
    site.build()
    asked = [quote(path) for path in old]
    said = ask(site.public, asked)
    assert said["netlify"]["errors"] == []
    assert len(said["netlify"]["redirects"]) >= len(old)
    for path in asked:
        status, headers = said["cloudflare"][path]
        assert (status, headers["location"]) == (301, "/events/salon/"), path
