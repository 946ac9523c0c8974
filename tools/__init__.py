"""What keeps the book in order; not part of the package."""
