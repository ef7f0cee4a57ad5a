import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { CommandContext } from '../../../src/cli/command.ts'
import { exchangeOptions } from '../../../src/cli/exchange-options.ts'

const cwd = tmpdir()
const optionsOf = (...argv: string[]) =>
  exchangeOptions({ name: 'exchange' }, { argv, cwd } as unknown as CommandContext)

describe('halcyon exchange', () => {
  it('plays the bundled day at 1600 times without a word', () => {
    expect(optionsOf()).toMatchObject({
      port: 0,
      host: '127.0.0.1',
      tapeFolder: expect.stringMatching(/src\/exchange\/tapes\/2024-12-17$/),
      dates: ['2024-12-17'],
      speed: 1600,
      tier: 'advanced',
      keyType: 'rsa',
      keysFolder: join(cwd, '.halcyon/exchange-keys'),
      hold: false,
      exitAtEnd: false,
    })
    expect(optionsOf()).not.toHaveProperty('faults')
    expect(optionsOf()).not.toHaveProperty('bookLog')
  })

  it('reads instants, several dates, fractional speeds and paths from the working folder', () => {
    const options = optionsOf(
      '--tape',
      'tapes',
      '--date',
      '2024-12-17,2024-12-18',
      '--speed',
      '0.5',
      '--start',
      '2024-12-17T07:00:00-05:00',
    )
    expect(options).toMatchObject({
      tapeFolder: join(cwd, 'tapes'),
      dates: ['2024-12-17', '2024-12-18'],
      speed: 0.5,
      startMs: Date.parse('2024-12-17T12:00:00Z'),
    })
    expect(optionsOf('--speed', 'max').speed).toBe('max')
  })

  it('reads fault rates and their seed', () => {
    expect(optionsOf('--faults', 'drop=0.002,swap=0.5,seed=x', '--faults-log', 'f.jsonl').faults).toEqual({
      rates: { drop: 0.002, duplicate: 0, swap: 0.5 },
      seed: 'x',
      file: join(cwd, 'f.jsonl'),
    })
  })

  it('reads the balance of accounts and what goes wrong with their orders', () => {
    expect(optionsOf('--balance', '250.50', '--controls')).toMatchObject({ balance: 250_500_000, controls: true })
    expect(optionsOf('--trading-faults', 'readLagMs=400,batchItem=0.01,seed=x').tradingFaults).toEqual({
      knobs: { readLagMs: 400, batchItem: 0.01 },
      seed: 'x',
    })
    expect(optionsOf()).toMatchObject({ controls: false })
  })

  it.each([
    [['--balance', '-1'], /--balance "-1"/],
    [['--balance', '0.00001'], /--balance/],
    [['--trading-faults', 'lag=1'], /--trading-faults "lag=1" is not valid\. Expected .*acceptedThenError/],
    [['--trading-faults', 'readLagMs=0.5'], /--trading-faults/],
    [['--port', '65536'], /--port "65536" is not valid\. Expected a whole number from 0 to 65535/],
    [['--port', '80a'], /--port "80a"/],
    [['--date', '2024-02-30'], /--date "2024-02-30"/],
    [['--tape', 'x'], /--tape needs --date/],
    [['--speed', '0'], /--speed "0"/],
    [['--speed', 'fast'], /--speed "fast"/],
    [['--start', 'noon'], /--start "noon"/],
    [['--tier', 'gold'], /--tier "gold" is not valid\. Expected one of basic, advanced/],
    [['--key-type', 'dsa'], /--key-type "dsa"/],
    [['--faults', 'drop=2'], /--faults "drop=2"/],
    [['--faults', 'drop=0.6,swap=0.6'], /--faults/],
    [['--faults', 'lose=0.1'], /--faults "lose=0.1"/],
    [['--book-log', 'x', '--book-log-points', '1000000'], /--book-log-points/],
    [['--nonsense'], /--nonsense/],
  ])('refuses %j and says what it expects', (argv, message) => {
    expect(() => optionsOf(...argv)).toThrow(message)
  })
})
