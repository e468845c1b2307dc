"""Staff reading letters beside the rubric, and what they decide."""
