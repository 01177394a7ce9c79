"""handbill: Markdown for events, drops and hosts becomes capture pages, e-mails and a catalog.

Importing this package reads no file, opens no socket and costs no time; the work begins in `handbill.cli`.
"""

__version__ = "0.1.0"
