"""Builds what is shipped to Lambda and proves, from the built files alone, that every handler imports."""
