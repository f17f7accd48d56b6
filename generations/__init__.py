"""Flowsite in one app: from a prompt to a clip that is ours, paid for once.

Where things are, from what asks down to what is stored (imports point down only, pyproject.toml checks it):

    web   admin   management     who asks: pages, the administrator, the command line
    flow                         verbs, in the order of a generation's life
    library permissions vendor   what is ours on disk | who may | the other side of the wire
    models                       nouns, and the moves they allow
    catalog                      facts without a database: models, prices, rules, reasons
    sandbox                      a make-believe vendor, reached only over HTTP

A newcomer reads: flow/__init__.py, models/states.py, flow/intend.py, flow/send.py, flow/collect.py,
web/strip/cards.py, templates/strip/_strip.html.
"""
