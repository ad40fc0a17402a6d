"""What routing learned: a model that names the department, or the class, a message belongs to, from messages people labelled.

features  what it looks at            training  scikit-learn, for the command line only
model     the weights, their file     scoring   how well it does: F1, confusion, whether 0.8 means 80 %
pictures  … drawn
"""
