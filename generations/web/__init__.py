"""Pages: one module per page, plain functions; a view asks one thing of flow or library and picks a template.

cards.py says what a card shows, drawing.py makes one from a row, words.py writes numbers and times, tags.py
gives templates icons. Templates are in templates/<page>/, and every card everywhere is strip/_strip.html.
"""
