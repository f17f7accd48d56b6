"""gunicorn's settings: `gunicorn -c python:flowsite.webserver flowsite.wsgi`.

It listens on loopback alone; a proxy that speaks TLS stands before it (deploy/nginx.conf). Threads carry
slow readers of media, and nothing is preloaded, since a database connection must not cross a fork.
"""

import os

from . import env

bind = f"127.0.0.1:{int(env.number('PORT', 8000, least=1, most=65535, whole=True))}"
worker_class = "gthread"
workers = 2
threads = 8
timeout = 60
graceful_timeout = 8
keepalive = 15
max_requests = 20_000
max_requests_jitter = 2_000
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 (a heartbeat file in memory)
control_socket_disable = True
errorlog = "-"
loglevel = "warning"
