# A scenario that is served. Who may talk to it stands in a tokens file (`sim token NAME` makes entries):
#
#   docker build -t sim .
#   docker run --rm -p 8080:8080 -v "$PWD/tokens.yaml:/etc/sim/tokens.yaml:ro" sim
#
# Another scenario: -v "$PWD/mine.yaml:/etc/sim/mine.yaml:ro" -e SCENARIO=/etc/sim/mine.yaml
FROM python:3.11-slim

WORKDIR /srv/sim
COPY pyproject.toml README.md LICENSE ./
COPY sim sim
COPY scenarios scenarios
RUN python -m venv .venv
RUN .venv/bin/pip install --no-cache-dir ".[serve,compiled]"

# Nobody in particular, who writes to /tmp alone: there is what Numba compiles.
USER 65532:65532
ENV HOME=/tmp NUMBA_CACHE_DIR=/tmp/numba
ENV SCENARIO=scenarios/serve.yaml TOKENS=/etc/sim/tokens.yaml PORT=8080 SPEED=60 OPTIONS=

EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=90s \
    CMD .venv/bin/python -c "import os, urllib.request as web; web.urlopen('http://localhost:' + os.environ['PORT'] + '/sim/health', timeout=2)"
CMD exec .venv/bin/sim serve "$SCENARIO" --host 0.0.0.0 --port "$PORT" --speed "$SPEED" --tokens "$TOKENS" $OPTIONS
