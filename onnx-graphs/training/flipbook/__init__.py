"""Flipbook: Zoetrope's own small text-to-video model, trained from nothing on procedural clips."""
