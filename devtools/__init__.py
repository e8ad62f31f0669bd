"""What `./dev` does: set up, run, test, check and measure a checkout.

Standard library only, so that it runs before anything is installed.
"""
