"""What is ours once it is collected: files, sidecars, posters, the search index and the gallery.

Read storage.py first (a file is whole or not there), then search.py (words to a tree), index.py (the
full-text table) and gallery.py (tree and filters to pages). Knows the models and the catalogue, never
the vendor: everything here works with the network unplugged.
"""
