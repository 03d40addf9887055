"""The curated folder: cards, index, words."""
