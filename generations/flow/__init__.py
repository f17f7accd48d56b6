"""The life of a generation, one module per verb, in the order they happen.

    inputs/     what a request stands on: prompts read, pictures, characters and voices brought to the account
    money/      quoted, limited, allowed, reserved, spent or given back, compared with Google, explained
    intend      one transaction: generation, reserve, event; then the doorbell rings
    follow      the next step on a clip: extend, upscale, GIF; each a generation of its own
    engine/     whose turn it is, and the doorbell and the muscle: django-q2; the rows are the truth
    send, post  claim, write the attempt down, send once; the one POST
    answer      what became of it: accepted, refused, never sent, or unknown
    callback    the vendor calls: a hint that makes us look, never a fact
    reconcile   an unknown answer: look for it, adopt it, or ask a person; never send again by itself
    proof       whether what was seen proves that it was never accepted
    watch       ask the vendor about everything that runs
    collect     the media come home: fetched, hashed, opened, renamed
    unsaved     what is at Google and not yet here, and what is in danger
    stop, again what a person may do meanwhile: cancel, stop waiting, queue again
    desk        failures that are alike, mended and sent once more together
    share       who sees it
    scenes/     clips in order, and joined, at the vendor or here
    nightly     what is done without anybody asking
    people/     tokens and accounts (the only place that makes a client of the vendor), errands, newcomers

It must never send twice: a paid POST happens in send.py alone, behind an attempt that the database
allows once. Only flow imports the vendor's client.
"""
