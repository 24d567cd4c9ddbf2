"""The same page on a PostgreSQL store, while somebody else writes to it."""

import pytest
from helpers.crowd import fill
from helpers.postgres import missing, server
from helpers.served import Served, serving
from helpers.services import need

pytestmark = pytest.mark.slow


@pytest.fixture
def url():
    need(missing())
    import psycopg

    with server() as found:
        with psycopg.connect(f"{found.url}/postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE studies")
        yield f"{found.url}/studies"


def test_the_front_of_a_study_in_postgresql_grows_on_the_page(chromium, url):
    crowd = fill(url, 40)
    with serving(url) as address:
        page = chromium.new_page()
        page.goto(address)
        page.wait_for_selector("#front .legendtext", state="attached", timeout=60_000)
        assert page.inner_text(".count") == "43 trials"
        page.keyboard.press("ArrowRight")
        page.wait_for_selector("#panel h2:has-text('Trial')")
        page.wait_for_selector("#curve .scatterlayer .point")
        Served(address, url, crowd).grow(lambda c: c.trial("complete"))
        page.wait_for_function("document.querySelector('.count').textContent == '44 trials'", timeout=30_000)
        page.close()
