"""What all that is trained from people's words has in common; each service's `learning` says what its own model looks at.

linear    features and weights, their file     shelf     versions in a folder, which one is in use
tabling   features as scikit-learn takes them, for training only
"""
