"""The whole idea in one run: brands and examples in, two models trained, measured, promoted and put to work."""
