# syntax=docker/dockerfile:1
# One image, two kinds of torch:
#   docker build -t gala .                                            the registry's own build of torch (CUDA on x86-64)
#   docker build -t gala:cpu --build-arg TORCH_INDEX=<address> .      the address that PyTorch's install page gives for CPU
# Run it:
#   docker run -v gala:/data -v ./config.toml:/app/config.toml:ro -e GALA_TOKEN [--gpus all] gala
ARG PYTHON=3.12

FROM python:${PYTHON}-slim-bookworm AS build
ARG TORCH_INDEX=""
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_EXTRA_INDEX_URL=${TORCH_INDEX}
RUN python -m venv /app/venv
WORKDIR /src
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY bot bot
COPY generation generation
COPY storage storage
# One resolution for everything, so that nothing pulls in another torch.
RUN /app/venv/bin/pip install '.[engine]'

FROM python:${PYTHON}-slim-bookworm
RUN useradd --system --uid 10001 --create-home gala && install -d -o gala /data
COPY --from=build /app/venv /app/venv
ENV PATH=/app/venv/bin:$PATH PYTHONUNBUFFERED=1 XDG_DATA_HOME=/data
WORKDIR /app
USER gala
VOLUME /data
# `gala check --alive` succeeds while the bot has written its pulse within the last minute.
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s CMD ["gala", "check", "--alive", "--config", "/app/config.toml"]
ENTRYPOINT ["gala"]
CMD ["run", "--config", "/app/config.toml"]
