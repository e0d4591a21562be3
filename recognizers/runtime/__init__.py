"""Reading without torch: bundles run in ONNX Runtime."""

import os

# some builds of ONNX Runtime report to its makers, and leave a file of that; what a person reads is nobody's business
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
