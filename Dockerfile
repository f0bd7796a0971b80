# docker build -t hamrah . && docker run -p 127.0.0.1:8080:8080 -v hamrah:/data hamrah

FROM python:3.11-slim AS build
WORKDIR /hamrah
COPY pyproject.toml requirements.lock ./
RUN python -m venv .venv \
    && .venv/bin/pip install --no-cache-dir --no-deps --require-hashes --requirement requirements.lock \
    && .venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation --editable .

FROM python:3.11-slim
# for pamphlets and reports in all our scripts
RUN apt-get update \
    && apt-get install --yes --no-install-recommends fonts-noto-core \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --create-home hamrah
COPY --from=build /hamrah /hamrah
COPY . /hamrah
ENV PATH=/hamrah/.venv/bin:$PATH PYTHONUNBUFFERED=1 \
    HAMRAH_HOST=0.0.0.0 HAMRAH_PORT=8080 HAMRAH_LOG_FORMAT=json
RUN hamrah locales compile

# .env with the secret key, the database and the media lie here: a relative path is in this volume
WORKDIR /data
VOLUME /data
USER hamrah
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
CMD ["hamrah", "run"]
