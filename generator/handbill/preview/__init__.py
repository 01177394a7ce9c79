"""Every page and every e-mail in every state, to be looked at while working: pages below `/_handbill/`.

    Preview(theme, at, site=…).respond(path, query)   → Answer, or None
    Preview.send(form, origin)                         → Answer to the button that sends a test
    open_preview(options)                              a Preview of the project on disk, whatever state it is in

Nothing here is ever built: it is served beside the site, to whoever works on it.
"""

from handbill.answer import Answer
from handbill.preview.answer import MOUNT
from handbill.preview.mail import Mail, Mailbag
from handbill.preview.mail_pages import Tests
from handbill.preview.opening import entries_of, open_preview
from handbill.preview.preview import Preview
from handbill.preview.sending import send_test

__all__ = [
    "MOUNT", "Answer", "Mail", "Mailbag", "Preview", "Tests", "entries_of", "open_preview", "send_test",
]  # fmt: skip
