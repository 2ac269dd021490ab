"""The workforce service: who is trained, in what, how sure they feel, and whether it is asked of who screens."""
