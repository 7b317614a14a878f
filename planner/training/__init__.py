"""Training of the planner's own English pipeline: treebank sentences mixed with scene sentences that a grammar makes."""
