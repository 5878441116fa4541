"""Ways to cluster a cell, one to a file; DBSCAN, the usual one, is in `density`."""
