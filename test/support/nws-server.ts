import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

export type NwsHandler = (request: IncomingMessage, response: ServerResponse) => void

export interface NwsServer {
  readonly url: string
  /** Path and query of every request, in order. */
  readonly requests: { readonly path: string; readonly userAgent: string | undefined }[]
  /** By the beginning of the path; the longest that fits answers. */
  readonly routes: Map<string, NwsHandler>
  close(): Promise<void>
}

export const answerJson =
  (document: unknown, status = 200): NwsHandler =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/geo+json' }).end(JSON.stringify(document))
  }

/** A stand-in for api.weather.gov on a free loopback port, with composed answers of its shapes. */
export async function startNwsServer(): Promise<NwsServer> {
  const routes = new Map<string, NwsHandler>()
  const requests: { path: string; userAgent: string | undefined }[] = []
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    requests.push({ path, userAgent: request.headers['user-agent'] })
    const route = [...routes.keys()].filter((prefix) => path.startsWith(prefix)).sort((a, b) => b.length - a.length)[0]
    const handler = route === undefined ? undefined : routes.get(route)
    if (handler) handler(request, response)
    else answerJson({ title: 'Not Found', status: 404 }, 404)(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    routes,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export interface ReadingShape {
  readonly timestamp: string
  readonly celsius: number | null
  readonly rawMessage?: string
  readonly qualityControl?: string
  readonly unitCode?: string
}

export const observationsDocument = (readings: readonly ReadingShape[]): unknown => ({
  '@context': ['https://geojson.org/geojson-ld/geojson-context.jsonld'],
  type: 'FeatureCollection',
  features: readings.map((reading) => ({
    id: `https://api.weather.gov/stations/KNYC/observations/${reading.timestamp}`,
    type: 'Feature',
    geometry: { type: 'Point', coordinates: [-73.97, 40.77] },
    properties: {
      station: 'https://api.weather.gov/stations/KNYC',
      timestamp: reading.timestamp,
      rawMessage: reading.rawMessage ?? '',
      textDescription: 'Cloudy',
      temperature: {
        unitCode: reading.unitCode ?? 'wmoUnit:degC',
        value: reading.celsius,
        qualityControl: reading.qualityControl ?? 'V',
      },
    },
  })),
})

export const POINT_DOCUMENT: unknown = {
  type: 'Feature',
  properties: {
    gridId: 'OKX',
    gridX: 33,
    gridY: 37,
    forecastGridData: 'https://api.weather.gov/gridpoints/OKX/33,37',
    timeZone: 'America/New_York',
  },
}

export const gridDocument = (
  updateTime: string,
  maxima: readonly { readonly validTime: string; readonly value: number | null }[],
): unknown => ({
  type: 'Feature',
  properties: {
    updateTime,
    validTimes: '2024-12-16T18:00:00+00:00/P7DT7H',
    maxTemperature: { uom: 'wmoUnit:degC', values: maxima },
    minTemperature: { uom: 'wmoUnit:degC', values: [] },
  },
})
