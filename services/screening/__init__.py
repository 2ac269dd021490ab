"""Screening: is it conflict, and is a referral safe?"""
