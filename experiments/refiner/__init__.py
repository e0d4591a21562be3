"""Do GANs help? Rendered lines made to look more like unlabelled crops, by a small network that is trained against
another one, and the same lines to read.
"""
