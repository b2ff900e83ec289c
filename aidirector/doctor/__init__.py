"""What this machine can do for AI Director, and the cure of what it cannot. `manage.py doctor` shows it."""
