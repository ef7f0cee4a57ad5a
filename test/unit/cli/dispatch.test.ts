import { describe, expect, test } from 'vitest'
import { parseOptions } from '../../../src/cli/command.ts'
import { describeFailure } from '../../../src/cli/failure.ts'
import { COMMAND_NAMES, COMMANDS } from '../../../src/cli/registry.ts'
import { InvariantError } from '../../../src/domain/invariant.ts'
import { EXIT, OperatingError } from '../../../src/domain/operating-error.ts'
import { runWords } from '../../support/command-line.ts'

describe('finding the command', () => {
  test('an unknown one is a usage error that names the nearest', async () => {
    await expect(runWords('confg')).rejects.toMatchObject({
      exitCode: EXIT.usage,
      message: expect.stringMatching(/unknown command "confg"\. Did you mean "config"\?/),
    })
    await expect(runWords('--verbos')).rejects.toThrow(/unknown option "--verbos"/)
  })

  test.each(['constructor', 'toString', '__proto__'])('%s, which every object has, is no command', async (word) => {
    await expect(runWords(word)).rejects.toThrow(/unknown command/)
    await expect(runWords('help', word)).rejects.toThrow(/there is no command/)
  })

  test('no words, --help and help list every command', async () => {
    const [bare, flag, word] = await Promise.all([runWords(), runWords('--help'), runWords('help')])
    expect(bare.stdout).toBe(word.stdout)
    expect(flag.stdout).toBe(word.stdout)
    for (const name of COMMAND_NAMES) expect(word.stdout).toMatch(new RegExp(`^  ${name} `, 'm'))
  })

  test('help and --help explain one command, and a --help after -- is an argument', async () => {
    const [word, flag] = await Promise.all([runWords('help', 'config'), runWords('config', 'check', '--help')])
    expect(word.stdout).toMatch(/^Usage: halcyon config/)
    expect(flag.stdout).toBe(word.stdout)
    await expect(runWords('config', '--', '--help')).rejects.toThrow(/unknown action "--help"/)
  })

  test('the version is one JSON document on standard output', async () => {
    const { stdout, exitCode } = await runWords('--version', '--json')
    expect([JSON.parse(stdout), exitCode]).toEqual([{ halcyon: expect.stringMatching(/^\d+\.\d+\.\d+/) }, EXIT.done])
  })
})

describe.each(COMMAND_NAMES)('the command %s', (name) => {
  test('knows its name and explains itself', async () => {
    const { command } = (await COMMANDS[name]?.()) ?? {}
    expect(command?.name).toBe(name)
    expect(command?.summary).toMatch(/^[A-Z].*[^.]$/)
    expect(command?.usage).toMatch(new RegExp(`^Usage: halcyon ${name}`))
  })

  test('refuses a flag that it does not know', async () => {
    await expect(runWords(name, '--no-such-flag')).rejects.toMatchObject({
      exitCode: EXIT.usage,
      message: expect.stringMatching(/no-such-flag/),
    })
  })
})

describe('flags', () => {
  const parse = (...argv: string[]) =>
    parseOptions({ name: 'x' }, argv, { count: { type: 'string' }, json: { type: 'boolean' } }, { max: 1 })

  test.each([
    [['--cuont', '3'], /unknown option "--cuont"\. Did you mean "count"\?/],
    [['--count'], /--count.*argument missing/],
    [['--json=yes'], /--json.*does not take an argument/],
    [['a', 'b'], /unexpected argument "b"/],
    [['-z'], /unknown option "-z"/],
  ])('%j is a usage error that names what is wrong', (argv, expected) => {
    expect(() => parse(...argv)).toThrow(expected)
    expect(() => parse(...argv)).toThrow(/halcyon help x/)
  })

  test('values, switches and words are told apart', () => {
    expect(parse('--count', '3', 'word', '--json')).toMatchObject({
      values: { count: '3', json: true },
      positionals: ['word'],
    })
  })
})

describe('what a person sees of an error', () => {
  test('one that a person can act on is a paragraph without a stack', () => {
    const failure = describeFailure(new OperatingError('the port 80 is in use. Choose another.', EXIT.failed))
    expect(failure).toEqual({ text: 'halcyon: the port 80 is in use. Choose another.\n', exitCode: EXIT.failed })
  })

  test('a broken invariant and an unknown error are bugs: stack and exit code 5', () => {
    for (const error of [new InvariantError('Invariant: a is b'), new TypeError('x'), 'thrown text']) {
      const { text, exitCode } = describeFailure(error)
      expect(exitCode).toBe(EXIT.invariantBroken)
      if (error instanceof Error) expect(text).toMatch(/ {4}at /)
    }
  })
})
