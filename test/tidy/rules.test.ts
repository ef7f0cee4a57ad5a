import { describe, expect, test } from 'vitest'
import {
  ambientTimeAndChance,
  anonymousErrors,
  asynchronousCore,
  floatsFromVenueStrings,
  leftovers,
  processReaders,
  swallowedErrors,
} from './bans.ts'
import { checkDirections, checkPackages, importsOf } from './imports.ts'
import { checkMachine, checkTransitionTable } from './machine-files.ts'
import { checkReachable, checkReadmes, checkText, checkTopLevel } from './project.ts'
import { checkSizes } from './sizes.ts'
import { parseSource, type SourceFile, type Violation } from './source-file.ts'

type Rule = (file: SourceFile) => readonly Violation[]
type Sample = readonly [what: string, path: string, text: string]

const messages = (rule: Rule, path: string, text: string): readonly string[] =>
  rule(parseSource(path, text)).map((found) => found.message)

/** Every bad sample is found, and the message says what to do instead; every good one passes. */
function samples(rule: Rule, bad: readonly (readonly [...Sample, expected: RegExp])[], good: readonly Sample[]): void {
  test.each(bad)('finds %s', (_what, path, text, expected) => {
    expect(messages(rule, path, text).join('\n')).toMatch(expected)
  })
  test.each(good)('passes %s', (_what, path, text) => {
    expect(messages(rule, path, text)).toEqual([])
  })
}

describe('import directions', () => {
  samples(
    checkDirections,
    [
      ['a domain that imports', 'src/domain/a.ts', `import { x } from '../clock/clock.ts'`, /may import nothing/],
      [
        'a type-only import',
        'src/domain/a.ts',
        `import type { X } from '../kalshi/x.ts'`,
        /must not import src\/kalshi/,
      ],
      [
        'an import within a type',
        'src/risk/a.ts',
        `type X = import('../kalshi/x.ts').X`,
        /must not import src\/kalshi/,
      ],
      ['a re-export', 'src/book/a.ts', `export { x } from '../risk/x.ts'`, /must not import src\/risk/],
      ['a lazy import', 'actors/a.ts', `const x = await import('../src/cli/run.ts')`, /must not import src\/cli/],
      [
        'several lines of names',
        'machines/a.machine.ts',
        `import {\n  x,\n} from '../actors/x.ts'`,
        /must not import actors/,
      ],
      [
        'an exchange inside the app',
        'src/exchange/a.ts',
        `import { x } from '../app/x.ts'`,
        /must not import src\/app/,
      ],
      ['all of pricing in the exchange', 'src/exchange/a.ts', `import '../pricing/ev.ts'`, /src\/pricing\/fees\.ts/],
    ],
    [
      ['limits from anywhere', 'src/domain/a.ts', `import { X } from '../config/limits.ts'`],
      ['fees in the exchange', 'src/exchange/a.ts', `import { f } from '../pricing/fees.ts'`],
      ['a neighbour', 'src/book/a.ts', `import { l } from './ladder.ts'`],
      ['prose about an import', 'src/domain/a.ts', `// import { x } from '../cli/run.ts'\nexport const a = 1`],
    ],
  )
})

describe('packages have one home', () => {
  samples(
    checkPackages,
    [
      [
        'piscina outside its pool',
        'src/inference/session.ts',
        `import { Piscina } from 'piscina'`,
        /only src\/inference\/pool/,
      ],
      ['the ORM outside the ledger', 'src/app/a.ts', `import { x } from '@mikro-orm/core'`, /only src\/ledger/],
      [
        'a deep import of a package',
        'src/app/a.ts',
        `import x from 'onnxruntime-node/backend'`,
        /src\/inference\/session/,
      ],
      ['zod inside the core', 'actors/a.ts', `import { z } from 'zod'`, /only src\/kalshi/],
      ['a machine with I/O', 'machines/a.machine.ts', `import fs from 'node:fs'`, /pure/],
      ['a logger in the domain', 'src/domain/a.ts', `import pino from 'pino'`, /pure/],
      ['a package that nobody placed', 'src/app/a.ts', `import x from 'left-pad'`, /has no home yet/],
    ],
    [
      ['xstate in a machine', 'machines/a.machine.ts', `import { setup } from 'xstate'`],
      ['anything in a test', 'test/unit/a.test.ts', `import { z } from 'zod'`],
    ],
  )
})

describe('time and chance come through the clock', () => {
  samples(
    ambientTimeAndChance,
    [
      ['Date.now', 'src/app/a.ts', `const a = Date.now()`, /market\.nowMs/],
      ['the current date', 'src/app/a.ts', `const a = new Date()`, /new Date\(\) is banned/],
      ['a timer', 'actors/a.ts', `setTimeout(() => 1, 5)`, /transport\.after/],
      ['a timer of the global object', 'actors/a.ts', `globalThis.setInterval(f, 5)`, /transport\.every/],
      ['a timer handed on', 'actors/a.ts', `const later = setTimeout`, /transport\.after/],
      ['a timer module', 'src/app/a.ts', `import { setTimeout as sleep } from 'node:timers/promises'`, /node:timers/],
      ['chance', 'src/app/a.ts', `const a = Math.random()`, /random\.next/],
      ['an id by chance', 'src/app/a.ts', `import { randomUUID } from 'node:crypto'`, /random\.uuid/],
      ['a stop-watch', 'src/app/a.ts', `const a = performance.now()`, /monotonicNs/],
      [
        'a sleep in a fast test',
        'test/unit/a.test.ts',
        `await new Promise((r) => setTimeout(r, 5))`,
        /transport\.after/,
      ],
      ['an excuse without a reason', 'src/app/a.ts', `// clock-ok:\nconst a = Date.now()`, /Date\.now is banned/],
    ],
    [
      ['the clock itself', 'src/clock/system-clock.ts', `const a = Date.now()`],
      ['a date of a given instant', 'src/app/a.ts', `const a = new Date(5).toISOString()`],
      ['a reason', 'src/app/a.ts', `// clock-ok: the library asks for a Date of its own\nconst a = Date.now()`],
      ['a method of that name', 'src/app/a.ts', `socket.setTimeout(5)`],
      ['a type of that name', 'src/app/a.ts', `type A = typeof setTimeout`],
    ],
  )
})

describe('venue strings never become floats', () => {
  samples(
    floatsFromVenueStrings,
    [
      ['parseFloat', 'src/kalshi/a.ts', `const a = parseFloat(x)`, /parsePrice/],
      ['Number()', 'src/exchange/a.ts', `const a = Number(x)`, /parsePrice/],
    ],
    [
      ['a safe-integer test', 'src/kalshi/a.ts', `const a = Number.isSafeInteger(x)`],
      ['other folders', 'src/weather/a.ts', `const a = Number(x)`],
    ],
  )
})

describe('errors have a kind', () => {
  samples(
    anonymousErrors,
    [['a bare Error', 'src/app/a.ts', `throw new Error('no')`, /invariant\(\)/]],
    [['an error of a kind', 'src/app/a.ts', `throw new OperatingError('no')`]],
  )
  samples(
    swallowedErrors,
    [
      ['an empty catch', 'src/app/a.ts', `try { f() } catch {}`, /swallowed: why/],
      ['an unused error', 'src/app/a.ts', `try { f() } catch { a = 1 }`, /swallowed: why/],
    ],
    [
      ['a stated reason', 'src/app/a.ts', `try { f() } catch {\n  // swallowed: it is gone already\n}`],
      ['a conversion', 'src/app/a.ts', `try { f() } catch (error) { throw usageError(String(error)) }`],
    ],
  )
})

describe('the process belongs to main.ts', () => {
  samples(
    processReaders,
    [
      ['the environment', 'src/app/a.ts', `const a = process.env.HOME`, /CommandContext/],
      ['the arguments', 'src/cli/a.ts', `const a = process.argv`, /CommandContext/],
      ['an exit', 'src/app/a.ts', `process.exit(1)`, /return an exit code/],
      ['the console', 'actors/a.ts', `console.log(1)`, /use the Log/],
    ],
    [
      ['main.ts', 'src/main.ts', `const a = process.argv`],
      ['a test', 'test/unit/a.test.ts', `const a = process.env.HALCYON_SHARED_DATA`],
    ],
  )
})

describe('the core is synchronous', () => {
  samples(
    asynchronousCore,
    [
      ['an async function', 'src/risk/a.ts', `async function f() {}`, /synchronous/],
      ['a promise', 'machines/a.machine.ts', `const a = Promise.resolve()`, /synchronous/],
    ],
    [['a placeholder of a machine', 'machines/a.machine.ts', `fromPromise(() => Promise.reject(notProvided))`]],
  )
})

describe('reminders are not comments', () => {
  samples(
    leftovers,
    [['a reminder', 'src/app/a.ts', `// ${'TO'}DO: later`, /open an issue/]],
    [['a sentence', 'src/app/a.ts', `// Later data is not looked at.`]],
  )
})

const machine = (config: string, rest = 'options: { maxIterations: 9 }'): string =>
  `export const a = setup({ guards: { isIt: () => true } }).createMachine({ ${config} ${rest} })`

describe('machines are declared in names', () => {
  samples(
    checkMachine,
    [
      ['an inline guard', 'machines/a.machine.ts', machine(`on: { x: { guard: () => true } },`), /name it in setup/],
      ['an inline assign', 'machines/a.machine.ts', machine(`entry: assign({ a: 1 }),`), /assign\(\) inside/],
      ['no bound of iterations', 'machines/a.machine.ts', machine('', ''), /maxIterations/],
      ['two machines', 'machines/a.machine.ts', `${machine('')}\nconst b = createMachine({})`, /exactly one/],
    ],
    [
      [
        'parameters taken from the event',
        'machines/a.machine.ts',
        machine(`on: { x: { guard: { type: 'isIt', params: ({ event }) => event.x } } },`),
      ],
      ['a context made from the input', 'machines/a.machine.ts', machine(`context: ({ input }) => begin(input),`)],
    ],
  )
  samples(
    checkTransitionTable,
    [['an actor', 'test/unit/machines/a.test.ts', `createActor(m)`, /initialTransition/]],
    [['a transition', 'test/unit/machines/a.test.ts', `transition(m, s, e)`]],
  )
})

describe('sizes', () => {
  const body = (lines: number): string => Array.from({ length: lines }, () => 'a()').join('\n')
  samples(
    checkSizes,
    [
      ['a long function', 'src/a/a.ts', `function f() {\n${body(70)}\n}`, /f has 72 lines/],
      ['a long arrow function', 'src/a/a.ts', `const f = () => {\n${body(70)}\n}`, /f has 72 lines/],
      ['a long file', 'src/a/a.ts', body(401), /at most 400/],
    ],
    [['a long suite', 'test/a.test.ts', `describe('a', () => {\n${body(90)}\n})`]],
  )

  test('a known giant may neither grow nor keep a loose ratchet', () => {
    const file = parseSource('src/a/a.ts', `function f() {\n${body(78)}\n}`)
    expect(checkSizes(file, { 'src/a/a.ts f': 80 })).toEqual([])
    expect(checkSizes(file, { 'src/a/a.ts f': 79 })[0]?.message).toMatch(/grown/)
    expect(checkSizes(file, { 'src/a/a.ts f': 81 })[0]?.message).toMatch(/tighten/)
  })
})

describe('the project as a whole', () => {
  test('a file that nothing reaches is found, one behind a thread entry is not', () => {
    const file = (path: string, text: string): SourceFile => parseSource(path, text)
    const files = [
      file('src/main.ts', `import './a/pool.ts'`),
      file('src/a/pool.ts', `const url = new URL('./a.worker.ts', import.meta.url)`),
      file('src/a/a.worker.ts', `import './deep.ts'`),
      file('src/a/deep.ts', ''),
      file('src/a/dead.ts', `import './deep.ts'`),
    ]
    expect(checkReachable(files).map((found) => found.path)).toEqual(['src/a/dead.ts'])
  })

  test('a folder without a README and a foreign top-level entry are found', () => {
    expect(checkReadmes(['src/a/a.ts', 'machines/README.md', 'machines/a.ts']).map((found) => found.path)).toEqual([
      'src/a',
    ])
    expect(checkTopLevel(['src/a.ts', 'lib/a.ts', '.gitignore']).map((found) => found.path)).toEqual(['lib'])
  })

  test.each([
    ['an address of a registry', `https://registry.${'npmjs'}.org/x`],
    ['a download address in a lockfile', `{ "resol${'ved'}": "x" }`],
    ['a path of one machine', `cd /${'home'}/someone/halcyon`],
  ])('%s is found in any file', (_what, text) => {
    expect(checkText('README.md', `first line\n${text}\n`)).toMatchObject([{ line: 2 }])
  })

  test('every way to import is seen', () => {
    const text = `import a from './a.ts'\nimport type { B } from './b.ts'\nimport './c.ts'\nconst d = import('./d.ts')\nexport * from './e.ts'\ntype F = import('./f.ts').F\nconst g = new URL('./g.worker.ts', import.meta.url)`
    const names = importsOf(parseSource('src/x/x.ts', text)).map((found) => found.specifier)
    expect(names.sort()).toEqual(['./a.ts', './b.ts', './c.ts', './d.ts', './e.ts', './f.ts', './g.worker.ts'])
  })
})
