"""A small app with one kind of background job, so that the room can be tested without any other."""
