"""What is measured: the portal against a bare Flask app, on one machine, in one run, as ratios."""
