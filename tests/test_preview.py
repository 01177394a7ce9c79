"""The preview: every page of a theme in every state, every e-mail in every view, and a test sent on request."""

from __future__ import annotations

import ast
import inspect
import json
import re
import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from PIL import Image

from conftest import SAMPLE_AT
from conftest import Site as SampleSite
from handbill.check.email import CLIPPED
from handbill.errors import ProblemsFound
from handbill.headers import style_hash
from handbill.kinds import KINDS
from handbill.mailroom import ANSWERS
from handbill.options import Options, shipped
from handbill.outputs import MESSAGES
from handbill.present import TONES
from handbill.preview import MOUNT, Answer, Preview, Tests, open_preview
from handbill.preview.answer import SANDBOX, SECTIONS
from handbill.preview.gallery import SCHEMES, Item, View, items
from handbill.preview.leads import NOWHERE
from handbill.preview.mail import FilesReader, Mailbag
from handbill.preview.mail_pages import VIEWS, WIDTHS, Where
from handbill.preview.season import _PICTURES, ARABIC, MOMENTS, TEXTS, Look, Season, _season, instant
from handbill.preview.served import at_home, in_scheme, inverted
from handbill.theme import load_theme
from handbill_functions.catalog import Catalog, canonical_json, immutable
from handbill_functions.mailers.smtp import SmtpMailer
from helpers import NOW, make_site
from theme_folders import SHIPPED, child

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TOKEN, ORIGIN = "0123456789abcdef", "http://127.0.0.1:8080"
TO = "operator@mailbox.example"
Tests.__test__ = False  # type: ignore[attr-defined]  # a noun of the product, no class of tests


@pytest.fixture(scope="module")
def base() -> Preview:
    return Preview(load_theme("base", search=[SHIPPED]), AT)


@pytest.fixture(scope="module")
def of_site(sample_site: SampleSite) -> Preview:
    """The preview of the sample site, as it was built."""
    options = Options(
        root=sample_site.root, public=sample_site.public, private=sample_site.private, at=SAMPLE_AT.timestamp()
    )
    return open_preview(options, tests=Tests(SmtpMailer("smtp://localhost:1"), TO, TOKEN, frozenset({ORIGIN})))


def get(preview: Preview, target: str) -> Answer:
    """The answer to a target as a browser asks for it."""
    parts = urlsplit(target)
    answer = preview.respond(unquote(parts.path), dict(parse_qsl(parts.query)))
    assert answer is not None, f"nothing at {target}"
    return answer


def text(preview: Preview, target: str) -> str:
    answer = get(preview, target)
    assert answer.status == 200, answer.body.decode()
    return answer.body.decode()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


def elements(html: str, tag: str) -> list[dict[str, str]]:
    reader = _Reader()
    reader.feed(html)
    return [attributes for name, attributes in reader.found if name == tag]


def links(html: str) -> list[str]:
    return [a["href"] for a in elements(html, "a") if "href" in a]


def every_mail(bag: Mailbag) -> Iterator[tuple[str, str, str]]:
    for id in bag.entries:
        for name, by_lang in bag.entry(id)["emails"].items():
            for lang in by_lang:
                yield id, name, lang


# The gallery ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.states])
def test_a_kind_says_all_its_states(kind: type) -> None:
    """Every word that `state` can return is in the table, and every word of the table can be returned."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind.state)))  # type: ignore[attr-defined]
    said = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and node.value in TONES}
    assert said == set(kind.states)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("kind", "state"), [(kind.kind, state) for kind in KINDS for state in kind.states])
def test_the_season_has_a_moment_of_every_state_and_it_is_true(base: Preview, kind: str, state: str) -> None:
    moment = MOMENTS[kind][state]
    for words in TEXTS:
        for entry in _season(kind, words, base.season.config)[1].values():
            entry = entry.model_copy(update=dict(moment.update))
            assert entry.state(instant(moment), dict(moment.facts)) == state


def test_the_gallery_has_every_kind_in_every_state_every_answer_and_every_page_of_a_site(base: Preview) -> None:
    expected = {f"{kind.kind}/{state}" for kind in KINDS for state in kind.states or ("page",)}
    expected |= {f"site/{name}" for name in ("privacy", *MESSAGES)}
    assert expected <= base.items.keys()
    for answer in ANSWERS:
        assert any(path.startswith(f"answer/{answer}-") for path in base.items)
    words = base.season.strings("en").words
    said = {key.split(".")[2] for key in words if re.fullmatch(r"answer\.say\.\w+\.title", key)}
    assert said
    assert {f"answer/message-{name}" for name in said} <= base.items.keys()
    badges = {key.removeprefix("draft.") for key in words if key.startswith("draft.")}
    assert {f"event/{badge}" for badge in badges} <= base.items.keys()


def test_every_template_of_a_page_is_in_the_gallery(base: Preview) -> None:
    made = {item.template for item in base.items.values()}
    assert made == set(base.season.project.templates.names("pages"))


@pytest.mark.parametrize("name", sorted(path.parent.name for path in SHIPPED.glob("*/theme.yaml")))
def test_every_shipped_theme_shows_every_item_and_its_samples_have_no_findings(name: str) -> None:
    preview = Preview(load_theme(name, search=[SHIPPED]), AT)
    for path in preview.items:
        assert get(preview, f"{MOUNT}gallery/{path}/page?lang={ARABIC}&text=long&scheme=dark").status == 200
    for id, mail, lang in every_mail(preview.samples):
        assert preview.samples.mail(id, mail, lang, long=True).findings == ()


def test_every_item_is_rendered_in_every_language_text_and_with_and_without_pictures(base: Preview) -> None:
    looks = [Look(lang, words, picture) for lang in ("en", ARABIC) for words in TEXTS for picture in (True, False)]
    for item in base.items.values():
        for look in looks:
            html = item.make(look)
            (root,) = elements(html, "html")
            assert (root["lang"], root["dir"]) == (look.lang, "rtl" if look.lang == ARABIC else "ltr")


def test_a_page_shows_its_state(base: Preview) -> None:
    strings = base.season.strings("en")
    for kind in KINDS:
        for state in kind.states:
            html = text(base, f"{MOUNT}gallery/{kind.kind}/{state}/page")
            assert f">{strings.t(f'state.{kind.kind}.{state}.label')}</strong>" in unescape(html)


def test_a_badge_and_the_number_left_are_seen(base: Preview) -> None:
    assert base.season.strings("en").t("draft.draft") in text(base, f"{MOUNT}gallery/event/draft/page")
    assert "12 left" in text(base, f"{MOUNT}gallery/event/open/page")


def test_long_arabic_and_pictureless_pages_are_what_they_say(base: Preview) -> None:
    page = f"{MOUNT}gallery/event/open/page"
    assert "unhurried conversation" in text(base, f"{page}?text=long")
    arabic = text(base, f"{page}?lang={ARABIC}")
    assert 'dir="rtl"' in arabic
    assert "من الصالون إلى البث" in arabic
    assert "/media/" in text(base, page)
    assert "/media/" not in text(base, f"{page}?picture=no")


def test_cards_on_one_page_each_show_their_own_state(base: Preview) -> None:
    strings = base.season.strings("en")
    html = unescape(text(base, f"{MOUNT}gallery/list/event-season/page"))
    for state in ("open", "sold_out", "postponed", "cancelled", "past"):
        assert f">{strings.t(f'state.event.{state}.label')}</strong>" in html


def test_the_sheet_has_a_lazy_frame_of_every_item(base: Preview) -> None:
    for query in ("", "?width=1280&scheme=dark&lang=pt&text=long&picture=no"):
        html = text(base, f"{MOUNT}gallery/{query}")
        frames = elements(html, "iframe")
        assert [urlsplit(frame["src"]).path for frame in frames] == [
            f"{MOUNT}gallery/{path}/page" for path in base.items
        ]
        assert {frame["loading"] for frame in frames} == {"lazy"}
        assert {frame["sandbox"] for frame in frames} == {SANDBOX}
        assert all(frame["title"] for frame in frames)


def test_toggles_change_one_thing_and_keep_the_others(base: Preview) -> None:
    html = text(base, f"{MOUNT}gallery/event/open/?lang={ARABIC}&picture=no")
    asked = [dict(parse_qsl(urlsplit(link).query)) for link in links(html) if urlsplit(link).path.endswith("/open/")]
    assert {"scheme": "dark", "lang": ARABIC, "picture": "no"} in asked
    assert {"lang": ARABIC} in asked
    assert {"picture": "no"} in asked


def test_what_a_query_says_wrong_counts_as_not_said(base: Preview) -> None:
    assert (
        get(base, f"{MOUNT}gallery/?scheme=x&width=-1&lang=xx&text=<b>&picture=maybe").body
        == get(base, f"{MOUNT}gallery/").body
    )


def test_every_link_of_the_previews_own_pages_leads_somewhere(of_site: Preview) -> None:
    seen: dict[str, None] = {}
    waiting = [
        MOUNT,
        f"{MOUNT}gallery/",
        f"{MOUNT}gallery/event/open/",
        Where("samples", "site", "confirm", "en").url(),
    ]
    for page in list(waiting):
        html = text(of_site, page)
        waiting += [link.partition("#")[0] for link in links(html)]
        waiting += [frame["src"] for frame in elements(html, "iframe")]
    for target in waiting:
        if target not in seen and target not in {where for _, where in SECTIONS[4:]}:  # the server's own
            seen[target] = None
            assert get(of_site, target).status == 200, target
    assert len(seen) > 200


@pytest.mark.parametrize("query", ["", "?lang=ar", "?scheme=dark&lang=pt&text=long&picture=no"])
def test_every_link_of_every_sample_leads_to_a_sample_a_file_or_a_tab_of_its_own(base: Preview, query: str) -> None:
    wanted = dict(parse_qsl(query[1:]))
    for item in base.items:
        html = text(base, f"{MOUNT}gallery/{item}/page{query}")
        for a in elements(html, "a"):
            href = a.get("href", "#")
            parts = urlsplit(href)
            if href.startswith("#"):
                assert href == NOWHERE or f' id="{href[1:]}"' in html, (item, href)
            elif not href.startswith("/"):
                assert a["target"] == "_blank", (item, href)
            elif parts.path.startswith(f"{MOUNT}gallery/"):
                assert "target" not in a, "it is walked through within the frame"
                carried = dict(parse_qsl(parts.query))
                assert {**wanted, "lang": ""} == {**carried, "lang": ""} if wanted else not carried.keys() - {"lang"}
                assert parts.path.removeprefix(f"{MOUNT}gallery/").removesuffix("/page") in base.items, (item, href)
            else:
                assert href.startswith(f"{MOUNT}season/"), (item, href)
                assert a["target"] == "_blank", (item, href)
                assert get(base, href).status == 200


def test_a_link_of_a_sample_leads_where_the_real_one_would(base: Preview) -> None:
    def leads(item: str, words: str, query: str = "") -> str:
        html = text(base, f"{MOUNT}gallery/{item}/page{query}")
        found = re.search(rf'<a\b[^>]*?href="([^"]*)"[^>]*>(?:<[^>]+>)*\s*{re.escape(words)}', html)
        assert found is not None, (item, words)
        return unescape(found[1])

    gallery = f"{MOUNT}gallery/"
    assert leads("event/open", "Casa Lume") == f"{gallery}home/season/page"
    assert leads("event/open", "Drops") == f"{gallery}list/drop-season/page"
    assert leads("event/open", "About") == f"{gallery}page/page/page"
    assert leads("event/open", "Privacy notice", "?scheme=dark") == f"{gallery}site/privacy/page?scheme=dark"
    assert leads("event/sold_out", "Português") == f"{gallery}event/sold_out/page?lang=pt"
    assert leads("home/empty", "العربية") == f"{gallery}home/empty/page?lang=ar"
    assert leads("event/sold_out", "English", "?lang=pt") == f"{gallery}event/sold_out/page"
    assert leads("answer/gate-event", "Voltar", "?lang=pt") == f"{gallery}event/open/page?lang=pt"
    cards = re.findall(r'href="([^"]*)"', text(base, f"{gallery}home/season/page"))
    states = ("announced", "early_access", "open", "sold_out", "postponed")
    assert {f"{gallery}event/{state}/page" for state in states} <= set(cards)
    assert leads("site/check-inbox", "No e-mail came?") == f"{gallery}answer/form-again/page"


def test_a_link_to_a_page_that_the_season_lacks_opens_the_sites_own(tmp_path: Path) -> None:
    theme = child(tmp_path, files={"parts/header.html": '<a href="/_handbill/season/imprint/">Imprint</a>'})
    html = text(Preview(theme, AT), f"{MOUNT}gallery/event/open/page")
    assert '<a href="/imprint/" target="_blank" rel="noopener">Imprint</a>' in html


def test_links_of_e_mails_that_hold_a_token_lead_to_samples_of_the_answers(of_site: Preview) -> None:
    html = text(of_site, f"{MOUNT}emails/events/salon-to-stream/welcome/pt/html")
    found = {link for link in links(html) if link.startswith(MOUNT)}
    answers = ("gate-event", "preferences-bare", "unsubscribe-bare")
    assert found == {f"{MOUNT}gallery/answer/{answer}/?lang=pt" for answer in answers}
    for link in found:
        assert get(of_site, link).status == 200
    assert "/api/" in text(of_site, f"{MOUNT}emails/events/salon-to-stream/welcome/pt/message.eml")


def test_no_link_of_a_sample_e_mail_is_dead(base: Preview) -> None:
    for id, name, lang in every_mail(base.samples):
        html = text(base, f"{MOUNT}samples/{id}/{name}/{lang}/html")
        for link in links(html):
            if link.startswith("/"):
                assert get(base, link).status == 200, (id, name, lang, link)
    salon = text(base, f"{MOUNT}samples/events/salon-to-stream/welcome/pt/html")
    assert f"{MOUNT}gallery/site/privacy/?lang=pt" in links(salon)


def test_a_framed_page_takes_no_focus(base: Preview) -> None:
    assert "autofocus" in base.items["answer/form-mistakes"].make(Look())
    assert "autofocus" not in text(base, f"{MOUNT}gallery/answer/form-mistakes/page")


def test_the_seasons_files_are_there(base: Preview) -> None:
    html = text(base, f"{MOUNT}gallery/event/open/page")
    (icon,) = [link["href"] for link in elements(html, "link") if link.get("rel") == "icon"]
    assert get(base, icon).type == "image/svg+xml"
    (picture, *_) = elements(html, "img")
    assert get(base, picture["src"]).type == "image/jpeg"


def test_the_seasons_pictures_are_as_large_as_it_says() -> None:
    for path, width, height in _PICTURES.values():
        with Image.open(shipped("content") / path) as picture:
            assert picture.size == (width, height)


def test_a_new_theme_shows_its_own_words_and_settings(tmp_path: Path) -> None:
    theme = child(tmp_path, {"i18n/en.yaml": "state: { event: { open: { label: Come in } } }\n"})
    preview = Preview(theme, AT, settings={"footer_note": "Fold <here>"})
    html = text(preview, f"{MOUNT}gallery/event/open/page")
    assert ">Come in</strong>" in html
    assert "Fold &lt;here&gt;" in html


def test_a_broken_template_breaks_its_own_pages_alone_and_says_where(tmp_path: Path) -> None:
    theme = child(tmp_path, {"pages/host.html": "{{ entry.titel }}<script>\n"})
    preview = Preview(theme, AT)
    answer = get(preview, f"{MOUNT}gallery/host/page/page")
    assert answer.status == 500
    assert "themes/mine/pages/host.html:1" in answer.body.decode()
    assert "<script>\n" not in answer.body.decode()
    assert "frame-ancestors 'self'" in dict(answer.headers)["Content-Security-Policy"]
    assert get(preview, f"{MOUNT}gallery/page/page/page").status == 200
    index = text(preview, MOUNT)
    assert f'href="{MOUNT}gallery/"' in index
    assert "themes/mine/pages/host.html:1" in index, "the samples' e-mails are made with their pages"


def test_compiled_templates_are_taken_over_and_what_changed_is_not(tmp_path: Path) -> None:
    before = Preview(child(tmp_path, {}), AT)
    old = text(before, f"{MOUNT}gallery/host/page/page")
    theme = child(tmp_path, {"parts/footer.html": "<footer>New</footer>\n"})
    after = text(Preview(theme, AT, before=before), f"{MOUNT}gallery/host/page/page")
    assert "<footer>New</footer>" in after
    assert "<footer>New</footer>" not in old
    assert after == text(Preview(theme, AT), f"{MOUNT}gallery/host/page/page")


# Schemes --------------------------------------------------------------------------------------------------------------


def test_a_forced_scheme_answers_the_documents_own_queries() -> None:
    html = (
        '<head><meta name="color-scheme" content="light dark"><style media="(prefers-color-scheme:dark)">a{}</style>'
        "<style>:root{color-scheme:light dark}@media (prefers-color-scheme: dark) and (width > 1px){b{}}"
        "@media ( PREFERS-COLOR-SCHEME:light ){c{}}</style></head><p>(prefers-color-scheme: dark)</p>"
    )
    assert in_scheme(html, "dark") == (
        '<head><meta name="color-scheme" content="dark"><style media="(min-width:0)">a{}</style>'
        "<style>:root{color-scheme:dark}@media (min-width:0) and (width > 1px){b{}}"
        "@media (max-width:0){c{}}</style></head><p>(prefers-color-scheme: dark)</p>"
    )
    light = in_scheme(html, "light")
    assert 'content="light"' in light
    assert "@media (max-width:0) and (width > 1px){b{}}" in light
    assert "@media (min-width:0){c{}}" in light


def test_the_dark_copy_of_a_page_has_dark_rules_and_a_policy_that_lets_its_style_stand(base: Preview) -> None:
    for scheme in SCHEMES:
        answer = get(base, f"{MOUNT}gallery/event/open/page?scheme={scheme}")
        html = answer.body.decode()
        assert "prefers-color-scheme" not in html
        assert f"color-scheme:{scheme}" in html
        (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
        assert f"style-src '{style_hash(style)}'" in dict(answer.headers)["Content-Security-Policy"]


def test_inversion_turns_the_light_copy_round() -> None:
    html = "<head><style>@media (prefers-color-scheme: dark){a{}}</style></head><img>"
    assert "@media (max-width:0){a{}}" in inverted(html)
    assert "filter:invert" in inverted(html).partition("</head>")[0]


def test_a_served_copy_leads_to_the_site_at_hand() -> None:
    html = at_home(
        '<head></head><a href="https://a.example/x/"><img src="https://a.example/m.jpg">', "https://a.example"
    )
    assert html == '<head><base target="_blank"></head><a href="/x/"><img src="/m.jpg">'
    other = '<head></head><a href="https://a.example.org/x/">'
    assert "https://a.example.org/x/" in at_home(other, "https://a.example")


# E-mails --------------------------------------------------------------------------------------------------------------


def test_the_index_links_every_e_mail_of_the_site_and_of_the_samples(of_site: Preview) -> None:
    found = set(links(text(of_site, MOUNT)))
    assert of_site.site is not None
    for shelf, bag in (("emails", of_site.site), ("samples", of_site.samples)):
        mails = list(every_mail(bag))
        assert len(mails) > 20
        for mail in mails:
            assert Where(shelf, *mail).url() in found


def test_every_e_mail_answers_in_every_view(of_site: Preview) -> None:
    assert of_site.site is not None
    for shelf, bag in (("emails", of_site.site), ("samples", of_site.samples)):
        for id, name, lang in every_mail(bag):
            where, mail = Where(shelf, id, name, lang), bag.mail(id, name, lang)
            for view in VIEWS if lang == "en" else ["light"]:
                html = text(of_site, where.url({"view": view}))
                assert f"{mail.size:,} of {CLIPPED:,} bytes" in html
                sources = [frame["src"] for frame in elements(html, "iframe")]
                assert len(sources) == (0 if view in ("text", "headers") else len(WIDTHS))
                shown = unescape(html)
                assert mail.filled.subject in shown
                if view == "text":
                    assert mail.filled.text in shown
                if view == "headers":
                    assert all(value in shown for _, value in mail.headers)
                    assert all(each["name"] in shown for each in mail.filled.attachments)
            for source in sorted(set(sources)):
                assert get(of_site, source).status == 200


def test_a_frame_is_as_wide_as_it_says_and_runs_nothing(of_site: Preview) -> None:
    where = Where("samples", "events/salon-to-stream", "welcome", "en")
    html = text(of_site, where.url())
    frames = elements(html, "iframe")
    assert [int(frame["width"]) for frame in frames] == [320, 375, 600]
    assert all("allow-scripts" not in frame["sandbox"] for frame in frames)
    policy_of = dict(get(of_site, where.url(leaf="html")).headers)["Content-Security-Policy"]
    assert "default-src 'none'" in policy_of
    assert "script-src" not in policy_of
    assert "img-src 'self' data:" in policy_of
    assert "allow-scripts" not in policy_of


def test_views_of_the_html_differ_as_they_say(of_site: Preview) -> None:
    where = Where("emails", "events/salon-to-stream", "welcome", "en")
    assert of_site.site is not None
    html = of_site.site.mail(*where[1:]).filled.html
    light, dark, turned, off = (get(of_site, where.url({"view": view}, "html")) for view in list(VIEWS)[:4])
    assert "prefers-color-scheme" in html
    assert b"(max-width:0) {" in light.body
    assert b"(min-width:0) {" in dark.body
    assert b"filter:invert" in turned.body
    assert off.body == light.body
    assert "img-src 'none'" in dict(off.headers)["Content-Security-Policy"]
    assert b'src="https://casalume.example/' not in light.body
    assert b'src="/media/' in light.body


def test_long_values_are_longer(of_site: Preview) -> None:
    where = Where("samples", "events/salon-to-stream", "welcome", "en")
    usual, long = (text(of_site, where.url({"view": "text", "values": v})) for v in ("usual", "long"))
    assert "Ana" in usual
    assert "Featherstonehaugh" in long
    assert "Featherstonehaugh" not in usual


def test_headers_are_those_that_will_be_sent(of_site: Preview) -> None:
    assert of_site.site is not None
    reminder = dict(of_site.site.mail("events/salon-to-stream", "reminder", "en").headers)
    assert reminder["From"] == "Casa Lume <hello@casalume.example>"
    assert reminder["Date"] == "Tue, 24 Nov 2026 12:00:00 +0000"
    assert reminder["Feedback-ID"] == "events-salon-to-stream:reminder:casalume-example:handbill"
    assert "List-Unsubscribe" not in reminder, "it was asked for: only marketing is left in one click"


def test_a_marketing_e_mail_shows_how_it_is_left(base: Preview) -> None:
    files, ids = base.season.catalog()
    path = next(p for p in files if p.startswith("emails/") and b'"name":"welcome"' in files[p] and b'"en"' in files[p])
    email = {**json.loads(files[path]), "stream": "marketing"}
    name, data = immutable(email)
    entry = json.loads(files["entries/site.json"])
    entry["emails"]["welcome"]["en"] = name
    files |= {f"emails/{name}.json": data, "entries/site.json": canonical_json(entry)}
    bag = Mailbag(Catalog(FilesReader(files)), ids, base.season.config, base.theme.samples, at=AT)
    headers = dict(bag.mail("site", "welcome", "en").headers)
    assert headers["List-Unsubscribe"].startswith("<https://site.example/_handbill/season/api/unsubscribe/")
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["List-ID"] == "<main.site.example>"


def test_the_findings_stand_beside_the_e_mail(tmp_path: Path) -> None:
    theme = child(
        tmp_path,
        {"emails/words/en/confirm.md": "---\nsubject: FREE <b>NOW</b>\n---\nPress [here](https://bit.ly/x), now.\n"},
    )
    preview = Preview(theme, AT)
    mail = preview.samples.mail("site", "confirm", "en")
    assert mail.findings
    html = text(preview, Where("samples", "site", "confirm", "en").url())
    shown = unescape(html)
    for finding in mail.findings:
        assert finding.what in shown
        assert finding.fix in shown
    assert "<b>NOW</b>" not in html
    assert "&lt;b&gt;NOW&lt;/b&gt;" in html


def test_saved_e_mails_open_with_the_same_words(of_site: Preview) -> None:
    assert of_site.site is not None
    for shelf, bag in (("emails", of_site.site), ("samples", of_site.samples)):
        for id, name, lang in every_mail(bag):
            answer = get(of_site, Where(shelf, id, name, lang).url(leaf="message.eml"))
            assert answer.type == "message/rfc822"
            assert dict(answer.headers)["Content-Disposition"].startswith("attachment;")
            filled = bag.mail(id, name, lang).filled
            found = message_from_bytes(answer.body, policy=policy.default)
            assert isinstance(found, EmailMessage)
            assert found["subject"] == filled.subject
            for kind, words in (("plain", filled.text), ("html", filled.html)):
                part = found.get_body((kind,))
                assert part is not None
                assert str(part.get_content()).replace("\r\n", "\n").rstrip("\n") == words.rstrip("\n")
            assert [part.get_content() for part in found.iter_attachments()] == [
                each["content"] for each in filled.attachments
            ]


def test_a_site_without_a_sender_says_who_stands_in(tmp_path: Path) -> None:
    site = make_site(tmp_path, site="name: Casa\nbase_url: https://casa.example\ntimezone: UTC\nsignup: /api\n")
    site.build(at=NOW)
    html = text(open_preview(site.options(at=NOW)), Where("emails", "site", "confirm", "en").url())
    assert "hello@casa.example stands in for it" in html


# Whatever state a site is in ------------------------------------------------------------------------------------------


JUNE = """---
subject: Three evenings in June
preheader: What the house does this month.
---
Hello {{< first_name "friend" >}},

read about the [salon](../events/salon.md), and see [what else](/nowhere/) there is.
"""


def test_letters_are_shown_like_every_other_e_mail(tmp_path: Path) -> None:
    site = make_site(tmp_path).write(
        {
            "content/letters/june.md": JUNE,
            "content/letters/june.pt.md": JUNE.replace("Three evenings in June", "Três noites"),
            "content/letters/2027/may.md": JUNE,
        }
    )
    site.build(at=NOW)
    preview = open_preview(site.options(at=NOW))
    index = text(preview, MOUNT)
    june = f"{MOUNT}letters/june/letter/en/"
    assert {june, june.replace("/en/", "/pt/"), f"{MOUNT}letters/2027/may/letter/en/"} <= set(links(index))
    for view in VIEWS:
        page = text(preview, f"{june}?view={view}")
        assert "Three evenings in June" in page
        for frame in elements(page, "iframe"):
            assert "read about the" in text(preview, frame["src"])
    page = text(preview, june)
    assert "The link to /nowhere/ leads nowhere: nothing stands there." in page, "the findings stand beside it"
    assert "content/letters/june.md:7" in page
    assert "Três noites" in text(preview, june.replace("/en/", "/pt/"))
    assert 'href="/events/salon/"' in text(preview, f"{june}html")
    message = message_from_bytes(get(preview, f"{june}message.eml").body, policy=policy.default)
    assert message["Subject"] == "Three evenings in June"
    assert message["List-Unsubscribe"]


def test_a_letter_that_is_wrong_says_where_and_the_others_stand(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    site.write({"content/letters/june.md": "---\nsubject: June\n---\n{{< price >}}\n", "content/letters/may.md": JUNE})
    preview = open_preview(site.options(at=NOW))
    answer = get(preview, f"{MOUNT}letters/june/letter/en/")
    assert answer.status == 500
    assert "content/letters/june.md:4:1" in answer.body.decode()
    assert get(preview, f"{MOUNT}letters/may/letter/en/").status == 200
    assert preview.respond(f"{MOUNT}letters/april/letter/en/", {}) is None
    assert preview.respond(f"{MOUNT}letters/may/letter/pt/", {}) is None
    assert preview.respond(f"{MOUNT}letters/may/welcome/en/", {}) is None
    assert preview.respond(f"{MOUNT}letters/../events/salon/letter/en/", {}) is None


def test_without_letters_the_index_says_where_they_would_lie(of_site: Preview) -> None:
    assert "content/letters/" in text(of_site, MOUNT)


def test_without_a_build_the_gallery_and_the_samples_stand(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    preview = open_preview(site.options(at=NOW))
    index = text(preview, MOUNT)
    assert "as soon as the site has been built" in index
    assert get(preview, f"{MOUNT}gallery/").status == 200
    assert preview.respond(f"{MOUNT}emails/events/salon/confirm/en/", {}) is None


def test_broken_content_leaves_the_e_mails_of_the_last_build(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    site.build(at=NOW)
    site.write({"content/events/salon.md": "---\nstarts: never\n"})
    assert get(open_preview(site.options(at=NOW)), f"{MOUNT}emails/events/salon/confirm/en/").status == 200


def test_a_broken_site_yaml_is_said_and_base_is_shown(tmp_path: Path) -> None:
    site = make_site(tmp_path, site="name: [\n")
    preview = open_preview(site.options(at=NOW))
    assert preview.theme.name == "base"
    assert "content/site.yaml" in text(preview, MOUNT)
    assert get(preview, f"{MOUNT}gallery/event/open/page").status == 200


def test_a_theme_that_does_not_open_is_the_callers_to_tell(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    site.write(
        {
            "themes/mine/theme.yaml": "name: mine\nextends: mine\n",
            "content/site.yaml": "name: Casa\nbase_url: https://casa.example\ntimezone: UTC\ntheme: mine\n",
        }
    )
    with pytest.raises(ProblemsFound):
        open_preview(site.options(at=NOW))


def test_a_torn_catalog_is_said_and_nothing_else_breaks(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    site.build(at=NOW)
    (site.private / "entries/events/salon.json").write_bytes(b"{")
    preview = open_preview(site.options(at=NOW))
    assert get(preview, f"{MOUNT}emails/events/salon/confirm/en/").status == 500
    assert f'href="{MOUNT}gallery/"' in text(preview, MOUNT)


def test_of_many_entries_some_are_shown_and_all_can_be_found(tmp_path: Path) -> None:
    event = "---\ntitle: Night {n}\nstarts: 2026-12-04 19:00\nvenue: Hall\n---\nCome.\n"
    site = make_site(tmp_path, {f"content/events/night-{n:02}.md": event.replace("{n}", f"<{n}>") for n in range(60)})
    site.build(at=NOW)
    preview = open_preview(site.options(at=NOW))
    index = text(preview, MOUNT)
    assert "And 11 entries more" in index
    assert "events/night-59" not in index
    assert "Night &lt;3&gt;" in index
    found = text(preview, f"{MOUNT}?q=night-59")
    assert f"{MOUNT}emails/events/night-59/confirm/en/" in found
    assert 'value="&lt;i&gt;"' in text(preview, f"{MOUNT}?q=%3Ci%3E")


@pytest.mark.parametrize(
    "path",
    [
        "/", "/_handbill", "/_handbillx/", "/_handbill/nothing", "/_handbill/gallery", "/_handbill/emails",
        "/_handbill/gallery/event/never/", "/_handbill/gallery/event/open", "/_handbill/gallery/event/open/page/",
        "/_handbill/emails/",
        "/_handbill/emails/site/confirm/", "/_handbill/emails/site/confirm/xx/", "/_handbill/emails/site/never/en/",
        "/_handbill/emails/site/confirm/en", "/_handbill/emails/site/confirm/en/other", "/_handbill/send",
        "/_handbill/emails/../../etc/passwd/confirm/en/", "/_handbill/emails//etc/passwd/confirm/en/",
        "/_handbill/emails/../site/confirm/en/", "/_handbill/samples/..\\..\\x/confirm/en/",
        "/_handbill/season/../season.py", "/_handbill/season/media/../../../../etc/passwd",
        "/_handbill/season/site.yaml",
        "/_handbill/season/assets/icon.svg", "/_handbill/../preview.css", "/_handbill/files/preview.css",
        "/_handbill/answer.py", "/_handbill/season/", "/_handbill/emails/\x00/confirm/en/",
    ],
)  # fmt: skip
def test_where_there_is_nothing_there_is_no_answer(of_site: Preview, path: str) -> None:
    assert of_site.respond(path, {}) is None


def test_an_unknown_view_is_nothing(of_site: Preview) -> None:
    assert of_site.respond(f"{MOUNT}emails/site/confirm/en/", {"view": "<script>"}) is None


def test_what_authors_write_is_text(tmp_path: Path) -> None:
    evil = '"><script>alert(1)</script>'
    site = make_site(
        tmp_path,
        {"content/events/salon.md": f"---\ntitle: '{evil}'\nstarts: 2026-12-04 19:00\nvenue: Hall\n---\nCome.\n"},
    )
    site.build(at=NOW)
    preview = open_preview(site.options(at=NOW))
    for target in (MOUNT, *(f"{MOUNT}emails/events/salon/welcome/en/?view={view}" for view in VIEWS)):
        html = text(preview, target)
        assert "<script>alert" not in html
        assert "&lt;script&gt;alert" in html


def test_the_previews_own_pages_load_nothing_but_their_own(of_site: Preview) -> None:
    for target in (MOUNT, f"{MOUNT}gallery/", f"{MOUNT}emails/site/confirm/en/"):
        answer = get(of_site, target)
        headers = dict(answer.headers)
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        html = answer.body.decode()
        assert not re.search(r'\s(?:style|on\w+)="', html)
        assert not re.search(r'(?:src|href|action)="(?!/_handbill/|/"|data:,")', html)
    for name in ("preview.css", "preview.js"):
        assert get(of_site, MOUNT + name).status == 200


def test_the_same_request_gives_the_same_bytes(of_site: Preview) -> None:
    fresh = Preview(of_site.theme, of_site.at, site=of_site.site, letters=of_site.letters, tests=of_site.tests)
    for target in (
        MOUNT, f"{MOUNT}gallery/?lang=ar", f"{MOUNT}gallery/home/season/page",
        f"{MOUNT}samples/drops/lamp-no-3/reminder/pt/?values=long", f"{MOUNT}emails/site/welcome/pt/message.eml",
    ):  # fmt: skip
        assert get(of_site, target) == get(fresh, target)


def test_nothing_of_the_season_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    season = Season(load_theme("base", search=[SHIPPED]))
    package = Path(inspect.getfile(Season)).parent
    before = sorted(package.rglob("*.*"))
    made: dict[str, Item] = items(season)
    made["event/open"].make(View().look)
    season.catalog()
    assert sorted(path for path in package.rglob("*.*") if "__pycache__" not in path.parts) == [
        path for path in before if "__pycache__" not in path.parts
    ]
    assert not list(tmp_path.iterdir())
