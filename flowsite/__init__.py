"""The Django project: settings, addresses, and the process that supervises all others."""
