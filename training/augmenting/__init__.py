"""New synthetic rows made from those a dataset has: other brands, other values, other wordings, a model's ideas.

Pure: every function takes rows as plain objects and a seeded `Random`. A method yields, for one source row, new rows
or `LeftOut`s, which say why nothing came of it.
"""
