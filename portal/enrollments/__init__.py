"""Taking a seat, giving it up, waiting in line: never oversold, in any interleaving."""
