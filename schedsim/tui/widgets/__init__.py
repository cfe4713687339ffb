"""Widgets that are drawn by hand, or that several screens use."""
