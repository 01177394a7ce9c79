"""The site's configuration: content/site.yaml, typed and validated."""

from handbill.config.known import NO_FORM_WORKS, SECTIONS, SENDERS
from handbill.config.load import load_config
from handbill.config.site import Capture, Consent, Sender, SiteConfig
from handbill.config.text import Text

__all__ = ["NO_FORM_WORKS", "SECTIONS", "SENDERS", "Capture", "Consent", "Sender", "SiteConfig", "Text", "load_config"]
