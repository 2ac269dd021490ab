"""Families: which front doors' families are one and the same?"""
