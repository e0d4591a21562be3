"""One file per stage: a function from recognizer to recognizer, callable without Hydra."""
