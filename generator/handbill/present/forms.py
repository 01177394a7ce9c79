"""The sign-up form of an entry or of the site: what it asks, what it promises in each state, and what it proves."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from handbill.kinds import Entry
from handbill.kinds.base import FormField, SignUp
from handbill.present.around import Chrome, site_signup
from handbill.senders import Target
from handbill.view import ConsentView, FieldView, FormView

if TYPE_CHECKING:
    from handbill.present.presenter import Presenter

OWN_WORDS = {"event": ("announced", "early_access", "open"), "drop": ("announced", "early_access")}
"""States in which a form has the words that its author wrote: they promise what sign-up gives before it is open, for a
drop, or before it is over, for an event. In any other state they would be a false promise."""

AUTOFILL = {"first_name": "given-name", "last_name": "family-name", "phone": "tel", "city": "address-level2"}


class Forms(NamedTuple):
    """Makes the forms that one Presenter shows."""

    show: Presenter

    def of(self, entry: Entry, state: str, wording: Callable[[dict[str, Any]], str]) -> FormView | None:
        """The sign-up form of an entry in its state; None where it has none.

        `wording` is given what the form says about consent and answers with its immutable name, which the form posts:
        so what a person agreed to can be shown for ever.
        """
        return self._form(entry, entry.signup, state, wording) if entry.signup is not None else None

    def of_site(self, chrome: Chrome, wording: Callable[[dict[str, Any]], str]) -> FormView | None:
        """The site's own form, which home and lists show; shaped by the `signup:` of home's words."""
        signup = site_signup(chrome)
        return self._form(None, signup, "", wording) if signup is not None else None

    def thanks(self, entry: Entry | None, signup: SignUp, state: str) -> str:
        """The author's sentence for those who signed up; empty in a state in which it might be a false promise."""
        return signup.thanks if state in OWN_WORDS.get(entry.kind if entry else "site", ("",)) else ""

    def _form(
        self, entry: Entry | None, signup: SignUp, state: str, wording: Callable[[dict[str, Any]], str]
    ) -> FormView:
        show, t, target = self.show, self.show.t, self.show.target
        kind = entry.kind if entry is not None else "site"
        over = state in ("closed", "cancelled", "past")
        if kind in ("event", "drop"):
            intent = "newsletter" if over else "waitlist" if state == "sold_out" else kind
            button = t(f"state.{kind}.{state}.button")
            heading = t(f"state.{kind}.{state}.heading")
        elif kind == "host":
            intent, button, heading = "stay", t("form.stay_button"), t("form.stay_heading")
        else:
            intent, button, heading = "newsletter", t("form.newsletter_button"), t("form.newsletter_heading")
        fields, purposes = signup.fields, signup.consent
        note = t("form.note", sender=show.config.sender.name or show.config.name)
        if state in OWN_WORDS.get(kind, ("",)):
            button, heading = signup.button or button, signup.heading or heading
            note = signup.note or note
        if over:  # asks for nothing but the address, and for the consent it is for
            fields, purposes = (), ("marketing",)
        elif intent == "newsletter" and "marketing" not in purposes:
            purposes = ("marketing", *purposes)
        worded = {name: show.text(show.config.consent.wording(name)) for name in purposes}
        asked = {name: text for name, text in worded.items() if text} if target.ours else {}
        hidden = target.hidden
        if target.ours:
            controller = show.config.consent.controller or show.config.name
            said = {"lang": show.lang, "controller": controller, "purposes": asked, "note": note, "button": button}
            hidden = (
                ("form", entry.id if entry is not None else "site"),
                ("intent", intent),
                ("lang", show.lang),
                ("wording", wording(said)),
            )
        elif (agreed := show.text(show.config.consent.wording("marketing"))) and show.has("form.agree"):
            note = f"{t('form.agree', text=agreed)} {note}"
        return FormView(
            id="signup",
            action=show.link(target.action) if target.action.startswith("/") else target.action,
            heading=heading,
            email_name=target.email,
            email_label=t("form.email"),
            fields=tuple(self._field(item, target) for item in fields),
            consents=tuple(
                ConsentView(f"consent_{name}", text, intent == "newsletter" and name == "marketing")
                for name, text in asked.items()
            ),
            hidden=hidden,
            honeypot=target.honeypot,
            honeypot_label=t("form.honeypot"),
            button=button,
            note=note,
            privacy_label=t("form.privacy"),
            works=bool(target.action),
        )

    def _field(self, item: FormField, target: Target) -> FieldView:
        return FieldView(
            name=target.field_name(item.name),
            label=self.label(item.name, item.label),
            type="tel" if item.name == "phone" and item.type == "text" else item.type,
            required=item.required,
            autocomplete=AUTOFILL.get(item.name, ""),
            options=tuple((option.value, option.label) for option in item.options),
            hint=item.purpose,
        )

    def label(self, name: str, label: str) -> str:
        """The visible label of a form's field: as written, else the theme's word for a known name."""
        key = f"form.{name}"
        return label or (self.show.t(key) if self.show.has(key) else name.replace("_", " ").capitalize())

    def button(self, entry: Entry, state: str) -> str:
        """The words of the entry's button in its state."""
        if entry.signup is not None and entry.signup.button:
            return entry.signup.button
        return self.show.t(f"state.{entry.kind}.{state}.button") if state else self.show.t("form.newsletter_button")
