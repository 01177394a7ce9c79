"""Turns entries and cards into views: the one place where facts become words for a page.

`presenter` makes the views that templates see; `forms` the sign-up forms in them; `shortcodes` says what stands in
double braces; `around` holds what planning hands to all three.
"""

from handbill.present.around import Chrome, Series, Surroundings, calendar_path, site_signup
from handbill.present.presenter import TONES, Presenter, whole_day
from handbill.present.shortcodes import find_product

__all__ = [
    "TONES",
    "Chrome",
    "Presenter",
    "Series",
    "Surroundings",
    "calendar_path",
    "find_product",
    "site_signup",
    "whole_day",
]
