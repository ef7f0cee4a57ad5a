import { CITIES, CITY_KEYS } from '../domain/city.ts'
import { climateDayAt } from '../domain/climate-day.ts'
import { EXIT, type ExitCode } from '../domain/operating-error.ts'
import { argumentsOf } from './arguments.ts'
import { type Command, parseOptions, printJson } from './command.ts'

const USAGE = `Usage: halcyon climate-day --city denver --at 2025-03-09T08:30:00Z

The climate day that contains an instant: midnight to midnight local standard time, all year.

  --city <key>    one of ${CITY_KEYS.join(', ')}
  --at <instant>  RFC 3339 with Z or an offset
  --json          {"city":"denver","date":"2025-03-09","startUtc":"2025-03-09T07:00:00Z","endUtc":"2025-03-10T07:00:00Z"}
`

const OPTIONS = { city: { type: 'string' }, at: { type: 'string' }, json: { type: 'boolean' } } as const

export const command: Command = {
  name: 'climate-day',
  summary: 'Start and end of the climate day that contains an instant',
  usage: USAGE,
  async run(context): Promise<ExitCode> {
    const args = argumentsOf(this.name, parseOptions(this, context.argv, OPTIONS).values)
    const city = args.oneOf('city', CITY_KEYS)
    const expected = 'an instant with Z or an offset, such as 2025-03-09T08:30:00Z'
    const at = args.required('at', expected)
    const atMs = parseInstant(at) ?? args.fail('at', `is "${at}"`, expected)
    const day = climateDayAt(city, atMs)
    const answer = { city, date: day.date, startUtc: utc(day.startMs), endUtc: utc(day.endMs) }
    if (args.flag('json')) printJson(context, answer)
    else context.stdout.write(`${CITIES[city].name}, ${answer.date}: ${answer.startUtc} to ${answer.endUtc}\n`)
    return EXIT.done
  },
}

function parseInstant(text: string): number | undefined {
  try {
    return Temporal.Instant.from(text).epochMilliseconds
  } catch {
    // swallowed: what is no instant is the person's error, which the caller words.
    return undefined
  }
}

const utc = (ms: number): string => Temporal.Instant.fromEpochMilliseconds(ms).toString()
