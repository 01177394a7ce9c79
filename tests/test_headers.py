"""Headers, read back from the files that hosts read, by the rules of each host."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handbill import headers
from handbill.headers import HeaderModel, Kind, csp, model, redirect_page, redirects, style_hash, to_netlify

POLICY = csp([style_hash("body{color:#111}")], ["https://forms.example/post"])
PATHS = [
    "/",
    "/404.html",
    "/robots.txt",
    "/sitemap.xml",
    "/feed.xml",
    "/pt/feed.xml",
    "/events.ics",
    "/events/",
    "/events/salon-to-stream/",
    "/events/salon-to-stream/salon-to-stream.ics",
    "/pt/eventos/serão/",
    "/drops/lamp-no-3/",
    "/music/",
    "/me/",
    "/mediation/",
    "/media.html",
    "/about/",
    "/media/bench-3f2a.640.avif",
    "/assets/base-9c1d.css",
    "/東京/",
]
SITE = model(PATHS, policy=POLICY)

# Readers: what each host makes of `_headers` --------------------------------------------------------------------------

Rules = list[tuple[str, list[tuple[str, str]]]]


def read(data: bytes) -> Rules:
    """Blocks of a pattern at the margin and indented headers below it."""
    rules: Rules = []
    for line in data.decode().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line[0] != " ":
            rules.append((line, []))
        else:
            name, _, value = line.strip().partition(": ")
            assert name
            assert value
            rules[-1][1].append((name, value))
    return rules


def cloudflare(pattern: str, path: str) -> bool:
    """One splat, which takes everything, slashes too; anything else is literal."""
    assert pattern.count("*") <= 1
    return re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), path) is not None


def netlify(pattern: str, path: str) -> bool:
    """As Netlify's command line does it, which says that production does the same: segment by segment."""
    segments = [segment for segment in pattern.split("/") if segment]
    if not segments:
        return path == "/"
    regex = "^"
    for segment in segments:
        if segment == "*":
            regex = "^/?(.*)/?" if regex == "^" else regex.removesuffix("/?") + "(?:|/|/(.*)/?)"
        elif "*" in segment:
            regex += "/" + "(.*)".join(re.escape(part) for part in segment.split("*"))
        else:
            regex += f"/{re.escape(segment)}/?"
    return re.fullmatch(regex + "$", path) is not None


HOSTS = [cloudflare, netlify]


def answers(rules: Rules, path: str, matches: Callable[[str, str], bool]) -> list[tuple[str, str]]:
    return [header for pattern, found in rules if matches(pattern, path) for header in found]


def check_host(site: HeaderModel, matches: Callable[[str, str], bool]) -> None:
    """Every path gets from the host what the model says, each header once."""
    rules = read(to_netlify(site))
    for path in site.paths:
        found = answers(rules, path, matches)
        names = [name for name, _ in found]
        assert len(names) == len(set(names)), path
        expected = dict(site.headers(path))
        if site.kind(path) is Kind.PAGE:
            assert expected.pop("Cache-Control") == "public, max-age=0, must-revalidate"  # what both say by themselves
        assert dict(found) == expected, path


# The model ------------------------------------------------------------------------------------------------------------


def test_every_page_carries_seven_headers_of_protection() -> None:
    found = dict(SITE.headers("/events/"))
    assert found == {
        "Content-Security-Policy": POLICY,
        "Referrer-Policy": "strict-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), browsing-topics=()",
        "X-Content-Type-Options": "nosniff",
        "Strict-Transport-Security": "max-age=63072000",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "public, max-age=0, must-revalidate",
    }


@pytest.mark.parametrize(
    ("path", "cache", "shown"),
    [
        ("/media/bench-3f2a.640.avif", "public, max-age=31536000, immutable", "cross-origin"),
        ("/assets/base-9c1d.css", "public, max-age=31536000, immutable", "same-origin"),
        ("/events/salon/salon.ics", "public, max-age=3600", "same-origin"),
        ("/pt/feed.xml", "public, max-age=3600", "same-origin"),
        ("/robots.txt", "public, max-age=3600", "same-origin"),
        ("/notes.txt", "public, max-age=0, must-revalidate", "same-origin"),
    ],
)
def test_how_long_a_file_is_kept_and_who_may_show_it_follows_from_what_it_is(path: str, cache: str, shown: str) -> None:
    found = dict(SITE.headers(path))
    assert found["Cache-Control"] == cache
    assert found["Cross-Origin-Resource-Policy"] == shown


def test_subdomains_are_included_only_by_choice() -> None:
    chosen = model(PATHS, policy=POLICY, transport="max-age=63072000; includeSubDomains")
    assert dict(chosen.headers("/"))["Strict-Transport-Security"].endswith("includeSubDomains")


# Netlify and Cloudflare -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("matches", HOSTS)
def test_each_host_answers_as_the_model_says(matches: Callable[[str, str], bool]) -> None:
    check_host(SITE, matches)


@pytest.mark.parametrize("matches", HOSTS)
def test_a_site_below_a_path_answers_likewise(matches: Callable[[str, str], bool]) -> None:
    check_host(model(PATHS, policy=POLICY, base="/lume"), matches)


SEGMENT = st.text(st.sampled_from("medi/amx.-東%z"), min_size=1, max_size=9)


@given(st.lists(SEGMENT.map(lambda text: "/" + text.replace("//", "/").lstrip("/")), max_size=30))
def test_no_path_gets_a_header_twice_or_not_at_all(paths: list[str]) -> None:
    site = model([*paths, "/media/a.jpg"], policy=POLICY)
    for matches in HOSTS:
        rules = read(to_netlify(site))
        for path in site.paths:
            found = answers(rules, path, matches)
            assert len(found) == len({name for name, _ in found}), (path, found)
            # A host that takes `/a/` for `/a` may say more of a path than stands here, never something else.
            assert set(found) <= set(site.headers(path)), path


def test_rules_stay_few_however_large_the_site() -> None:
    site = model([f"/{chr(97 + n % 26)}{n}/" for n in range(10_000)], policy=POLICY)
    assert len(headers.netlify_rules(site)) <= 45
    assert headers.problems(site) == []


def test_a_policy_too_long_for_a_line_is_reported() -> None:
    long = csp([style_hash(str(n)) for n in range(60)])
    found = headers.problems(model(PATHS, policy=long))
    assert [problem.path for problem in found] == ["public/_headers"]
    assert "Content-Security-Policy" in found[0].what
    assert found[0].fix


def test_more_rules_than_a_host_reads_are_reported() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    site = model(["/" + "media"[:length] + letter for length in range(5) for letter in letters], policy=POLICY)
    assert len(headers.netlify_rules(site)) > headers.MOST_RULES
    found = headers.problems(site)
    assert ["rules" in problem.what for problem in found] == [True]
    assert found[0].level == "warning"


def test_a_feed_among_kept_files_is_reported() -> None:
    found = headers.problems(model(["/assets/data.xml"], policy=POLICY))
    assert [problem.path for problem in found] == ["public/assets/data.xml"]


# The policy -----------------------------------------------------------------------------------------------------------


def directives(policy: str) -> dict[str, list[str]]:
    return {name: values for name, *values in (part.split() for part in policy.split("; "))}


def test_the_policy_allows_what_a_page_needs_and_nothing_else() -> None:
    assert directives(csp(["sha256-abc="], ["https://forms.example/post?x=1"])) == {
        "default-src": ["'none'"],
        "connect-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "style-src": ["'sha256-abc='"],
        "script-src": ["'none'"],
        "object-src": ["'none'"],
        "form-action": ["'self'", "https://forms.example"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }


def test_forms_may_go_to_every_place_once_and_home_needs_no_name() -> None:
    found = directives(csp([], ["/api/form", "https://B.example/x", "https://b.example/y", "http://localhost:8080/"]))
    assert found["form-action"] == ["'self'", "http://localhost:8080", "https://b.example"]
    assert found["style-src"] == ["'none'"]


def test_a_policy_in_the_page_leaves_out_what_a_meta_element_may_not_say() -> None:
    assert "frame-ancestors" not in csp([], in_page=True)
    assert "font-src 'self'" in csp([], fonts=True)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "//evil.example/", "https://a.example; script-src *", "mailto:a@b.example", ""]
)
def test_a_form_cannot_be_sent_to_something_that_is_no_web_address(url: str) -> None:
    with pytest.raises(ValueError, match="no place"):
        csp([], [url])


def test_a_style_is_known_by_its_hash() -> None:
    expected = base64.b64encode(hashlib.sha256("a{}é".encode()).digest()).decode()
    assert style_hash("a{}é") == f"sha256-{expected}"


# Redirects ------------------------------------------------------------------------------------------------------------


def test_old_paths_lead_to_new_ones_for_good() -> None:
    data = redirects([("/old/", "/new/"), ("/a b/", "/東京/")])
    assert data.decode().splitlines() == ["/a%20b/ /%E6%9D%B1%E4%BA%AC/ 301", "/old/ /new/ 301"]


def test_an_old_path_cannot_become_a_pattern_or_a_second_line() -> None:
    data = redirects([("/*", "/x/"), ("/:id/", "/x/"), ("/a\n/b", "/x/"), ("/50%/", "/x/"), ("/%E6/", "/x/")])
    rows = [line.split(" ") for line in data.decode().splitlines()]
    assert sorted(row[0] for row in rows) == ["/%2A", "/%3Aid/", "/%E6/", "/50%25/", "/a%0A/b"]
    assert all(row[1:] == ["/x/", "301"] for row in rows)


def test_more_redirects_than_a_host_reads_are_reported() -> None:
    many = [(f"/old-{n}/", "/new/") for n in range(headers.MOST_REDIRECTS + 1)]
    assert [problem.path for problem in headers.problems(SITE, many)] == ["public/_redirects"]
    long = [("/" + "x" * 1000, "/new/")]
    assert [problem.path for problem in headers.problems(SITE, long)] == ["public/_redirects"]


class Page(HTMLParser):
    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(data.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.found if name == tag]


def test_a_page_leads_on_without_script_or_style() -> None:
    url = "https://casalume.example/pt/a/?x=1&y=2"
    page = Page(redirect_page(url, "pt"))
    assert {"http-equiv": "refresh", "content": f"0; url={url}"} in page.all("meta")
    assert {"name": "robots", "content": "noindex"} in page.all("meta")
    assert page.all("link") == [{"rel": "canonical", "href": url}]
    assert page.all("a") == [{"href": url}]
    assert page.all("html") == [{"lang": "pt"}]
    assert not page.all("script")
    assert not page.all("style")
    assert not any("style" in attrs for _, attrs in page.found)


def test_a_page_can_lead_to_a_path_of_its_own_site() -> None:
    assert Page(redirect_page("/new/")).all("a") == [{"href": "/new/"}]


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "//evil.example/", "/\\evil.example", '/"><script>', "", "new/", "/a\nb"]
)
def test_a_page_leads_nowhere_else(url: str) -> None:
    with pytest.raises(ValueError, match="no address"):
        redirect_page(url)
