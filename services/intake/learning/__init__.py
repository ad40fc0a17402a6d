"""What intake learned: a model of kinds, links and seals beside the rules, trained from labelled stories and people's corrections.

talk      what a message is judged by         model     the weights, their file
features  … as numbers: words, signs          weighing  the witnesses weighed: kinds, links, the rules' word
place     … where in the talk it stands       together  the reading of rules and model
pairs     … beside an appeal it may be about  telling   its reasons
seen      all of these of one message         shelf     where the one in use lies; shipped/ the one that comes along
examples  what people said is right           training, fitting  scikit-learn, for the command line only
stories/  counties of many hands to learn from
"""
