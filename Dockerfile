FROM python:3.11-slim
WORKDIR /app
COPY . .
RUN apt-get update && apt-get install -y --no-install-recommends make && rm -rf /var/lib/apt/lists/* \
    && python -m pip install --no-cache-dir -c constraints.txt .
VOLUME /out
ENTRYPOINT ["hybrid"]
CMD ["make", "A red rubber ball falls from a second-floor balcony, bounces three times on concrete and comes to rest", "-o", "/out"]
