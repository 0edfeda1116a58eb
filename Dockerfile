# A sandbox with the state after its deployment, so that a container starts in seconds. The image holds no secret: each
# container creates its keys at its first start, in the volume.
#
# Not built by the tests, which have no builder of images. They check this file (tests/packages/test_dockerfile.py), and
# run the commands of its last stage in a folder (tests/e2e/packages/test_image.py).

# The wheel is the same for every platform, so it is made on the builder's.
FROM --platform=$BUILDPLATFORM python:3.13-slim AS wheel

RUN useradd --create-home --uid 10001 sandbox && \
    install --directory --owner=sandbox --group=sandbox /sandbox

USER sandbox
WORKDIR /sandbox
COPY --chown=sandbox:sandbox . .

RUN python requirements/install.py --to-run && \
    .venv/bin/python -m hatchling build --target wheel

FROM python:3.13-slim

RUN useradd --create-home --uid 10001 sandbox && \
    install --directory --owner=sandbox --group=sandbox /program /data

USER sandbox
WORKDIR /data

# The deployment leaves an image of its state in ~/.cache/paysandbox. Its home has keys, and is removed in the same layer,
# as are the installers.
RUN --mount=type=bind,from=wheel,source=/sandbox,target=/built \
    python -m venv /program && \
    /program/bin/pip install --quiet --no-cache-dir --require-hashes --requirement /built/requirements/program.txt && \
    /program/bin/pip install --quiet --no-cache-dir --no-deps /built/dist/*.whl && \
    export PAYSANDBOX_HOME=/tmp/deployment UV_NO_CACHE=1 && \
    /program/bin/paysandbox up && \
    /program/bin/paysandbox down && \
    /program/bin/pip uninstall --quiet --yes uv pip && \
    rm -rf /tmp/deployment

# 12111 is stripe-mock's port: its users change the name of the image, and nothing else.
ENV PATH=/program/bin:$PATH PAYSANDBOX_HOME=/data PAYSANDBOX_SECOND_PORT=12111
VOLUME /data
EXPOSE 4610 12111
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:4610/health', timeout=4)"]
CMD ["paysandbox", "up", "--bind", "0.0.0.0", "--foreground"]
