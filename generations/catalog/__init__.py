"""Facts without a database: what the models can do, what they cost, which rules hold, what failures mean.

Pure functions over dated tables (catalog/data/*.toml). Knows neither Django nor the vendor's client.

    request       what a person asked for, frozen
    engines       the models, as the menu shows them
    plans         what is known about an account: plan, balance, its own prices
    overlay       what an administrator knows better than the tables, laid over them
    prices        what a request costs, in credits and money;   money: how that is written
    rules         what is possible, and the sentence when it is not;   pictures: the part about inputs
    references    ids of the vendor and the markers in a prompt that point at them
    options       the table behind the dock;   nearest: an impossible choice becomes a possible one
    body          the fields of the vendor's call
    failures      what a refusal or failure means
    timing        when to look, when to give up
"""
