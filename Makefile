# `make demo` and `make test` set up everything themselves; they need Python 3.11 or newer, git and make.
PYTHON ?= python3
IN_VENV := .venv/bin/python
ARGS ?=
BROWSER ?= yes

.DEFAULT_GOAL := help
.PHONY: help demo test unit coverage lint format services \
  bench bench-board bench-submission bench-uploads bench-check bench-intervals bench-rescore bench-log-in idle \
  backup restore-check fuzz-api faults compose-check pictures schema lock clean

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

demo:  ## fill a challenge with generated data and serve it until Ctrl-C
	@$(PYTHON) tools/bootstrap.py
	@$(IN_VENV) manage.py demo $(ARGS)

test:  ## run every check (ARGS="-k word" goes to pytest; BROWSER=no leaves the browser out)
	@$(PYTHON) tools/bootstrap.py --dev
	@$(IN_VENV) tools/run_tests.py $(if $(filter no,$(BROWSER)),--no-browser) $(ARGS)

unit:  ## run the tests that need no server, database or browser, in less than a minute
	@$(PYTHON) tools/bootstrap.py --dev
	@$(IN_VENV) tools/run_tests.py --only unit $(ARGS)

coverage:  ## run all tests of the embedded set-up and print which lines they reach; takes half as long again
	@$(PYTHON) tools/bootstrap.py --dev
	@$(IN_VENV) tools/run_tests.py --only embedded --coverage $(ARGS)

lint:  ## check code, types, migrations, templates, scripts and style sheets
	@$(PYTHON) tools/bootstrap.py --dev
	@$(IN_VENV) tools/run_tests.py --only lint

format:  ## fix and format Python, templates, scripts and style sheets
	@$(PYTHON) tools/bootstrap.py --dev
	@.venv/bin/ruff check --fix-only --quiet .
	@.venv/bin/ruff format .
	@.venv/bin/djangofmt check --fix --quiet leaderboard server || true
	@.venv/bin/djangofmt leaderboard server
	@.venv/bin/biome check --write

services:  ## start a private PostgreSQL and Redis and print their addresses, until Ctrl-C
	@$(PYTHON) tools/bootstrap.py --dev
	@$(IN_VENV) tools/services.py

bench:  ## time the evaluator against its floor and its peers; the bars (ARGS="--full --write")
	@$(PYTHON) tools/bootstrap.py
	@$(IN_VENV) tools/bench $(ARGS)

bench-board:  ## time readings of a leaderboard of 1,000 teams while a worker scores (ARGS="--seconds 30")
	@$(PYTHON) tools/bootstrap.py --dev
	@$(IN_VENV) tools/bench_board.py $(ARGS)

bench-submission:  ## time a submission of 21,120 maps through server and worker to the board (ARGS="--images 3000")
	@$(PYTHON) tools/bootstrap.py --dev
	@$(IN_VENV) tools/bench_submission.py $(ARGS)

bench-uploads:  ## send 1 GB by tus clients that others wrote, over a line that breaks, and four at once; prints the web's memory
	@$(PYTHON) tools/bootstrap.py --dev
	@$(IN_VENV) tools/bench_uploads.py $(ARGS)

bench-check:  ## time the submit page's check of 21,120 maps in Chromium; its thread may never halt for 100 ms
	@$(PYTHON) tools/bootstrap.py --dev
	@LID_BENCH_CHECK=1 $(IN_VENV) tools/run_tests.py --only embedded --numprocesses 0 -rP \
	  -k without_a_halt $(ARGS)

bench-intervals:  ## time the confidence intervals of large boards, beside reading their files
	@$(PYTHON) tools/bootstrap.py
	@$(IN_VENV) tools/bench_intervals.py

bench-rescore:  ## time new submissions while 300 old ones are scored again, with a killed worker (ARGS="--submissions 30")
	@$(PYTHON) tools/bootstrap.py --dev
	@$(IN_VENV) tools/bench_rescore.py $(ARGS)

bench-log-in:  ## time log-ins that fail: none may tell whether an address has an account
	@$(PYTHON) tools/bootstrap.py
	@$(IN_VENV) tools/bench_log_in.py $(ARGS)

idle:  ## measure the CPU of the demo's worker while nothing happens: five minutes (ARGS="60": seconds)
	@$(PYTHON) tools/bootstrap.py
	@$(IN_VENV) tools/idle_cpu.py $(ARGS)

backup:  ## back up database and files while the server runs: TO=folder (with compose: deploy/backup FOLDER)
	@$(IN_VENV) manage.py backup $(TO)

restore-check:  ## restore a backup beside the server, read every file, remove it again: FROM=folder
	@$(IN_VENV) manage.py restore --check $(FROM)

fuzz-api:  ## send the API some ten thousand requests by its schema (EXAMPLES=100 of each kind)
	@$(PYTHON) tools/bootstrap.py --dev
	@LID_FUZZ_EXAMPLES=$(or $(EXAMPLES),100) $(IN_VENV) tools/run_tests.py --only embedded --no-browser \
	  --numprocesses 0 -rP tests/server/test_fuzzed_api.py $(ARGS)

faults:  ## kill, freeze, fill and restart what serves (ROUNDS=5 MINUTES=10 SETUP=embedded|production|both REPORT=1)
	@$(PYTHON) tools/bootstrap.py --dev
	@$(IN_VENV) -W ignore -m tests.faults --setup $(or $(SETUP),both) --rounds $(or $(ROUNDS),1) \
	  $(if $(MINUTES),--minutes $(MINUTES)) $(if $(REPORT),--report) $(ARGS)

compose-check:  ## run docker-compose.yml on this machine's engine, through faults and an upgrade (ARGS="--rounds 3")
	@$(PYTHON) tools/bootstrap.py --dev
	@$(IN_VENV) tools/compose_check/run.py $(ARGS)

pictures:  ## make the README's pictures anew, from the running demo
	@$(PYTHON) tools/bootstrap.py --dev
	@$(IN_VENV) tools/pictures.py

schema:  ## write the API's schema into docs/openapi.yaml
	@$(PYTHON) tools/bootstrap.py --dev
	@$(IN_VENV) manage.py spectacular --validate --fail-on-warn --skip-checks --file docs/openapi.yaml

lock:  ## resolve requirements*.in into requirements*.txt (ARGS=--upgrade for newer versions)
	@$(PYTHON) tools/bootstrap.py --dev
	@$(IN_VENV) tools/lock.py $(ARGS)

clean:  ## remove the virtual environment, caches and the demo's data
	rm -rf .venv var/demo .coverage .pytest_cache .ruff_cache .mypy_cache .hypothesis .cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
