"""The project: settings, urls, the embedded queue, the processes that serve it. Nothing imports it."""
