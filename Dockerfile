# The daemon in a container. The default command plays the bundled market day; `run …` trades against a venue.
# The system Node of the base image only starts npm: the program runs on the Node that the lockfile pins.
FROM node:24-slim

ENV NODE_ENV=production
WORKDIR /app
RUN chown node:node /app
USER node

COPY --chown=node:node package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev && npm cache clean --force

COPY --chown=node:node . .

RUN mkdir .halcyon

# Database, logs and keys of the local exchange; mount it to keep them.
VOLUME ["/app/.halcyon"]

# Signals reach the daemon itself, without npm in between.
STOPSIGNAL SIGTERM
ENTRYPOINT ["src/launcher.mjs"]
CMD ["play"]
