"""Pages about the installation itself, which belong to no room's rows."""
