"""Reading without torch: bundles run in ONNX Runtime."""
