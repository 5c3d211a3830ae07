# musegen in a container: `docker build -t musegen .`, then, for a folder of music,
# `docker run --rm -v "$PWD:/music" musegen train midi/`. Sound goes to files: a container has no sound card, unless
# it is given one with `--device /dev/snd`.
FROM swift:6.2-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends make git python3 dpkg-dev xz-utils
WORKDIR /musegen
COPY . .
RUN make deb && mv .build/packages/*.deb /musegen.deb

FROM debian:bookworm-slim
COPY --from=build /musegen.deb /tmp/
RUN apt-get update && apt-get install -y /tmp/musegen.deb \
  && rm -rf /tmp/musegen.deb /var/lib/apt/lists/*
WORKDIR /music
ENTRYPOINT ["musegen"]
