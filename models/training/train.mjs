// npm run train -- features|fit|evaluate|export|edges|all [--quick]
//
// Makes a virtual environment of its own and runs the training in it. Plain JavaScript, so that it starts under any Node.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const TRAINING = dirname(fileURLToPath(import.meta.url))
const ROOT = resolve(TRAINING, '../..')
const REQUIREMENTS = join(TRAINING, 'requirements.txt')
const PYTHON_MIN = [3, 11]
const PYTHONS = ['python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3', 'python']

const USAGE = `Usage: npm run train -- <what> [--quick] [--work .halcyon] [--venv <work>/train-venv] [--out models] [--data <folder> [--to <date>]]

  features   writes the matrix of the training table (TypeScript: the code that serves)
  fit        cross-validation of the candidates, the search, the last fit on everything
  evaluate   prints what the cross-validation said, and writes it to models/training/comparison.md
  export     writes the packages of the daily high and checks them
  edges      fits the edge classifiers and imports them as packages; with --data <folder of weather/ and kalshi-markets/>
             their table is made anew from the recorded markets, up to the end of training or to a later day
  all        features, fit, evaluate, export, edges

  Exit code 10: Python or the libraries of training cannot be had here.

  --quick    a tiny search on few rows, to see that everything runs; its packages go to <work>/quick/models
`

const TOOLS_MISSING = 10

/** A person's mistake or a missing tool: a message without a stack trace. */
function fail(message, code = 1) {
  process.stderr.write(`${message}\n`)
  process.exit(code)
}

function run(command, args, what, code) {
  const { status, signal, error } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' })
  if (error) fail(`${what} could not be started (${error.code}): ${command}`)
  if (status !== 0)
    fail(`${what} ended with ${signal ?? `exit code ${status}`}; what it said stands above.`, code ?? (status || 1))
}

function findPython() {
  for (const name of PYTHONS) {
    const asked = spawnSync(name, ['-c', 'import sys, venv, ensurepip; print(*sys.version_info[:2])'], {
      encoding: 'utf8',
    })
    if (asked.status !== 0) continue
    const [major, minor] = asked.stdout.trim().split(' ').map(Number)
    if (major > PYTHON_MIN[0] || (major === PYTHON_MIN[0] && minor >= PYTHON_MIN[1])) return name
  }
  return fail(
    `Training needs Python ${PYTHON_MIN.join('.')} or later with venv (on Debian: apt install python3-venv). None of ${PYTHONS.join(', ')} is one. Nothing else of Halcyon needs Python.`,
    TOOLS_MISSING,
  )
}

/** Python of the environment, which is made once for each version of the requirements. */
function environment(folder) {
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
  const stamp = join(folder, 'requirements.sha256')
  const wanted = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return python
  process.stderr.write(`Making the training environment in ${folder}\n`)
  rmSync(folder, { recursive: true, force: true })
  run(findPython(), ['-m', 'venv', folder], 'Making the virtual environment', TOOLS_MISSING)
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS]
  run(python, install, 'pip, which fetches the libraries of training,', TOOLS_MISSING)
  writeFileSync(stamp, wanted)
  return python
}

function read() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        work: { type: 'string', default: '.halcyon' },
        venv: { type: 'string' },
        out: { type: 'string' },
        data: { type: 'string' },
        to: { type: 'string' },
      },
    })
  } catch (error) {
    return fail(`npm run train: ${error.message}\n\n${USAGE}`, 2)
  }
}

const { values, positionals } = read()
const work = resolve(ROOT, values.work)
const place = values.quick ? join(work, 'quick') : work
const paths = {
  venv: values.venv ? resolve(ROOT, values.venv) : join(work, 'train-venv'),
  matrix: join(work, 'matrix'),
  fit: join(place, 'fit'),
  comparison: join(values.quick ? place : TRAINING, 'comparison.md'),
  models: values.out ? resolve(ROOT, values.out) : values.quick ? join(place, 'models') : join(ROOT, 'models'),
}
const halcyon = (args, what) => run(process.execPath, ['src/launcher.mjs', ...args], what)
const python = (script, args, what) => run(environment(paths.venv), [join(TRAINING, script), ...args], what)
const quick = values.quick ? ['--quick'] : []
const places = ['--matrix', paths.matrix, '--fit', paths.fit]

const STEPS = {
  features: () => halcyon(['models', 'training-matrix', '--out', paths.matrix], 'The matrix of features'),
  fit: () => python('train.py', ['fit', ...places, ...quick], 'The fit'),
  evaluate: () => python('train.py', ['evaluate', ...places, '--comparison', paths.comparison], 'The evaluation'),
  export: () => python('train.py', ['export', ...places, '--out', paths.models], 'The export'),
  edges() {
    const fitted = join(place, 'edges')
    rmSync(fitted, { recursive: true, force: true })
    const table = join(values.data ? place : join(TRAINING, 'data'), 'edges.csv.gz')
    if (values.data) {
      const predictions = join(paths.fit, 'out-of-fold.csv.gz')
      const named = [
        '--data',
        resolve(values.data),
        '--predictions',
        predictions,
        '--package',
        join(paths.models, 'high-ordinal-2'),
        ...(values.to ? ['--to', values.to] : []),
      ]
      halcyon(['models', 'training-edges', ...named, '--out', place], 'The table of the edge classifiers')
    }
    python('edges.py', ['--table', table, '--out', fitted], 'The fit of the edge classifiers')
    for (const id of readdirSync(fitted)) {
      const from = (file) => join(fitted, id, file)
      const given = ['--reference', from('reference.json'), '--manifest', from('manifest.json'), '--out', paths.models]
      rmSync(join(paths.models, id), { recursive: true, force: true })
      halcyon(
        ['models', 'import', from('catboost.onnx'), '--id', id, '--kind', 'edge-binary', ...given],
        `The import of ${id}`,
      )
    }
  },
  all() {
    for (const what of ['features', 'fit', 'evaluate', 'export', 'edges']) STEPS[what]()
  },
}

const [what, ...more] = positionals
if (what === undefined || more.length > 0 || !Object.hasOwn(STEPS, what)) {
  fail(
    `npm run train: expected one of ${Object.keys(STEPS).join(', ')}${what ? `, not "${positionals.join(' ')}"` : ''}.\n\n${USAGE}`,
    2,
  )
}
mkdirSync(place, { recursive: true })
STEPS[what]()
