"""What shortcodes say: the facts of an entry, its links and its pictures, within somebody's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import escape

from handbill.kinds import Entry, Event
from handbill.kinds.base import Product
from handbill.model import Call, Picture, Words
from handbill.present.around import Surroundings, calendar_path
from handbill.render.parts import fill_parts
from handbill.slugs import slugify

if TYPE_CHECKING:
    from handbill.present.presenter import Presenter


class Shortcodes(NamedTuple):
    """Says them in the words of one Presenter."""

    show: Presenter

    def fill(self, text: Words, entry: Entry, around: Surroundings, pictures: Mapping[str, Picture], way: str) -> str:
        """The text with every shortcode said: `way` is html (for the page), mail or text."""
        parts = {"html": text.html, "mail": text.mail, "text": text.text}[way]
        return fill_parts(parts, lambda call: self.say(call, entry, around, pictures, way))

    def say(self, call: Call, entry: Entry, around: Surroundings, pictures: Mapping[str, Picture], way: str) -> str:
        """What one shortcode says here. Words come escaped where the way is HTML."""
        if call.name in ("figure", "image"):
            return self._figure(call, pictures, way)
        if call.name == "href":
            return self._address(_target(around, call.args[0])[0], way)
        if call.name == "href_of":
            return self._address(self._place_of(call.args[0], entry, around), way)
        if call.name == "calendar":
            url = self._place_of("calendar", entry, around)
            return self._anchor(url, self.show.t("calendar.add"), way) if url else ""
        if call.name == "signup":
            words_ = call.args[0] if call.args else self.show.forms.button(entry, around.state)
            return self._anchor(self._place_of("signup", entry, around), words_, way)
        if call.name == "link":
            url, title = _target(around, call.args[0])
            return self._anchor(url, call.args[1] if len(call.args) > 1 else title or call.args[0], way)
        said = self.fact(call, entry, around)
        return said if way == "text" else str(escape(said))

    def fact(self, call: Call, entry: Entry, around: Surroundings) -> str:
        """A shortcode that is a plain fact, in words."""
        name = call.name
        if name == "title":
            return entry.title
        if name == "summary":
            return entry.summary
        if name in ("when", "date", "time"):
            when = self.show.entry_when(entry)
            if when is None:
                return ""
            return {"when": when.text, "date": when.date, "time": when.time}[name]
        if name == "where":
            return self.show.location(self.show.place(entry, around.host))
        if name in ("price", "stock"):
            product = find_product(entry, call.args[0] if call.args else "")
            if product is None:
                return ""
            view = self.show.product(product, dict(around.facts))
            return view.price if name == "price" else (view.left or view.note)
        return ""

    def _figure(self, call: Call, pictures: Mapping[str, Picture], way: str) -> str:
        options = dict(call.options)
        alt, caption = options.get("alt", ""), options.get("caption", "")
        if way == "text":
            return f"[{caption or alt}]" if caption or alt else ""
        found = pictures.get(options["src"])
        if found is None:
            return ""
        if way == "mail":
            width = min(found.mail_width, 552)
            height = round(found.mail_height * width / found.mail_width)
            src = escape(self.show.absolute(found.mail))
            return f'<img src="{src}" alt="{escape(alt)}" width="{width}" height="{height}" />'
        view = self.show.picture(found, alt, caption)
        return self.show.part("parts/picture.html", {"picture": view, "inline": call.name == "image"})

    def _place_of(self, name: str, entry: Entry, around: Surroundings) -> str:
        """The address that a shortcode stands for, site-relative: `calendar`, `signup`."""
        if name == "calendar":
            return calendar_path(entry, around) if isinstance(entry, Event) else ""
        return dict(around.urls)[around.lang] + "#signup"

    def _address(self, url: str, way: str) -> str:
        """An address as it stands in an attribute, or in a plain text."""
        if url.startswith("/"):
            url = self.show.link(url) if way == "html" else self.show.absolute(url)
        return url if way == "text" else str(escape(url))

    def _anchor(self, url: str, text: str, way: str) -> str:
        if way == "text":
            return f"{text}:\n{self._address(url, way)}"
        return f'<a href="{self._address(url, way)}">{escape(text)}</a>'


def find_product(entry: Entry, name: str) -> Product | None:
    """The product of that name or id; the first one with a price where no name is given."""
    products = entry.products
    if not name:
        return next((product for product in products if product.price is not None), None)
    wanted = slugify(name)
    return next((product for product in products if product.id == wanted or slugify(product.name) == wanted), None)


def _target(around: Surroundings, written: str) -> tuple[str, str]:
    """(URL, title or empty) that a link as written leads to."""
    return next(((url, title) for target, url, title in around.hrefs if target == written), (written, ""))
