# A sandbox with the state after its deployment, so that a container starts in seconds. The image holds no secret: each
# container creates its keys at its first start, in the volume.
#
# Not built by the tests, which have no Docker. They check this file (tests/packages/test_dockerfile.py).
FROM python:3.13-slim

RUN apt-get update && \
    apt-get install --yes --no-install-recommends make && \
    rm -rf /var/lib/apt/lists/* && \
    useradd --create-home --uid 10001 sandbox && \
    install --directory --owner=sandbox --group=sandbox /sandbox /data

USER sandbox
WORKDIR /sandbox
COPY --chown=sandbox:sandbox . .

# The deployment leaves an image of its state in .cache/images. Its home has keys, and is removed in the same layer.
RUN export PAYSANDBOX_HOME=/tmp/deployment && \
    make up && \
    .venv/bin/paysandbox down && \
    rm -rf /tmp/deployment ~/.cache ~/.npm

ENV PATH=/sandbox/.venv/bin:$PATH PAYSANDBOX_HOME=/data
VOLUME /data
EXPOSE 4610
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:4610/health', timeout=4)"]
CMD ["paysandbox", "up", "--bind", "0.0.0.0", "--foreground"]
