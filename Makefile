# Two commands are all: `make run` sets up and runs everything, `make test` sets up and tests everything.
# PORT changes the address (make run PORT=8001), PYTHON the interpreter (at least 3.11).

PYTHON ?= python3

.PHONY: run test chaos

run: export PORT := $(or $(PORT),8000)
run: export FLOW_SPEED := $(or $(FLOW_SPEED),10)
run:
	@$(PYTHON) flowsite/install.py requirements.txt
	@exec .venv/bin/python manage.py up

# The tests choose their own settings (tests/settings.py); nothing of `make run` reaches them.
test:
	@$(PYTHON) flowsite/install.py requirements.txt tests/requirements.txt
	@exec .venv/bin/python tests/run.py

# 5,000 clicks while lines break, clocks jump and workers are killed; DATABASE_URL may name a PostgreSQL server.
# CHAOS="--clicks 500 --each 2" makes it smaller; tests/chaos/run.py explains the rest.
chaos:
	@exec .venv/bin/python tests/chaos/run.py $(CHAOS)
