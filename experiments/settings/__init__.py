"""The settings of a run as typed models, one for each group of conf/."""
