FROM python:3.12-slim-bookworm AS packages
WORKDIR /build
COPY requirements.txt .
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt

FROM python:3.12-slim-bookworm
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    EVALUATOR_KERNELS_DIR=/srv/lid/kernels \
    DATA_DIR=/data \
    GROUND_TRUTH_DIR=/ground-truth \
    GROUND_TRUTH_DRAFTS_DIR=/ground-truth-drafts

# A new volume gets the owner and mode of the folder it is mounted on.
RUN useradd --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin lid \
 && install --directory --owner lid --group lid --mode 0700 /data /ground-truth /ground-truth-drafts

COPY --from=packages /venv /venv
WORKDIR /srv/lid
COPY manage.py gunicorn.conf.py LICENSE .env.example ./
COPY evaluator evaluator
COPY server server
COPY leaderboard leaderboard
COPY docs docs
COPY deploy/is_healthy deploy/

# Compiled for this machine's processor; on other processors each large job compiles again, which takes seconds.
RUN python -m evaluator warm-up

# The key is only needed to load the settings; each build uses a new one and does not keep it.
RUN SECRET_KEY="$(python -c 'import secrets; print(secrets.token_hex(32))')" \
    python manage.py collectstatic --noinput

USER 10001
EXPOSE 8000
# The rest is in gunicorn.conf.py.
CMD ["gunicorn", "server.wsgi:application", "--bind", "0.0.0.0:8000", "--workers", "2", "--timeout", "120", \
     "--graceful-timeout", "600", "--worker-tmp-dir", "/dev/shm", "--access-logfile", "-"]
