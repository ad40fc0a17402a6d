"""Notices as open data: CSV, Excel, JSON, and Open Contracting (OCDS 1.1) for projects."""
