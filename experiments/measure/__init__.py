"""What is measured, stage by stage."""
