"""The gallery as pages: a sheet of frames with every item, and one item on a phone and on a desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from handbill.preview.answer import SANDBOX, choices, document, url
from handbill.preview.gallery import SCHEMES, WIDTHS, Item, View, language_label
from handbill.preview.season import TEXTS


def grouped(items: Mapping[str, Item]) -> dict[str, list[Item]]:
    """Group → its items, in order."""
    groups: dict[str, list[Item]] = {}
    for item in items.values():
        groups.setdefault(item.group, []).append(item)
    return groups


def sheet(items: Mapping[str, Item], view: View, languages: Sequence[str]) -> Markup:
    """Every item in a frame, small; frames out of sight are not loaded."""
    body = Markup("").join(
        Markup('<section><h2>{}</h2><ul class="sheet w{}">{}</ul></section>').format(
            group, view.width, Markup("").join(_figure(item, view) for item in members)
        )
        for group, members in grouped(items).items()
    )
    main = Markup("<h1>Gallery</h1>{}{}").format(_toggles("gallery", view, languages, width=True), body)
    return document("Gallery", main, wide=True)


def item_page(item: Item, items: Mapping[str, Item], view: View, languages: Sequence[str], *, made_by: str) -> Markup:
    """One item at both widths. `made_by` is the template that makes it, as it is shown."""
    order = list(items.values())
    place = order.index(item)
    steps = Markup("").join(
        Markup('<li>{}: <a href="{}">{}, {}</a></li>').format(
            word, url("gallery", order[at].path, query=view.query()), order[at].group, order[at].title
        )
        for at, word in ((place - 1, "Before"), (place + 1, "Next"))
        if 0 <= at < len(order)
    )
    frames = Markup("").join(
        Markup('<figure class="w{}"><figcaption>{} px</figcaption>{}</figure>').format(
            width, width, _frame(item, view, width)
        )
        for width in WIDTHS
    )
    main = Markup(
        '<h1>{}: {}</h1>{}<div class="pair">{}</div>'
        '<p class="note">Made by <code>{}</code>. <a href="{}">The page alone</a></p><ul class="steps">{}</ul>'
    ).format(
        item.group, item.title, _toggles(f"gallery/{item.path}", view, languages, width=False), frames,
        made_by, page_url(item.path, view), steps,
    )  # fmt: skip
    above = ("Gallery", url("gallery", query=view.query()))
    return document(f"{item.group}: {item.title}", main, above=above, wide=True)


def _figure(item: Item, view: View) -> Markup:
    return Markup('<li><figure>{}<figcaption><a href="{}">{}</a></figcaption></figure></li>').format(
        _frame(item, view, view.width), url("gallery", item.path, query=view.query()), item.title
    )


def _frame(item: Item, view: View, width: str) -> Markup:
    return Markup(
        '<iframe class="{}" src="{}" loading="lazy" title="{}, {}, at {} pixels" sandbox="{}"></iframe>'
    ).format(view.scheme, page_url(item.path, view), item.group, item.title, width, SANDBOX)


def page_url(path: str, view: View) -> str:
    """Of an item's page, as it stands in frames."""
    query = {name: value for name, value in view.query().items() if name != "width"}
    return url("gallery", path, leaf="page", query=query)


def _toggles(path: str, view: View, languages: Sequence[str], *, width: bool) -> Markup:
    def to(changed: View) -> str:
        return url(path, query=changed.query())

    look = view.look
    rows = [choices("Scheme", [(s.capitalize(), to(view._replace(scheme=s)), s == view.scheme) for s in SCHEMES])]
    if width:
        rows.append(choices("Width", [(f"{w} px", to(view._replace(width=w)), w == view.width) for w in WIDTHS]))
    langs = [(language_label(c), to(view._replace(look=look._replace(lang=c))), c == look.lang) for c in languages]
    texts = [(t.capitalize(), to(view._replace(look=look._replace(text=t))), t == look.text) for t in TEXTS]
    pictures = [
        (word, to(view._replace(look=look._replace(picture=there))), there == look.picture)
        for word, there in (("Shown", True), ("None", False))
    ]
    rows += [choices("Language", langs), choices("Text", texts), choices("Pictures", pictures)]
    return Markup('<div class="toggles">{}</div>').format(Markup("").join(rows))
