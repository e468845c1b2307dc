"""The tests, as a tree like the code's."""
