"""E-mails for other senders: their tags in our places, our words as they stand, and what they cannot do is said."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import pytest

from handbill import emails
from handbill.check.mail_styles import read_html
from handbill.export import SENDERS, Exported, export_email
from handbill.exporting import export_site
from handbill.render.markdown import parse
from handbill.render.mjml import check_mjml, compile_mjml
from handbill.render.templates import Templates
from handbill.render.words import plural
from handbill.theme import load_theme
from handbill.view import EmailView
from handbill_functions.catalog import Attachment, EmailFile
from helpers import make_site

ROOT = Path(__file__).parent.parent
HOME = "https://casalume.example"
VALUES = {
    "title": "Salon to Stream",
    "kind": "event",
    "url": f"{HOME}/events/salon/",
    "when": "Friday, 4 December 2026, 19:00",
    "date": "Friday, 4 December 2026",
    "where": "Casa Lume",
    "calendar_url": f"{HOME}/events/salon/salon.ics",
    "site_name": "Casa Lume",
    "site_url": f"{HOME}/",
    "sender_name": "Casa Lume",
    "sender_address": "Rua da Luz 7, 1200-001 Lisboa, Portugal",
    "privacy_url": f"{HOME}/privacy/",
}
WORDS = (
    '---\nsubject: Hello {{< first_name "friend" >}}\npreheader: A line.\n---\nHello {{< first_name "my friend" >}}.\n'
)
ICS = Attachment(name="salon.ics", type="text/calendar; method=PUBLISH", content="BEGIN:VCALENDAR\r\n")


@cache
def templates() -> tuple[Any, Templates]:
    theme = load_theme("base", search=[ROOT / "themes"])
    return theme, Templates(theme, {"en": theme.strings("en", "en", plural)}, base_url=HOME)


@cache
def composed(name: str, words: str = WORDS) -> emails.Composed:
    theme, made_of = templates()
    context = {"site": None, "email": EmailView(name, "service", "en", "ltr")}
    layout = emails.compile_layout(name, lang="en", dir="ltr", render=lambda path: made_of.render(path, context, "en"))
    read, problems = emails.read_words(words.encode(), path="x.md", name=name)
    assert read is not None, problems
    return emails.compose(layout, read, t=theme.strings("en", "en", plural).t)


def email(name: str, values: dict[str, str] = VALUES, words: str = WORDS, gate: str = "", **more: Any) -> EmailFile:
    program = composed(name, words)
    if gate:
        body, _ = parse(f"x\n\n::: gate\n{gate}\n:::\n", path="x")
        assert body.gate is not None
        more["gate"] = emails.gated(body.gate, program.layout, t=str, say=None, path="x")
    _, data = emails.email_file(program, entry="events/salon", values=values, path="x", **more)
    file: EmailFile = json.loads(data)
    return file


def export(sender: str, name: str = "welcome", words: str = WORDS, **more: Any) -> Exported:
    made, notes = export_email(email(name, words=words, **more), composed(name, words), sender)
    assert made is not None, notes
    assert made.notes == notes
    return made


NAME = {
    "listmonk": "{{ if .Subscriber.FirstName }}{{ .Subscriber.FirstName }}{{ else }}my friend{{ end }}",
    "mailchimp": "*|IF:FNAME|**|FNAME|**|ELSE:|*my friend*|END:IF|*",
    "buttondown": "{% if subscriber.metadata.first_name %}{{ subscriber.metadata.first_name }}"
    "{% else %}my friend{% endif %}",
}
LEAVE = {"listmonk": "{{ UnsubscribeURL }}", "mailchimp": "*|UNSUB|*", "buttondown": "{{ unsubscribe_url }}"}


@pytest.mark.parametrize("sender", SENDERS)
def test_what_only_the_sender_knows_is_its_own_tag_in_every_part(sender: str) -> None:
    made = export(sender)
    for part in (made.html, made.text, made.mjml):
        assert f"Hello {NAME[sender]}." in part
        assert LEAVE[sender] in part
    assert made.subject == "Hello " + NAME[sender].replace("my friend", "friend")
    assert f'href="{LEAVE[sender]}"' in made.html


@pytest.mark.parametrize("sender", SENDERS)
def test_what_the_build_knows_is_filled_in(sender: str) -> None:
    made = export(sender)
    for part in (made.html, made.text, made.mjml):
        assert "Friday, 4 December 2026, 19:00" in part
        assert f"{HOME}/events/salon/" in part
    assert made.preheader == "A line."
    assert "A line." in made.html


@pytest.mark.parametrize("sender", SENDERS)
def test_no_marker_of_ours_is_left(sender: str) -> None:
    made = export(sender)
    for part in (made.subject, made.html, made.text, made.mjml):
        assert not re.search(r"\{\{[#/>(]|\ue000|\ue001|\{\{[a-z_]+\}\}", part)


@pytest.mark.parametrize("sender", SENDERS)
def test_the_mjml_opens_in_a_tool_for_mjml(sender: str) -> None:
    made = export(sender)
    assert check_mjml(made.mjml, path="x") == []
    html = compile_mjml(made.mjml, path="x")
    assert read_html(html).text.replace(" ", "") == read_html(
        re.sub(r"\{\{ Safe `|` \}\}", "", made.html)
    ).text.replace(" ", "")


def test_mailchimp_prints_its_own_postal_address() -> None:
    made = export("mailchimp")
    assert "*|LIST:ADDRESSLINE|*" in made.html
    assert "*|LIST:ADDRESSLINE|*" in made.text
    assert VALUES["sender_address"] in export("listmonk").html


TITLE = 'Night of {{ mustaches }}, *|stars|* and {% percent %} {# hash #} <b> & "co"'


def test_a_title_that_looks_like_djangos_tags_is_printed_as_it_stands() -> None:
    made = export("buttondown", values={**VALUES, "title": TITLE})
    known = {"subscriber": {"metadata": {"first_name": "Ana"}}, "unsubscribe_url": "https://b.example/u"}
    names = {"openvariable": "{{", "openblock": "{%", "opencomment": "{#"}

    def rendered(text: str) -> str:
        # Django's templatetag is the one thing that Jinja does not have
        for name, sign in names.items():
            text = text.replace("{% templatetag " + name + " %}", "{{ '" + sign + "' }}")
        return jinja2.Environment(autoescape=False).from_string(text).render(known)

    assert TITLE in rendered(made.text)
    assert TITLE in read_html(rendered(made.html)).text
    assert "Hello Ana." in rendered(made.text)


def test_a_title_that_looks_like_gos_tags_is_printed_as_it_stands() -> None:
    made = export("listmonk", values={**VALUES, "title": TITLE})
    assert TITLE.replace("{{", '{{ "{{" }}') in made.text
    tags = set(re.findall(r"\{\{ (?!Safe)(.*?) \}\}", made.html))
    assert tags == {"if .Subscriber.FirstName", ".Subscriber.FirstName", "else", "end", "UnsubscribeURL", '"{{"'}


def test_a_title_that_looks_like_mailchimps_tags_is_no_tag() -> None:
    made = export("mailchimp", values={**VALUES, "title": TITLE})
    assert "*|stars|*" not in made.html
    assert "*|stars|*" in read_html(made.html.replace("*&#124;", "*|")).text
    assert "* |stars|*" in made.text


def test_outlooks_comments_survive_listmonks_templates() -> None:
    html = export("listmonk").html
    outside = re.sub(r"\{\{ Safe `.*?` \}\}", "", html, flags=re.DOTALL)
    assert "<!--" not in outside
    assert html.count("<!--[if mso") == composed("welcome").program["html"].__repr__().count("<!--[if mso")


# ---- what a sender cannot do is said


@pytest.mark.parametrize("sender", SENDERS)
def test_a_gated_secret_is_left_out_and_said(sender: str) -> None:
    made = export(sender, gate="The door code is {{< secret door_code >}}.")
    assert "door code" not in made.html + made.text + made.mjml
    assert any("hold a secret" in note for note in made.notes)


@pytest.mark.parametrize("sender", SENDERS)
def test_gated_words_without_a_secret_are_sent(sender: str) -> None:
    made = export(sender, gate="Bring warm socks.")
    for part in (made.html, made.text, made.mjml):
        assert "Bring warm socks." in part


@pytest.mark.parametrize("sender", SENDERS)
def test_words_that_need_a_secret_cannot_be_exported(sender: str) -> None:
    words = WORDS + "\nThe code is {{< secret door_code >}}.\n"
    made, notes = export_email(email("welcome", words=words), composed("welcome", words), sender)
    assert made is None
    assert notes == (
        f"{SENDERS[sender].label} cannot send 'welcome': it does not know the secrets in the functions' settings.",
    )


CONFIRM = "---\nsubject: Please confirm\n---\nPress the button.\n"


def test_listmonk_has_a_link_to_confirm() -> None:
    made = export("listmonk", "confirm", CONFIRM)
    assert 'href="{{ OptinURL }}"' in made.html
    assert "{{ OptinURL }}" in made.text


@pytest.mark.parametrize("sender", ["mailchimp", "buttondown"])
def test_a_sender_that_confirms_by_itself_is_not_given_a_confirm_mail(sender: str) -> None:
    made, notes = export_email(email("confirm", words=CONFIRM), composed("confirm", CONFIRM), sender)
    assert made is None
    assert "it sends a confirmation of its own" in notes[0]


def test_a_link_that_a_sender_does_not_have_is_left_out_and_said() -> None:
    made = export("buttondown")
    assert "Choose what you receive" not in made.html
    assert "Buttondown: it has no link to preferences; the link to leave is there." in made.notes
    assert "{{ UnsubscribeURL }}?manage=true" in export("listmonk").html


def test_an_attachment_is_said_to_be_linked() -> None:
    assert "The calendar file is linked, not attached." in export("listmonk", attachments=[ICS]).notes
    assert f"{HOME}/events/salon/salon.ics" in export("listmonk", attachments=[ICS]).html


def test_a_written_text_holds_the_words_alone_and_its_subject_lies_beside_it(tmp_path: Path) -> None:
    site = make_site(tmp_path / "site")
    export_site(site.options(), "listmonk", tmp_path / "out")
    text = (tmp_path / "out/events/salon/welcome.txt").read_text("utf-8")
    assert text.startswith("Casa Lume\nhttps://casalume.example/\n")
    lines = (tmp_path / "out/events/salon/welcome.subject.txt").read_text("utf-8").splitlines()
    assert len(lines) == 2
    assert "Salon" in lines[0]
    assert lines[1] in (tmp_path / "out/events/salon/welcome.html").read_text("utf-8")
    assert lines[1] not in text
    assert (tmp_path / "out/events/salon/welcome.pt.subject.txt").exists() is False  # no Portuguese page, no e-mail
