"""What intake learns from people: a small model of kinds beside the rules, trained from corrections and labelled stories.

features  what the model looks at          together  how rules and model decide
place     … of who spoke last, and when
model     the trained file, and its guess  shelf     versions of it, which one is in use
examples  what people said is right        training  scikit-learn, for the command line only
"""
