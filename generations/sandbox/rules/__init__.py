"""What the make-believe vendor accepts: models, plans, fields and references, as dated tables."""
