"""Mailers: one file an adapter of `ports.Mailer`."""
