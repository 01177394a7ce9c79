"""What a person sees of `handbill serve` in Chromium while they save files. tests/browser/serve.mjs walks, we judge."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from helpers import EVENT, SITE, Serving, make_site

HERE = Path(__file__).parent / "browser"

Seen = dict[str, Any]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory, chromium: str, node: str, node_modules: Path) -> Seen:
    folder = tmp_path_factory.mktemp("serve-browser")
    long = EVENT + "\n\n".join(f"Paragraph {number} of a long evening." for number in range(60))
    files: dict[str, str | bytes] = {
        "content/events/salon.md": long,
        "content/events/ball.md": EVENT.replace("Salon", "Ball"),
        "themes/own/theme.yaml": "name: own\nversion: 1.0.0\nextends: base\n",
        "themes/own/parts/header.html": '<header><p class="own">Ours</p></header>\n',
        "themes/own/tokens.json": '{"color": {"light": {"paper": {"$type": "color", "$value": "#fffdf7"}}}}',
    }
    site = make_site(folder, files, site=f"{SITE}theme: own\n")
    with Serving(site.root, "--at", "2026-11-24T12:00+00:00") as serving:
        job = {"chromium": chromium, "url": serving.url, "root": str(site.root)}
        if shots := os.environ.get("HANDBILL_TEST_SHOTS"):
            job["shots"] = shots
        (folder / "job.json").write_text(json.dumps(job))
        done = subprocess.run(
            [node, str(HERE / "serve.mjs"), str(folder / "job.json"), str(folder / "report.json")],
            capture_output=True, text=True, check=False, timeout=240,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:] + "\n".join(serving.lines[-20:])
    found: Seen = json.loads((folder / "report.json").read_text())
    return found


def test_the_moment_stands_at_the_edge_of_each_page(seen: Seen) -> None:
    assert seen["pill"] == "Tue 24 Nov 2026, 12:00"


def test_a_changed_token_is_exchanged_in_place_with_the_scroll_kept(seen: Seen) -> None:
    assert seen["before"]["paper"] == "rgb(255, 253, 247)"
    for after, paper in (("restyled", "rgb(242, 255, 247)"), ("again", "rgb(255, 242, 251)")):
        assert seen[after]["paper"] == paper
        assert seen[after]["mark"] == "the same document"
        assert seen[after]["scroll"] == seen["before"]["scroll"] == 300


def test_a_changed_text_is_loaded_anew_with_the_scroll_kept(seen: Seen) -> None:
    assert "Come as you like." in seen["reloaded"]["text"]
    assert seen["reloaded"]["mark"] == ""
    assert seen["reloaded"]["scroll"] == 300


def test_a_page_that_did_not_change_is_left_alone(seen: Seen) -> None:
    assert seen["untouched"]["mark"] == "still the same"


def test_an_error_is_told_over_the_page_with_file_line_and_fix_while_the_page_stays(seen: Seen) -> None:
    wrong = seen["wrong"]
    assert "themes/own/parts/header.html:1" in wrong["overlay"]
    assert "nonsense" in wrong["overlay"]
    assert wrong["mark"] == "still the same"
    assert "Come as you like." in wrong["text"]


def test_another_error_takes_its_place_and_mending_clears_it(seen: Seen) -> None:
    assert "content/events/salon.md:" in seen["other"]
    assert "nonsense" not in seen["other"]
    assert seen["mended"]["mark"] == "still the same", "the page is as before: it need not be loaded anew"


def test_the_time_bar_moves_through_the_states_of_the_entry(seen: Seen) -> None:
    assert [moment.split("\n") for moment in seen["moments"]] == [
        ["Fri 04 Dec 2026, 18:59", "Open"], ["Fri 04 Dec 2026, 19:00", "Closed"], ["Fri 04 Dec 2026, 20:30", "Past"],
    ]  # fmt: skip
    assert "Past" in seen["past"]["text"]
    assert "20:30" in seen["past"]["pill"]


def test_a_moment_can_be_typed_and_the_bar_closed_by_keyboard(seen: Seen) -> None:
    assert "Closed" in seen["typed"]["text"]
    assert seen["closed"]


def test_on_a_phone_nothing_scrolls_sideways(seen: Seen) -> None:
    assert seen["phone"] == 360


def test_more_tabs_than_a_browser_has_connections_are_all_shown(seen: Seen) -> None:
    assert seen["tabs"] == 9


def test_the_policy_of_the_page_holds_and_nothing_is_asked_of_anybody_else(seen: Seen) -> None:
    assert seen["elsewhere"] == []
    assert seen["console"] == []
