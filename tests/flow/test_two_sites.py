"""Two complete engines on one PostgreSQL, one with its clock an hour ahead: each click is sent once."""

import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.db import connection

from generations.models import Attempt, EngineLease, Generation, Heartbeat, State
from tests.conftest import ROOT, end_group

CODE = """
import sys, time
real = time.time
time.time = lambda: real() + float(sys.argv[1])
import django
django.setup()
from generations.flow.engine import inline
with inline.running(5, posters=False):
    time.sleep(120)
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite is for one machine")
def test_two_sites_with_different_clocks_send_each_click_once(vendor, account, click, child_env):
    env = child_env | {"FLOW_SPEED": "100", "SUBMIT_GAP": "0", "MEDIA_STORE": str(settings.MEDIA_ROOT)}
    rows = [click(f"prompt {n}").pk for n in range(12)]
    sites = [
        subprocess.Popen([sys.executable, "-c", CODE, ahead], cwd=ROOT, env=env, start_new_session=True)
        for ahead in ("0", "3600")
    ]
    try:
        end, both = time.monotonic() + 60, 0
        ready = Generation.objects.filter(pk__in=rows, state=State.READY)
        while (ready.count() < 12 or both < 2) and time.monotonic() < end:
            both = max(both, Heartbeat.objects.count())
            time.sleep(0.2)
    finally:
        for site in sites:
            end_group(site)
    assert both == 2, "both were at work"
    assert ready.count() == 12
    assert len(vendor.control.record()["submissions"]) == 12
    assert Attempt.objects.count() == 12
    assert EngineLease.objects.filter(name="pump").count() == 1
