import { describe, expect, it } from 'vitest'
import { command as brackets } from '../../../src/cli/brackets.ts'
import { command as climateDay } from '../../../src/cli/climate-day.ts'
import type { Command } from '../../../src/cli/command.ts'
import { command as evaluate } from '../../../src/cli/evaluate.ts'
import { command as fees } from '../../../src/cli/fees.ts'
import { runCommand } from './run-command.ts'

const json = async (command: Command, line: string) => JSON.parse((await runCommand(command, `${line} --json`)).out)

describe('halcyon fees', () => {
  it('prints the documented JSON', async () => {
    expect((await runCommand(fees, '--price 0.52 --count 10 --json')).out).toBe(
      '{"feeDollars":"0.174800","perContractCents":1.748,"fills":[{"count":"10.00","feeDollars":"0.174800"}]}\n',
    )
  })

  it('adds the fills of one order up by its accumulator', async () => {
    const answer = await json(fees, '--price 0.52 --fills 3,3,4')
    expect(answer.fills.map((fill: { feeDollars: string }) => fill.feeDollars)).toEqual([
      '0.052500',
      '0.052400',
      '0.069900',
    ])
    expect(answer.feeDollars).toBe('0.174800')
  })

  it.each([
    ['--price 0.5 --count 100 --role maker', '0.000000'],
    ['--price 0.5 --count 100 --role maker --type quadratic_with_maker_fees', '0.437500'],
    ['--price 0.5 --count 100 --multiplier 0.5', '0.875000'],
    ['--price 0.01 --count 1 --grid 0.01', '0.010000'],
  ])('%s costs $%s', async (line, feeDollars) => {
    expect((await json(fees, line)).feeDollars).toBe(feeDollars)
  })
})

describe('halcyon evaluate', () => {
  it('prints the worked example of the trading rules', async () => {
    const answer = await json(evaluate, '--prob 0.60 --bid 0.45 --ask 0.48 --std 2.5')
    expect(answer.candidates).toHaveLength(8)
    expect(answer.best).toMatchObject({
      action: 'buy',
      outcome: 'yes',
      role: 'maker',
      priceDollars: '0.4600',
      evCents: 14,
    })
    expect(answer.best).toMatchObject({
      expectedValueCents: 10.5,
      fillProbability: 0.75,
      contracts: 108,
      lockedDollars: '49.680000',
    })
    const taker = answer.candidates.find(
      (row: { action: string; outcome: string; role: string }) =>
        row.action === 'buy' && row.outcome === 'yes' && row.role === 'taker',
    )
    expect(taker).toEqual({
      action: 'buy',
      outcome: 'yes',
      role: 'taker',
      priceDollars: '0.4800',
      feeCents: 1.7472,
      evCents: 10.2528,
      fillProbability: 1,
      expectedValueCents: 10.2528,
      kellyFraction: 0.20402445,
      contracts: 50,
      lockedDollars: '24.000000',
      sameOrderAs: 'sell no',
      refusal: null,
    })
  })

  it('says which limit refuses', async () => {
    const answer = await json(evaluate, '--prob 0.60 --bid 0.45 --ask 0.48 --std 5')
    expect(answer.best.refusal).toBe('settlementStdTooHigh')
    expect(answer.best.contracts).toBe(0)
  })

  it('charges makers where the series does', async () => {
    const answer = await json(evaluate, '--prob 0.60 --bid 0.45 --ask 0.48 --series KXNFLGAME')
    expect(answer.candidates.find((row: { role: string }) => row.role === 'maker').feeCents).toBeGreaterThan(0)
  })
})

describe('halcyon brackets', () => {
  it.each([
    [35, 'KXHIGHCHI-24DEC17-T36'],
    [36, 'KXHIGHCHI-24DEC17-B36.5'],
    [39, 'KXHIGHCHI-24DEC17-B38.5'],
    [43, 'KXHIGHCHI-24DEC17-B42.5'],
    [44, 'KXHIGHCHI-24DEC17-T43'],
  ])('a high of %s makes %s win: tails are strict, bands hold both ends', async (high, winner) => {
    const answer = await json(brackets, `--event KXHIGHCHI-24DEC17 --high ${high}`)
    expect(answer.winner).toBe(winner)
    expect(answer.markets.filter((row: { result: string }) => row.result === 'yes')).toHaveLength(1)
  })

  it('lists what a tape has where the event is not on it', async () => {
    const ran = await runCommand(brackets, '--event KXHIGHCHI-24DEC18')
    expect(ran.code).toBe(2)
    expect(ran.error).toContain('KXHIGHDEN-24DEC17')
  })
})

describe('halcyon climate-day', () => {
  it('prints the documented JSON', async () => {
    expect((await runCommand(climateDay, '--city denver --at 2025-03-09T08:30:00Z --json')).out).toBe(
      '{"city":"denver","date":"2025-03-09","startUtc":"2025-03-09T07:00:00Z","endUtc":"2025-03-10T07:00:00Z"}\n',
    )
  })

  it('takes an offset', async () => {
    expect(await json(climateDay, '--city new_york --at 2024-07-01T00:30:00-04:00')).toMatchObject({
      date: '2024-06-30',
    })
  })
})

describe('a wrong word on the command line', () => {
  it.each([
    [fees, '--count 10', '--price'],
    [fees, '--price 1 --count 10', '--price'],
    [fees, '--price 0.12345 --count 10', '--price'],
    [fees, '--price 0.5', '--count'],
    [fees, '--price 0.5 --count 0', '--count'],
    [fees, '--price 0.5 --count 1e3', '--count'],
    [fees, '--price 0.5 --count 9 --fills 3,3,4', '--fills'],
    [fees, '--price 0.5 --count 1 --role both', '--role'],
    [fees, '--price 0.5 --count 1 --type flat', '--type'],
    [fees, '--price 0.5 --count 1 --grid 0.1', '--grid'],
    [fees, '--price 0.5 --count 1 --multiplier x', '--multiplier'],
    [fees, '--price 0.5 --count 1 --colour red', '--colour'],
    [fees, '--price 0.5 --count 1 stray', 'stray'],
    [evaluate, '--bid 0.4 --ask 0.5', '--prob'],
    [evaluate, '--prob 1.2 --bid 0.4', '--prob'],
    [evaluate, '--prob 0.5', '--bid'],
    [evaluate, '--prob 0.5 --bid 0.5 --ask 0.5', 'crossed'],
    [evaluate, '--prob 0.5 --bid 0.455', '--tick'],
    [evaluate, '--prob 0.5 --bid 0.45 --series KXRAIN', '--series'],
    [evaluate, '--prob 0.5 --bid 0.45 --std nan', '--std'],
    [brackets, '--high 39', '--event'],
    [brackets, '--event KXHIGHORD-24DEC17 --high 39', 'KXHIGHCHI'],
    [brackets, '--event KXHIGHCHI-24DEC17 --high 39.5', '--high'],
    [brackets, '--event KXHIGHCHI-24DEC17 --tape nothing', '/nowhere/nothing'],
    [climateDay, '--city boston --at 2025-03-09T08:30:00Z', 'new_york'],
    [climateDay, '--city denver --at 2025-03-09', '--at'],
  ])('$name %s is refused with exit code 2, naming what is wrong', async (command, line, named) => {
    const ran = await runCommand(command, line)
    expect(ran.code).toBe(2)
    expect(ran.error).toContain(named)
    expect(ran.out).toBe('')
  })
})
