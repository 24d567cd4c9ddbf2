"""The web dashboard: pure figure functions, and a thin Dash application that shows a study store without changing it.

Ships as ``autotune.dashboards``; modules import each other relatively, so that the folder is checked under either name.
"""
